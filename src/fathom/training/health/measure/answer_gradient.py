"""What the gradient of the loss with respect to the answers tells of a loss, beside the labels: whether there is any,
whether it pushes where it should pull, and whether the labels are such as the loss is made for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from fathom.training.health.measure.labels import SURE
from fathom.training.health.measure.padding import padding_counted
from fathom.training.health.signals import AnswerGradient

MAX_CLASSES = 2000
"""Classes up to which this is asked."""

MAX_OUTPUTS = 64
"""Numbers of an answer, up to which it is asked which of them have no gradient."""

MAX_NUMBERS = 1_000_000
"""Numbers of a batch that are looked at, in whole examples."""

MIN_EXAMPLES = 4
"""Of a batch."""

MAX_SPREAD = 0.02
"""By which weights that are all alike may differ, by their mean."""

MAX_OFF = 0.05
"""By which a label that was found again may be off 0 or 1."""

MAX_GRADIENT_SUM = 1e-3
"""Of the gradient's size, that its sum over the classes may be off 0."""

MIN_WORDS = 32
"""Labels of a batch that are compared with the input."""

MIN_DIFFERENT_WORDS = 4
"""Among them."""

MIN_SAME_WORDS, MAX_NEXT_WORDS = 0.995, 0.9
"""Share of them that are the word there, and that may be the next word beside."""

MIN_ASKED = 0.6
"""Of the places that count, those at which one word stands that asks what was there: four of five are usual."""


