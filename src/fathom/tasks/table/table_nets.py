"""Which net suits a table, how it is trained, and how it is given what was learned of the columns.

The sizes and steps were found on scikit-learn's breast cancer, digits, diabetes and wine cultivars, on made sets
(Friedman's first, classes in clusters, rules), on 500, 2,000 and 8,000 rows of adult and once on its dev rows as a
whole, on sets of R (computers, diamonds, hdma, slid, nwtco, wages), and on fair of statsmodels. What was found:
width, dropout, decay and rate hardly matter; what matters is when to stop. A quarter of the steps in a cycle of their
own and the rest in a second, longer one, with the weights kept of the least dev loss, serves noisy sets and clean ones
alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from fathom.nets import TABLE_NETS, choose_net
from fathom.nets.table.members import TabularMembers
from fathom.nets.table.net_and_trees import NetAndTrees
from fathom.nets.table.number_scale import NumberScale
from fathom.nets.table.trees import TabularBoosting
from fathom.records import Settings
from fathom.tasks.table.rows import OWN_OPTIONS
from fathom.training import hardware

USUAL = "auto"
"""The net where none is asked for."""
OF_MEMBERS = ("tabm", "auto")
"""Nets of members, which are trained alike."""
BINS = 16
"""Bins of each number in a plain MLP, where no other number is asked for."""
_VERY_FEW_ROWS = 1000
"""Rows up to which 48 bins, and numbers that are categories as well, are learned by heart."""
_FEW_ROWS = 8000
"""Rows up to which there is time for twice as many members."""


def usual_settings(asked: Settings, rows: int, classes: bool) -> dict[str, Any]:
    """How a net for tables is trained, where nothing else was asked for.

    Args:
        asked: with the net and the device that were asked for.
        rows: of train.
        classes: the target is a class, and not a number, which bf16 would round.
    """
    name = asked.net or USUAL
    if name not in OF_MEMBERS:
        return {"net": name, **_plain_settings(rows, name)}
    heavy = classes and rows > _FEW_ROWS
    precision = hardware.heavy_precision(asked.device or hardware.best_device()) if heavy else "fp32"
    return {"net": name, "precision": precision, **_members_settings(rows)}


def _members_settings(rows: int) -> dict[str, Any]:
    """About 50 epochs, but 300 to 1,400 steps; of large tables six epochs at least."""
    largest = 256 if rows < 100_000 else 1024
    batch = int(np.clip(2 ** round(np.log2(max(rows, 1) / 40)), 32, largest))
    per_epoch = -(-rows // batch) or 1
    steps = np.clip(50 * per_epoch, 300, max(1400, 6 * per_epoch))
    return {
        "epochs": int(max(1, round(steps / per_epoch))),
        "batch_size": batch,
        "optimizer": "adamw",
        "lr": 2e-3,
        "schedule": "restarts",
        "weight_decay": 0.02,
        "grad_clip": 1.0,
        "dropout": 0.1,
        "augment": 0.0,
    }


def _plain_settings(rows: int, name: str) -> dict[str, Any]:
    """About 1,000 steps; boosting is fitted in one go."""
    batch = int(np.clip(2 ** round(np.log2(max(rows, 1) / 50)), 16, 256))
    return {
        "epochs": int(np.clip(1000 * batch / rows, 8, 60)),
        "batch_size": batch,
        "optimizer": "adamw",
        "lr": 2e-3,
        "schedule": "one-cycle",
        "weight_decay": 0.02,
        "dropout": None if name == "boosting" else 0.1,
        "augment": 0.0,
    }


def build(
    settings: Settings,
    *,
    mean: Sequence[float],
    std: Sequence[float],
    quantiles: Sequence[Sequence[float]],
    scales: Sequence[Mapping[str, Sequence[float]]] | None,
    cardinalities: Sequence[int],
    outputs: int,
    rows: int,
) -> nn.Module:
    """Build the net of these settings, and give it the scale of the columns.

    Args:
        settings: net, dropout and options as asked.
        mean, std, quantiles: of each number over the training rows.
        scales: of each number, as `NumberScale` has them; None in runs from before they were kept.
        cardinalities: categories of each other column.
        outputs: classes, or 1 for a number.
        rows: of train.

    Raises:
        UserError: there is no such net, or it has no such option.
    """
    name = settings.net or USUAL
    usual: dict[str, Any] = {"bins": BINS} if name == "mlp" else {}
    if name in OF_MEMBERS:
        usual["members"] = 8 if rows <= _FEW_ROWS else 4
        usual["bins"] = 48 if rows > _VERY_FEW_ROWS else 16
    cls, options = choose_net(TABLE_NETS, settings, usual=USUAL, kind="tables", own=OWN_OPTIONS, **usual)
    known = [NumberScale(**{k: list(v) for k, v in one.items()}) for one in scales or ()]
    if issubclass(cls, TabularMembers):
        common = [len(one.common) if rows > _VERY_FEW_ROWS else 0 for one in known]
        net = cls(len(mean), cardinalities, outputs, common, **options)
    else:
        net = cls(len(mean), cardinalities, outputs, **options)
    if net.encoding.mean.is_meta:  # shapes alone
        return net
    net.set_scale(torch.tensor(mean), torch.tensor(std))
    if isinstance(net, TabularMembers):
        net.set_scales(known)
    elif (bins := net.encoding.bins) and len(mean):
        points, wanted = np.linspace(0, 1, len(quantiles[0])), np.linspace(0, 1, bins + 1)
        net.set_bins(torch.tensor([np.interp(wanted, points, column).tolist() for column in quantiles]))
    return net


def has_trees(net: nn.Module) -> bool:
    """Whether boosted trees are a part of the net."""
    return isinstance(net, NetAndTrees | TabularBoosting)
