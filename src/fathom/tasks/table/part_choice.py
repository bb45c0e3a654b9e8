"""Net, boosting, or both: the mean of both, unless dev says that one alone is better.

The parts are compared by their loss on each row of dev, which tells more than right or wrong. Both are kept, unless one
alone is better by more than a standard error of the difference, paired row by row.

On the sets that the nets' settings were found on (`fathom.tasks.table.table_nets`; 15 sets, two splits of each), this
rule left 0.925 of boosting's loss on test, and always keeping both 0.920. Breiman's rule, which takes the simplest part
within a standard error of the best, left 0.955: where dev is small, it gives away what the mean of two is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fathom.nets.table.net_and_trees import NetAndTrees, Part, blend
from fathom.nets.table.trees import TabularBoosting
from fathom.records import Example, Kept
from fathom.task import Batch, Task
from fathom.tasks.table.boosting import Boosting, Rows

PARTS: tuple[Part, ...] = ("boosting", "net", "both")
"""The simplest first."""
_AT_ONCE = 4096


def fit_trees(
    net: NetAndTrees | TabularBoosting,
    cardinalities: Sequence[int],
    classes: int,
    train: Batch,
    dev: Batch | None,
    weights: NDArray[np.float32] | None,
    seconds: float | None,
) -> Mapping[str, Tensor] | None:
    """Fit boosted trees, and give them to the net.

    Args:
        net: that has a place for them.
        cardinalities: categories of each categorical column.
        classes: how many; 0 for a number.
        train, dev: all encoded rows.
        weights: of each training row.
        seconds: that the whole training may take.

    Returns:
        the trees; None where there was nothing to fit.
    """
    boosting = Boosting(
        cardinalities, classes, rounds=net.rounds, leaves=net.leaves, shrinkage=net.shrinkage
    )  # fmt: skip
    held = None if dev is None else rows_of(dev)
    fitted = boosting.tensors() if boosting.fit(rows_of(train, weights), held, seconds) else None
    if fitted is not None:
        net.trees.take(fitted)
    if isinstance(net, NetAndTrees):
        net.net_alone = True
    return fitted


def rows_of(batch: Batch, weights: NDArray[np.float32] | None = None) -> Rows:
    """Encoded rows as boosting takes them."""
    return Rows(batch["numeric"].numpy(), batch["categorical"].numpy(), batch["target"].numpy(), weights)


def choose(
    net: NetAndTrees, fitted: Mapping[str, Tensor] | None, dev: Batch | None, task: Task, examples: Sequence[Example]
) -> Kept | None:
    """Choose what of a net is kept, and keep it.

    Args:
        net: with its best weights; it is changed in place.
        fitted: its trees, as `fit_trees` returned them.
        dev: all encoded dev rows; None where there are none: both are kept then.
        task: whose loss and metric judge.
        examples: of dev, in the same order.

    Returns:
        what was kept, and why; None where there was nothing to choose.
    """
    if fitted is None:
        net.keep("net")
        return None
    net.trees.take(fitted)
    if dev is None:
        net.keep("both")
        return None
    said = _each_said(net, dev)
    losses = {part: _losses(task, output, dev) for part, output in said.items()}
    part, rival = _judge(losses)
    net.keep(part)
    gap = losses[part] - losses[rival]
    spread = 1.96 * float(gap.std()) / max(len(gap), 1) ** 0.5
    return Kept(
        part,
        {name: _figure(task, output, dev, examples) for name, output in said.items()},
        {name: float(each.mean()) for name, each in losses.items()},
        rival,
        float(gap.mean()) - spread,
        float(gap.mean()) + spread,
    )


def _each_said(net: NetAndTrees, dev: Batch) -> dict[Part, Tensor]:
    """What each part says of dev, ``(rows, outputs)``, on the host."""
    device = net.share.device

    def asked(part: Callable[..., Tensor]) -> Tensor:
        pieces = zip(dev["numeric"].split(_AT_ONCE), dev["categorical"].split(_AT_ONCE))
        return torch.cat([part(a.to(device), b.to(device)).float().cpu() for a, b in pieces])

    net.net_alone = True
    alone, trees = asked(net), asked(net.trees)
    return {"boosting": trees, "net": alone, "both": blend(alone, trees, 0.5)}


def _losses(task: Task, output: Tensor, dev: Batch) -> NDArray[np.float64]:
    losses, weights = task.loss(output, dev)
    return losses[weights > 0].double().numpy()


def _figure(task: Task, output: Tensor, dev: Batch, examples: Sequence[Example]) -> float:
    """The metric of one part on dev."""
    sums: dict[str, Any] = dict.fromkeys(task.metric.needs, 0.0)
    for prediction, example in zip(task.decode(output, dev), examples, strict=True):
        for name, value in task.statistics(prediction, example.target, 0.0, 1.0).items():
            if name in sums:
                sums[name] += value
    return float(task.metric.of(sums))


def _judge(losses: Mapping[Part, NDArray[np.float64]]) -> tuple[Part, Part]:
    """The part that is kept, and the one that it is compared with: the best other one."""
    means = {part: float(each.mean()) for part, each in losses.items()}
    alone: Part = "boosting" if means["boosting"] <= means["net"] else "net"
    gap = losses[alone] - losses["both"]
    surely = gap.mean() < -gap.std() / max(len(gap), 1) ** 0.5
    kept: Part = alone if surely else "both"
    return kept, min((part for part in PARTS if part != kept), key=lambda part: means[part])
