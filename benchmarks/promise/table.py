"""Measure what was not measured yet, and print who won: the default, or the best of the simple baselines.

python -m benchmarks.promise.table                    every set; hours
python -m benchmarks.promise.table housing languages  these sets
python -m benchmarks.promise.table --shown            only what is kept
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import record
from benchmarks.comparison import Figures
from benchmarks.machine import describe
from benchmarks.promise.measure import BASELINE, measure
from benchmarks.promise.sets import SETS, PromiseSet

CONTENDER = "default"


@dataclass(frozen=True)
class Verdict:
    """The default beside the best baseline on one set.

    Attributes:
        word: ``won``, ``tied`` or ``lost``.
        value: the mean figure of the default; below is better.
        baseline: the name of the best baseline by its mean, and that mean.
        low, high: 95 % interval of the mean difference, default minus baseline.
        seconds: mean of the trainings.
        elsewhere: which share of the cores other programs had meanwhile; None where that is not known of all.
    """

    word: str
    value: float
    baseline: tuple[str, float]
    low: float
    high: float
    seconds: float
    elsewhere: float | None


def judge(rounds: Sequence[Figures], own_test: bool) -> Verdict:
    """Who won.

    The interval is as wide as the larger of two: what the seeds spread, and what the examples of test leave open; the
    latter shrinks with the number of trainings only where each had a test split of its own.

    Args:
        rounds: what `measure` found, one a seed.
        own_test: all were scored on the same examples.
    """
    names = [name.removeprefix(BASELINE) for name in rounds[0] if name.startswith(BASELINE)]
    names = [name for name in names if all(BASELINE + name in one for one in rounds)]
    means = {name: statistics.fmean(one[BASELINE + name] for one in rounds) for name in names}
    best = min(means, key=lambda name: means[name])
    differences = [one["value"] - one[BASELINE + best] for one in rounds]
    n, middle = len(rounds), statistics.fmean(differences)
    spread = _student(n - 1) * statistics.stdev(differences) / math.sqrt(n) if n > 1 else 0.0
    half = statistics.fmean(one[f"high {best}"] - one[f"low {best}"] for one in rounds) / 2
    width = max(spread, half if own_test else half / math.sqrt(n))
    low, high = middle - width, middle + width
    word = "won" if high < 0 else "lost" if low > 0 else "tied"
    value, seconds = (statistics.fmean(one[name] for one in rounds) for name in ("value", "seconds"))
    shares = [one["elsewhere"] for one in rounds if "elsewhere" in one]
    elsewhere = statistics.fmean(shares) if len(shares) == n else None
    return Verdict(word, value, (best, means[best]), low, high, seconds, elsewhere)


def _student(degrees: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.975, degrees))


def row(name: str, one: PromiseSet, verdict: Verdict, n: int) -> str:
    """A line of the table."""
    best, mean = verdict.baseline
    elsewhere = "–" if verdict.elsewhere is None else f"{100 * verdict.elsewhere:.0f} %"
    return (
        f"| {one.task} | {name}{' (tuned on)' if one.tuned_on else ''} | {verdict.word} | {verdict.value:.4g} | "
        f"{mean:.4g} ({best}) | {verdict.low:+.3g} to {verdict.high:+.3g} | {n} | {verdict.seconds:.0f} | {elsewhere} |"
    )


def main() -> None:
    """Measure what is asked, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(SETS)}; all when none is named")
    parser.add_argument("--shown", action="store_true", help="measure nothing")
    parser.add_argument("--seeds", type=int, help="at most so many trainings of each")
    asked = parser.parse_args()
    lines, words = [], []
    for name in asked.sets or SETS:
        one, kept = SETS[name], opened(name)
        for seed in range(0 if asked.shown else min(one.seeds, asked.seeds or one.seeds)):
            if not kept.has(seed, CONTENDER):
                with tempfile.TemporaryDirectory() as folder:
                    kept.add(seed, CONTENDER, measure(one, seed, Path(folder)))
                kept.machine = together(kept.machine, describe())
                record.save(file_name(name), kept)
        if rounds := [r[CONTENDER] for r in kept.rounds]:
            verdict = judge(rounds, one.own_test)
            words.append(verdict.word)
            lines.append(row(name, one, verdict, len(rounds)))
            print(lines[-1], flush=True)
    print(
        "\n| task | set | default | figure (below is better) | best baseline | difference | trainings | seconds | elsewhere |"
    )
    print("|---|---|---|---|---|---|---|---|---|", *lines, sep="\n")
    print("\n" + ", ".join(f"{words.count(word)} {word}" for word in ("won", "tied", "lost")))


def opened(name: str) -> record.Record:
    """What is kept of a set, whichever machine measured it: its differences are taken within each training."""
    return record.load(file_name(name)) or record.begin(file_name(name), describe())


def together(known: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """What measured, of all machines that did."""
    parts = {key: dict.fromkeys(x for x in (known.get(key), more.get(key)) if x) for key in {**known, **more}}
    return {key: known[key] if more.get(key, "") in known.get(key, "") else "; ".join(x) for key, x in parts.items()}


def file_name(name: str) -> str:
    """Under which a set is kept."""
    return "promise-" + name.replace(" ", "-").lower()


if __name__ == "__main__":
    main()
