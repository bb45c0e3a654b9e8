"""Remedies that hold a net back from learning its examples by heart, or let it go."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from fathom.coaching.remedy import Remedy
from fathom.coaching.run_context import Change, RunContext
from fathom.nets.net_options import options_within


class WeightDecay(Remedy):
    """Ten times the weight decay, or 0.1."""

    name: ClassVar[str] = "weight_decay"
    title: ClassVar[str] = "raise the weight decay"
    why: ClassVar[str] = "Smaller weights give a smoother function, which overfits less."
    lesson: ClassVar[str] = "regularization"
    against: ClassVar[frozenset[str]] = frozenset({"variance"})

    def probe(self, context: RunContext) -> Change | None:
        """Where bias is not what limits it."""
        if context.limits == "bias" or "weights_shrunk" in context.findings:
            return None
        decoupled = context.settings.optimizer in ("adamw", "muon")
        return Change(
            {"weight_decay": min(1.0, max(10 * (context.settings.weight_decay or 0), 0.1 if decoupled else 1e-3))}
        )


class Dropout(Remedy):
    """Dropout of 0.3, or 0.2 more than there is."""

    name: ClassVar[str] = "dropout"
    title: ClassVar[str] = "use more dropout"
    why: ClassVar[str] = "Units that may be dropped cannot depend on each other, so the net overfits less."
    lesson: ClassVar[str] = "dropout"
    against: ClassVar[frozenset[str]] = frozenset({"variance"})

    def probe(self, context: RunContext) -> Change | None:
        """For nets that have dropout, where bias is not what limits them."""
        drops = [m.p for m in context.net.modules() if isinstance(m, nn.Dropout)]
        if context.limits == "bias" or context.module is not None or not (drops or _takes_dropout(context)):
            return None
        now = max(drops, default=0.0)
        return Change({"dropout": round(min(0.7, now + (0.2 if now else 0.3)), 2)}) if now < 0.6 else None


class Augment(Remedy):
    """The task's usual augmentation, or twice as much."""

    name: ClassVar[str] = "augment"
    title: ClassVar[str] = "augment the examples more"
    why: ClassVar[str] = "Changed copies of examples act as additional training examples."
    lesson: ClassVar[str] = "data-augmentation"
    against: ClassVar[frozenset[str]] = frozenset({"variance", "mismatch", "of_another_kind"})

    def probe(self, context: RunContext) -> Change | None:
        """For tasks that augment, where bias is not what limits the net."""
        if not context.task.augments or context.limits == "bias":
            return None
        now = context.settings.augment or 0.0
        return Change({"augment": 1.0 if now == 0 else 2 * now}) if now < 2 else None


class LessHeld(Remedy):
    """No dropout, no weight decay, half the augmentation."""

    name: ClassVar[str] = "less_regularization"
    title: ClassVar[str] = "regularize less: no weight decay, no dropout, half the augmentation"
    why: ClassVar[str] = "Too much regularization also prevents the net from fitting train (underfitting)."
    lesson: ClassVar[str] = "regularization"
    against: ClassVar[frozenset[str]] = frozenset({"bias", "weights_shrunk", "heavy_dropout"})

    def probe(self, context: RunContext) -> Change | None:
        """Where something holds it back and variance is not what limits it."""
        s = context.settings
        if context.limits == "variance" or not (s.weight_decay or s.dropout or s.augment):
            return None
        dropout = {"dropout": 0.0} if s.dropout else {}
        return Change({"weight_decay": 0.0, "augment": (s.augment or 0.0) / 2, **dropout})


def _takes_dropout(context: RunContext) -> bool:
    """Whether the net has an option for it, although it is 0 now: then none is built in."""
    return any("dropout" in known for known in options_within(context.net))
