"""What a watch keeps from step to step beside its signals, as plain JSON: with it a training that was stopped is
watched on as if it had never been.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import torch
from torch import nn

from fathom.training.health.serialization import from_json, to_json
from fathom.validation import Finite, Real, convert

if TYPE_CHECKING:
    from fathom.training.health.observer import Watch


class Memory(TypedDict):
    """Of one watch, after a step; layers and parameters by their names."""

    stepped: int
    passed_at: int
    called_again: bool
    matching_losses: int
    matching_squares: int
    evaluated_at: list[int]
    repeated_at: int
    unaskable: bool
    judged: list[int]
    judged_number: Finite
    first_checksums: list[Finite] | None
    stale_gradient: dict[str, list[Real]]
    last_step: dict[str, list[Real]]
    last_step_of: list[str]
    judged_weight: list[Real]
    judged_weight_at: int
    written_since_step: bool
    layers_used: list[str]
    layers_unheard: list[str]
    layers_in_order: list[str]
    narrowed: bool
    normed: list[str]
    drawn: dict[str, bool]
    unlisted: bool


def to_memory(watch: Watch) -> dict[str, Any]:
    """All that a watch has seen, and what it keeps to compare the next steps with.

    Args:
        watch: after a step, with no loss waiting.

    Returns:
        plain JSON, for `recall`.
    """
    modes, order, gradient = watch.eval_mode, watch.call_order, watch.stale_gradients.gradient
    judged, rewritten = watch.judged_inputs, watch.rewritten_weights
    undone = {"before": watch.undone_steps.before, "after": watch.undone_steps.after}
    memory: Memory = {
        "stepped": watch.stepped,
        "passed_at": watch.passed_at,
        "called_again": watch.called_again,
        "matching_losses": watch.matching_losses,
        "matching_squares": watch.matching_squares,
        "evaluated_at": [modes.evaluated_at, modes.in_train_mode_at, modes.in_eval_mode_at],
        "repeated_at": watch.nondeterministic_evals.repeated_at,
        "unaskable": watch.nondeterministic_evals.unaskable,
        "judged": [judged.step, judged.calls, judged.first, judged.numbered],
        "judged_number": judged.number,
        "first_checksums": watch.weight_movement.first,
        "stale_gradient": {} if gradient is None else {watch.names.get(id(gradient[0]), ""): gradient[1].tolist()},
        "last_step": {k: v.tolist() for k, v in undone.items() if v is not None},
        "last_step_of": [watch.names.get(id(p), "") for p in watch.undone_steps.weights],
        "judged_weight": [] if rewritten.kept is None else rewritten.kept[1].tolist(),
        "judged_weight_at": -1 if rewritten.kept is None else rewritten.kept[2],
        "written_since_step": rewritten.is_written(),
        "layers_used": sorted(order.used),
        "layers_unheard": sorted(order.unheard),
        "layers_in_order": [name for name, _ in order.order],
        "narrowed": order.narrowed,
        "normed": sorted(order.normed),
        "drawn": {watch.names[i]: drawn for i, drawn in watch.untrained_parameters.drawn.items() if i in watch.names},
        "unlisted": watch.untrained_parameters.unlisted,
    }
    return {"signals": to_json(watch.signals), "memory": memory}


def is_whole(memory: Any) -> bool:
    """Whether a memory has all that this version keeps; that of an older one may lack what came later."""
    return isinstance(memory, dict) and Memory.__annotations__.keys() <= memory.keys()


def recall(watch: Watch, plain: Any, where: str) -> None:
    """Take up what `to_memory` kept.

    Args:
        watch: of the same net and the same optimizers; it has watched nothing so far.
        plain: as it was read.
        where: what it is called, for the sentence.

    Raises:
        UserError: it is something else.
    """
    parts = convert(plain, dict[str, Any], where)
    signals = from_json(parts.get("signals"), where)
    memory: Memory = convert(parts.get("memory"), Memory, where)
    parameters, modules = dict(watch.net.named_parameters()), dict(watch.net.named_modules())
    watch.signals, watch.stepped, watch.passed_at = signals, memory["stepped"], memory["passed_at"]
    watch.called_again, watch.matching_losses = memory["called_again"], memory["matching_losses"]
    watch.matching_squares = memory["matching_squares"]
    modes = watch.eval_mode
    modes.evaluated_at, modes.in_train_mode_at, modes.in_eval_mode_at = (*memory["evaluated_at"], -1, -1, -1)[:3]
    watch.nondeterministic_evals.repeated_at = memory["repeated_at"]
    watch.nondeterministic_evals.unaskable = memory["unaskable"]
    judged = watch.judged_inputs
    judged.step, judged.calls, judged.first, judged.numbered = (*memory["judged"], -1, 0, 0, 0)[:4]
    judged.number = memory["judged_number"]
    watch.weight_movement.first = memory["first_checksums"]
    for name, numbers in memory["stale_gradient"].items():
        if (p := parameters.get(name)) is not None:
            watch.stale_gradients.gradient = (p, torch.tensor(numbers, dtype=p.dtype, device=p.device))
    _recall_last_step(watch, memory, parameters)
    watch.rewritten_weights.recall(
        parameters, memory["judged_weight"], memory["judged_weight_at"], written=memory["written_since_step"]
    )
    order = watch.call_order
    order.used, order.normed = set(memory["layers_used"]), set(memory["normed"])
    order.unheard = set(memory["layers_unheard"])
    order.order = [(name, modules[name]) for name in memory["layers_in_order"] if name in modules]
    if memory["narrowed"]:
        order.narrow()
    watch.untrained_parameters.drawn = {id(parameters[n]): b for n, b in memory["drawn"].items() if n in parameters}
    watch.untrained_parameters.unlisted = memory["unlisted"]


def _recall_last_step(watch: Watch, memory: Memory, parameters: dict[str, nn.Parameter]) -> None:
    """What the weights were before the last step, and after it."""
    weights = [parameters[name] for name in memory["last_step_of"] if name in parameters]
    if len(weights) != len(memory["last_step_of"]) or not weights:
        return
    undone, last, device = watch.undone_steps, memory["last_step"], weights[0].device
    undone.weights = weights
    kept = {name: torch.tensor(numbers, dtype=torch.float64, device=device) for name, numbers in last.items()}
    undone.before, undone.after = kept.get("before"), kept.get("after")
