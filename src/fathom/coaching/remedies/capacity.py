"""Remedies that change the net: larger, smaller, another, or one that was trained before."""

from __future__ import annotations

from typing import Any, ClassVar

from fathom.coaching.remedy import Remedy
from fathom.coaching.run_context import Change, RunContext
from fathom.declared_options import suited_to_the_net
from fathom.nets.music.piano_roll import PianoRollLSTM
from fathom.nets.table.members import TabularMembers

HARD = frozenset({"vanishing_gradients", "exploding_gradients", "dead_units", "saturated_units", "symmetric_weights",
                  "wrong_initial_loss"})  # fmt: skip
"""Findings of a net whose gradients do not arrive."""


PRETRAINED = ("pretrained", "pretrained-unet", "minilm", "whisper")
"""Nets that come with weights, by the name that the task knows them by."""


ENOUGH = 16
"""Members, beyond which more are not tried."""


class Larger(Remedy):
    """Twice the width."""

    name: ClassVar[str] = "larger_net"
    title: ClassVar[str] = "double the width of the net"
    why: ClassVar[str] = "The net cannot fit its own training examples."
    lesson: ClassVar[str] = "bias-and-variance"
    against: ClassVar[frozenset[str]] = frozenset({"bias", "avoidable_bias"})

    def probe(self, context: RunContext) -> Change | None:
        """For nets that say how wide they are, where variance is not what limits them."""
        return None if context.limits == "variance" else _resized(context, 2.0)


class Smaller(Remedy):
    """Half the width."""

    name: ClassVar[str] = "smaller_net"
    title: ClassVar[str] = "halve the width of the net"
    why: ClassVar[str] = "The net is large enough to memorize its training examples."
    lesson: ClassVar[str] = "bias-and-variance"
    against: ClassVar[frozenset[str]] = frozenset({"variance"})

    def probe(self, context: RunContext) -> Change | None:
        """Where bias is not what limits it."""
        return None if context.limits == "bias" else _resized(context, 0.5)


class OtherNet(Remedy):
    """The task's usual net, with its usual settings."""

    name: ClassVar[str] = "usual_net"
    title: ClassVar[str] = "take the net and the settings that this task usually takes"
    why: ClassVar[str] = "The chosen net may suit this data less, or its gradients may vanish."
    lesson: ClassVar[str] = "architectures"
    against: ClassVar[frozenset[str]] = HARD | {
        "bias", "labels_unrelated", "stagnating_loss", "weights_shrunk", "saturated_units", "vanishing_gradients",
        "vanishing_through_time",
    }  # fmt: skip

    def probe(self, context: RunContext) -> Change | None:
        """Where another net, or other settings, were asked for."""
        usual = context.reader.clone(type(context.settings)(seed=context.settings.seed)).defaults(context.of("train"))
        own = context.module is not None
        if not own and all(getattr(context.settings, k, None) == v for k, v in usual.items() if k != "options"):
            return None
        nothing: dict[str, Any] = dict.fromkeys(suited_to_the_net())
        return Change({**nothing, "net": usual["net"]}, fresh=True)


class Pretrained(Remedy):
    """A net that was trained before, on much more."""

    name: ClassVar[str] = "pretrained"
    title: ClassVar[str] = "start from a net that was trained before"
    why: ClassVar[str] = "Features that were learned on other data need fewer examples here."
    lesson: ClassVar[str] = "transfer-learning"
    against: ClassVar[frozenset[str]] = frozenset({"variance", "bias", "not_above_baseline", "below_baseline"})

    def probe(self, context: RunContext) -> Change | None:
        """Where the task has one, and another was used."""
        names = [name for name in type(context.task).nets if name in PRETRAINED]
        if not names or context.settings.net in names or context.warm:
            return None
        return Change({"net": names[0], "lr": None, "epochs": None, "options": {}}, fresh=True)


class MoreMembers(Remedy):
    """Twice as many nets that are averaged, where the net is such an ensemble."""

    name: ClassVar[str] = "more_members"
    title: ClassVar[str] = "average twice as many nets (members)"
    why: ClassVar[str] = "Each net makes its own random errors, and their mean has less error (an ensemble)."
    lesson: ClassVar[str] = "bias-and-variance"
    against: ClassVar[frozenset[str]] = frozenset({"variance"})

    def probe(self, context: RunContext) -> Change | None:
        """Where bias is not what limits it, and there are few enough for more to be of use."""
        counts = [m.member_count for m in context.net.modules() if isinstance(m, TabularMembers | PianoRollLSTM)]
        if not counts or context.module is not None or context.limits == "bias" or counts[0] > ENOUGH:
            return None
        return Change({"options": {"members": 2 * counts[0]}})


def _resized(context: RunContext, factor: float) -> Change | None:
    found = context.size() if context.module is None else None
    if found is None:
        return None
    name, value = found
    wide = [max(1, round(factor * v)) for v in (value if isinstance(value, (tuple, list)) else [value])]
    return Change({"options": {name: tuple(wide) if isinstance(value, (tuple, list)) else wide[0]}})
