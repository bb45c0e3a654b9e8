"""Whether an error is as low as its columns allow: said where the marks are there, and not where one is missing."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import fathom
from fathom.coaching.advice import Advice, reason_to_stop
from fathom.coaching.bayes_error import Wrong, at_floor, others, used_up
from fathom.coaching.causes import LABELS_IN_DOUBT
from fathom.coaching.render import advice_table
from fathom.coaching.run_context import RunContext, context_of
from fathom.progress import Watcher

NAMES = ("boosting", "neighbours", "kernel", "logistic", "trees")


def mistakes(rate: float, n: int = 1000, also: int = 0) -> Wrong:
    """The same examples wrong for all, with so many others besides."""
    wrong = np.arange(n) < round(rate * n)
    wrong[n - also :] = True
    return wrong


AGREED = {name: mistakes(0.15, also=i) for i, name in enumerate(NAMES)}


def test_it_is_said_where_nothing_does_better_and_half_the_rows_are_enough() -> None:
    assert used_up(mistakes(0.15), AGREED, AGREED)
    assert used_up(mistakes(0.15), {**AGREED, "logistic": mistakes(0.4)}, AGREED)  # one of five cannot learn the form


@pytest.mark.parametrize(
    ("net", "whole", "half"),
    [
        (mistakes(0.20), AGREED, AGREED),  # others are better than the net
        (mistakes(0.08), AGREED, AGREED),  # the net is far better: others cannot tell how low it goes
        (mistakes(0.15), {**AGREED, "neighbours": mistakes(0.18)}, AGREED),  # what assumes least is worse
        (mistakes(0.15), AGREED, {name: mistakes(0.18) for name in NAMES}),  # more rows still help
        (mistakes(0.15), {n: mistakes(0.15 + 0.02 * i) for i, n in enumerate(NAMES)}, AGREED),  # they do not agree
        (mistakes(0.15, 60), *({n: np.roll(mistakes(0.15, 60), k) for n in NAMES} for k in (0, 9))),  # too few
    ],
)  # fmt: skip
def test_it_is_not_said_where_one_mark_is_missing(net: Wrong, whole: dict[str, Wrong], half: dict[str, Wrong]) -> None:
    assert not used_up(net, whole, half)


def test_the_others_come_near_the_least_error_of_two_clouds() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 3000)
    x = rng.normal(size=(3000, 2)) + 1.0364 * (2 * y[:, None] - 1) * np.array([1.0, 0.0])  # Φ(−1.0364) = 0.15
    found = others(x[:2000], y[:2000], x[2000:], y[2000:])
    assert set(found) == set(NAMES)
    for name, wrong in found.items():
        assert abs(wrong.mean() - 0.15) < 0.05, name


@pytest.fixture(scope="module")
def overlapping(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """A run on two clouds of which 15 % cannot be told apart, with a column of words that says nothing."""
    folder = tmp_path_factory.mktemp("floor")
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 3000)
    x = rng.normal(size=(3000, 2)) + 1.0364 * (2 * y[:, None] - 1) * np.array([1.0, 0.0])
    words = rng.choice(["red", "green"], 3000)
    rows = [f"{a:.4f},{b:.4f},{word},{'yes' if c else 'no'}" for (a, b), word, c in zip(x, words, y, strict=True)]
    Path(folder / "clouds.csv").write_text("\n".join(["a,b,colour,sick", *rows]), encoding="utf-8")
    return context_of(fathom.train(folder / "clouds.csv", target="sick", epochs=6, out=folder / "run").folder)


def test_where_nobody_can_do_better_the_coach_says_stop(overlapping: RunContext) -> None:
    found = at_floor(overlapping, overlapping.run.findings(), Watcher())
    names = {one.name for one in found}
    assert "at_floor" in names
    assert not names & {"train_error_dominates", "not_above_baseline", "floor_estimate"}
    told = next(one for one in found if one.name == "at_floor")
    assert abs(told.evidence["net"].value - 0.15) < 0.05
    assert "half the rows" in told.title
    assert not reason_to_stop(overlapping)
    said = reason_to_stop(replace(overlapping, findings=frozenset(names)))
    assert "columns allow" in said
    console = Console(file=io.StringIO(), width=100)
    console.print(advice_table(Advice(said, (), said, 0.0, 0.0, 0.15, tuple(found)), overlapping.metric))
    shown = " ".join(console.file.getvalue().split())
    assert said in shown
    assert told.advice in shown
    assert "half the rows" in shown.split("stop here")[1]
    assert "half the rows" not in shown.split("stop here")[0]


def test_nothing_is_said_of_the_floor_where_something_else_is_wrong_or_people_do_better(
    overlapping: RunContext,
) -> None:
    doubt = LABELS_IN_DOUBT.found("many", {})
    assert [one.name for one in at_floor(overlapping, [doubt], Watcher())] == ["labels_in_doubt"]
    task = overlapping.task.clone(replace(overlapping.settings, human_error=0.05))
    assert at_floor(replace(overlapping, task=task), [], Watcher()) == []


def test_nothing_is_said_where_train_has_one_class_only_or_dev_was_not_judged(overlapping: RunContext) -> None:
    of = overlapping.splits.of
    healthy = {e.id for e in overlapping.of("train") if e.target == "no"}
    alike = {name: split for name, split in of.items() if split != "train" or name in healthy}
    unjudged = {name: "dev" if split == "test" else "" for name, split in of.items()}
    for splits in (alike, unjudged):
        changed = replace(overlapping, splits=replace(overlapping.splits, of=splits))
        assert at_floor(changed, [], Watcher()) == []


def test_pictures_are_no_rows_of_numbers(tmp_path: Path) -> None:
    context = context_of(fathom.train("practice:digits?n=300", net="mlp", epochs=1, out=tmp_path / "run").folder)
    assert context.task.features(context.of("dev")) is None
