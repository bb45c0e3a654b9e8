"""Tables of words and tags are sentences, whether each row or only the first says of which."""

from __future__ import annotations

import json

import pytest

from fathom.data.source import resolve
from fathom.tasks import recognize

WORDS, PARTS, TAGS = ("Dear", "Ann", "Lee", "of", "Rome"), ("JJ", "NNP", "NNP", "IN", "NNP"), "O B-per I-per O B-geo"
SENTENCE = tuple(zip(WORDS, PARTS, TAGS.split()))


def rows(n, blanks, number="Sentence: {}"):
    return [(number.format(i + 1) if k == 0 or not blanks else "", word, pos, tag)
            for i in range(n) for k, (word, pos, tag) in enumerate(SENTENCE)]  # fmt: skip


def write(path, columns, lines, separator=","):
    path.write_text("\n".join(separator.join(map(str, line)) for line in (columns, *lines)) + "\n", "utf-8")


def read(place, **said):
    source = resolve(str(place), **said)
    task = recognize(source)[0]
    return task.name, task().examples(source)


@pytest.mark.parametrize("blanks", [True, False])
@pytest.mark.parametrize(
    "columns",
    [
        ("Sentence #", "Word", "POS", "Tag"),
        ("sentence_id", "token", "pos", "ner_tag"),
        ("sent", "words", "xpos", "label"),
        ("Sentence", "Token", "p", "NER"),
        ("sentence_idx", "word", "pos", "tag"),
    ],
)
def test_a_word_a_row(tmp_path, columns, blanks):
    write(tmp_path / "ner.csv", columns, rows(12, blanks))
    name, found = read(tmp_path)
    assert name == "tagging"
    assert len(found.items) == 12
    assert found.items[3].input == tuple(word for word, _, _ in SENTENCE)
    assert found.items[3].target == "O B-per I-per O B-geo"
    assert found.items[3].id == "row 16"


def test_another_column_of_tags_is_named(tmp_path):
    write(tmp_path / "ner.tsv", ("Sentence #", "Word", "POS", "Tag"), rows(12, True), "\t")
    name, found = read(tmp_path, target="POS")
    assert (name, found.items[0].target) == ("tagging", "JJ NNP NNP IN NNP")


def test_words_that_look_like_holes_are_words(tmp_path):
    lines = rows(12, True)
    lines[1] = ("", "NA", "NN", "O")
    lines[7] = ("", "null", "NN", "O")
    write(tmp_path / "ner.csv", ("Sentence #", "Word", "POS", "Tag"), lines)
    _, found = read(tmp_path)
    assert [e.input[i] for e, i in zip(found.items, (1, 2))] == ["NA", "null"]


def test_tables_for_each_split(tmp_path):
    for name in ("train", "dev", "test"):
        write(tmp_path / f"{name}.csv", ("sentence_id", "word", "pos", "tag"), rows(6, False))
    _, found = read(tmp_path)
    assert {e.split for e in found.items} == {"train", "dev", "test"}
    assert len(found.items) == 18


def test_a_sentence_with_an_odd_tag_is_skipped(tmp_path):
    lines = rows(12, False)
    lines[6] = (*lines[6][:3], "person")
    write(tmp_path / "ner.csv", ("sentence_id", "word", "pos", "tag"), lines)
    _, found = read(tmp_path)
    assert len(found.items) == 11
    assert "the tag 'person' is neither O nor like B-person" in found.skipped[0].reason


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (("sentence", "label"), lambda i: (f"a sentence of {i} words", "ab"[i % 2])),
        (("sentence_id", "word", "frequency"), lambda i: (i, f"w{i % 9}", i % 7)),
        (("sentence", "word", "tag"), lambda i: (f"a sentence of {i} words", f"w{i}", "xy"[i % 2])),
        (("id", "word", "tag"), lambda i: (i, f"w{i}", ("O", "B-x")[i % 2])),
    ],
    ids=["texts", "numbers", "other tags", "no sentences"],
)
def test_other_tables_are_as_ever(tmp_path, columns, line):
    write(tmp_path / "d.csv", columns, [line(i) for i in range(60)])
    assert read(tmp_path)[0] != "tagging"


def test_json_lines(tmp_path):
    lines = [json.dumps(dict(zip(("sentence_id", "token", "pos", "tag"), row))) for row in rows(12, False)]
    (tmp_path / "d.jsonl").write_text("\n".join(lines) + "\n")
    name, found = read(tmp_path)
    assert (name, len(found.items)) == ("tagging", 12)
