"""Options of a product that is held, as they are changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.catalogue.repository import variants


def add_option(
    session: Session,
    product_id: int,
    name: str,
    values: Sequence[str],
    moment: datetime,
) -> None:
    """Let a product have an option more, of which all its variants are the first value.

    Also those that were removed: what they were of the others, they are still.
    """
    last = session.scalar(
        text("SELECT count(*) FROM product_options WHERE product_id = :id"),
        {"id": product_id},
    )
    place = (last or 0) + 1
    session.execute(
        text(
            """
            INSERT INTO product_options (product_id, position, name)
            VALUES (:id, :place, :name)
            """
        ),
        {"id": product_id, "place": place, "name": name},
    )
    variants.add_values(session, product_id, [(place, value) for value in values])
    session.execute(
        text(
            """
            UPDATE variants
            SET value_ids = value_ids || first.id, version = version + 1,
                updated_at = :moment
            FROM (
                SELECT option_values.id FROM option_values
                JOIN product_options AS option ON option.id = option_id
                WHERE option.product_id = :id AND option.position = :place
                    AND option_values.position = 1
            ) AS first
            WHERE product_id = :id AND removed_at IS NULL
            """
        ),
        {"id": product_id, "place": place, "moment": moment},
    )


def rename_option(session: Session, product_id: int, place: int, name: str) -> None:
    session.execute(
        text(
            "UPDATE product_options SET name = :name"
            " WHERE product_id = :id AND position = :place"
        ),
        {"id": product_id, "place": place, "name": name},
    )


def change_values(session: Session, words: Mapping[int, tuple[int, str]]) -> None:
    """Give values of an option, by their ids, a place and a word.

    Two may get each other's words, so that all first have words that nobody has.
    """
    session.execute(
        text(
            "UPDATE option_values SET value = chr(1) || id"
            " WHERE id = ANY (CAST(:ids AS bigint[]))"
        ),
        {"ids": list(words)},
    )
    session.execute(
        text(
            """
            UPDATE option_values SET position = new.place, value = new.word
            FROM unnest(
                CAST(:ids AS bigint[]), CAST(:places AS integer[]),
                CAST(:words AS text[])
            ) AS new (id, place, word)
            WHERE option_values.id = new.id
            """
        ),
        {
            "ids": list(words),
            "places": [place for place, _ in words.values()],
            "words": [word for _, word in words.values()],
        },
    )


def order_options(
    session: Session, product_id: int, places: Sequence[int], moment: datetime
) -> None:
    """Give a product's options another order, and what its variants are of them.

    Args:
        session: The transaction, which holds the product.
        product_id: Which.
        places: The places that they had, in the new order.
        moment: Of the books.
    """
    session.execute(
        text(
            """
            UPDATE product_options SET position = new.place
            FROM unnest(CAST(:places AS integer[])) WITH ORDINALITY AS new (was, place)
            WHERE product_id = :id AND position = new.was
            """
        ),
        {"id": product_id, "places": list(places)},
    )
    session.execute(
        text(
            """
            UPDATE variants
            SET value_ids = ARRAY(
                    SELECT value_ids[new.was]
                    FROM unnest(CAST(:places AS integer[])) WITH ORDINALITY
                        AS new (was, place)
                    ORDER BY new.place
                ),
                version = version + 1, updated_at = :moment
            WHERE product_id = :id AND removed_at IS NULL
            """
        ),
        {"id": product_id, "places": list(places), "moment": moment},
    )
