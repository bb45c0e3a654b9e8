"""A newcomer: what is said in an empty folder, where the quiz leads, the warm-up, and words that find their lesson."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from fathom.errors import UserError
from fathom.learning import placement, warm_up
from fathom.learning.course import _plain, exercises, find, of_term, terms
from fathom.learning.workspace import Workspace


def learn(*words: str, at: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fathom", "learn", *words]
    return subprocess.run(command, cwd=at, input=typed, capture_output=True, text=True, check=False)


def test_an_empty_folder_is_welcomed(tmp_path: Path) -> None:
    told = learn(at=tmp_path)
    assert told.returncode == 0
    assert told.stderr == ""
    commands = ("fathom learn start", "fathom learn placement", "fathom learn warm-up")
    for said in (f"{len(exercises())} exercises", "25 to 40 hours", *commands):
        assert said in " ".join(told.stdout.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("adam", "optimizers"), ("overfitting", "bias-and-variance"), ("embedding", "analogies"),
        ("Embeddings", "analogies"), ("learning rate", "schedules"), ("kernel", "convolution"),
        ("feature maps", "convolution"), ("hyperparameters", "random-search"), ("ReLU", "deep-network"),
        ("early stopping", "early-stopping"), ("transformers", "attention"), ("losses", "softmax-cross-entropy"),
        ("cross_entropy", "softmax-cross-entropy"), ("biases", "bias-and-variance"), ("IoU", "boxes"),
    ],
)  # fmt: skip
def test_a_word_of_the_field_finds_its_lesson(word: str, name: str) -> None:
    assert find(word).name == name


def test_the_index_of_words_has_each_once_and_every_lesson_several() -> None:
    words = [word for of in terms().values() for word in of]
    counted = Counter(map(_plain, words))
    assert [word for word, n in counted.items() if n > 1] == []
    assert set(terms()) == {one.name for one in exercises()}
    assert all(len(of) >= 3 for of in terms().values())
    assert all(word == word.lower() and " " not in word for word in words)
    for name, of in terms().items():  # no name, title or topic of another exercise hides a word
        assert [word for word in of if find(word).name != name] == []


def test_a_word_that_is_misspelt_is_asked_about_and_one_unknown_is_not() -> None:
    with pytest.raises(UserError, match="did you mean overfitting"):
        find("overfiting")
    with pytest.raises(UserError, match=r"no exercise 'xyz': write its number, such as 1\.5"):
        find("xyz")
    assert of_term("xyz") is None


def answers(*unknown: int) -> list[int]:
    return [-1 if one.part in unknown else one.answer for one in placement.questions()]


def test_the_quiz_leads_in_front_of_the_first_part_that_is_not_known() -> None:
    asked = placement.questions()
    assert Counter(one.part for one in asked) == dict.fromkeys(range(6), 2)
    assert all(0 <= one.answer < len(one.choices) and len(set(one.choices)) == len(one.choices) for one in asked)
    for part in range(1, 6):
        begin = placement.place(answers(part)).begin
        assert begin is not None
        assert begin.id == f"{part}.1"
    both = placement.place(answers(2, 4)).begin
    assert both is not None
    assert both.id == "2.1"
    assert placement.place(answers()) == placement.Placement(len(asked), None, False)
    only_numpy = placement.place(answers(0))
    assert only_numpy.warm_up
    assert only_numpy.begin is None


def test_no_letter_is_right_more_often_and_none_alone_places_anybody() -> None:
    letters = Counter(one.answer for one in placement.questions())
    assert max(letters.values()) <= 5
    for letter in range(4):
        begin = placement.place([letter] * len(placement.questions())).begin
        assert begin is not None
        assert begin.id == "1.1"


@pytest.mark.parametrize(("letters", "says"), [("ab", "12 questions and 2 answers"), ("abcdabcdabcz", "no answer 'z'")])
def test_answers_that_cannot_be_are_refused(letters: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        placement.numbers(letters)


def test_the_quiz_at_the_terminal_places_a_learner(tmp_path: Path) -> None:
    right = "".join("abcd"[one.answer] if one.part < 2 else "-" for one in placement.questions())
    told = learn("placement", "--answers", right, at=tmp_path)
    assert "fathom learn start --at 2.1" in told.stdout
    workspace = Workspace.start(tmp_path / "mine")
    typed = "\n".join("abcd"[one.answer] if one.part < 2 else "" for one in placement.questions())
    assert "fathom learn next" in learn("placement", at=workspace.folder, typed=typed).stdout
    current = Workspace.find(workspace.folder).current()
    assert current is not None
    assert current.id == "2.1"
    assert "4 of 12 right" in learn("placement", "--answers", right, at=tmp_path).stdout


def test_the_warm_up_is_given_checked_and_shows_the_first_input_that_fails(tmp_path: Path) -> None:
    path, new = warm_up.give(tmp_path)
    assert new
    assert [holds for holds, _ in warm_up.check(path)] == [None] * 10
    path.write_text(warm_up.solution(), "utf-8")
    assert warm_up.give(tmp_path) == (path, False)
    assert [holds for holds, _ in warm_up.check(path)] == [True] * 10
    path.write_text(warm_up.solution().replace("return x.mean(axis=0)\n", "return x.mean(axis=1)\n", 1), "utf-8")
    lines = list(warm_up.check(path))
    assert lines[0][0] is False
    assert lines[0][1].startswith("column_means([[")
    assert "yours" in lines[1][1]
    assert "expected" in lines[2][1]
    assert sum(holds is True for holds, _ in lines) == 9


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("np.maximum(x, 0)", "x * (x < 0)"),
        ("keepdims=True", "keepdims=False"),
        ("p[np.arange(len(y)), y]", "p[:, y]"),
        ("np.eye(classes)[y]", "np.eye(classes)"),
        ("a[:, None] * b", "a * b[:, None]"),
        ("argmax(axis=1)", "argmin(axis=1)"),
        ("return x[order], y[order]", "return x[order], y"),
        ("x @ w + b", "x @ w"),
    ],
)
def test_a_mistake_in_the_warm_up_is_seen(right: str, wrong: str, tmp_path: Path) -> None:
    path = tmp_path / warm_up.FILE
    assert warm_up.solution().count(right) == 1
    path.write_text(warm_up.solution().replace(right, wrong), "utf-8")
    assert sum(holds is False for holds, _ in warm_up.check(path)) == 1
