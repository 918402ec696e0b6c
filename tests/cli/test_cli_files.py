"""Files on the command line: imported, exported, and told of."""

from pathlib import Path

import pytest
from testing.command_line import Run


def test_a_file_is_imported_and_told_of(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("name,category,quantity,price\nPen,Pens,5,1.50\nInk,Pens,1,0\n")

    refused = run("import", str(file))
    skipped = run("import", str(file), "--on-error", "skip_rows")
    dry = run("import", str(file), "--on-error", "skip_rows", "--dry-run")

    assert refused.exit_code == 1
    assert "row 3, price: is 0, and a price must be greater than 0" in refused.output
    assert "Nothing was written." in refused.output
    assert "Read as utf-8, delimiter ,, decimal mark point." in refused.output
    assert "Headers in row 1: 'name' is name" in refused.output
    assert skipped.exit_code == 0
    assert "2 rows: 1 created, 0 updated, 0 unchanged, 1 rejected." in skipped.output
    assert "1 unchanged, 1 rejected. This was a dry run" in dry.output


def test_bad_rows_are_written_to_a_file(run: Run, tmp_path: Path) -> None:
    file, errors = tmp_path / "products.csv", tmp_path / "errors.csv"
    rows = "".join(f"Pen {n};Pens;1;0;red\n" for n in range(30))
    file.write_text("Titel;Category;Qty;Price;Colour\n" + rows)

    answer = run(
        "import", str(file), "--columns", '{"Titel": "name"}', "--errors", str(errors)
    )

    assert answer.exit_code == 1
    assert f"The bad rows are in {errors}." in answer.output
    assert "Ignored columns: Colour." in answer.output
    assert len(errors.read_text().splitlines()) == 31
    assert (
        "see them all with --errors"
        in run("import", str(file), "--columns", '{"Titel": "name"}').output
    )


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--columns", "name", "--columns: must be a JSON object"),
        ("--encoding", "klingon", "--encoding: is no encoding"),
        ("--errors", "/no/such/folder/x.csv", "There is no folder"),
    ],
)
def test_options_of_an_import_are_checked_first(
    run: Run, tmp_path: Path, option: str, value: str, told: str
) -> None:
    file = tmp_path / "products.csv"
    file.write_text("name\nPen\n")

    answer = run("import", str(file), option, value)

    assert answer.exit_code != 0
    assert told in answer.output


def test_an_export_comes_back_unchanged(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("name,category,quantity,price\nPen,Pens,5,1.50\n=Ink,Pens,1,2\n")
    run("import", str(file))

    for name in ("out.csv", "out.xlsx"):
        exported = run("export", str(tmp_path / name))
        again = run("import", str(tmp_path / name))

        assert exported.exit_code == 0, exported.output
        assert "2 rows: 0 created, 0 updated, 2 unchanged, 0 rejected." in again.output
    assert run("export", "-").output.startswith("name,sku,category,quantity,price")
    assert "give --format" in run("export", str(tmp_path / "out.pdf")).output
    nowhere = run("export", str(tmp_path / "no" / "folder.csv"))
    assert nowhere.exit_code == 1
    assert "No such file or directory" in nowhere.output


def test_an_unreadable_file_is_explained(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "products.pdf"
    file.write_bytes(b"%PDF")

    answer = run("import", str(file))

    assert answer.exit_code == 1
    assert "is not a .csv, .tsv" in answer.output
