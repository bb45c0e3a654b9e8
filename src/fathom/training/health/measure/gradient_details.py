"""What else an answer, its gradient and what the net was given tell of a squared error: where its targets come from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fathom.training.health.details import SnapshotDetails
from fathom.training.health.measure.displaced import MAX_EXAMPLES, displaced_numbers
from fathom.training.health.measure.far_targets import MAX_ROWS, far_targets, tail_ratio
from fathom.training.health.measure.hinge import one_way
from fathom.training.health.measure.policy_entropy import entropy_factor

MIN_EXAMPLES, MIN_COLUMNS, MAX_COLUMNS = 12, 3, 512
"""Examples of a batch, and columns among which one may follow the target."""

MIN_PLACES, MIN_PEAK = 32, 0.7
"""Places of a map, and the height of each map's peak by the highest."""

MAX_OFF = 1e-3
"""Deviations of the target by which two numbers may differ and be the same: gradients are rounded."""

MAX_OUTPUTS = 64
"""Targets of an example among which those that are missing are looked for."""

MAX_QUANTITIES = 16
"""Of each example, that are told by one error; of more, as of the places of a picture, some rightly hardly vary."""

FEW = 20
"""Examples of which one is looked at, that of the largest gradient."""

MIN_OTHERS, NEAR = 20, 0.25
"""Different targets beside those that are 0, and deviations of theirs that are near 0."""

MIN_NOISE, MAX_NOISE, NOISE_KEPT = 512, 8192, 4
"""Numbers of targets that may be noise, such that are looked at, and such that are kept."""

MAX_SERIES, MIN_TIMES, MIN_CORRELATION = 16, 4, 0.8
"""Numbers at each step of time, steps of time, and the correlation of neighbours by which a row is a series."""


def squared_details(details: SnapshotDetails, given: Any, answer: Tensor, gradient: Tensor) -> None:
    """Of a mean squared error, whose gradient is 2 / numbers times what is too much.

    Args:
        details: where it is kept.
        given: what the net was given first.
        answer: of the net, (batch, …).
        gradient: of the loss with respect to it, of the same shape.
    """
    if gradient.shape == answer.shape and answer.numel() == len(answer):
        both = torch.stack([one.detach().reshape(-1)[:MAX_ROWS].double() for one in (answer, gradient)])
        said, slope = both.cpu().numpy()
        targets = said - slope * (answer.numel() / 2)
        details.far_targets, details.tail_ratio = far_targets(targets), tail_ratio(targets)
        details.share_of_few = _share_of_few(slope)
        if len(answer) <= MAX_EXAMPLES:
            details.displaced = displaced_numbers(said, targets)
    if not isinstance(given, Tensor) or not given.is_floating_point() or given.shape[:1] != answer.shape[:1]:
        return
    if gradient.shape != answer.shape or len(answer) < MIN_EXAMPLES:
        return
    with torch.no_grad():
        x, a = given.detach().double(), answer.detach().double()
        y = a - gradient.detach().double() * (answer.numel() / 2)
        spread = float(y.std())
        if not math.isfinite(spread) or spread == 0:
            return
        details.noise = _noise(y)
        if y.numel() >= MIN_PLACES * len(y):
            details.bright_places = _bright_places(a.flatten(1), y.flatten(1))
        details.is_rebuilt = x.shape == y.shape and float((x - y).abs().max()) < MAX_OFF * spread
        if details.is_rebuilt:
            details.kept_variance = float(a.flatten(1).var(0).mean() / y.flatten(1).var(0).mean())
        if answer.numel() == len(answer):
            y = y.reshape(-1)
            if x.ndim == 2 and MIN_COLUMNS <= x.shape[1] <= MAX_COLUMNS:
                details.nearly_target = _nearly_target(x, y, spread)
            details.last_value_error = _last_value_error(x, y)
        elif answer.ndim == 2 and answer.shape[1] <= MAX_OUTPUTS:
            details.zero_targets = _zero_targets(y)
            if answer.shape[1] <= MAX_QUANTITIES and not details.is_rebuilt:
                details.target_spreads = _target_spreads(a, y)


def unknown_details(details: SnapshotDetails, answer: Tensor, gradient: Tensor) -> None:
    """Of a loss of unknown kind: a hinge, or that of a policy.

    Args:
        details: where it is kept.
        answer: of the net, (batch, …).
        gradient: of the loss with respect to it, of the same shape.
    """
    if answer.numel() == len(answer):
        details.one_way = one_way(answer, gradient)
    elif answer.ndim == 2:
        details.entropy = entropy_factor(answer, gradient)


