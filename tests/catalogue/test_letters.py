"""Names in all letters: found however they are typed, and sorted beside each other."""

from urllib.parse import quote

import pytest
from testing.world import World

FOUND = {
    "Łódź boat": "lodz",
    "Ørsted lamp": "orsted",
    "Größe": "grosse",
    "Straße": "STRASSE",
    "Schrank groß": "GROẞ",
    "ısıtıcı": "isitici",
    "İstanbul tea": "istanbul",
    "καφές": "ΚΑΦΕΣ",
    "ΚΑΦΕΔΕΣ": "καφεδες",
    "Œuvre": "oeuvre",
    "Ægir": "aegir",
    "Đorđe": "dorde",
    "Чёрный чай": "черный",
    "شَاي": "شاي",
    "قهوة عربية": "قَهْوَة",
    "سَمَك": "سـمك",
    "שָׁלוֹם": "שלום",
    "תה ירוק": "תֵּה",
    "Zero\u200dwidth": "zerowidth",
    "ﬁne ink": "fine",
    "Ａｐｐｌｅ": "apple",
}


@pytest.mark.parametrize("name", FOUND)
def test_a_name_is_found_however_it_is_typed(world: World, name: str) -> None:
    world.product(name=name)

    for typed in (FOUND[name], name):
        found = world.client.get(f"/products?search={quote(typed)}").json["items"]
        assert len(found) == 1, typed


def test_what_nobody_can_see_is_not_looked_for(world: World) -> None:
    world.product(name="Pen")
    typed = quote("pen \u200b\u2060")

    found = world.client.get(f"/products?search={typed}").json["items"]

    assert [item["name"] for item in found] == ["Pen"]


NAMES = ["apfel", "Äpfel", "Apfelmus", "Birne", "Łódź", "lodz", "Ørsted", "orsted", "z"]


def test_names_are_sorted_by_their_letters(world: World) -> None:
    for name in reversed(NAMES):
        world.product(name=name)
        if name.lower() != "z":
            world.manager.post("/categories/add", json={"name": name})

    ordered = ["apfel", "Äpfel", "Apfelmus", "Birne", "lodz", "Łódź"]
    ordered += ["orsted", "Ørsted", "z"]
    for sort, expected in (("name", ordered), ("-name", ordered[::-1])):
        seen: list[str] = []
        path = f"/products?sort={sort}&limit=2"
        while path:
            page = world.client.get(path)
            seen += [item["name"] for item in page.json["items"]]
            cursor = page.json["next_cursor"]
            path = f"/products?sort={sort}&limit=2&cursor={cursor}" if cursor else ""
        assert seen == expected
    shelves = world.client.get("/categories?limit=100").json["items"]
    own = [item["name"] for item in shelves if item["name"] in ordered]
    assert own == ordered[:-1]


def test_names_that_differ_in_accents_are_two(world: World) -> None:
    world.product(name="Apfel")
    taken = world.manager.post(
        "/products/add",
        json={
            "name": "Äpfel",
            "quantity": 1,
            "price": "1",
            "category": world.product(name="Other")["category"],
        },
    )

    assert taken.status_code == 201
