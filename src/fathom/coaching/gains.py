"""Expected gains with their intervals, from paired trainings; or silence.

What chose a remedy for the last rounds does not judge it: the seed of the first round is left out, since the best of
many is partly the luckiest. An interval has the two sources of chance in it: which examples dev happens to have
(bootstrap over examples or groups) and which seeds were drawn (their spread, pooled over all remedies, since a few
seeds of one say little).

Where the probes had a part of the epochs only, whatever learns faster looks better than it will be in the end. So a
remedy must then beat what the run itself reached with all of its epochs, wherever that is better than the unchanged
short trainings; and that more data helps cannot be seen at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fathom.coaching.influence import Rows
from fathom.coaching.probe import Probed
from fathom.coaching.successive_halving import Candidate
from fathom.diagnosis.intervals import resample, sum_groups
from fathom.metrics import Metric
from fathom.records import Example, Interval


@dataclass(frozen=True)
class Gain:
    """What a remedy brings: the fall of the dev figure, in its units.

    Attributes:
        name: of the remedy.
        interval: 95 %.
        seeds: on how many it was judged; 0 where that was the run's own net, which no seed can change.
        least: what it brings at least, at 95 % for all that were judged beside it together (Bonferroni).
        chance: probability that it helps at all.
        beside_run: it is compared with the finished run, which had all of its epochs, and not with trainings as short
            as its own.
        most: the figure that there is to fall.
    """

    name: str
    interval: Interval
    seeds: int
    least: float
    chance: float = 0.0
    beside_run: bool = False
    most: float = np.inf

    @property
    def significant(self) -> bool:
        """Whether it helps, as far as 95 % go."""
        return self.seeds != 1 and self.least > 0

    @property
    def probable(self) -> bool:
        """Whether it probably helps, though that is not sure: one training that chance alone would seldom make.

        An interval that is wider than all that there is to gain tells nothing, whatever its middle.
        """
        if self.interval.high - self.interval.low > self.most:
            return False
        return self.chance >= PROBABLE if self.seeds != 1 else self.least > 0


def figure(metric: Metric, sums: Rows) -> Rows:
    """The metric of sums of statistics, ``(…, statistics)``."""
    return np.asarray(metric.of({name: sums[..., i] for i, name in enumerate(metric.needs)}), np.float64)


def first_looks(
    control: Candidate,
    candidates: Sequence[Candidate],
    metric: Metric,
    groups: np.ndarray | None,
    reached: Rows | None = None,
    short: bool = True,
) -> dict[str, Gain]:
    """What the one training of the first round has shown of each: of the seed it knows nothing, and it chose the best.

    Args:
        control, candidates, metric, groups, reached, short: as for `gains`.

    Returns:
        name → gain; `Gain.least` holds for all that were tried together.
    """
    found: dict[str, Gain] = {}
    first = min(control.probes, default=None)
    for c in candidates:
        if first is not None and first in c.probes:
            over = _over(control, reached, short, c, [first])
            least = _least(_gain(one, c, [first], metric, groups, 0.0, 0.0, len(candidates)) for one in over)
            found |= {} if least is None else {c.name: least}
    return found


def _least(found: Iterable[Gain]) -> Gain | None:
    """The least of the gains over all that a remedy must be better than, each of which must be likely.

    None where there is nothing to compare.
    """
    every = list(found)
    if not every:
        return None
    least, chance = min(gain.least for gain in every), min(gain.chance for gain in every)
    return replace(min(every, key=lambda gain: gain.interval.low), least=least, chance=chance)


def groups_among(dev: Sequence[Example]) -> np.ndarray | None:
    """What each of dev belongs to, those without a group being alone; None where none has one."""
    named = [e.group for e in dev]
    return np.array([name or f"alone {i}" for i, name in enumerate(named)]) if any(named) else None


def gains(
    control: Candidate,
    candidates: Sequence[Candidate],
    metric: Metric,
    groups: np.ndarray | None,
    reached: Rows | None = None,
    short: bool = True,
) -> list[Gain]:
    """The gain of each candidate that was judged on other seeds than those that chose it.

    Args:
        control: the unchanged trainings.
        candidates: those with remedies.
        metric: by which they are judged.
        groups: of each dev example, or None.
        reached: the run's own statistics, ``(examples, statistics)``; None where they are not known.
        short: the trainings were shorter than the run, which then is to be beaten, too.
    """
    first = min(control.probes, default=0)
    judged = {c.name: [s for s in c.probes if s != first and s in control.probes] for c in candidates}
    several = [c for c in candidates if len(judged[c.name]) > 1]
    found = []
    for c in candidates:
        seeds, over = judged[c.name], []
        if c.change.answers_only:  # no seed makes a difference to the run's own net, nor to what was seen of it first
            run = _over(control, reached, short, c, [first]) if first in c.probes else []
            found += [
                replace(_gain(one, c, [first], metric, groups, 0.0, 0.0, len(candidates)), seeds=0) for one in run
            ]
            continue
        for one in _over(control, reached, short, c, seeds) if seeds else ():
            spreads = {other.name: _spread(one, other, judged[other.name], metric) for other in several}
            variance, freedom = _pooled(spreads, c.name)
            over.append(_gain(one, c, seeds, metric, groups, variance, freedom, max(1, len(several))))
        least = _least(over)
        found += [] if least is None else [least]
    return sorted(found, key=lambda g: -g.interval.value)


def _spread(one: Candidate, c: Candidate, seeds: Sequence[int], metric: Metric) -> tuple[int, float]:
    """Degrees of freedom, and how a gain over something varies with the seed; the finished run is what it is."""
    own = (float(figure(metric, c.probes[s].rows.sum(0))) for s in seeds)
    by_seed = list(own) if one.finished else [_by_seed(one, c, s, metric) for s in seeds]
    return len(seeds) - 1, float(np.var(by_seed, ddof=1))


def _pooled(spreads: Mapping[str, tuple[int, float]], name: str) -> tuple[float, float]:
    """The variance over seeds of one candidate's gain, from all that vary alike, and its degrees of freedom.

    All gains of a seed share its unchanged training, so that k candidates on n seeds do not tell k (n - 1) times: of
    variances that are alike, the mean of k has 4 (n - 1) / (1 + 3 / k) degrees (Satterthwaite's approximation).
    """
    if name not in spreads:
        return 0.0, 0.0
    variances = sorted(v for _, v in spreads.values())
    typical = variances[(len(variances) - 1) // 2]
    alike = [one for one in spreads.values() if one[1] <= UNLIKE * typical]
    if spreads[name] not in alike:
        alike = [spreads[name]]
    n = sum(n for n, _ in alike)
    return sum(m * v for m, v in alike) / n, 4 * (n / len(alike)) / (1 + 3 / len(alike))


def _by_seed(control: Candidate, c: Candidate, seed: int, metric: Metric) -> float:
    return _sign(c) * float(
        figure(metric, control.probes[seed].rows.sum(0)) - figure(metric, c.probes[seed].rows.sum(0))
    )


def _sign(c: Candidate) -> float:
    """Where a remedy was measured backwards, with less data, the loss is taken for the gain of as much more."""
    return -1.0 if c.change.part < 1 else 1.0


def _gain(
    control: Candidate,
    c: Candidate,
    seeds: Sequence[int],
    metric: Metric,
    groups: np.ndarray | None,
    variance: float,
    freedom: float,
    among: int,
) -> Gain:
    k = len(metric.needs)
    one, two = (np.sum([x.probes[s].rows for s in seeds], axis=0) for x in (control, c))  # (examples, statistics)
    units = sum_groups(np.concatenate([one, two], 1), groups)
    sums = resample(units)  # (draws, 2 * statistics)
    value = _sign(c) * float(figure(metric, one.sum(0)) - figure(metric, two.sum(0)))
    sampled = _sign(c) * (figure(metric, sums[:, :k]) - figure(metric, sums[:, k:]))
    noise = np.random.default_rng(0).standard_t(max(1, freedom), len(sampled)) if freedom else np.zeros(len(sampled))
    drawn = sampled + noise * np.sqrt(variance / len(seeds))
    low, high, least = np.percentile(drawn, [2.5, 97.5, 2.5 / among])
    most = float(np.percentile(figure(metric, sums[:, :k]), 97.5))
    if c.change.part < 1:  # the curve flattens: as much again brings less than the half that is there has brought
        value, low, least = value * FLATTER, min(low * FLATTER, low), min(least * FLATTER, least)
    else:  # no figure falls below 0, so that nothing brings more than there is, however few seeds tell it
        high = min(high, most)
    interval = Interval(value, min(float(low), value), max(float(high), value))
    chance = float((drawn > 0).mean())
    return Gain(c.name, interval, len(seeds), min(float(least), value), chance, control.finished, most)


def _over(control: Candidate, reached: Rows | None, short: bool, c: Candidate, seeds: Sequence[int]) -> list[Candidate]:
    """What a remedy must be better than; nothing where none can tell."""
    run = []
    if reached is not None:
        rows = {s: _as_it_is(c, s, reached) for s in seeds}
        run = [Candidate("the finished run", control.change, rows, finished=True)]
    if c.change.beside_run:  # it begins where the run ended, and no training anew is like it
        return run
    if not short or reached is None:
        return [control]
    return [control, *run] if c.change.part == 1 else []


def _as_it_is(c: Candidate, seed: int, reached: Rows) -> Probed:
    """The finished run, in place of a training with that seed."""
    return replace(c.probes[seed], rows=reached)


PROBABLE = 0.9
"""From this probability on, a remedy is named that is not sure to help."""

UNLIKE = 9.0
"""A variance of so many times the (lower) middle one is that of a remedy that is unsure for reasons of its own."""

FLATTER = 0.75
"""With an error that falls as n to the power of -0.4, the second doubling brings 2^-0.4 = .76 of the first."""
