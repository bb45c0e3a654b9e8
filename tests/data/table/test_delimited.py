"""Text that is cut into rows and fields: quotes that are not closed, titles, lost headers, rows cut short."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fathom.data.decoding import decode
from fathom.data.source import resolve
from fathom.data.table import tables
from fathom.data.table.delimited import cut, find_separator
from fathom.data.table.headers import find_header
from fathom.declared_options import DataOptions, sorted_out
from fathom.errors import Unreadable, UserError

TEXTS = [f"a {'fine' if i % 2 else 'dull'} film said viewer {i}" for i in range(40)]
LABELS = ["neg", "pos"] * 20


def lines(separator=",", text=TEXTS.__getitem__, header=("text", "label")):
    rows = [separator.join(header)] if header else []
    return rows + [f"{text(i)}{separator}{LABELS[i]}" for i in range(40)]


def load(tmp_path, text, name="a.csv", **how):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return tables.load_table(path, **how)


def is_whole(table, texts=TEXTS):
    """All 40 rows with their texts, labels and numbers, and none that is missing."""
    first, second = table.frame.columns
    return (
        table.frame[first].to_list() == list(texts)
        and table.frame[second].to_list() == LABELS
        and table.numbers == tuple(range(1, 41))
        and not table.faults
    )


# --- quotes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", ["\t", "|"])
@pytest.mark.parametrize("every", [1, 4, 39])
def test_a_quote_is_a_letter_beside_tabs(tmp_path, separator, every):
    texts = [('"' if i % every == 0 else "") + text for i, text in enumerate(TEXTS)]
    table = load(tmp_path, "\n".join(lines(separator, texts.__getitem__)))
    assert is_whole(table, texts)
    assert "read as a letter" in " ".join(table.notes)


def test_quotes_beside_tabs_that_need_not_be_there_or_have_to():
    same = 'x\ty\n"so it is"\ta\nplain\tb\n'
    assert cut(same, "\t").rows[1] == ['"so it is"', "a"]
    assert cut('x\ty\n"so ""it"" is"\ta\nplain\tb\n', "\t").rows[1] == ['so "it" is', "a"]
    assert cut('x\ty\n"two\nlines"\ta\nplain\tb\n', "\t").rows[1:] == [["two\nlines", "a"], ["plain", "b"]]
    assert cut('"x"\t"y"\n"1"\t"a\tb"\n', "\t").rows == [["x", "y"], ["1", "a\tb"]]
    crossed = 'x\ty\n"opened\ta\nplain\tb\nclosed"\tc\n'
    assert len(cut(crossed, "\t").rows) == 4


@pytest.mark.parametrize("opened", [(0,), (39,), (3, 20), (3, 4, 5, 21), range(40)])
def test_a_quote_that_is_not_closed_swallows_no_row(tmp_path, opened):
    table = load(tmp_path, "\n".join(lines(text=lambda i: ('"' if i in opened else "") + TEXTS[i])))
    assert is_whole(table)
    assert "a quote that is not closed" in " ".join(table.notes)


def test_a_quote_closed_by_a_later_row_is_seen():
    text = "\n".join(["x,y,z", '"opened,1,a', *(f"{i},2,b" for i in range(5)), 'closed",3,c'])
    found = cut(text, ",")
    assert [len(row) for row in found.rows] == [3] * 8


def test_quotes_within_quotes_and_escaped_ones(tmp_path):
    inner = [text.replace("film", '"film"') for text in TEXTS]
    assert is_whole(load(tmp_path, "\n".join(lines(text=lambda i: f'"{inner[i]}"'))), inner)
    escaped = load(tmp_path, "\n".join(lines(text=lambda i: '"' + inner[i].replace('"', '\\"') + ', yes"')))
    assert is_whole(escaped, [text + ", yes" for text in inner])
    assert "backslash" in " ".join(escaped.notes)
    paths = load(tmp_path, "\n".join(lines(text=lambda i: f'"C:\\{i}\\"')))
    assert is_whole(paths, [f"C:\\{i}\\" for i in range(40)])
    spoken = [f'"Yes" said {i}' for i in range(40)]
    assert is_whole(load(tmp_path, "\n".join(lines(text=spoken.__getitem__))), spoken)


def test_texts_over_several_lines_stay_whole(tmp_path):
    verses = [f"{text},\nand so\non, {i}" for i, text in enumerate(TEXTS)]
    for end in ("\n", "\r\n"):
        assert is_whole(load(tmp_path, end.join(lines(text=lambda i: f'"{verses[i]}"'))), verses)
    mixed = load(tmp_path, "\n".join(lines(text=lambda i: '"open' if i == 7 else f'"{verses[i]}"')))
    assert mixed.frame["text"].to_list() == [v if i != 7 else "open" for i, v in enumerate(verses)]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(st.text('ab ",;\n\té', max_size=6), min_size=3, max_size=3), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_writer_of_csv_wrote_comes_back(rows, end):
    file = io.StringIO()
    csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["x", "y", "z"], *rows])
    found = cut(file.getvalue(), ",").rows[1:]
    plain = all(cell.count("\n") < 3 for row in rows for cell in row)  # more may look like rows behind an open quote
    assert found == rows or not plain


# --- rows -------------------------------------------------------------------------------------------------------------


def test_rows_that_are_cut_or_blank_shift_nothing(tmp_path):
    text = lines()
    text[5], text[9], text[12] = "only this", "", text[0]
    table = load(tmp_path, "\n".join([*text, "", ""]))
    assert table.faults == {5: "1 field where the header has 2", 9: "a blank line", 12: "the header again"}
    assert table.numbers == tuple(n for n in range(1, 41) if n not in table.faults)
    assert [s.id for s in table.skipped] == ["row 5", "row 12"]
    spaced = load(tmp_path, "\n\n".join(lines()))
    assert is_whole(spaced)  # a blank line between any two rows is no row


def test_a_separator_in_a_text_that_is_not_quoted(tmp_path):
    texts = [text.replace(" said", ", said, as") if i % 3 == 0 else text for i, text in enumerate(TEXTS)]
    table = load(tmp_path, "\n".join(lines(text=texts.__getitem__)))
    assert is_whole(table, texts)
    assert "14 rows (1, 4, 7, 10, 13 …) have a separator in a text" in " ".join(table.notes)
    unclear = [line if i != 4 else line + ",other" for i, line in enumerate(lines())]
    assert load(tmp_path, "\n".join(unclear)).faults == {4: "3 fields where the header has 2"}


# --- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "above",
    [
        "Survey 2024\n\n",
        "# made by a tool\n# on a day, in May\n",
        "sep=,\r\n",
        "\ufeff",
        "\n\n",
        "a title\nand another\n",
    ],
)
def test_what_stands_above_the_header(tmp_path, above):
    table = load(tmp_path, above + "\n".join(lines()))
    assert is_whole(table)
    assert table.frame.columns == ["text", "label"]


HEADERLESS = {
    "texts": lines(header=()),
    "label first": [f"{label}\t{text}" for label, text in zip(LABELS, TEXTS)],
    "numbers": [f"{i},{i * i}" for i in range(30)],
    "numbers and classes": [f"{i / 7:.2f},{'ab'[i % 2]}" for i in range(30)],
    "pairs": [f"Line {i}.\tZeile {i}!" for i in range(30)],
}
WITH_HEADER = {
    "texts": lines(),
    "numbers": ["x,y", *HEADERLESS["numbers"]],
    "questions": ["How old are you?,Do you smoke?", *(f"{i},{'yes' if i % 2 else 'no'}" for i in range(30))],
    "words": ["surname,country", *(f"Name{i},{'ab'[i % 2]}land" for i in range(30))],
    "pairs": ["source\ttarget", *HEADERLESS["pairs"]],
    "years": ["country,2019,2020", *(f"c{i},{i},{i / 2}" for i in range(30))],
    "an index without a name": [",x", *(f"{i},{'ab'[i % 2]}" for i in range(30))],
    "few rows": ["a,b", "1,a", "2,b"],
}


@pytest.mark.parametrize("name", HEADERLESS)
def test_no_header(tmp_path, name):
    table = load(tmp_path, "\n".join(HEADERLESS[name]))
    assert table.frame.columns == ["column 1", "column 2"]
    assert table.frame.height == len(HEADERLESS[name])
    assert "the first line is" in " ".join(table.notes)
    assert load(tmp_path, "\n".join(HEADERLESS[name]), header=True).frame.height == len(HEADERLESS[name]) - 1


@pytest.mark.parametrize("name", WITH_HEADER)
def test_a_header(tmp_path, name):
    text = "\n".join(WITH_HEADER[name])
    separator = find_separator(text)
    table = load(tmp_path, text)
    assert table.frame.height == len(WITH_HEADER[name]) - 1
    assert table.frame.columns[-1] == WITH_HEADER[name][0].split(separator)[-1]
    assert "the first line is" not in " ".join(table.notes)
    assert load(tmp_path, text, header=False).frame.height == len(WITH_HEADER[name])


def test_names_of_rows_and_a_header_behind_a_mark():
    named = find_header([["x", "y"], ["r1", "1", "a"], ["r2", "2", "b"]])
    assert (named.names, named.start) == (["", "x", "y"], 1)
    marked = find_header([["#chrom", "pos"], ["c1", "5"], ["c2", "7"], ["c1", "9"], ["c2", "1"]])
    assert marked.names == ["chrom", "pos"]


def test_separators():
    assert find_separator("a;b\n1,5;2,5\n2,5;3,5\n") == ";"
    assert find_separator("1,5;2,5\n2,5;3,5\n") == ";"
    assert find_separator("title\na;b\n" + "1,5;2,5\n" * 9) == ";"
    assert find_separator(" 1.0  2.0 a\n 2.5  3 b\n") == " "
    assert find_separator("just some words\nand some more of them\n") == ","


# --- bytes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        ("schön".encode(), "schön", ""),
        ("schön".encode("utf-16"), "schön", ""),
        ("schöne Wörter".encode("utf-16-le"), "schöne Wörter", "UTF-16-LE"),
        ("schöne Wörter".encode("utf-16-be"), "schöne Wörter", "UTF-16-BE"),
        ("“schön” €5".encode("cp1252"), "“schön” €5", "Windows-1252"),
        ("schön".encode("latin-1"), "schön", "Latin-1"),
        (b"some words\0\0 and more of these words", "some words and more of these words", "2 NUL bytes left out"),
        ("äöü".encode() * 20 + b"\xff", "äöü" * 20 + "\ufffd", "1 damaged character replaced"),
    ],
)
def test_bytes_to_text(data, text, note):
    found = decode(data)
    assert found.text == text
    assert note in " ".join(found.notes)
    assert bool(found.notes) == bool(note)


@pytest.mark.parametrize("data", [bytes(range(256)) * 9, b"PK\x03\x04\0\0", b"\x1f\x8b\x08abc", b"a\0b\0\0\0\0\0c"])
def test_what_is_no_text(data):
    with pytest.raises(Unreadable):
        decode(data)


def test_what_was_said_of_the_header(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(20)))
    assert len(tables.read_rows(resolve(str(path), header="no")).items) == 21
    places, rest = sorted_out({"options": {"header": "no", "hidden": 8}}, DataOptions)
    assert (places, rest) == ({"header": "no"}, {"options": {"hidden": 8}})
    with pytest.raises(UserError, match="`header=perhaps` says nothing: write yes or no"):
        resolve(str(path), header="perhaps")


def test_a_small_table_like_another(tmp_path):
    few = "1.5,a\n2.5,b\n"
    assert load(tmp_path, few).frame.columns == ["1.5", "a"]
    assert load(tmp_path, few, known=["column 1", "column 2"]).frame.columns == ["column 1", "column 2"]
    assert load(tmp_path, "a fine film\na dull one\n", known=["text"]).frame.height == 2
    assert load(tmp_path, "review\na dull one\n", known=["text"]).frame.height == 1
    assert load(tmp_path, "X,other\n" + few, known=["x", "y"]).frame.height == 2


def test_a_long_name_of_a_column_is_told_short(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x," + "n" * 5000 + "\n" + "1,a\n2,a\n" * 10)
    with pytest.raises(UserError, match=r"the column .n+…. has the value 'a' in every row") as refused:
        tables.read_rows(resolve(str(path)))
    assert len(str(refused.value)) < 300
