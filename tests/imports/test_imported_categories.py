"""Categories of a file: paths, names alone, and what they stand below."""

import pytest
from testing.imports import Importer, counts, told
from testing.world import World

HEAD = "name,category,quantity,price\n"


def tree(world: World) -> list[str]:
    items = world.client.get("/categories?sort=position&limit=100").json["items"]
    return [item["path"] for item in items]


def test_a_file_grows_a_tree(fresh_world: World, importer: Importer) -> None:
    report = importer.send(
        f"{HEAD}Boot,Men > Shoes > Boots,1,2\nPump,Women>Shoes,1,2\n"
        "Belt,men,1,2\nTrainer,Men >Shoes,1,2\nSock,Socks,1,2\n"
    )

    assert counts(report) == (5, 0, 0, 0), report
    assert tree(fresh_world) == [
        *("Men", "Men > Shoes", "Men > Shoes > Boots"),
        *("Women", "Women > Shoes", "Socks"),
    ]
    assert sorted(report["categories_created"]) == sorted(tree(fresh_world))


def test_what_was_exported_comes_back_to_its_place(
    fresh_world: World, importer: Importer
) -> None:
    file = f"{HEAD}Boot,Men > Boots,1,2\nPump,Women > Boots,1,2\n"
    importer.send(file)

    export = fresh_world.manager.get("/products/export").text

    assert "Men > Boots" in export
    assert counts(importer.send(export)) == (0, 0, 2, 0)
    moved = importer.send(file.replace("Women > Boots", "Men > Boots"))
    assert counts(moved) == (0, 1, 1, 0), moved


def test_a_name_alone_is_where_it_stands(
    fresh_world: World, importer: Importer
) -> None:
    importer.send(f"{HEAD}Boot,Men > Boots,1,2\n")

    report = importer.send(f"{HEAD}Wader,boots,1,2\nBoot,Boots,1,2\n")

    assert counts(report) == (1, 0, 1, 0), report
    assert tree(fresh_world) == ["Men", "Men > Boots"]


@pytest.mark.usefixtures("fresh_world")
def test_a_name_of_several_is_asked_about(importer: Importer) -> None:
    importer.send(f"{HEAD}Boot,Men > Boots,1,2\nPump,Women > Boots,1,2\n")

    report = importer.send(
        f"{HEAD}Wader,boots,1,2\nHat,Hats,1,2\n", on_error="skip_rows"
    )

    assert told(report) == [(2, "category", "category_ambiguous")]
    assert "Men > Boots, Women > Boots" in report["errors"][0]["message"]
    assert report["created"] == 1


def test_a_category_by_default_and_none_made(
    fresh_world: World, importer: Importer
) -> None:
    file = "name,quantity,price\nBoot,1,2\n"

    refused = importer.send(
        file, default_category="Men > Boots", create_categories="false"
    )
    report = importer.send(file, default_category="Men > Boots")

    assert told(refused) == [(2, "category", "category_not_found")]
    assert counts(report) == (1, 0, 0, 0)
    assert tree(fresh_world) == ["Men", "Men > Boots"]


@pytest.mark.usefixtures("fresh_world")
def test_no_path(importer: Importer) -> None:
    report = importer.send(
        f"{HEAD}Boot,Men > > Boots,1,2\nPump,{'>'.join('abcdefghijk')},1,2\n"
        f"Sock,Men > {'x' * 121},1,2\n"
    )

    assert [(row, column) for row, column, _ in told(report)] == [
        *((2, "category"), (3, "category"), (4, "category"))
    ]
