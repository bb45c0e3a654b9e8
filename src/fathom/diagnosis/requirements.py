"""What a model must satisfy besides its one figure: ``recall[cat]>=0.95``, ``latency_ms<20``.

One number is optimized, and any number of constraints must be met (the course's optimizing and satisficing metrics).
Names: error, accuracy, recall[CLASS], precision[CLASS] and f1[CLASS], and what a task is told by (f1, iou, map, wer,
rmse), measured on dev, as shares of 1; latency_ms (one example at a time, from its encoded input to its prediction),
megabytes and parameters, measured on the net.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fathom.diagnosis.intervals import interval, wilson
from fathom.errors import UserError
from fathom.finding_kinds import FindingKind
from fathom.metrics import ERROR, Metric, Predicts
from fathom.number_format import significant
from fathom.records import Finding, Interval

REQUIREMENT_NOT_MET = FindingKind(
    name="requirement_not_met",
    severity="problem",
    lesson="metrics",
    meaning="The model does not meet a requirement that you set. A good metric does not change that.",
    advice=(
        "For latency or size use a smaller net. For recall or precision add examples of the class, or set a "
        "lower requirement."
    ),
    rank=-1,
)

_FORM = re.compile(r"\s*([\w@-]+)\s*(?:\[(.+)\])?\s*(<=|>=|<|>)\s*([-+.\deE]+)\s*")
_SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
OF_CLASS = ("recall", "precision", "f1")
OF_DEV = ("error", "accuracy")
OF_NET = ("latency_ms", "megabytes", "parameters")


@dataclass(frozen=True)
class Requirement:
    """One constraint.

    Attributes:
        text: as it was written.
        name: what is measured.
        of: the class, or "".
        sign: <, <=, > or >=.
        value: the bound.
    """

    text: str
    name: str
    of: str
    sign: str
    value: float

    def met(self, value: float) -> bool:
        """Whether a value satisfies it."""
        return _SIGNS[self.sign](value, self.value)


@dataclass(frozen=True)
class Measured:
    """A constraint, what was measured, and whether it is met; the interval may say that it is not sure."""

    requirement: Requirement
    value: Interval
    met: bool

    @property
    def sure(self) -> bool:
        """Whether both ends of the interval say the same."""
        return self.requirement.met(self.value.low) == self.requirement.met(self.value.high)

    def told(self) -> str:
        """``recall[cat]>=0.95: 0.962 (0.93–0.98), met``."""
        low, high = self.value.low, self.value.high
        bounds = f" ({significant(low, 3)}–{significant(high, 3)})" if low < high else ""
        return f"{self.requirement.text}: {significant(self.value.value)}{bounds}, {'met' if self.met else 'not met'}"


def parse(text: str) -> Requirement:
    """Read a constraint.

    Raises:
        UserError: it is none.
    """
    found = _FORM.fullmatch(text)
    known = ", ".join([*OF_NET, *OF_DEV, *(f"{name}[CLASS]" for name in OF_CLASS)])
    if found is None:
        raise UserError(
            f"`require={text}` cannot be read: write NAME<VALUE, where NAME is one of {known}, or what the task is "
            "told by, such as f1, iou, map, wer or rmse"
        )
    name, of = found[1].lower(), (found[2] or "").strip()
    if of and name not in OF_CLASS:
        raise UserError(f"`require={text}`: {name} is not measured class by class; write it without [{of}]")
    if not of and name in OF_CLASS and name != "f1":
        raise UserError(f"`require={text}` does not say of which class: write such as {name}[cat]{found[3]}{found[4]}")
    try:
        return Requirement(text.strip(), name, of, found[3], float(found[4]))
    except ValueError:
        raise UserError(f"`require={text}` has no number to compare with: write such as recall[cat]>=0.95") from None


def ask_possible(requirements: Sequence[Requirement], metric: Metric, classes: Sequence[str]) -> None:
    """See before any training whether all can be measured.

    Args:
        requirements: what must be.
        metric: by which the task is judged.
        classes: that it tells apart, if it does.

    Raises:
        UserError: one of them cannot; says what can.
    """
    of_classes = metric.predicts is Predicts.CLASS
    for one in requirements:
        if one.name in OF_NET or _figure(one, metric) is not None:
            continue
        if of_classes and (one.name in OF_DEV or (one.of and one.of in classes)):
            continue
        if of_classes and one.of:
            raise UserError(f"`require={one.text}`: there is no class {one.of!r}, only {', '.join(classes[:20])}")
        told = [names[-1] for m in (metric, *metric.told_beside) if not m.chosen and (names := m.typed_names)]
        known = dict.fromkeys([*told, *(OF_DEV if of_classes else ()), *OF_NET])
        known |= dict.fromkeys(f"{name}[{classes[0]}]" for name in OF_CLASS if of_classes and classes)
        raise UserError(f"`require={one.text}` cannot be measured here: what can be is {', '.join(known)}")


def _figure(one: Requirement, metric: Metric) -> Metric | None:
    """Which of the task's figures is meant, if it is one of them; `error` and `accuracy` of classes are not."""
    if one.of or (one.name in OF_DEV and metric.predicts is Predicts.CLASS):
        return None
    typed = re.sub(r"[^a-z0-9]+", "_", one.name)
    return next((m for m in (metric, *metric.told_beside) if not m.chosen and typed in m.typed_names), None)


