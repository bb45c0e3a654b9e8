"""Translation: the pairs, the scores against sacrebleu, the pieces of words, and what people see."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU as THEIR_BLEU
from sacrebleu.metrics import CHRF as THEIR_CHRF

import fathom
from fathom.data.source import resolve
from fathom.data.text.pairs import find_pairs
from fathom.data.text.subwords import Characters, Subwords, vocabulary_from_state
from fathom.errors import Unreadable, UserError
from fathom.metrics import BLEU, CHRF
from fathom.metrics.translation import sentence_statistics, tokenize
from fathom.records import Example, Prediction, Settings
from fathom.runs.load import load_net, load_task
from fathom.runs.predict import Predictor, inputs
from fathom.tasks import recognize
from fathom.tasks.text.translation import Translation

SENTENCE = st.lists(
    st.sampled_from(
        ["a", "the", "cat", "cat's", "3.5", "1,000", "x-y", "10-12", "(so)", "end.", "Straße", "–", "&amp;"]
    ),
    min_size=1,
    max_size=12,
).map(" ".join)


@given(st.lists(st.tuples(SENTENCE, SENTENCE), min_size=1, max_size=5))
@settings(deadline=None)
def test_the_scores_are_sacrebleu_s(pairs):
    rows = [sentence_statistics(said, meant) for said, meant in pairs]
    sums = {name: sum(row[name] for row in rows) for name in rows[0]}
    said, meant = [a for a, _ in pairs], [[b for _, b in pairs]]
    assert 100 * float(CHRF.of(sums)) == pytest.approx(THEIR_CHRF().corpus_score(said, meant).score, abs=1e-6)
    assert 100 * float(BLEU.of(sums)) == pytest.approx(THEIR_BLEU().corpus_score(said, meant).score, abs=1e-6)


def test_the_scores_of_many_bootstrap_samples_are_those_of_each():
    rows = [
        sentence_statistics(a, b)
        for a, b in (("a cat sat here", "the cat sat here"), ("a dog", "a cat and more words"))
    ]
    both = {name: np.array([rows[0][name], rows[0][name] + rows[1][name]]) for name in rows[0]}
    for metric in (CHRF, BLEU):
        apart = [metric.of({name: float(value[i]) for name, value in both.items()}) for i in range(2)]
        assert np.allclose(metric.of(both), apart)


def test_words_are_cut_as_in_the_nist_evaluations():
    assert tokenize('He said: "1,000.5 (or so) &lt; 3-4."') == [
        "He", "said", ":", '"', "1,000.5", "(", "or", "so", ")", "<", "3", "-", "4", ".", '"',
    ]  # fmt: skip


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
@settings(deadline=None, max_examples=50)
def test_pieces_of_words_lose_nothing(texts):
    pieces = Subwords.learn(["the cat sat on the mat", "the hat"], 300)
    for text in texts:
        assert vocabulary_from_state(pieces.state()).decode(pieces.encode(text)) == text.removeprefix(" ")


def test_frequent_words_become_one_piece():
    pieces = Subwords.learn(["the cat sat"] * 5, 300)
    assert len(pieces.encode("the cat")) == 2
    assert len(pieces.encode("tea")) > 1


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"pieces": ["a"], "merges": []},
        {"pieces": "abc", "merges": []},
        {"known": 3},
        {"known": "aa"},
        {"pieces": Subwords.learn(["a"], 257).pieces, "merges": [["a", "nowhere"]]},
    ],
)
def test_a_vocabulary_that_is_none_is_refused(state):
    with pytest.raises(UserError):
        vocabulary_from_state(state)


def table(folder, columns):
    path = folder / "pairs.csv"
    pl.DataFrame(columns).write_csv(path)
    return path


def test_what_holds_pairs(tmp_path):
    numbers = [f"number {i} is here" for i in range(60)]
    yes = [
        {"source": [str(n) for n in numbers], "target": [f"N{i}" for i in range(60)]},
        {"en": numbers, "de": [n.replace("number", "die Zahl") for n in numbers]},
        {"target": [f"N{i}" for i in range(60)], "id": list(range(60)), "source": numbers},
    ]
    for columns in yes:
        path = table(tmp_path, columns)
        assert recognize(resolve(str(path)))[0] is Translation
    assert find_pairs(resolve(str(table(tmp_path, yes[2])))) == ("source", "target")
    no = [
        {"source": numbers, "target": ["a", "b"] * 30},
        {"text": numbers, "label": ["a", "b"] * 30},
        {"source": list(range(60)), "target": [i * 0.5 for i in range(60)]},
    ]
    for columns in no:
        assert find_pairs(resolve(str(table(tmp_path, columns)))) is None


def test_rows_that_lack_a_side_are_listed(tmp_path):
    rows = [(f"word {i}", f"w{i}") for i in range(60)]
    path = tmp_path / "pairs.tsv"
    path.write_text("source\ttarget\n" + "\n".join(f"{a}\t{b}" for a, b in rows) + "\nalone\t\n\talone\n", "utf-8")
    read = Translation().examples(resolve(str(path)))
    assert len(read.items) == 60
    assert len(read.skipped) == 2


def test_what_is_too_long_is_refused():
    task = Translation(Settings(options={"longest": "10"}))
    task.fit([Example(str(i), "abc", "de") for i in range(3)])
    with pytest.raises(Unreadable, match="10 are the most"):
        task.encode(Example("x", "a" * 11, "d"))


@pytest.mark.parametrize("option", ["beam=0", "beam=x", "longest=1", "tokens=syllables", "hidden=0"])
def test_a_wrong_option_is_refused(option, tmp_path):
    path = table(tmp_path, {"source": [f"word {i}" for i in range(60)], "target": [f"w{i}" for i in range(60)]})
    name, _, value = option.partition("=")
    with pytest.raises(UserError, match=name):
        fathom.train(path, out=tmp_path / "run", epochs=1, **{name: value})
    assert not (tmp_path / "run").exists()


def test_the_page_shows_where_it_looked(tmp_path):
    path = table(tmp_path, {"source": [f"word {i}" for i in range(60)], "target": [f"w{i}" for i in range(60)]})
    run = fathom.train(path, out=tmp_path / "run", epochs=1, hidden=8, embedding=8)
    page = (run.path / "report.html").read_text("utf-8")
    assert page.count('aria-label="Attention: ') == 3
    task = load_task(run.folder)
    net = load_net(run.folder, task)
    seen = task.attention(net, Example("x", "word 1"), Prediction("w1"))
    assert seen is not None
    assert seen.weights.shape == (3, 6)
    assert seen.rows == ("w", "1", "end")
    assert np.allclose(seen.weights.sum(1), 1, atol=1e-5)


def test_predict_reads_a_text_a_file_and_a_table(tmp_path):
    path = table(tmp_path, {"source": [f"word {i}" for i in range(60)], "target": [f"w{i}" for i in range(60)]})
    run = fathom.train(path, out=tmp_path / "run", epochs=1, hidden=8, embedding=8)
    lines = tmp_path / "lines.txt"
    lines.write_text("word 1\n\nword 2\n", "utf-8")
    predictor = Predictor(run.folder)
    found = list(predictor.predict(inputs(predictor.task, ["word 7", str(lines), str(path)])))
    assert len(found) == 63
    assert all(isinstance(answer, Prediction) for _, answer in found)


def test_characters_that_are_unknown_are_read_as_such():
    known = Characters.learn(["abc"])
    assert known.encode("axc") == [1, 0, 3]
    assert known.decode([1, 0, 3]) == "ac"


SHORT = [(f"Go {i}." if i % 3 else "Run!", f"Geh {i}.") for i in range(60)]


@pytest.mark.parametrize(
    ("line", "source", "target"),
    [
        ("{0}\t{1}", "column 1", "column 2"),
        ("{0}\t{1}\tCC-BY 2.0 (France) Attribution: tatoeba.org #{2}", "column 1", "column 2"),
        ("{3}\t{0}\t{2}\t{1}", "column 2", "column 4"),
    ],
)
def test_short_sentences_without_a_header_and_what_stands_beside_them(tmp_path, line, source, target):
    path = tmp_path / "pairs.txt"
    rows = (line.format(*pair, 7000 + i, i // 2) for i, pair in enumerate(SHORT))
    path.write_text("\n".join(rows) + "\n")
    where = resolve(str(path))
    assert find_pairs(where) == (source, target)
    assert recognize(where)[0] is Translation
    assert [(e.input, e.target) for e in Translation().examples(where).items] == SHORT


SENTENCES = [(f"the cat number {i} sat on {i * 7}", f"die Katze Nummer {i} saß auf {i * 7}") for i in range(60)]


def test_sentences_are_learned_by_the_lstm_with_a_vocabulary_for_each_side(tmp_path):
    path = table(tmp_path, {"source": [a for a, _ in SENTENCES], "target": [b for _, b in SENTENCES]})
    task = load_task(fathom.train(path, out=tmp_path / "run", epochs=1, hidden=8, embedding=8).folder)
    assert isinstance(task, Translation)
    assert (task.settings.net, task.tokens_, task.joint_) == ("lstm", "pieces", False)
    assert task.words_ != task.symbols_


def test_a_transformer_has_one_vocabulary_and_one_table(tmp_path):
    path = table(tmp_path, {"source": [a for a, _ in SENTENCES], "target": [b for _, b in SENTENCES]})
    run = fathom.train(path, out=tmp_path / "run", net="transformer", epochs=1, width=8, heads=2)
    task = load_task(run.folder)
    assert isinstance(task, Translation)
    assert task.joint_
    assert task.words_ == task.symbols_
    names = load_net(run.folder, task).state_dict().keys()
    assert "symbols.weight" in names
    assert "words.weight" not in names


def test_train_is_judged_on_a_part_and_dev_soon(tmp_path, monkeypatch):
    path = table(tmp_path, {"source": [a for a, _ in SENTENCES], "target": [b for _, b in SENTENCES]})
    beams = []
    searched = Translation._searched

    def noted(self, output, batch, beam):
        beams.append(beam)
        return searched(self, output, batch, beam)

    monkeypatch.setattr(Translation, "_searched", noted)
    monkeypatch.setattr(Translation, "most_judged_of_train", lambda _: 10)
    run = fathom.train(path, out=tmp_path / "run", epochs=1, hidden=8, embedding=8, beam=3)
    assert beams[0] == 1
    assert beams[-1] == 3
    assert (run.results["split"] == "train").sum() == 10
    assert run.results["split"].value_counts().height == 2
