"""What a check says of a wrong answer: which call, how far off, and a mistake's name only where it is sure."""

from __future__ import annotations

import ast
import gc
import io
import textwrap
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from fathom.learning.checking import Failure, verify
from fathom.learning.comparison import FLOAT16, FLOAT32, NOTHING, central, close, differs
from fathom.learning.course import Exercise, exercises, find
from fathom.learning.render import verdict_lines
from fathom.learning.sandbox import Broken, Inside, Sandbox
from fathom.learning.slips import slips
from fathom.learning.trial import Trial, Wrong

SEEDS = (1, 2, 3)


def with_function(one: Exercise, code: str) -> Inside:
    """The solution, with functions written anew."""
    return Inside(f"{one.solution}\n\n{textwrap.dedent(code)}")


def failure_of(one: Exercise, code: str, seed: int = 1) -> Failure:
    failure = verify(one, with_function(one, code), seed).failure
    assert failure is not None
    return failure


# --- names


FINISHED_ASIDE = """
def beam(log_p, end, width, longest):
    alive, done = [([], 0.0)], []
    for _ in range(longest):
        grown = [([*words, word], total + float(x)) for words, total in alive for word, x in enumerate(log_p(words))]
        best = sorted(grown, key=lambda one: -one[1])[:width]
        done += [one for one in best if one[0][-1] == end]
        alive = [one for one in best if one[0][-1] != end]
    return max(done + alive, key=lambda one: one[1] / len(one[0]))
"""


@pytest.mark.parametrize("seed", range(6))
def test_another_right_idea_is_not_called_by_the_name_of_a_mistake(seed: int) -> None:
    # finished sentences in a list of their own, pruned by the sum: not what is asked for, but no mean decides
    failure = failure_of(find("beam-search"), FINISHED_ASIDE, seed)
    assert "mean" not in failure.mistake


def test_what_two_mistakes_give_alike_has_no_name() -> None:
    one = find("logistic-regression")
    code = (
        "def step(x, y, w, b, rate):\n    d_w, d_b = gradients(x, y, w, b)\n    return w + rate * d_w, b + rate * d_b\n"
    )
    assert failure_of(one, code).mistake == "uphill"  # gradients is right: "label minus probability" it is not
    code += (
        "def gradients(x, y, w, b):\n    off = (y - predict(x, w, b)) * 3\n    return x.T @ off / len(x), off.mean()"
    )
    assert failure_of(one, code).mistake == ""


def test_two_mistakes_at_once_are_both_named() -> None:
    one = find("dense-layer")
    code = "def backward(upstream, x, w, b):\n    return upstream @ w.T * x, x.T @ upstream, upstream.mean(axis=0)"
    for seed in SEEDS:
        named = failure_of(one, code, seed).mistake
        assert set(named.split("; and ")) == {
            "the mean for the bias", "the input's gradient is multiplied by the input",
        }  # fmt: skip


def test_a_slip_that_nobody_wrote_down_is_named() -> None:
    code = """
    def wilson(wrong, n, z):
        p, whole = wrong / n, 1 + z * z / n
        half = z / whole * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return p / whole - half, p / whole + half
    """
    assert failure_of(find("bias-and-variance"), code).mistake == "`z * z / (2 * n)` is not added"


def test_slips_leave_the_solution_as_it_was_and_loops_alone() -> None:
    for one in exercises():
        before = Inside(one.solution)
        told = list(slips(one.solution, one.write))
        assert all(slip.name and slip.why for slip in told)
        assert all(ast.unparse(slip.code) == ast.unparse(ast.parse(one.solution)) for slip in told[-1:])
        assert before.space.keys() >= {name.partition(".")[0] for name in one.write}
    assert not list(slips("def f(x):\n    while x > 1:\n        x = x - 1\n", ["f"]))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_answers_from_other_draws_are_told_apart(seed: int) -> None:
    one = find("initialization")
    code = """
    def initialize(widths, activation, rng):
        return [(0.01 * rng.standard_normal((o, i)).T, np.zeros(o)) for i, o in zip(widths, widths[1:])]
    """
    assert failure_of(one, code, seed).mistake == "small numbers, whatever the width"


# --- what is compared


def test_numbers_of_float32_are_refused_as_such() -> None:
    x = np.random.default_rng(0).normal(size=(4, 3))
    assert differs(x.astype(np.float32), x) == FLOAT32
    assert differs(x.astype(np.float16), x) == FLOAT16
    assert differs(float(np.float32(x[0, 0])), float(x[0, 0])) == FLOAT32
    assert differs([np.float32(v) for v in x[0]], x[0]) == FLOAT32
    assert not differs(np.float32([1, 2.5]), np.array([1, 2.5]))
    assert not differs(np.array([1.0, 0.5]), np.array([1 - 1e-16, 0.5]))
    assert differs(np.float32(x + 1), x) == "the values differ"
    assert "digits only" in differs(x * (1 + 1e-6), x)


