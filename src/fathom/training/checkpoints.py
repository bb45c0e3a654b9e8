"""Everything that the loop needs to go on exactly where it stopped, in one file that is replaced in one instant.

A checkpoint is a safetensors file: the net's tensors under ``net.``, the optimizers' under ``optimizer.I.P.``, and, in
its header, the loop's progress as JSON. Never pickle: a checkpoint from a stranger can be opened without running code.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.errors import UserError


def save_atomically(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file so that `path` is at each moment either the old or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(path.name + ".tmp")
    save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, waiting, metadata)
    with waiting.open("rb") as file:
        os.fsync(file.fileno())
    waiting.replace(path)


def save_weights(net: nn.Module, path: Path) -> None:
    """Write the net's weights alone."""
    save_atomically(dict(net.state_dict()), path)


def load_weights(net: nn.Module, path: Path) -> None:
    """Read them into the net, in place, so that each tensor keeps its memory format.

    Raises:
        UserError: the file is missing, damaged, or of another net.
    """
    try:
        net.load_state_dict(load_file(path))
    except FileNotFoundError:
        raise UserError(f"{path} is missing: this run has no trained weights; train it again") from None
    except (SafetensorError, RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} cannot be read ({reason}): restore the file or train again") from None


def save(path: Path, net: nn.Module, optimizers: list[Optimizer], progress: dict[str, Any]) -> None:
    """Write the whole state of a training."""
    tensors = {f"net.{name}": tensor for name, tensor in net.state_dict().items()}
    for i, optimizer in enumerate(optimizers):
        for p, values in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{i}.{p}.{k}": v for k, v in values.items() if isinstance(v, Tensor)}
    save_atomically(tensors, path, {"progress": json.dumps(progress)})


def load(path: Path, net: nn.Module, optimizers: list[Optimizer]) -> dict[str, Any]:
    """Take the whole state up again and return the progress.

    Raises:
        UserError: the checkpoint is damaged, or of another training.
    """
    try:
        with safe_open(path, framework="pt") as file:
            progress = json.loads(file.metadata()["progress"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        net.load_state_dict({k.removeprefix("net."): v for k, v in tensors.items() if k.startswith("net.")})
        for i, optimizer in enumerate(optimizers):
            _restore(optimizer, {k: v for k, v in tensors.items() if k.startswith(f"optimizer.{i}.")})
    except (SafetensorError, RuntimeError, OSError, KeyError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} cannot be read ({reason}): train again under another name") from None
    return progress


def _restore(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put the state back, in the memory format of each parameter: fused kernels walk both in the same order."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        _, _, p, key = name.split(".", 3)
        parameter = parameters[int(p)]
        if tensor.shape == parameter.shape:
            tensor = torch.empty_like(parameter, requires_grad=False).copy_(tensor)
        state.setdefault(int(p), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
