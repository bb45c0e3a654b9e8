"""What a net, in evaluation mode, answers to examples that differ in what should not matter, or should not be known.

How much is padded, which other examples stand beside it, and the very word that is to be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from fathom.training.health.details import TrainingDetails
from fathom.training.health.measure.net_output import answer_of
from fathom.training.health.measure.padding import filled_up, moved_padding, padded_side

MAX_ROWS, MIN_ROWS = 64, 12
"""Rows of words that are asked with other padding."""

MAX_ASKED = 8
"""Last times that count, where the answers of batch norms are asked: of the net as it is, not as it was."""

MAX_WIDTH_RATIO = 1.3
"""By which the width of what is judged may differ from the widest in training without any being asked."""

MAX_DIFFERENCE_SHARE = 1e-3
"""By which two answers to the same may differ, as a share of their size."""


def keep_nan(details: TrainingDetails, answer: Tensor) -> None:
    """Count whether an answer is NaN.

    Args:
        details: where it is kept.
        answer: at an evaluation.
    """
    if answer.is_floating_point():
        looked, broken = details.nan_answers
        details.nan_answers = (looked + 1, broken + bool(answer.isnan().any()))


def has_batch_statistics(net: nn.Module) -> bool:
    """Whether it has batch norms without running statistics."""
    return any(isinstance(m, _BatchNorm) and m.running_mean is None for m in net.modules())


def ask_side(details: TrainingDetails, net: nn.Module, x: Tensor, answer: Tensor, trained: tuple[int, int]) -> None:
    """Do rows of words get another class with their padding on the side of training?

    Args:
        details: where it is kept.
        net: in evaluation mode.
        x: the rows, (batch, time) of whole numbers.
        answer: to them, (batch, classes).
        trained: the side of training, and the word.
    """
    x, answer = x[:MAX_ROWS], answer[:MAX_ROWS]
    side, word = padded_side(x)
    if len(x) < MIN_ROWS or answer.shape[1] < 2 or not trained[0] or (side, word) != (-trained[0], trained[1]):
        return
    again, changed = answer_of(net(x)), answer_of(net(moved_padding(x, *trained)))
    if again is None or changed is None or changed.shape != answer.shape or _differ(again, answer):
        return
    flips = int((changed.argmax(1) != answer.argmax(1)).sum())
    details.side_flips.append([len(x), flips, trained[0]])


def ask_padding(details: TrainingDetails, net: nn.Module, x: Tensor, answer: Tensor, width: int) -> None:
    """Do rows of words get another class with as much padding as in training?

    Args:
        details: where it is kept.
        net: in evaluation mode.
        x: the rows, (batch, time) of whole numbers.
        answer: to them, (batch, classes).
        width: the largest of training.
    """
    now = x.shape[1]
    if not width or now < 2 or max(now, width) <= MAX_WIDTH_RATIO * min(now, width) or answer.shape[1] < 2:
        return
    x, answer = x[:MAX_ROWS], answer[:MAX_ROWS]
    filled = filled_up(x)
    padded = filled.any(1)
    if len(x) < MIN_ROWS or float(padded.float().mean()) < 0.5:
        return
    at_end = bool(filled[padded][:, -1].all())
    word = x[padded][0, -1 if at_end else 0]
    if now > width:
        real = (~filled).sum(1)
        rows = real <= width
        other = x[:, :width] if at_end else x[:, now - width :]
    else:
        more = word.expand(len(x), width - now)
        rows = torch.ones(len(x), dtype=torch.bool, device=x.device)
        other = torch.cat([x, more] if at_end else [more, x], 1)
    again, changed = answer_of(net(x)), answer_of(net(other[rows])) if bool(rows.any()) else None
    if again is None or changed is None or changed.shape != answer[rows].shape or _differ(again, answer):
        return
    flips = int((changed.argmax(1) != answer[rows].argmax(1)).sum())
    details.padding_flips.append([int(rows.sum()), flips, width, now])


def ask_norms(details: TrainingDetails, net: nn.Module, x: Tensor, answer: Tensor, beside: Tensor) -> None:
    """Do examples get another class where a batch of training stands beside them?

    Args:
        details: where it is kept.
        net: in evaluation mode, with batch norms that have no running statistics.
        x: what it is given, (batch, …).
        answer: to that, (batch, …).
        beside: a batch of training.
    """
    n, fewest = len(answer), details.fewest_judged
    details.fewest_judged = min(n, fewest) if fewest else n
    if answer.ndim != 2 or answer.shape[1] < 2 or x.shape[1:] != beside.shape[1:]:
        return
    found = answer_of(net(torch.cat([x, beside])))
    if found is not None and found.shape[1:] == answer.shape[1:]:
        changed = int((found[:n].argmax(1) != answer.argmax(1)).sum())
        details.norm_flips = [*details.norm_flips, [n, changed]][-MAX_ASKED:]


def ask_own_target(
    details: TrainingDetails, net: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], answer: Tensor, at: int
) -> None:
    """Does the last answer change with the word that stands at its place in a further argument?

    Args:
        details: where it is kept.
        net: in evaluation mode.
        args: what it is given.
        kwargs: what it is given by name.
        answer: to that, (batch, time, classes).
        at: the number of that argument, those by name behind the others.
    """
    given = [*args, *kwargs.values()]
    words = given[at] if at < len(given) else None
    if not isinstance(words, Tensor) or words.ndim != 2 or words.shape != answer.shape[:2] or len(words) < 2:
        return
    other = words.clone()
    other[:, -1] = (words[:, -1] == 0).to(words.dtype)  # 0, or 1 where it was 0: a word that any vocabulary has
    changed = [*given[:at], other, *given[at + 1 :]]
    again = answer_of(net(*args, **kwargs))
    found = answer_of(net(*changed[: len(args)], **dict(zip(kwargs, changed[len(args) :], strict=True))))
    differs = (other != words).any(1)
    if again is None or found is None or found.shape != answer.shape or not bool(differs.any()):
        return
    if not _differ(again, answer):
        details.own_target_read.append(_differ(found[differs, -1], answer[differs, -1]))


def _differ(again: Tensor, answer: Tensor) -> bool:
    scale = float(answer.float().abs().mean())
    return float((again - answer).float().abs().max()) > MAX_DIFFERENCE_SHARE * scale