@pytest.mark.parametrize("seed", [52893199, *SEEDS])
def test_the_answer_in_float32_is_told_on_every_seed(seed: int) -> None:
    code = "def apply(x, mean, deviation):\n    return ((x - mean) / deviation).astype(np.float32)"
    assert failure_of(find("standardize"), code, seed).says == FLOAT32


@pytest.mark.parametrize("seed", [1319968239, *SEEDS])
def test_a_forward_pass_in_float32_does_not_put_the_blame_on_the_gradient(seed: int) -> None:
    code = "def forward(x, w, b):\n    return (x @ w + b).astype(np.float32)"
    failure = failure_of(find("dense-layer"), code, seed)
    assert failure.says == FLOAT32
    assert failure.name == "forward"


def test_central_differences_choose_a_step_that_noise_does_not_drown() -> None:
    x = np.array([0.3, -1.2])
    noisy = lambda v: np.float32(np.sin(v) + 3e3)  # noqa: E731
    numeric, unsure = central(noisy, x, 1.0, np.cos(x))
    assert np.all(np.abs(numeric - np.cos(x)) <= unsure + 1e-2)
    trial = Trial(Inside("def f(x):\n    return x\n"), Inside(""), np.random.default_rng(0))
    trial.gradient(np.cos(x) * 1e4, lambda v: 1e4 * np.sin(v) + 1e9, x, 1.0, "large numbers")
    with pytest.raises(Wrong, match="central differences say otherwise"):
        trial.gradient(np.cos(x) * 1.001, np.sin, x, 1.0, "a wrong gradient")


def test_a_none_that_the_task_allows_is_a_value() -> None:
    one = find("metrics")
    code = """
    def choose(models, optimize, limits):
        good = [i for i, m in enumerate(models) if all(m[n] < most for n, most in limits.items())]
        return min(good, key=lambda i: models[i][optimize]) if good else None
    """
    for seed in SEEDS:
        failure = failure_of(one, code, seed)
        assert failure.says != NOTHING
        assert failure.mistake == "exactly at the limit is too much"
    assert failure_of(find("standardize"), "def fit(x):\n    x.mean(axis=0)").says == NOTHING
    assert failure_of(find("dropout"), "def forward(x, p, training, rng):\n    pass").says == NOTHING


# --- what is shown


def shown(one: Exercise, code: str) -> str:
    console = Console(file=io.StringIO(), width=100, highlight=False)
    console.print(verdict_lines(one, verify(one, with_function(one, code), 3)))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_refused_answer_shows_its_call_and_how_far_off_it_is() -> None:
    one = find("softmax-cross-entropy")
    said = shown(one, "def gradient(scores, labels):\n    return softmax(scores) - np.eye(scores.shape[1])[labels]")
    assert "✗ the gradient is that of the loss" in said
    for part in (
        "gradient(scores, labels)",
        "yours",
        "expected",
        "difference",
        "tolerance   1e-07 of what is expected",
    ):
        assert part in said


def test_numbers_that_differ_are_not_shown_alike() -> None:
    said = shown(find("dense-layer"), "def forward(x, w, b):\n    return x @ w + b + 3e-7")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in said.splitlines() if line.split()[:1]}
    assert lines["yours"] != lines["expected"]
    assert lines["difference"].startswith("3e-07")


def test_of_a_call_that_raises_the_arguments_are_shown() -> None:
    said = shown(find("dense-layer"), "def forward(x, w, b):\n    return x @ w.T.T.T + b[None, None, :, None][5]")
    assert "forward(x, w, b)" in said
    assert "raised" in said


class Named:
    """Code, and the names of its functions that were called."""

    def __init__(self, code: Inside) -> None:
        self.code, self.names = code, set[str]()

    def call(self, name: str, *args: object) -> object:
        self.names.add(name)
        return self.code.call(name, *args)

    def work(self, name: str, *args: object) -> int:
        return self.code.work(name, *args)


@pytest.mark.parametrize("one", exercises(), ids=lambda e: e.name)
def test_a_function_is_first_asked_by_itself(one: Exercise) -> None:
    # else what is wrong with it fails under a title that is about another
    seen: set[str] = set()
    for number, prop in enumerate(one.props()):
        code = Named(Inside(one.solution))
        for i in range(min(2, prop.trials)):
            prop.body(Trial(code, Inside(one.solution), np.random.default_rng((number, i)), level=i))
        assert len(code.names) == 1 or code.names <= seen, prop.title
        seen |= code.names


