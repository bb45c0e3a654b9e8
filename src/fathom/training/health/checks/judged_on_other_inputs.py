"""Examples that are judged after another preparation than those that are trained on.

A net that was trained on standardized columns and is asked about raw ones answers for numbers that it has never seen.
Augmentation, noise and mixing of examples widen or narrow the inputs by less than a half as a rule; a missing or double
division by the standard deviation, or by 255, changes their spread by a factor of 3 or more, or moves their mean.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import InputStats, Signals

MAX_SPREAD_RATIO = 3.0
"""Times by which the spread of inputs that are judged may be that of those trained on, either way."""

MAX_MEAN_DISTANCE = 3.0
"""Standard deviations (the larger of both) by which their means may lie apart."""

TELLS = ("cross-entropy", "binary", "nll", "ctc")
"""Losses of nets that tell something of what they are given."""

MIN_COLOUR_DISTANCE, MAX_EXCHANGED_SHARE = 0.3, 0.25
"""Standard deviations by which channels must differ, and what may be left of that where the first is the last."""

MIN_DEVIATIONS, MAX_AGREEMENT = 4.0, 0.3
"""Standard errors by which word frequencies must correlate within training and within an evaluation, and the share of
the correlation that is possible which they have across both at most, where the words are numbered otherwise."""

MIN_ROUGHNESS_RATIO, MAX_OTHER_SPREAD = 1.5, 0.25
"""Times by which neighbours in a series differ more than in training, and share by which the spreads may differ: noise
that is added in training makes series rougher there, and not at evaluation."""

MAX_COLUMN_WAY, MAX_COLUMN_RATIO = 6.0, 30.0
"""Deviations by which the mean of a column may lie elsewhere, and times by which it may be spread wider."""

MIN_SHARE_OF_USUAL = 0.3
"""Of the deviation of a usual column, that such a column must have moved or be spread by, to change any answer."""

MIN_COLUMN_DISTANCE, MAX_COLUMN_DISTANCE, MAX_SHOWN = 1.0, 0.5, 4
"""Deviations by which columns of the same place must differ, and by which those that belong together may; and how many
are named."""

MIN_SNAPSHOTS = 3
"""Snapshots on which the inputs of the training must have been seen."""


class JudgedOnOtherInputs(Check):
    """What is judged is prepared otherwise than what is trained on."""

    name: ClassVar[str] = "judged_on_other_inputs"
    lesson: ClassVar[str] = "normalizing-inputs"
    meaning: ClassVar[str] = (
        "Dev inputs have another scale, order or numbering than train inputs. The train error can be low and the "
        "dev error as bad as chance, with nothing else wrong."
    )
    advice: ClassVar[str] = (
        "Prepare dev and test with the mean, the standard deviation and the vocabulary of train, by the same "
        "function, and at the same sampling rate. Read pictures with one library (OpenCV gives blue, green, red). "
        "Judge again before you change anything else."
    )

    def run(self, signals: Signals) -> Detection | None:
        """The spread and mean of all numbers, on the last evaluation and on the first snapshots."""
        if signals.loss_kind in TELLS and (renumbered := _renumbered(signals)):
            return renumbered
        trained, judged = signals.trained_inputs, signals.judged_inputs
        if signals.loss_kind and (reordered := _reordered(trained, judged)):
            return reordered
        if len(trained) < MIN_SNAPSHOTS or not judged or not _tells(signals):
            return None  # a net that makes something is asked with noise, or with its own answers
        if found := _exchanged(trained, judged) or _rougher(trained, judged):
            return found
        mean, std = float(np.median([x.mean for x in trained])), float(np.median([x.std for x in trained]))
        if column := _other_column(trained, judged):
            return column
        far = next((one for one in judged if _is_other(one, mean, std)), None)
        if far is None:
            return None
        title = (
            f"the inputs at evaluation have mean {far.mean:.3g} and standard deviation {far.std:.3g}, "
            f"in training {mean:.3g} and {std:.3g}"
        )
        return Detection(title, {"mean": far.mean, "std": far.std, "trained_mean": mean, "trained_std": std})


def _tells(signals: Signals) -> bool:
    """Whether the net tells something of what it is given: a class, or one number of each example."""
    if signals.loss_kind in TELLS:
        return True
    seen = [one for one in signals.snapshots if one.targets]
    alone = all(one.targets is not None and one.targets.outputs == 1 and not one.details.is_rebuilt for one in seen)
    is_amount = signals.loss_kind in ("squared", "absolute") and not has_several_passes_per_step(signals)
    return is_amount and bool(seen) and alone


def _renumbered(signals: Signals) -> Detection | None:
    """Words whose numbers mean other words: frequencies agree within training and within dev, and not between them.

    What they can correlate by at most is the root of the product of both reliabilities (Spearman 1904).
    """
    if not signals.word_agreement:
        return None
    for trained, judged, across, words in signals.word_agreement:
        sure = min(trained, judged) > MIN_DEVIATIONS / math.sqrt(words)
        if not sure or across > MAX_AGREEMENT * math.sqrt(_reliability(trained) * _reliability(judged)):
            return None
    trained, judged, across, words = signals.word_agreement[-1]
    title = (
        f"the numbers of the words mean other words at evaluation: the frequencies of {words:.0f} words correlate by "
        f"{across:.2f} between training and evaluation, but by {trained:.2f} and {judged:.2f} within each"
    )
    return Detection(title, {"within_training": trained, "within_evaluation": judged, "across": across, "words": words})


def _reliability(halves: float) -> float:
    """Of the whole, from the correlation of its halves (Spearman and Brown 1910)."""
    return 2 * halves / (1 + halves)


def _is_other(judged: InputStats, mean: float, std: float) -> bool:
    """Whether inputs are of another size than those with this mean and spread."""
    if not (math.isfinite(judged.std) and judged.std > 0 and std > 0):
        return False
    ratio, distance = judged.std / std, abs(judged.mean - mean) / max(judged.std, std)
    return not 1 / MAX_SPREAD_RATIO <= ratio <= MAX_SPREAD_RATIO or distance > MAX_MEAN_DISTANCE


def _exchanged(trained: list[InputStats], judged: list[InputStats]) -> Detection | None:
    """The channels of pictures in the other order: red, green, blue against blue, green, red."""
    before, after = [x.channels for x in trained if x.channels], [x.channels for x in judged if x.channels]
    if not before or not after:
        return None
    first, last = np.mean(before, 0), np.mean(after, 0)
    spread = float(np.median([x.std for x in trained]))
    apart, turned = float(np.abs(first - last).max()), float(np.abs(first - last[::-1]).max())
    if not (apart > MIN_COLOUR_DISTANCE * spread and turned < MAX_EXCHANGED_SHARE * apart):
        return None
    shown = [" ".join(f"{x:.3g}" for x in one) for one in (first, last)]
    title = (
        f"red and blue are exchanged: the channels have the means {shown[0]} in training and {shown[1]} at evaluation"
    )
    return Detection(title, {"trained": first.tolist(), "judged": last.tolist()})


def _rougher(trained: list[InputStats], judged: list[InputStats]) -> Detection | None:
    """Series of the same spread that go up and down faster than those of training, as at another sampling rate."""
    before = float(np.median([one.roughness for one in trained]))  # NaN if one is
    after = float(np.min([one.roughness for one in judged]))
    spread, own = (float(np.median([one.std for one in part])) for part in (trained, judged))
    if not after > MIN_ROUGHNESS_RATIO * before > 0 or abs(own - spread) > MAX_OTHER_SPREAD * spread:
        return None
    title = (
        f"the series at evaluation change faster than those of training: neighbouring values differ by {after:.2g} "
        f"against {before:.2g} (1 is noise), with the same spread: another sampling rate?"
    )
    return Detection(title, {"trained": before, "judged": after})


def _other_column(trained: list[InputStats], judged: list[InputStats]) -> Detection | None:
    """A column of a table that is far from where it was in training, or spread very much wider.

    One that is mostly a single value, as counts of what is rare, may be spread by any amount.
    """
    before, after = [x.columns for x in trained if x.columns], [x.columns for x in judged if x.columns]
    if len(before) < MIN_SNAPSHOTS or not after or len({len(one) for one in before + after}) != 1:
        return None
    first, last = np.mean(before, 0), np.median(after, 0)  # (columns, 3)
    if not (np.isfinite(first[:, :2]).all() and np.isfinite(last[:, :2]).all()) or len(first) < 2:
        return None
    known = (first[:, 1] > 0) & (last[:, 1] > 0) & (first[:, 2] == 0)
    away = np.abs(first[:, 0] - last[:, 0]) / np.maximum(np.maximum(first[:, 1], last[:, 1]), 1e-12)
    wider = last[:, 1] / np.maximum(first[:, 1], 1e-12)
    moved = np.maximum(last[:, 1], np.abs(first[:, 0] - last[:, 0]))
    matters = moved > MIN_SHARE_OF_USUAL * np.median(first[:, 1])
    other = known & matters & ((away > MAX_COLUMN_WAY) | (wider > MAX_COLUMN_RATIO))
    if not other.any() or other.sum() > len(other) / 2:
        return None
    k = int(np.argmax(other))
    title = (
        f"column {k + 1} at evaluation has mean {last[k, 0]:.3g} and standard deviation {last[k, 1]:.3g}, "
        f"in training {first[k, 0]:.3g} and {first[k, 1]:.3g}"
    )
    return Detection(title, {"column": k + 1, "columns": int(other.sum())})


def _reordered(trained: list[InputStats], judged: list[InputStats]) -> Detection | None:
    """The columns of a table in another order: their means and deviations fit those of other columns, and well."""
    before, after = [x.columns for x in trained if x.columns], [x.columns for x in judged if x.columns]
    if len(before) < MIN_SNAPSHOTS or not after or len({len(one) for one in before + after}) != 1:
        return None
    first, last = np.mean(before, 0), np.mean(after, 0)  # (columns, 3)
    if len(first) < 2 or not (np.isfinite(first[:, :2]).all() and np.isfinite(last[:, :2]).all()):
        return None
    if (first[:, 1] <= 0).any() or (last[:, 1] <= 0).any():
        return None  # a column that is all one number may be any
    spread = np.maximum(np.maximum(first[:, None, 1], last[None, :, 1]), 1e-12)  # (columns, columns)
    ratio = np.maximum(first[:, None, 1], 1e-12) / np.maximum(last[None, :, 1], 1e-12)
    apart = np.abs(first[:, None, 0] - last[None, :, 0]) / spread + np.abs(np.log(ratio))
    rows, places = linear_sum_assignment(apart)
    own, best = np.diag(apart), apart[rows, places]
    moved = (places != rows) & (own > MIN_COLUMN_DISTANCE)
    if moved.sum() < 2 or best.max() > MAX_COLUMN_DISTANCE:
        return None
    shown = ", ".join(f"{places[k] + 1} is {k + 1}" for k in np.flatnonzero(moved)[:MAX_SHOWN])
    title = f"the columns at evaluation stand in another order than in training: by means and deviations column {shown}"
    return Detection(title, {"columns": int(moved.sum()), "apart": float(own.max()), "fits": float(best.max())})
