"""Remedies that change the steps: more of them, longer or shorter ones, clipped ones."""

from __future__ import annotations

from typing import ClassVar

from fathom.coaching.probe import encoded
from fathom.coaching.remedy import Remedy
from fathom.coaching.run_context import Change, RunContext
from fathom.training.range_test import range_test

FACTOR, LARGE_FACTOR = 3.0, 30.0
"""Times by which the learning rate is changed: usually, and where the training crept or leapt."""
HIGHEST_RATE = 10.0
"""To which the rate is raised at most."""


class Longer(Remedy):
    """Three times as many epochs."""

    name: ClassVar[str] = "train_longer"
    title: ClassVar[str] = "train three times as long"
    why: ClassVar[str] = "The loss was still falling, or the net needs more steps to fit the training examples."
    lesson: ClassVar[str] = "learning-rate"
    against: ClassVar[frozenset[str]] = frozenset({"unfinished", "still_improving", "low_learning_rate", "bias"})

    def probe(self, context: RunContext) -> Change | None:
        """Not where a budget of seconds was asked for, which says how long."""
        if context.settings.epochs is None or context.settings.budget is not None:
            return None
        return Change({"epochs": 3 * context.settings.epochs})


class GoOn(Remedy):
    """As many epochs again, from the run's own weights, at a third of the rate: half the price of training anew."""

    name: ClassVar[str] = "go_on"
    title: ClassVar[str] = "go on training from its weights, at a third of the rate"
    why: ClassVar[str] = "The loss was still falling. Going on costs less than a new training."
    lesson: ClassVar[str] = "learning-rate"
    against: ClassVar[frozenset[str]] = frozenset({"unfinished", "still_improving", "bias"})

    def probe(self, context: RunContext) -> Change | None:
        """Where the net is one of ours, and the steps were not too long."""
        leapt = context.findings & {"high_learning_rate", "diverging_loss", "diverged", "not_finite", "dead_units"}
        if leapt or context.module is not None or not self.fits(context):
            return None
        return Change({"lr": _rate(context) / FACTOR}, go_on=True)


class WarmRestarts(Remedy):
    """A rate that falls and leaps back several times (Loshchilov and Hutter 2017)."""

    name: ClassVar[str] = "warm_restarts"
    title: ClassVar[str] = "let the learning rate fall and restart several times"
    why: ClassVar[str] = "Each restart can leave a poor minimum."
    lesson: ClassVar[str] = "learning-rate"
    against: ClassVar[frozenset[str]] = frozenset({"stagnating_loss"})

    def probe(self, context: RunContext) -> Change | None:
        """Only where the loss stood still: elsewhere one long fall does as well."""
        return Change({"schedule": "restarts"}) if self.fits(context) else None


class FasterRate(Remedy):
    """Three times the learning rate, or thirty times where the training crept."""

    name: ClassVar[str] = "higher_rate"
    title: ClassVar[str] = "raise the learning rate"
    why: ClassVar[str] = "The steps are too small for the number of steps."
    lesson: ClassVar[str] = "learning-rate"
    against: ClassVar[frozenset[str]] = frozenset({"low_learning_rate", "unfinished", "bias", "stagnating_loss"})

    def probe(self, context: RunContext) -> Change | None:
        """Not where the steps were too long already."""
        if context.findings & {"high_learning_rate", "oscillating_loss", "diverging_loss", "diverged"}:
            return None
        times = LARGE_FACTOR if "low_learning_rate" in context.findings else FACTOR
        return Change({"lr": min(HIGHEST_RATE, times * _rate(context))})

    def describe(self, context: RunContext, change: Change) -> str:
        """How much higher the rate is."""
        return f"{self.title} {change.settings['lr'] / _rate(context):.3g}-fold"


class SlowerRate(Remedy):
    """A third of the learning rate, or a thirtieth where it leaps."""

    name: ClassVar[str] = "lower_rate"
    title: ClassVar[str] = "lower the learning rate"
    why: ClassVar[str] = "The steps are so large that they go past the minimum."
    lesson: ClassVar[str] = "learning-rate"
    against: ClassVar[frozenset[str]] = frozenset(
        {"high_learning_rate", "oscillating_loss", "diverging_loss", "diverged", "dead_units", "not_finite"}
    )

    def probe(self, context: RunContext) -> Change | None:
        """Not where the training crept already."""
        if "low_learning_rate" in context.findings:
            return None
        return Change({"lr": _rate(context) / (LARGE_FACTOR if self.fits(context) else FACTOR)})


class RangeRate(Remedy):
    """The rate that a range test finds."""

    name: ClassVar[str] = "rate_of_range_test"
    title: ClassVar[str] = "let a range test choose the learning rate"
    why: ClassVar[str] = "The rate that was used is far from where the loss falls fastest."
    lesson: ClassVar[str] = "learning-rate"
    against: ClassVar[frozenset[str]] = frozenset(
        {"high_learning_rate", "low_learning_rate", "oscillating_loss", "stagnating_loss", "diverged"}
    )

    def probe(self, context: RunContext) -> Change | None:
        """Where the test finds a rate that is at least three times off; see `fathom.training.range_test`."""
        if context.warm:
            return None
        found = range_test(context.net, context.task, encoded(context, context.settings).data(), context.settings)
        if found.rate is None or 1 / FACTOR < found.rate / _rate(context) < FACTOR:
            return None
        return Change({"lr": float(f"{found.rate:.2g}")})


class Clip(Remedy):
    """Gradients cut to a norm of 1."""

    name: ClassVar[str] = "clip"
    title: ClassVar[str] = "clip the gradient to a norm of 1"
    why: ClassVar[str] = "A few very large steps undo what was learned."
    lesson: ClassVar[str] = "vanishing-gradients"
    against: ClassVar[frozenset[str]] = frozenset(
        {"exploding_gradients", "oscillating_loss", "diverging_loss", "diverged", "wrong_initial_loss"}
    )

    def probe(self, context: RunContext) -> Change | None:
        """Only where something of the kind was found."""
        return Change({"grad_clip": 1.0}) if self.fits(context) and not context.settings.grad_clip else None


def _rate(context: RunContext) -> float:
    """The learning rate of the run."""
    return context.settings.lr or 1e-3
