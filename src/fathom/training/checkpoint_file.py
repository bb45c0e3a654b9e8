"""Everything that the loop needs to go on exactly where it stopped, in one file that is replaced in one instant.

A checkpoint is a safetensors file: the net's tensors under ``net.``, the optimizers' under ``optimizer.I.P.``, and, in
its header, the loop's progress as JSON. Never pickle: a checkpoint from a stranger can be opened without running code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.data import files
from fathom.errors import UserError
from fathom.library_reasons import reason_of
from fathom.validation import Real, bounded, convert

State = tuple[Tensor, ...] | None
Shapes = dict[str, tuple[int, ...]]
READ_ERRORS = (SafetensorError, RuntimeError, OSError, KeyError, TypeError, ValueError, RecursionError, MemoryError)
"""What reading a damaged or hostile file can raise."""
_OPTIMIZER_STATE = {
    "SGD": {"momentum_buffer"},
    "RMSprop": {"step", "square_avg"},
    "Adam": {"step", "exp_avg", "exp_avg_sq"},
    "AdamW": {"step", "exp_avg", "exp_avg_sq"},
    "Muon": {"momentum_buffer"},
}
"""What each optimizer keeps for a parameter, by its class."""


class SavedProgress(TypedDict):
    """The loop's progress, as a checkpoint keeps it."""

    epoch: int
    batch: int
    step: int
    total_steps: int | None
    loss_sum: Real
    weight_sum: Real
    best: Real
    best_epoch: int
    history: list[dict[str, Real | str | None]]
    stopped: str
    careful_from: NotRequired[int]