def _share_of_few(slope: NDArray[np.float64]) -> float:
    """The share of all gradients, (examples,), that the largest twentieth of them have."""
    sizes = np.sort(np.abs(slope))[::-1]
    total = float(sizes.sum())
    few = len(sizes) // FEW
    return float(sizes[:few].sum()) / total if few and 0 < total < math.inf else math.nan


def _noise(y: Tensor) -> list[float]:
    """The first few numbers of targets that are drawn from a normal distribution, as the noise of a denoiser is."""
    if y.numel() < MIN_NOISE or y.numel() < 2 * len(y):
        return []
    numbers = y.flatten()[:MAX_NOISE]
    power = numbers.square()
    mean, variance, fourth = torch.stack([numbers.mean(), power.mean(), power.square().mean()]).tolist()
    normal = abs(mean) < 0.1 and abs(variance - 1) < 0.15 and abs(fourth / variance**2 - 3) < 0.6
    return [float(one) for one in numbers[:NOISE_KEPT]] if normal else []


def _nearly_target(x: Tensor, y: Tensor, spread: float) -> tuple[int, float]:
    """The column whose line through most rows' targets is followed by the most rows, and their share.

    The line is that of the median slope between neighbours (as by Theil and Sen), which a few others do not turn.
    """
    if len(y.unique()) < len(y) / 2:
        return -1, math.nan
    step, rise = x.diff(dim=0), y.diff()[:, None]
    slopes = torch.where(step.abs() > 1e-9, rise / step, torch.nan)  # (rows - 1, columns)
    slope = slopes.nanmedian(0).values
    rest = y[:, None] - slope * x
    share = ((rest - rest.median(0).values).abs() <= MAX_OFF * spread).double().mean(0)
    share = torch.where(slope.abs() * x.std(0) > MAX_OFF * spread, share, 0.0)
    best = int(share.argmax())
    return best, float(share[best])


def _bright_places(a: Tensor, y: Tensor) -> tuple[float, float, float]:
    """Of maps (rows, places) the share above half of the largest, and the answers' and errors' size against theirs.

    NaN where not each row has a peak, of about the same height, or where some lies below 0.
    """
    peaks, most = y.amax(1), float(y.max())
    if not most > 0 or float(peaks.min()) < MIN_PEAK * most or float(y.min()) < -MAX_OFF * most:
        return math.nan, math.nan, math.nan
    size = y.square().mean()
    found = torch.stack([(y > most / 2).double().mean(), a.square().mean() / size, (a - y).square().mean() / size])
    bright, said, error = found.tolist()
    return bright, said, error


def _target_spreads(a: Tensor, y: Tensor) -> tuple[float, float, float]:
    """Of targets (rows, outputs) the largest and smallest deviation, and what is left of the latter's variance."""
    variance = y.var(0, correction=0)
    least = int(variance.argmin())
    left = (a[:, least] - y[:, least]).square().mean() / variance[least]
    largest, smallest, rest = torch.stack([variance.max().sqrt(), variance[least].sqrt(), left]).tolist()
    return largest, smallest, rest


def _zero_targets(y: Tensor) -> tuple[float, float, float]:
    """Of targets (rows, outputs) the share that is 0; of the others the share near 0, and their mean by their spread.

    NaN for the latter two where the others are few or alike, or rows or outputs are 0 as a whole.
    """
    zero = y.abs() < MAX_OFF * y.std()
    others, share = y[~zero], float(zero.double().mean())
    mixed = all(int((zero.any(axis) & ~zero.all(axis)).sum()) >= 2 for axis in (0, 1))
    if not mixed or len(others.unique()) < MIN_OTHERS:
        return share, math.nan, math.nan
    spread = float(others.std())
    near = float((others.abs() < NEAR * spread).double().mean())
    return share, near, abs(float(others.mean())) / spread


def _last_value_error(x: Tensor, y: Tensor) -> float:
    """Mean squared error of saying the last number of each series again; NaN where the rows are no series."""
    if x.ndim == 2 and x.shape[1] >= MIN_TIMES:
        ends = x[:, [0, -1]]
        before, after = x[:, :-1].flatten(), x[:, 1:].flatten()
    elif x.ndim == 3 and x.shape[1] >= MIN_TIMES and x.shape[2] <= MAX_SERIES:
        ends = x[:, -1]
        before, after = x[:, :-1].flatten(), x[:, 1:].flatten()
    else:
        return math.nan
    before, after = before - before.mean(), after - after.mean()
    power = float((before.square().sum() * after.square().sum()).sqrt())
    if power == 0 or (x.ndim == 2 and float((before * after).sum()) < MIN_CORRELATION * power):
        return math.nan
    return float((ends - y[:, None]).square().mean(0).min())
