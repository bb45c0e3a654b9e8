"""Transfer: a training that starts from the net of another run, with a new head (Yosinski et al. 2014).

What the old net has learned of the inputs is taken over, and what belongs to its targets is not: each tensor of the
same name and shape is copied, the rest is new. The inputs must then be encoded as the old net knew them, so that its
vocabulary, sizes and scaling come along, too; only what was learned of the targets is the new data's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fathom.errors import UserError
from fathom.library_reasons import reason_of
from fathom.nets.pretrained import Pretrained
from fathom.records import Settings
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_task


def with_net_of(path: Path, kind: str, asked: Settings) -> Settings:
    """What was asked, with the net and the options of the run that a training starts from.

    Args:
        path: of that run.
        kind: name of the training's task.
        asked: what the user said; it stands before the run's own options.

    Raises:
        UserError: the run is of another task, or of a net of the user's own, or another net was asked for.
    """
    resolved = RunFolder.open(path).read_recipe()["resolved"]
    before = Settings.from_dict(resolved["settings"])
    if resolved["task"] != kind:
        raise UserError(f"{path} was trained for {resolved['task']}, and this is {kind}: give a run of the same task")
    if before.has_custom_net:
        raise UserError(f"{path} has a net of your own: load its weights into your module, and give that as the net")
    if asked.net not in (None, before.net):
        raise UserError(f"{path} has the net {before.net}: leave `net={asked.net}` out")
    return replace(asked, net=before.net, options={**before.options, **asked.options})


def merged_state(own: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """An encoder that knows inputs as the run at this path did, and targets as `own`, the encoder of the new data."""
    task = load_task(RunFolder.open(path))
    before = task.state()
    return {k: own[k] if f"{k}_" in task.target_fields or k not in before else before[k] for k in own}


def take_weights(net: nn.Module, path: Path) -> str:
    """Copy each tensor of the same name and shape, and say how many were.

    Raises:
        UserError: none is alike, or the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = RunFolder.open(path).weights
    try:
        before = load_file(file)
    except (OSError, SafetensorError, ValueError) as error:
        raise UserError(f"{file} cannot be read ({reason_of(error)}): give another run, or train it again") from None
    own = net.state_dict()
    alike = {k: v for k, v in before.items() if k in own and own[k].shape == v.shape}
    weights = {k for k, _ in net.named_parameters()}
    taken = sum(own[k].numel() for k in alike if k in weights)
    whole = sum(own[k].numel() for k in weights)
    if not taken:
        raise UserError(f"the net of {path} has no part of this shape: give a run of the same net and options")
    with torch.no_grad():
        for name, tensor in alike.items():
            own[name].copy_(tensor)
    new = sorted({k.rpartition(".")[0] for k in weights if k not in alike})
    new_layers = f"   new: {', '.join(new[:4])}{' …' if len(new) > 4 else ''}" if new else ""
    if isinstance(net, Pretrained):
        net.warm = bool(new)
    return f"{path}, {taken:,} of {whole:,} weights{new_layers}"