def _save_atomically(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file so that `path` is at each moment either the old or the new one, whole.

    Args:
        tensors: by name, on any device.
        path: of the file.
        metadata: texts by name, for the file's header.

    Raises:
        UserError: the disk is full, or the folder cannot be written.
    """
    with files.replacing(path, "make room, then go on with fathom train --resume") as waiting:
        waiting.touch()  # readable for whom other files are; the library would make one for its owner alone
        mode = waiting.stat().st_mode
        try:
            save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, waiting, metadata)
        except SafetensorError as error:
            raise OSError(str(error).rpartition(": ")[2]) from None
        waiting.chmod(mode)


def save_weights(net: nn.Module, path: Path) -> None:
    """Write the net's weights alone.

    Args:
        net: whose ``state_dict`` is written.
        path: of the file.

    Raises:
        UserError: the disk is full, or the folder cannot be written.
    """
    _save_atomically(dict(net.state_dict()), path)


def load_weights(net: nn.Module, path: Path) -> None:
    """Read them into the net, in place, so that each tensor keeps its memory format.

    Args:
        net: of the same layers; it is changed in place.
        path: of the file.

    Raises:
        UserError: the file is missing, damaged, or of another net.
    """
    try:
        if not path.exists():
            raise FileNotFoundError
        if not path.is_file():  # a pipe would be waited for
            raise OSError("it is no file")
        tensors = load_file(path)
        if not all(bool(t.isfinite().all()) for t in tensors.values() if t.is_floating_point()):
            raise ValueError("it holds numbers that are not finite")
        net.load_state_dict(tensors)
    except FileNotFoundError:
        raise UserError(f"{path} is missing: this run has no trained weights; train it again") from None
    except READ_ERRORS as error:
        raise UserError(f"{path} cannot be read ({_first_line(error)}): restore the file or train again") from None


def tensor_shapes(path: Path) -> Shapes:
    """The shape of each tensor of a file, from its header alone.

    Args:
        path: of a safetensors file.

    Returns:
        name → shape.

    Raises:
        UserError: the file is missing or damaged.
    """
    try:
        if not path.exists():
            raise FileNotFoundError
        if not path.is_file():
            raise OSError("it is no file")
        with safe_open(path, framework="pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except FileNotFoundError:
        raise UserError(f"{path} is missing: this run has no trained weights; train it again") from None
    except READ_ERRORS as error:
        raise UserError(f"{path} cannot be read ({_first_line(error)}): restore the file or train again") from None


def _first_line(error: BaseException) -> str:
    return reason_of(error, 300)


def save_checkpoint(
    path: Path,
    net: nn.Module,
    optimizers: list[Optimizer],
    progress: dict[str, Any],
    state: State,
    health: dict[str, Any] | None = None,
) -> None:
    """Write the whole state of a training; `state` is what a recurrent net carries from batch to batch.

    Args:
        path: of the file.
        net: with its weights and buffers.
        optimizers: with what they keep for each parameter.
        progress: of the loop, as `load_checkpoint` gives it back.
        state: tensors with the batch as their first axis, or None.
        health: what was seen of it, as plain JSON, or None.

    Raises:
        UserError: the disk is full, or the folder cannot be written.
    """
    tensors = {f"net.{name}": tensor for name, tensor in net.state_dict().items()}
    for i, optimizer in enumerate(optimizers):
        for p, values in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{i}.{p}.{k}": v for k, v in values.items() if isinstance(v, Tensor)}
    tensors |= {f"state.{i}": tensor for i, tensor in enumerate(state or ())}
    seen = {} if health is None else {"health": json.dumps(health)}
    _save_atomically(tensors, path, {"progress": json.dumps(progress), **seen})


def load_health(path: Path) -> Any:
    """What was seen of a training's health when its checkpoint was written.

    Args:
        path: of the checkpoint.

    Returns:
        plain JSON; None where an older version wrote the checkpoint.

    Raises:
        UserError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("health")
        return None if text is None else bounded(json.loads(text), "what was seen of its health")
    except (*READ_ERRORS, UserError) as error:
        raise UserError(f"{path} cannot be read ({_first_line(error)}): train again under another name") from None


def load_checkpoint(path: Path, net: nn.Module, optimizers: list[Optimizer]) -> tuple[dict[str, Any], State]:
    """Take the whole state up again; return the progress, and what the net carries from batch to batch.

    Args:
        path: of the file.
        net: of the same layers; it is changed in place.
        optimizers: of the same kinds, over the same parameters; changed in place.

    Returns:
        the progress of the loop, and the carried state or None.

    Raises:
        UserError: the checkpoint is damaged, or of another training.
    """
    try:
        if not path.is_file():
            raise OSError("it is no file")
        with safe_open(path, framework="pt") as file:
            progress = _check_progress(json.loads((file.metadata() or {})["progress"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        net.load_state_dict({k.removeprefix("net."): v for k, v in tensors.items() if k.startswith("net.")})
        for i, optimizer in enumerate(optimizers):
            _restore(optimizer, {k: v for k, v in tensors.items() if k.startswith(f"optimizer.{i}.")})
    except (*READ_ERRORS, IndexError, UserError) as error:
        raise UserError(f"{path} cannot be read ({_first_line(error)}): train again under another name") from None
    carried = tuple(tensors[f"state.{i}"] for i in range(sum(name.startswith("state.") for name in tensors)))
    return progress, carried or None


def _check_progress(progress: Any) -> dict[str, Any]:
    """A progress that the loop can go on from."""
    convert(progress, SavedProgress, "the progress")
    if unknown := set(progress) - set(SavedProgress.__annotations__):
        raise ValueError(f"the progress has unknown parts: {', '.join(sorted(unknown))}")
    counted = progress["weight_sum"] >= 0  # 0 where no example counted so far
    if (
        progress["epoch"] < 1
        or min(progress["batch"], progress["step"], progress.get("careful_from", 0)) < 0
        or not counted
    ):
        raise ValueError("the progress is none that a training can have")
    for record in progress["history"]:
        convert(record.get("epoch"), int, "an epoch")
    return progress


def _restore(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put the state back, in the memory format of each parameter: fused kernels walk both in the same order."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        _, _, p, key = name.split(".", 3)
        parameter = parameters[int(p)]
        if tensor.shape != (() if key == "step" else parameter.shape):
            raise ValueError(f"{name} has the shape {tuple(tensor.shape)}")
        if key != "step":
            tensor = torch.empty_like(parameter, requires_grad=False).copy_(tensor)
        state.setdefault(int(p), {})[key] = tensor
    wanted = _OPTIMIZER_STATE.get(type(optimizer).__name__)
    if any(set(kept) != wanted for kept in state.values()):
        raise ValueError("the optimizer's state is of another optimizer")
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