def answer_gradient(answer: Tensor, gradient: Tensor, given: Tensor | None) -> AnswerGradient:
    """What it tells.

    Args:
        answer: of the net, (batch, …).
        gradient: of the loss with respect to it, of the same shape.
        given: what the net was given, (batch, …).
    """
    n, numbers = len(answer) if answer.ndim else 0, answer.numel()
    if gradient.shape != answer.shape or n < MIN_EXAMPLES:
        return AnswerGradient()
    with torch.no_grad():
        if not bool(gradient.any()):
            return AnswerGradient(is_zero=True)
        few = max(MIN_EXAMPLES, MAX_NUMBERS * n // numbers)
        answer, gradient = (x.detach()[:few].float() for x in (answer, gradient))
        silent = _silent_outputs(gradient)
        axis = _class_axis(gradient)
        several = torch.nan
        if answer.ndim == 2 and answer.shape[1] > 2:
            several = torch.nan if axis is None else _several_in_softmax(answer, gradient, n)
            several = _several_of_each(answer, gradient, numbers) if math.isnan(several) else several
        if axis is None:
            return AnswerGradient(silent, several_labels=several)
        a, g = (x.movedim(axis, -1).flatten(0, -2) for x in (answer, gradient))  # (places, classes)
        stands_for_rows = given is not None and given.layout == torch.strided and given.shape[:1] == (n,)
        words = given[:few] if given is not None and stands_for_rows else None
        places = (len(answer), -1) if answer.ndim == 3 else (1, -1)
        told = answer.ndim == 3 or (answer.ndim == 2 and words is not None)  # rows of examples, not of their places
        left_out = _share_left_out(a, g.any(1).view(places)) if told else torch.nan
        labelled = _labels_of_words(g, words)
        same = {} if labelled is None else _shares_of_equal(*labelled)
        return AnswerGradient(
            silent,
            is_inverted=_is_inverted(a, g),
            several_labels=several,
            words_ahead=_words_ahead(same),
            share_left_out=left_out,
            is_next_word=same.get(1, 0.0) > MAX_NEXT_WORDS,
            padding_counted=math.nan if labelled is None else padding_counted(*labelled),
            classes=g.shape[1],
            word_asked=-1 if labelled is None else _word_asked(*labelled),
        )


def _silent_outputs(gradient: Tensor) -> list[int]:
    """The numbers of each answer that have no gradient for any example."""
    if gradient.ndim != 2 or not 2 <= gradient.shape[1] <= MAX_OUTPUTS:
        return []
    return torch.nonzero(~gradient.any(0)).flatten().tolist()


def _class_axis(gradient: Tensor) -> int | None:
    """The axis over which it sums to nothing, or on which one alone has any."""
    for axis in {2: (1,), 3: (2, 1), 4: (1,)}.get(gradient.ndim, ()):
        if 2 <= gradient.shape[axis] <= MAX_CLASSES:
            size = gradient.abs().sum(axis)
            if bool((gradient.sum(axis).abs() <= MAX_GRADIENT_SUM * size + 1e-4 * size.max()).all()):
                return axis
    return None


def _is_inverted(a: Tensor, g: Tensor) -> bool:
    """Whether each row pushes away from one class, and pulls towards all others, and all rows with the same weight."""
    high, label = g.max(1)
    alone = (g > 0).sum(1) == 1
    if not bool(alone.all()):
        return False
    weight = high / (1 - a.softmax(1).gather(1, label[:, None])[:, 0]).clamp(min=1e-6)
    return bool((weight - weight.mean()).abs().max() <= MAX_SPREAD * weight.mean())


def _several_in_softmax(a: Tensor, g: Tensor, n: int) -> float:
    """The share of rows with several labels in a mean cross-entropy of targets that are 0 or 1; NaN of others.

    The gradient of a row is (labels · p - y) / n; so labels / n is its largest share of p, where some y is 0.
    """
    p = a.softmax(1)
    labels = (g / p.clamp(min=1e-6)).amax(1, keepdim=True) * n  # (rows, 1)
    y = labels * p - g * n
    return _share_of_several(y)


def _several_of_each(a: Tensor, g: Tensor, numbers: int) -> float:
    """The share of rows with several labels, where a softmax was judged number by number; NaN of others.

    It is the answer itself, or taken of it. Its own gradient, of a mean binary cross-entropy, is (p - y) / (p - p²) by
    the numbers; that of what it is taken of is p times it, less one number for all of a row.
    """
    is_softmax = bool((a >= 0).all()) and bool(((a.sum(1) - 1).abs() < 1e-3).all())
    p = (a if is_softmax else a.softmax(1)).clamp(1e-6, 1 - 1e-6)
    own = g * numbers if is_softmax else g * numbers / p
    if is_softmax:
        return _share_of_several(p - own * p * (1 - p))
    unlike, like = (
        p - (own + (p[:, :1] - first) / (p[:, :1] * (1 - p[:, :1])) - own[:, :1]) * p * (1 - p) for first in (0.0, 1.0)
    )  # the label of the first number tells what was taken off
    y = torch.where(_is_zero_or_one(unlike).all(1, keepdim=True), unlike, like)
    of_sigmoids = a.sigmoid() - g * numbers  # the labels, where there is no softmax but a sigmoid for each number
    return torch.nan if bool(_off(of_sigmoids).max() <= _off(y).max()) else _share_of_several(y)


def _off(y: Tensor) -> Tensor:
    """How far each number is from the nearer of 0 and 1."""
    return torch.minimum(y.abs(), (y - 1).abs())


def _is_zero_or_one(y: Tensor) -> Tensor:
    return _off(y) < MAX_OFF


def _share_of_several(y: Tensor) -> float:
    """Of rows of 0 and 1, those with more than one 1; NaN where there are other numbers."""
    if not bool(_is_zero_or_one(y).all()):
        return torch.nan
    return float((y.round().sum(1) > 1).float().mean())


def _labels_of_words(g: Tensor, given: Tensor | None) -> tuple[Tensor, Tensor, Tensor] | None:
    """Rows of words, the label of each and whether it counts, (batch, time) each; None where the input is no words."""
    if given is None or given.ndim != 2 or given.is_floating_point() or given.numel() != len(g) or given.shape[1] < 4:
        return None
    return given, g.argmin(1).view(given.shape), (g < 0).any(1).view(given.shape)


def _word_asked(given: Tensor, label: Tensor, known: Tensor) -> int:
    """The word that stands at most of the places that count and is the label of none of them; -1 where none does."""
    if not bool(known.any()):
        return -1
    words, counts = given[known].unique(return_counts=True)
    word = words[counts.argmax()]
    asked = counts.max() >= MIN_ASKED * counts.sum() and not bool((label[known] == word).any())
    return int(word) if asked else -1


def _shares_of_equal(given: Tensor, label: Tensor, known: Tensor) -> dict[int, float]:
    """The share of labels that are the word there, the next and the next but one; nothing of few labels."""
    if int(known.sum()) < MIN_WORDS or len(label[known].unique()) < MIN_DIFFERENT_WORDS:
        return {}
    return {k: _share_of_equal(label, known, given, k) for k in (0, 1, 2)}


def _words_ahead(same: Mapping[int, float]) -> int:
    """0 where each label is the word that stands there in the input, 2 where it is the next but one; else -1."""
    if same.get(1, 1.0) > MAX_NEXT_WORDS:
        return -1
    return next((k for k in (0, 2) if same[k] >= MIN_SAME_WORDS), -1)


def _share_of_equal(label: Tensor, known: Tensor, given: Tensor, ahead: int) -> float:
    end = given.shape[1] - ahead
    equal = (label[:, :end] == given[:, ahead:])[known[:, :end]]
    return float(equal.float().mean()) if len(equal) else 0.0


def _share_left_out(a: Tensor, has_gradient: Tensor) -> float:
    """The share of places in doubt that have no gradient, and stand between such that have.

    Args:
        a: answers, (places, classes).
        has_gradient: of each place, (rows, places).
    """
    if bool(has_gradient.all()):
        return 0.0
    before, after = has_gradient.cumsum(1) > 0, has_gradient.flip(1).cumsum(1).flip(1) > 0
    confidence = a.softmax(1).amax(1).view(has_gradient.shape)
    return float((~has_gradient & before & after & (confidence < SURE)).float().mean())
