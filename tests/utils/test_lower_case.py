"""Lower case in Python and in the database is the same, letter by letter."""

import unicodedata

from sqlalchemy import text
from sqlalchemy.orm import Session
from testing.world import World

from shopkeeper.utils.lower_case import lowered


def test_every_letter_is_what_the_database_makes_of_it(session: Session) -> None:
    letters = [
        chr(code)
        for code in range(0x20, 0x1F000)
        if unicodedata.category(chr(code))[0] == "L"
    ]
    lower = session.execute(
        text(
            "SELECT array_agg(lower(letter COLLATE pg_c_utf8) ORDER BY place)"
            " FROM unnest(CAST(:letters AS text[]))"
            " WITH ORDINALITY AS told (letter, place)"
        ),
        {"letters": letters},
    ).scalar_one()

    assert [lowered(letter) for letter in letters] == lower
    assert lowered("ΟΔΟΣ İ") == "οδοσ i"


def test_a_sku_of_such_letters_is_ordered(world: World) -> None:
    world.product(sku="ΟΔΟΣ-İ")
    line = {"sku": "οδοσ-İ", "quantity": 1}

    answer = world.person().post(
        "/orders/create", json={"location": "Ireland", "items": [line]}
    )

    assert answer.status_code == 201, answer.text
