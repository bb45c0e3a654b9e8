"""Measure what was not measured yet on this machine, and write RESULTS.md and the README's table.

What is measured is kept in ``results/`` after each contender, so that an interrupted bench goes on where it stopped.

    python -m benchmarks.run                    every row
    python -m benchmarks.run fashion memory     these rows
    python -m benchmarks.run speed              the comparisons; ``quality``, ``vision``, ``sequences``: trainings
    python -m benchmarks.run speed --quick      only to see that they work; keeps nothing
"""

from __future__ import annotations

import argparse
import statistics
import time

from benchmarks import quality, record, report, sequences, strategy, vision
from benchmarks.comparison import Comparison, Figures, measure
from benchmarks.machine import describe
from benchmarks.rows import COMPARISONS

LONG = 180.0
"""Seconds of one round beyond which there is no second one."""

Row = Comparison | quality.Quality | quality.StartUp | sequences.Sequence | sequences.Invented | strategy.Planted
ROWS: dict[str, Row] = {
    **quality.ROWS,
    "start-up": quality.StartUp(),
    **vision.ROWS,
    **sequences.ROWS,
    **strategy.ROWS,
    **COMPARISONS,
}
GROUPS = {
    "quality": [*quality.ROWS, "start-up"],
    "vision": list(vision.ROWS),
    "sequences": list(sequences.ROWS),
    "strategy": list(strategy.ROWS),
    "speed": list(COMPARISONS),
}


def main() -> None:
    """Measure what is asked, and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "rows", nargs="*", help=f"of {', '.join(ROWS)}, quality, sequences, speed; all when none is named"
    )
    parser.add_argument("--rounds", type=int, help="at most so many rounds of each row")
    parser.add_argument("--quick", action="store_true", help="little data; nothing is kept")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured of these rows before")
    asked = parser.parse_args()
    names = [name for given in asked.rows or ROWS for name in GROUPS.get(given, [given])]
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        parser.error(f"there is no row {unknown[0]}: choose from {', '.join([*ROWS, *GROUPS])}")
    for name in names:
        if asked.quick:
            for contender in ROWS[name].contenders:
                show(name, 0, contender, timed(name, contender, 0, quick=True))
            continue
        run(name, asked.rounds, asked.fresh)
    report.main()


def run(name: str, most: int | None, fresh: bool = False) -> None:
    """Measure the missing rounds of one row, or all of them."""
    row, kept = ROWS[name], record.begin(name, describe(), fresh)
    for seed in range(min(row.rounds, most or row.rounds)):
        if seed and sum(f.get("took", f.get("seconds", 0.0)) for f in kept.rounds[0].values()) > LONG:
            break
        for contender in row.contenders:
            if not kept.has(seed, contender):
                kept.add(seed, contender, timed(name, contender, seed))
                record.save(name, kept)
                report.main()
            show(name, seed, contender, kept.rounds[seed][contender])
    if isinstance(row, Comparison):
        for bound in row.bounds:
            values = row.measured(kept.whole(list(row.contenders)), bound)
            if values:
                print(f"{name}: {statistics.median(values):.3f} of at most {bound.at_most}: {bound.what}", flush=True)


def timed(name: str, contender: str, seed: int, quick: bool = False) -> Figures:
    """A contender's figures, with the seconds that the whole process took."""
    began = time.monotonic()
    figures = measure(name, ROWS[name], contender, seed, quick)
    return {**figures, "took": time.monotonic() - began}


def show(name: str, seed: int, contender: str, figures: Figures) -> None:
    """Print a measurement."""
    print(name, seed, contender, {key: round(value, 4) for key, value in figures.items()}, flush=True)


if __name__ == "__main__":
    main()
