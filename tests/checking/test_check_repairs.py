"""What was repaired or guessed on reading is a finding, whatever it was; a file without a fault has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted_data import found, healthy, picture, table

from fathom.data import repairs
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.records import Example, Examples, Source


def rows() -> list[list[str]]:
    columns = healthy(120)
    return [list(columns), *(list(map(str, row)) for row in zip(*columns.values()))]


def written(path: Path, lines: list[list[str]], separator: str = ",", encoding: str = "utf-8") -> Path:
    path.write_text("".join(separator.join(line) + "\n" for line in lines), encoding=encoding)
    return path


def repaired(path: Path) -> list[str]:
    told = found(path)
    return told["repaired"].evidence["repairs"] if "repaired" in told else []


def test_nothing_is_repaired_in_a_plain_file(tmp_path):
    assert repaired(written(tmp_path / "t.csv", rows())) == []


def test_empty_columns_without_a_name_are_told_once(tmp_path):
    path = written(tmp_path / "t.csv", [[*row, "", "", ""] for row in rows()])
    n = len(rows()[0])
    assert repaired(path) == [
        f"{path}: 3 columns without a name (fields {n + 1} to {n + 3}) are empty in every row, so they are left out"
    ]


def test_one_empty_column_in_the_middle(tmp_path):
    path = written(tmp_path / "t.csv", [[row[0], "", *row[1:]] for row in rows()])
    assert repaired(path) == [f"{path}: 1 column without a name (field 2) is empty in every row, so it is left out"]


def test_a_column_without_a_name_that_holds_something(tmp_path):
    lines = [["", *rows()[0]], *([str(i), *row] for i, row in enumerate(rows()[1:]))]
    path = written(tmp_path / "t.csv", lines)
    assert repaired(path) == [f"{path}: 1 column has no name in the header: called 'column 1'"]


def test_empty_fields_beyond_the_header(tmp_path):
    path = written(tmp_path / "t.csv", [rows()[0], *([*row, "", ""] for row in rows()[1:])])
    assert "120 rows (1, 2, 3, 4, 5 …) have empty fields at the end" in repaired(path)[0]


def test_empty_columns_of_a_table_without_a_header(tmp_path):
    lines = [[f"{i % 7}.{i}", f"{i % 5}.{i}", "yes" if i % 3 else "no", "", ""] for i in range(60)]
    told = repaired(written(tmp_path / "t.csv", lines))
    assert any("2 columns without a name (fields 4 to 5) are empty" in one for one in told)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"separator": ";"}, "parted by semicolons"),
        ({"separator": "|"}, "parted by vertical bars"),
        ({"encoding": "latin-1"}, "read as Latin-1"),
        ({"encoding": "utf-16-le"}, "UTF-16"),
    ],
)
def test_separators_and_encodings(tmp_path, options, words):
    lines = [[*row[:-1], "für" if row[-1] == "yes" else row[-1]] for row in rows()]
    assert any(words in one for one in repaired(written(tmp_path / "t.csv", lines, **options)))


def test_titles_and_names_that_are_there_twice(tmp_path):
    head, *body = rows()
    path = written(tmp_path / "t.csv", [["Measured in May"], [head[0], head[0], *head[2:]], *body])
    told = "; ".join(repaired(path))
    assert "1 line above the header left out, which begins with 'Measured in May'" in told
    assert f"the header {head[0]!r} is there twice" in told


def test_decimal_commas_are_told(tmp_path):
    lines = [[cell.replace(".", ",") for cell in row] for row in rows()]
    told = found(written(tmp_path / "t.csv", lines, ";"))
    assert "a decimal comma" in told["written_as_people_do"].title


def test_texts_in_another_encoding(tmp_path):
    for i in range(30):
        folder = tmp_path / "texts" / ("a", "b")[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{i}.txt").write_bytes(f"Die Tür Nummer {i} ist nicht grün".encode("latin-1"))
    assert "30 texts: not UTF-8, so read as Latin-1" in repaired(tmp_path / "texts")[0]


def test_the_list_of_pictures(tmp_path):
    lines = [["path;label"]]
    for i in range(20):
        picture(i, 40, 40).save(tmp_path / f"{i}.png")
        lines.append([f"{i}.png;{'a' if i % 2 else 'b'}"])
    assert "parted by semicolons" in repaired(written(tmp_path / "list.csv", lines))[0]


def test_what_is_only_tried_says_nothing(caplog):
    with repairs.unsaid():
        repairs.tell("a guess")
    assert caplog.records == []

    def refuse() -> None:
        repairs.tell("a guess")
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"), repairs.unsaid(unless_refused=True):
        refuse()
    assert [record.getMessage() for record in caplog.records] == ["a guess"]


def test_what_was_read_knows_its_repairs(tmp_path):
    def read(_: Source) -> Examples:
        repairs.tell("cut off", tmp_path)
        repairs.tell("cut off", tmp_path)
        return Examples((Example("a", 1.0, "x"),))

    examples = read_as_asked(read, Source("here", tmp_path))
    assert examples.repairs == (f"{tmp_path}: cut off",)
    assert read_as_asked(lambda _: Examples((Example("a", 1.0, "x"),)), Source("here", tmp_path)).repairs == ()


# --- columns of numbers and words -------------------------------------------------------------------------------------


def test_numbers_and_other_values_are_counted(tmp_path):
    columns = healthy(400)
    columns["x"][5], columns["x"][9], columns["x"][11] = "14 kg", "about 12", "about 12"
    title = found(table(tmp_path / "t.csv", columns))["odd_cells"].title
    assert title.endswith("read as missing: x has 397 numbers and 3 other values ('about 12' 2, '14 kg')")


def test_a_column_of_numbers_with_too_many_words(tmp_path):
    columns = healthy(400)
    columns["x"] = ["young" if i % 5 == 0 else "old" if i % 5 == 1 else v for i, v in enumerate(columns["x"])]
    told = found(table(tmp_path / "t.csv", columns))["words_among_numbers"]
    assert told.title == (
        "x has 240 numbers and 160 other values ('young' 80, 'old' 80); it was read as words, not as numbers"
    )


def test_codes_some_of_which_are_numbers_are_no_warning(tmp_path):
    columns = healthy(400)
    columns["x"] = [f"PC {1000 + 7 * i}" if i % 3 == 0 else str(1000 + 7 * i) for i in range(400)]
    told = found(table(tmp_path / "t.csv", columns))
    assert "words_among_numbers" not in told
    assert "266 numbers and 134 other values ('PC 1000', " in told["codes_and_numbers"].title


def test_units_are_counted(tmp_path):
    columns = healthy(400)
    columns["x"] = [f"{60 + i % 31} {'lb' if i % 4 == 0 else 'kg'}" for i in range(400)]
    told = found(table(tmp_path / "t.csv", columns))["mixed_writing"]
    assert told.title == "x is written in several formats: kg 300, lb 100; it was read as words"
    columns["x"] = [f"{60 + i % 30} kg" if i % 4 == 0 else str(i % 97) for i in range(400)]
    told = found(table(tmp_path / "u.csv", columns))["mixed_writing"]
    assert told.title == "x is written in several formats: without a unit 300, kg 100; it was read as words"