# --- loops and chance


LOOPS = {
    "for": "z = np.zeros_like(x)\n    for i in range(len(x)):\n        z[i] = (x[i] - mean) / deviation\n    return z",
    "comprehension": "return np.array([(row - mean) / deviation for row in x])",
    "map": "return np.array(list(map(lambda row: (row - mean) / deviation, x)))",
    "while": "z = []\n    while len(z) < len(x):\n      z += [(x[len(z)] - mean) / deviation]\n    return np.array(z)",
    "apply_along_axis": "return np.apply_along_axis(lambda row: (row - mean) / deviation, 1, x)",
}


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS)
def test_a_loop_over_the_examples_is_refused_where_whole_arrays_are_taught(body: str) -> None:
    failure = failure_of(find("standardize"), f"def apply(x, mean, deviation):\n    {body}")
    assert failure.title == "without a loop over the examples"
    assert "one by one" in failure.says


def test_a_sum_that_goes_through_the_examples_is_a_loop_too() -> None:
    code = """
    def fit(x):
        mean = sum(x) / len(x)
        deviation = np.sqrt(sum((x - mean) ** 2) / len(x))
        return mean, np.where(deviation < 1e-12, 1.0, deviation)
    """
    assert "one by one" in failure_of(find("standardize"), code).says


def test_steps_are_counted_alike_in_a_process_of_its_own(tmp_path: Path) -> None:
    source = "def f(x):\n    return len([y for y in x])\n\ndef g(x):\n    return x + 1\n\ndef h(x):\n    return x[9]\n"
    path = tmp_path / "steps.py"
    path.write_text(source, "utf-8")
    with Sandbox(path, 5) as box:
        few, many = (box.work("f", np.zeros((n, 2))) for n in (10, 110))
        assert many - few >= 100
        assert box.work("g", np.zeros((10, 2))) == box.work("g", np.zeros((110, 2)))
        assert close(Inside(source).work("f", np.zeros((110, 2))), many)
        with pytest.raises(Broken, match="IndexError"):
            box.work("h", np.zeros((2, 2)))


def test_what_is_collected_in_between_is_no_step() -> None:
    class Ring:
        def __init__(self) -> None:
            self.own = self

        def __del__(self) -> None:
            assert self.own is self

    inside = Inside("def f(x):\n    return len([[y] for y in x])\n")
    counts, before = [], gc.get_threshold()
    try:
        for _ in range(3):
            counts.append(inside.work("f", np.zeros((2000, 2))))
            gc.disable()
            gc.collect()
            rings = [Ring() for _ in range(40)]
            del rings
            gc.set_threshold(1500)  # they are collected within the call that follows
            gc.enable()
    finally:
        gc.set_threshold(*before)
    assert len(set(counts)) == 1


CHANCE = {
    "dropout": (
        "def forward(x, p, training, rng):\n    mask = np.ones_like(x)\n    if training:\n"
        "        order = rng.permutation(x.size)[: round(p * x.size)]\n        mask = np.full(x.size, 1 / (1 - p))\n"
        "        mask[order] = 0\n        mask = mask.reshape(x.shape)\n    return x * mask, mask",
        "a share that is reached exactly",
    ),
    "initialization": (
        "def initialize(widths, activation, rng):\n    layers = []\n    for i, o in zip(widths, widths[1:]):\n"
        "        w = rng.normal(size=(i, o))\n        w = (w - w.mean()) / max(w.std(), 1e-9) * scale(i, activation)\n"
        "        layers.append((w if w.any() else w + rng.normal(size=w.shape), np.zeros(o)))\n    return layers",
        "independent draws",
    ),
    "training-loop": (
        "def batches(n, size, rng):\n    parts = [np.arange(n)[i : i + size] for i in range(0, n, size)]\n"
        "    last = [parts.pop()] if n % size else []\n"
        "    return [parts[i] for i in rng.permutation(len(parts))] + last",
        "",
    ),
    "train-dev": (
        "def part(n, share, rng):\n    k, first = round(share * n), int(rng.integers(n))\n"
        "    return sorted((first + i) % n for i in range(k))",
        "are in it together",
    ),
    "random-search": (
        "def draw(space, rng):\n    u, out = rng.random(), {}\n"
        "    for i, (name, (low, high, kind)) in enumerate(space.items()):\n"
        "        v = u if i != 1 else rng.random()\n"
        "        out[name] = low * (high / low) ** v if kind == 'log' else low + (high - low) * v\n    return out",
        "rise and fall together",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANCE)
def test_draws_that_hang_together_are_refused(name: str) -> None:
    code, says = CHANCE[name]
    for seed in SEEDS:
        assert says in failure_of(find(name), code, seed).says
