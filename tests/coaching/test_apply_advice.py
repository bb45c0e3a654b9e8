"""Applying what the coach says: within its time, with what was measured, and with a log that keeps all of it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

import fathom
from fathom.cli import main
from fathom.coaching import apply_advice
from fathom.coaching.advice import Advice, Step
from fathom.coaching.apply_advice import LOG, apply
from fathom.coaching.causes import LABELS_IN_DOUBT
from fathom.coaching.gains import Gain
from fathom.coaching.remedy import Remedy
from fathom.coaching.run_context import Change, RunContext, context_of
from fathom.errors import UserError
from fathom.progress import Watcher
from fathom.records import Interval
from fathom.runs.folder import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: Any) -> RunFolder:
    """A run that was soon done."""
    return fathom.train("practice:iris", net="mlp", epochs=4, out=tmp_path_factory.mktemp("apply") / "run").folder


@pytest.fixture
def trained(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The trainings that were asked for, which are none; the run took ten seconds, as far as the coach knows."""
    monkeypatch.setattr(apply_advice, "context_of", lambda folder: replace(context_of(folder), seconds=10.0))

    asked: list[Any] = []

    def train(request: Any, watcher: Watcher) -> RunFolder:
        asked.append(request)
        return run

    monkeypatch.setattr(apply_advice, "train", train)
    return asked


def says(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Let the coach be sure of that change."""

    class Sure(Remedy):
        """Of it."""

        name, title = "sure", "do it"

        def probe(self, context: RunContext) -> Change | None:
            """Where its cause was found, which only the advice knows."""
            return change if "labels_in_doubt" in context.findings else None

    gain = Gain("sure", Interval(0.1, 0.05, 0.2), 3, 0.05)
    step = Step("sure", "do it", "so", 0, "training", "fathom train --it", gain)
    cause = LABELS_IN_DOUBT.found("many", {})
    advice = Advice("", (step,), "do it", 1.0, 0.0, 0.1, (cause,))
    monkeypatch.setattr(apply_advice, "advise", lambda context, budget, watcher: advice)
    monkeypatch.setattr("fathom.coaching.apply_advice.available_remedies", lambda: (Sure(),))


@pytest.mark.parametrize(
    ("change", "budget", "told"),
    [
        (Change({"epochs": 12}), 25.0, "about 31 s: do it"),
        (Change({"epochs": 12}), 35.0, ""),
        (Change({"lr": 0.01}), 25.0, ""),
        (Change({"budget": 40.0}), 35.0, "about 41 s"),
        (Change({"net": "mlp", "epochs": 1_000_000}, fresh=True), 25.0, "longer than that"),
        (Change({"net": "mlp", "epochs": 1}, fresh=True), 25.0, ""),
    ],
)
def test_a_step_that_the_time_does_not_suffice_for_is_told_and_not_taken(
    run: RunFolder, trained: list[Any], monkeypatch: pytest.MonkeyPatch, change: Change, budget: float, told: str
) -> None:
    says(monkeypatch, change)
    began = time.monotonic()
    done = apply(run, budget, Watcher(), steps=1)
    assert time.monotonic() - began < 5
    assert len(trained) == (not told)
    assert told in done.ended
    assert ("fathom train --it" in done.ended) == bool(told)
    assert done.ended in (run.path / LOG).read_text("utf-8")


def test_the_log_keeps_what_was_tried_before(
    run: RunFolder, trained: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, Change({"lr": 0.01}))
    (run.path / LOG).write_text("# Of old\n\nkept\n", "utf-8")
    apply(run, 25.0, Watcher(), steps=1)
    first = (run.path / LOG).read_text("utf-8")
    apply(run, 25.0, Watcher(), steps=1)
    both = (run.path / LOG).read_text("utf-8")
    assert first.startswith("# Of old\n\nkept\n\n# What the coach tried on run\n")
    assert both.startswith(first.rstrip() + "\n\n# What the coach tried on run\n")


@pytest.mark.parametrize(
    "words",
    [
        ["--apply", "--curve", "data"],
        ["--apply", "--curve", "nonsense"],
        ["--apply", "--json"],
        ["--curve", "data", "--json"],
    ],
)
def test_what_does_not_go_together_is_refused(run: RunFolder, words: list[str]) -> None:
    with pytest.raises(UserError, match=" and ".join(w for w in words if w.startswith("--")) + " do not go together"):
        main.app(["next", str(run.path), *words], standalone_mode=False)
