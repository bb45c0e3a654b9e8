"""Classes with an order, such as low, medium and high: their loss, decoding and baseline.

A net has one logit z for each class, as for classes without an order. Of K classes, K − 1 binary questions are asked:
is the rank above k? Each is answered by a cumulative logit, which falls with k whatever the net says:

    s_k = log (sum of exp z_j over j > k) − log (sum of exp z_j over j ≤ k)

The loss is the mean of their binary cross-entropies, so that a class two ranks off costs more than its neighbour.
Trees, text parts and exports, which know logits of classes, work as they are.

References: McCullagh 1980, *Regression models for ordinal data*; Cao, Mirjalili & Raschka 2020, *Rank consistent
ordinal regression* (CORAL), whose binary questions and loss these are. CORAL has one weight vector for all questions so
that their answers never contradict each other; here they are sums of one softmax, which cannot either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fathom.data.class_names import class_name, find_class
from fathom.errors import UserError
from fathom.records import Baseline, Example, Settings

ORDER = "order"
"""The option of a task that names the classes, the lowest first."""
UNKNOWN = -1
"""Encoded target of an example whose class is unknown."""


def is_ordered(settings: Settings) -> bool:
    """Whether somebody said that the classes have an order.

    Args:
        settings: as asked.
    """
    return settings.options.get(ORDER) is not None


def classes_in_order(settings: Settings, targets: Sequence[Any]) -> list[str]:
    """The classes, the lowest first, under the names that the data has for them.

    Args:
        settings: in which their order was asked for.
        targets: of examples; None where the class is unknown.

    Returns:
        all classes that the order names, those too that no example has.

    Raises:
        UserError: the order names less than two classes, one twice, or not all that there are; or costs are asked for.
    """
    if settings.cost:
        raise UserError("`cost` and `order` both say what a mistake costs: leave one of them out")
    present = sorted({class_name(target) for target in targets if target is not None})
    asked = settings.options[ORDER]
    parts = asked.split(",") if isinstance(asked, str) else asked if isinstance(asked, (list, tuple)) else [asked]
    said = [find_class(part, present) or class_name(part) for part in parts]
    if len(said) < 2 or len(set(said)) < len(said) or "" in said:
        raise UserError(f"`order={','.join(said)}` is no order: name two classes at least, each once, the lowest first")
    if missing := [name for name in present if name not in said]:
        raise UserError(
            f"`order` leaves out the class {missing[0]!r}: name all of {', '.join(present)}, the lowest first"
        )
    return said


def ordinal_loss(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> tuple[Tensor, Tensor]:
    """The mean of the binary cross-entropies of "above rank k" of each example, and its weight, both ``(batch,)``.

    Of two classes it is the cross-entropy. Label smoothing acts only where gradients are taken, as it does there.

    Args:
        logits: ``(batch, classes)``, the lowest class first.
        labels: ``(batch,)`` class indices, or `UNKNOWN`, which weighs nothing.
        smoothing: probability mass that is spread evenly over the classes.
    """
    classes = logits.shape[1]
    ranks = torch.arange(classes, device=logits.device)
    above = labels[:, None] > ranks[:-1]  # (batch, classes − 1)
    smoothing = smoothing if torch.is_grad_enabled() else 0.0
    wanted = (1 - smoothing) * above + smoothing * (classes - 1 - ranks[:-1]) / classes
    losses = F.binary_cross_entropy_with_logits(cumulative_logits(logits), wanted, reduction="none").mean(1)
    known = labels != UNKNOWN
    return losses * known, known.float()


def cumulative_logits(logits: Tensor) -> Tensor:
    """The logit of each rank to be exceeded.

    Args:
        logits: ``(batch, classes)``, the lowest class first.

    Returns:
        ``(batch, classes − 1)`` in single precision, falling from left to right.
    """
    logits = logits.float()
    ranks = torch.arange(logits.shape[1], device=logits.device)
    is_above = ranks > ranks[:-1, None]  # (classes − 1, classes)
    each = logits[:, None]  # (batch, 1, classes)
    above = each.masked_fill(~is_above, -torch.inf).logsumexp(2)
    return above - each.masked_fill(is_above, -torch.inf).logsumexp(2)


def rank_costs(classes: Sequence[str]) -> dict[str, float]:
    """What it costs to say one class where another is true: how many ranks they are apart.

    The class of the least expected cost is then the median of the net's distribution, which has the least absolute
    error, as the most probable class has the fewest mistakes.

    Args:
        classes: their names, the lowest first.

    Returns:
        costs by ``class>taken for``.
    """
    ranked = list(enumerate(classes))
    return {f"{a}>{b}": float(abs(i - j)) for i, a in ranked for j, b in ranked if i != j}


def rank_statistics(said: str, target: Any, classes: Sequence[str]) -> dict[str, float]:
    """Wrong or right, how many ranks off, and one for the count.

    Args:
        said: the class that was said.
        target: the true class; one that is not in the order counts as wrong by all ranks.
        classes: their names, the lowest first.

    Returns:
        additive statistics by name.
    """
    true = class_name(target)
    off = abs(classes.index(said) - classes.index(true)) if true in classes else len(classes) - 1
    return {"wrong": float(said != true), "ranks": float(off), "count": 1.0}


def median_ranks(probabilities: NDArray[Any]) -> NDArray[np.int64]:
    """The first rank that half of the probability does not exceed, ``(rows,)``.

    Args:
        probabilities: ``(rows, classes)``, the lowest class first.
    """
    within = probabilities.cumsum(1) >= 0.5 - 1e-9
    within[:, -1] = True
    return within.argmax(1)


def median_rank(train: Sequence[Example], others: Sequence[Example], classes: Sequence[str]) -> Baseline:
    """Always the median class of the training split, which has the least absolute error of all constant answers.

    Args:
        train: the training split.
        others: the examples to predict.
        classes: their names, the lowest first.

    Returns:
        a baseline with a prediction for each of the others.
    """
    ranks = np.sort([classes.index(class_name(example.target)) for example in train])
    return Baseline("median rank", [classes[ranks[(len(ranks) - 1) // 2]]] * len(others), 0.0)
