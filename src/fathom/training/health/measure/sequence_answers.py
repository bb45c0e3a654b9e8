"""What an answer for each place of a row of words depends on: on words that come later, or on other rows.

Both are asked in evaluation mode, of few rows, and only where the net answers the same rows alike twice.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from fathom.training.health.measure.net_output import answer_of

MIN_PLACES, MIN_ROWS = 8, 2
"""Words of a row, and rows."""

MAX_DIFFERENCE_SHARE = 1e-2
"""By which two answers to the same may differ, as a share of their size: rounding."""


def is_of_words(x: Tensor, answer: Tensor) -> bool:
    """Whether these are rows of words (batch, time), and an answer (batch, time, classes) for each word."""
    of_each = answer.ndim == 3 and answer.is_floating_point() and answer.shape[:2] == x.shape
    return of_each and not x.is_floating_point() and len(x) >= MIN_ROWS and x.shape[1] >= MIN_PLACES


def steady_answer(net: nn.Module, x: Tensor) -> Tensor | None:
    """The answer to rows of words, where the net gives it twice; None where it does not, or it is no number.

    Args:
        net: in evaluation mode.
        x: rows of words (batch, time).
    """
    first, again = answer_of(net(x)), answer_of(net(x))
    if first is None or again is None or not bool(torch.isfinite(first).all()):
        return None
    return None if float((first - again).abs().max()) > _rounding(first) / 10 else first


def sees_future(net: nn.Module, x: Tensor, answer: Tensor) -> bool | None:
    """Whether answers change with words that come after them.

    Args:
        net: in evaluation mode.
        x: rows of words (batch, time).
        answer: to them, as `steady_answer` gives it.

    Returns:
        None where that cannot be told.
    """
    half = x.shape[1] // 2
    other = torch.cat([x[:, :half], x.roll(1, 0)[:, half:]], 1)
    return _differ(net, x, answer, other, lambda one: one[:, : half - 1])


def reads_own_word(net: nn.Module, x: Tensor, answer: Tensor) -> bool | None:
    """Whether the last answer of rows changes with the last word.

    Args:
        net: in evaluation mode.
        x: rows of words (batch, time).
        answer: to them, as `steady_answer` gives it.

    Returns:
        None where that cannot be told.
    """
    other = torch.cat([x[:, :-1], x[:, -1:].roll(1, 0)], 1)
    return _differ(net, x, answer, other, lambda one: one[:, -1:])


def is_mixed(net: nn.Module, x: Tensor, answer: Tensor) -> bool | None:
    """Whether answers change with the order of the rows, and are not simply those of an input (time, batch).

    Args:
        net: in evaluation mode.
        x: rows of words (batch, time).
        answer: to them, as `steady_answer` gives it.

    Returns:
        None where that cannot be told.
    """
    rows = _differ(net, x, answer, x.flip(0), back=lambda one: one.flip(0))
    if not rows:
        return rows
    if columns := _differ(net, x, answer, x.flip(1), back=lambda one: one.flip(1)):
        return columns
    half = x[:, : x.shape[1] // 2]
    alone = steady_answer(net, half)
    return None if alone is None else _differ(net, half, alone, x, lambda one: one[:, : half.shape[1]], whole=False)


def has_attention(net: nn.Module) -> bool:
    """Whether a layer of it is one of attention, by its name."""
    return any("attention" in type(m).__name__.lower() for m in net.modules())


def is_order_unseen(net: nn.Module, x: Tensor, answer: Tensor) -> bool | None:
    """Whether rows of words are answered alike when they stand backwards, word by word or as a whole.

    Args:
        net: in evaluation mode.
        x: rows of words (batch, time).
        answer: to them, as `steady_answer` gives it: (batch, classes) or (batch, time, classes).

    Returns:
        None where that cannot be told.
    """
    of_words = is_of_words(x, answer)
    differs = _differ(net, x, answer, x.flip(1), back=(lambda one: one.flip(1)) if of_words else _itself)
    return None if differs is None else not differs


def _itself(one: Tensor) -> Tensor:
    return one


def _rounding(answer: Tensor) -> float:
    return MAX_DIFFERENCE_SHARE * float(answer.float().abs().mean())


def _differ(
    net: nn.Module, x: Tensor, answer: Tensor, other: Tensor, part: Callable[[Tensor], Tensor] = _itself,
    back: Callable[[Tensor], Tensor] = _itself, *, whole: bool = True,
) -> bool | None:  # fmt: skip
    """Whether a part of the answer to another input is another one than that to `x`, by more than rounding."""
    changed = None if torch.equal(x, other) else answer_of(net(other))
    if changed is None or (whole and answer.shape != changed.shape):
        return None
    return float((part(back(changed)) - part(answer)).float().abs().max()) > _rounding(answer)
