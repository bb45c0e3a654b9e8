"""Weights that are used and not trained.

Such a fault breaks nothing: what is left of the net learns as well as it can, and the loss falls.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, Snapshot, UntrainedParameter

MIN_SNAPSHOTS = 3
"""Snapshots on which it must be so."""

MIN_STEPS = 10
"""Steps from the first to the last of them."""

LEARNED_SHARE = 0.3
"""Of the first loss, at the end."""

MAX_NAMES = 4
"""Layers that are named."""

TITLES = {
    "frozen": "{} cannot learn, since requires_grad is off, and {} still as drawn at random",
    "no optimizer": "the optimizer was not given {}, and {} still as drawn at random",
    "no gradient": "no gradient reaches {}, and {} still as drawn at random",
    "rate of 0": "the learning rate of {} is 0, and {} still as drawn at random",
    "no parameter": "the net keeps {} as plain tensor, not as nn.Parameter: none steps it, and {} as at the start",
    "not listed": "{} is used that model.parameters() does not list, and {} still as drawn at random",
}
"""For each reason."""


class UntrainedLayers(Check):
    """Layers that are used, and that nothing trains."""

    name: ClassVar[str] = "untrained_layers"
    lesson: ClassVar[str] = "autograd"
    meaning: ClassVar[str] = (
        "No gradient reaches these layers, so they stay as they were initialized. The other layers can use "
        "only what these random layers let through."
    )
    advice: ClassVar[str] = (
        "Look for detach(), .data or no_grad() between them and the loss. Look for layers in a plain list "
        "(use nn.ModuleList). Check which parameters the optimizer was given, and the rate of each group. Make layers "
        "in __init__, not in forward; wrap a tensor in nn.Parameter. Frozen layers need pretrained weights."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished", "dead_units",
        "saturated_units", "wrong_initial_loss", "judged_in_training_mode",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The same weights on all snapshots, without a change."""
        snapshots = [x for x in signals.snapshots if x.layers or x.untrained]
        if len(snapshots) < MIN_SNAPSHOTS or snapshots[-1].step - snapshots[0].step < MIN_STEPS:
            return None
        if anew := _made_anew(signals):
            return anew
        end = float(signals.losses.windows(10)[-1])
        if thawed := _thawed(snapshots):
            return thawed
        if not end < LEARNED_SHARE * signals.losses.first and (unreached := _unreached(snapshots)):
            return unreached
        kept: dict[str, UntrainedParameter] = {x.name: x for x in snapshots[0].untrained if x.reason in TITLES}
        for x in snapshots[1:]:
            now = {one.name: one for one in x.untrained}
            kept = {name: one for name, one in kept.items() if name in now and now[name].checksum == one.checksum}
        if not kept:
            return None
        why = next(iter(kept.values())).reason
        if why in ("frozen", "rate of 0") and end < LEARNED_SHARE * signals.losses.first:
            return None  # random features, which were frozen on purpose, and do
        names = [name for name, one in kept.items() if one.reason == why]
        shown = _named(names)
        title = TITLES[why].format(shown, "it is" if len(names) == 1 else "they are")
        return Detection(title, {"layers": list(kept), "why": why})


def _made_anew(signals: Signals) -> Detection | None:
    """A weight that the net does not list, as drawn at random each time, and each time another one."""
    seen: dict[str, list[float]] = {}
    for x in signals.snapshots:
        for one in x.untrained:
            if one.reason == "not listed":
                seen.setdefault(one.name, []).append(one.checksum)
    anew = [name for name, sums in seen.items() if len(sums) > MIN_SNAPSHOTS and len({*sums}) == len(sums)]
    if not anew or signals.other_optimizers[0]:
        return None
    title = (
        f"{anew[0]} is used that model.parameters() does not list, and it is drawn anew at each step: a layer is made "
        "in forward"
    )
    return Detection(title, {"layers": anew, "why": "made anew"})


def _later(snapshots: list[Snapshot], reason: str) -> tuple[list[str], int]:
    """The weights that have stayed as they were since the first snapshot that names them, and its step."""
    sums: dict[str, list[tuple[int, float]]] = {}
    for x in snapshots:
        for one in x.untrained:
            if one.reason == reason:
                sums.setdefault(one.name, []).append((x.step, one.checksum))
    last = snapshots[-1].step
    still = [
        name for name, seen in sums.items()
        if len(seen) >= MIN_SNAPSHOTS and seen[-1][0] == last and last - seen[0][0] >= MIN_STEPS
        and len({one for _, one in seen}) == 1
    ]  # fmt: skip
    return still, sums[still[0]][0][0] if still else 0


def _named(names: list[str]) -> str:
    return ", ".join(names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")


def _thawed(snapshots: list[Snapshot]) -> Detection | None:
    """Weights that were frozen at first, have a gradient by now, and that no optimizer was given: they stay."""
    still, since = _later(snapshots, "thawed")
    if not still:
        return None
    title = (
        f"{_named(still)}: frozen at first, with a gradient by step {since + 1}, but the optimizer was not given them"
    )
    return Detection(title, {"layers": still, "why": "thawed"})


def _unreached(snapshots: list[Snapshot]) -> Detection | None:
    """Weights that the net reads itself, as a codebook, and that get no gradient."""
    still, _ = _later(snapshots, "unreached")
    if not still:
        return None
    title = f"no gradient ever reaches {_named(still)}, which the net reads: what it says of them is detached"
    return Detection(title, {"layers": still, "why": "unreached"})
