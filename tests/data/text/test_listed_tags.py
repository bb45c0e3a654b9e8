"""Tables with a sentence in each row: lists of words and of as many tags, in JSON, Parquet and CSV."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from fathom import tasks
from fathom.data import repairs
from fathom.data.source import resolve
from fathom.data.text.conll import read_sentences

TAGS = ["O", "B-PER", "I-PER", "O", "B-LOC"]
NUMBERS = {"O": 0, "B-PER": 1, "I-PER": 2, "B-LOC": 3}


def sentence(i: int) -> tuple[list[str], list[str]]:
    return ["Dear", "Ann", f"No{i}", "of", "Oslo"][: 3 + i % 3], TAGS[: 3 + i % 3]


SENTENCES = [sentence(i) for i in range(30)]


def write(path: Path) -> None:
    rows = [{"id": str(i), "tokens": words, "ner_tags": tags} for i, (words, tags) in enumerate(SENTENCES)]
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows))
    elif path.suffix == ".csv":
        path.write_text("tokens,ner_tags\n" + "".join(f'"{words}","{tags}"\n' for words, tags in SENTENCES))
    else:
        pl.DataFrame(rows).write_parquet(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.parquet"])
def test_lists_of_words_and_tags_are_sentences(tmp_path, name):
    write(tmp_path / name)
    source = resolve(str(tmp_path / name))
    assert tasks.recognize(source)[0].name == "tagging"
    found = read_sentences(source)
    assert [(list(e.input), e.target.split()) for e in found.items] == SENTENCES


def test_ready_made_splits_and_rows_that_are_not_whole(tmp_path):
    for split in ("train", "test"):
        write(tmp_path / f"{split}.jsonl")
    with (tmp_path / "train.jsonl").open("a") as file:
        file.write(json.dumps({"id": "x", "tokens": ["Dear", "Ann"], "ner_tags": ["O"]}) + "\n")
        file.write(json.dumps({"id": "y", "tokens": None, "ner_tags": ["O"]}) + "\n")
    found = read_sentences(resolve(str(tmp_path)))
    assert {e.split for e in found.items} == {"train", "test"}
    assert len(found.items) == 60
    assert len(found.skipped) == 2


def test_numbers_for_tags_are_told(tmp_path):
    rows = [{"tokens": words, "ner_tags": [NUMBERS[tag] for tag in tags]} for words, tags in SENTENCES]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with repairs.collected() as told:
        found = read_sentences(resolve(str(tmp_path / "a.jsonl")))
    assert found.items[2].target == "0 1 2 0 3"
    assert "are numbers: with names such as B-person" in str(told)


def test_another_column_of_tags_may_be_asked_for(tmp_path):
    rows = [{"tokens": words, "pos_tags": ["X"] * len(words), "ner_tags": tags} for words, tags in SENTENCES]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert read_sentences(resolve(str(tmp_path / "a.jsonl"))).items[0].target == "O B-PER I-PER"
    asked = resolve(str(tmp_path / "a.jsonl"), target="pos_tags")
    assert read_sentences(asked).items[0].target == "X X X"


def test_one_label_a_text_in_a_list_is_none(tmp_path):
    rows = [{"text": f"it was {'good' if i % 2 else 'bad'} {i}", "labels": [str(i % 2)]} for i in range(30)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert tasks.recognize(resolve(str(tmp_path / "a.jsonl")))[0].name == "text-classification"
