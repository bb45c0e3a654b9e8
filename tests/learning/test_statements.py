"""What the lessons claim holds for the functions that they teach, and names where it comes from."""

from __future__ import annotations

import numpy as np
import pytest

from fathom.learning.course import exercises, find
from fathom.learning.sandbox import Inside

SOURCES = {
    "optimizers": ("Sutskever et al. 2013", "Choi et al. (2019)", "Wilson et al. (2017)"),
    "weight-decay": ("Geman et al. 1992", "Loshchilov & Hutter 2019"),
    "initialization": ("LeCun et al. (1998)", "Lu et al. 2020"),
    "sigmoid-loss": ("Glorot et al. 2011", "Hochreiter & Schmidhuber 1997"),
    "batch-norm": ("Santurkar et al. (2018)", "Ioffe & Szegedy 2015"),
    "pooling": ("Azulay & Weiss (2019)", "Zhang 2019"),
    "attention": ("Vaswani et al. 2017", "Bahdanau et al. 2015"),
    "schedules": ("Liu et al. 2020", "Goyal et al. 2017"),
    "fine-tuning": ("Raghu et al. 2019", "Yosinski et al. 2014"),
    "beam-search": ("Koehn & Knowles 2017", "Stahlberg & Byrne 2019"),
}

WITHDRAWN = (
    "averages the gradients",
    "All exchange variance for bias",
    "it never comes back",
    "hardly inside any more",
    "moves under its feet",
    "small shifts cost nothing",
    "looks* at all others",
    "by the sum alone the empty sentence wins",
)
"""What the lessons said that is wrong, or is told as settled and is not."""


def solution(name: str) -> Inside:
    return Inside(find(name).solution)


def lesson(name: str) -> str:
    return " ".join(find(name).lesson.split())


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_disputed_or_named_after_somebody_has_its_source(name: str) -> None:
    assert [source for source in SOURCES[name] if source not in lesson(name)] == []


def test_what_was_wrong_is_said_nowhere() -> None:
    said = [(one.id, wrong) for one in exercises() for wrong in WITHDRAWN if wrong in lesson(one.name)]
    assert said == []


def test_momentum_adds_up_and_does_not_average() -> None:
    w, v, g = np.zeros(2), np.zeros(2), np.array([1.0, -3.0])
    for _ in range(300):
        w, v = solution("optimizers").call("momentum", w, g, v, 0.1, 0.9)
    assert np.allclose(v, 10 * g)
    assert "a sum, not an average" in lesson("optimizers")
    assert "10 g for β = 0.9" in lesson("optimizers")


def test_a_dead_unit_comes_back_when_something_else_moves_its_input() -> None:
    x, w = np.array([[1.0], [2.0]]), np.array([-1.0])
    bias = 0.5
    assert (x @ w + bias < 0).all()
    for _ in range(100):
        w = w - 0.1 * 0.5 * w  # nothing but weight decay: the unit has no gradient
    assert (x @ w + bias > 0).all()
    assert "stays dead until something else moves its input" in lesson("initialization")


def test_a_shift_inside_a_window_changes_nothing_and_one_across_its_edge_does() -> None:
    def pooled(place: int) -> np.ndarray:
        x = np.zeros((1, 2, 4))
        x[0, 0, place] = 1
        return np.asarray(solution("pooling").call("max_forward", x, 2))

    assert (pooled(0) == pooled(1)).all()
    assert (pooled(1) != pooled(2)).any()


def test_attention_looks_at_the_own_position_too() -> None:
    q = 3 * np.eye(4)
    _, weights = solution("attention").call("attention", q, q, q, np.ones((4, 4), bool))
    assert (np.diag(weights) > 0.9).all()
    assert "its own included" in lesson("attention")


def test_the_lstm_has_the_gates_that_the_sigmoid_is_said_to_be_used_for() -> None:
    assert "three **gates**" in find("lstm").lesson
    assert "has three" in lesson("sigmoid-loss")


def test_with_stride_2_a_shift_by_one_is_no_shift_of_the_output() -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(1, 12, 12)), rng.normal(size=(1, 1, 3, 3)), np.zeros(1)
    moved = np.roll(x, 1, axis=2)
    for stride, same in ((1, True), (2, False)):
        out, out_moved = (np.asarray(solution("convolution").call("convolve", z, w, b, stride, 0)) for z in (x, moved))
        assert np.allclose(out_moved[..., 1:], out[..., : out.shape[2] - 1]) is same