def measure(
    requirements: Sequence[Requirement], dev: pl.DataFrame, net: Mapping[str, float], metric: Metric = ERROR
) -> list[Measured]:
    """What was reached of each.

    Args:
        requirements: what must be.
        dev: results of dev, with classes as targets and predictions.
        net: the figures of the net, by name.
        metric: by which the task is judged.

    Raises:
        UserError: a class does not occur.
    """
    found = []
    for one in requirements:
        figure = _figure(one, metric)
        if figure is not None:
            found_on_dev = interval(dev, figure)
            low, high = figure.shown_ends(found_on_dev.low, found_on_dev.high)
            value = Interval(figure.shown(found_on_dev.value), low, high)
        else:
            value = Interval(*(net.get(one.name, math.nan),) * 3) if one.name in OF_NET else _of_dev(one, dev)
        found.append(Measured(one, value, one.met(value.value)))
    return found


def check(measured: Sequence[Measured]) -> list[Finding]:
    """Tell of what is not met."""
    return [
        REQUIREMENT_NOT_MET.found(m.told(), {"value": m.value, "bound": m.requirement.value})
        for m in measured
        if not m.met
    ]


def threshold(requirements: Sequence[Requirement], dev: pl.DataFrame) -> tuple[str, float] | None:
    """The class and the probability from which on it is said, chosen on dev so that its requirements are met.

    Of all thresholds that meet them the one with the fewest mistakes is taken. None where nothing is to be chosen: no
    requirement of a class, all met as it is, or none can meet them.
    """
    classes = {r.of for r in requirements if r.name in OF_CLASS}
    if len(classes) != 1:
        return None
    (name,) = classes
    column = f"p_{name}"
    mine = [r for r in requirements if r.of == name]
    if column not in dev.columns or all(m.met for m in measure(mine, dev, {})):
        return None
    scores = dev[column].to_numpy().astype(np.float64)
    target = (dev["target"].cast(pl.String) == name).to_numpy()
    others = _best_other(dev, name)
    right = (dev["target"].cast(pl.String).to_numpy() == others).astype(np.float64)
    best: tuple[float, float] | None = None
    for at in np.unique(np.concatenate([scores, [0.5]]))[::-1]:
        said = scores >= at
        if all(r.met(_rate(r.name, said, target)) for r in mine):
            wrong = float((said & ~target).sum() + (~said * (1 - right)).sum())
            if best is None or wrong < best[0]:
                best = (wrong, float(at))
    return None if best is None else (name, best[1])


def _best_other(dev: pl.DataFrame, name: str) -> NDArray:
    columns = [c for c in dev.columns if c.startswith("p_") and c != f"p_{name}"]
    best = dev.select(columns).to_numpy().argmax(1)
    return np.array([c.removeprefix("p_") for c in columns])[best]


def _of_dev(one: Requirement, dev: pl.DataFrame) -> Interval:
    target, said = (dev[c].cast(pl.String).to_numpy() for c in ("target", "prediction"))
    if one.name in OF_DEV:
        wrong = float((target != said).sum())
        return wilson(wrong if one.name == "error" else len(target) - wrong, len(target))
    if one.of not in set(target):
        raise UserError(
            f"`require={one.text}`: dev has no {one.of!r}; its classes are {', '.join(sorted(set(target))[:20])}"
        )
    meant, named = target == one.of, said == one.of
    if one.name == "f1":
        value = _rate("f1", named, meant)
        return Interval(value, value, value)
    whole = meant if one.name == "recall" else named
    return wilson(float((meant & named).sum()), float(whole.sum())) if whole.any() else Interval(0.0, 0.0, 1.0)


def _rate(name: str, named: NDArray, meant: NDArray) -> float:
    hits = float((named & meant).sum())
    if name == "recall":
        return hits / max(1.0, float(meant.sum()))
    if name == "precision":
        return hits / max(1.0, float(named.sum())) if named.any() else 0.0
    return 2 * hits / max(1.0, float(named.sum() + meant.sum()))
