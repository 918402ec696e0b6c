"""In which letters a file is written: found out, or asked for."""

from pathlib import Path

import pytest
from testing.tables import read, staged, table_of

from shopkeeper.imports.errors import UnreadableFile


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-16"])
def test_accents_survive_every_encoding(tmp_path: Path, encoding: str) -> None:
    data = "name,category\nCafé – “crème”,Möbel\n".encode(encoding)

    row = read(tmp_path, data)[0]

    assert (row["name"], row["category"]) == ("Café – “crème”", "Möbel")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_byte_order_mark_is_no_part_of_a_header(
    tmp_path: Path, encoding: str
) -> None:
    data = "\ufeffsku,name\n7,Pen\n".encode(encoding)

    assert read(tmp_path, data, encoding=encoding)[0]["sku"] == "7"


ENCODED = {
    "cp1250": "name,category\nŻółty świecznik,Świece\nŁódka,Łodzie\n",
    "iso8859-2": "name,category\nŻółty świecznik,Świece\nŁódka,Łodzie\n",
    "cp1252": "name,category\nCrème brûlée,Désserts\nMüsli,Getränke\nJalapeño,Été\n",
    "cp1251": "название,категория\nЧай зелёный листовой,Чаи\n",
    "koi8-r": "название,категория\nЧай зелёный листовой,Чаи\n",
    "cp1253": "name,category\nΚαφές ελληνικός,Καφέδες\n",
    "cp1254": "name,category\nIsıtıcı fincan,Şekerlik çay\n",
    "cp932": "商品名,カテゴリ\n緑茶,お茶\nコーヒーカップ,食器\n",
    "cp850": "name,category\nGröße Tür Äpfel,Küche\n",
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_encodings_are_told_by_their_words(tmp_path: Path, encoding: str) -> None:
    text = ENCODED[encoding]

    table = table_of(tmp_path, text.encode(encoding))

    first = text.splitlines()[1].split(",")
    assert staged(table)[0]["name"] == first[0]
    assert encoding in table.source.notes[0]
    assert "`encoding`" in table.source.notes[0]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "name,category\n绿茶,茶叶\n咖啡杯,餐具\n"),
        ("cp949", "name,category\n녹차,차\n커피잔,잔\n"),
        ("cp1251", "name,category\nКружка,Кружки\n"),
        ("cp932", "name,category\n抹茶,茶\n"),
    ],
)
def test_an_encoding_that_may_be_another_is_asked_for(
    tmp_path: Path, encoding: str, text: str
) -> None:
    with pytest.raises(UnreadableFile, match="Say which it is with `encoding`"):
        table_of(tmp_path, text.encode(encoding))
    said = read(tmp_path, text.encode(encoding), encoding=encoding)
    assert said[0]["name"] == text.splitlines()[1].split(",")[0]


FOREIGN = {
    "cp1257": ["Tēja", "Grāmata", "Krēsls", "Ūdens", "Dzērieni", "Bērni", "Dārzs"],
    "cp1254": ["Kaşık", "Kırmızı", "Taşıma", "Yağ"],
    "cp1250": ["Ręcznik", "Pędzel", "Śruba", "Taśma", "Łazienka"],
    "cp850": ["Café", "Thé", "Purée", "Rosé", "Soufflé"],
}


@pytest.mark.parametrize("encoding", FOREIGN)
def test_no_file_is_taken_for_western_that_is_not(
    tmp_path: Path, encoding: str
) -> None:
    rows = "".join(f"{word},1\n" for word in FOREIGN[encoding])
    data = f"name,price\n{rows}".encode(encoding)
    refusal = ""
    found: list[str] = []
    try:
        found = [row["name"] for row in read(tmp_path, data)]
    except UnreadableFile as refused:
        refusal = refused.detail
    # As it is, or asked for with this reading among others.
    assert found == FOREIGN[encoding] or FOREIGN[encoding][0] in refusal


WESTERN = [
    ["Café", "Crème", "Forêt", "Gâteau", "Garçon", "Noël", "Cœur", "Œuf", "Où"],
    ["Niño", "Mañana", "Jalapeño", "Corazón"],
    ["Maçã", "Pão", "Ações", "Coração"],
    ["Però", "Più", "Città", "Perché", "Caffè", "Così"],
    ["Blåbær", "Rødgrød", "Smørrebrød"],
    ["Größe", "Äpfel", "Übergröße"],
]


@pytest.mark.parametrize("words", WESTERN)
def test_western_files_are_taken_as_they_are(tmp_path: Path, words: list[str]) -> None:
    data = "name,price\n" + "".join(f"{word},1\n" for word in words)

    assert [row["name"] for row in read(tmp_path, data.encode("cp1252"))] == words
