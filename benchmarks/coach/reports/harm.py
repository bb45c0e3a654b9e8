"""Does each fault do harm, and do the healthy programs learn? ``python -m benchmarks.coach.reports.harm [NAME or SET ...]``

Without fathom: nothing is watched. A fault does harm if its dev result is worse than its twin's by 0.05 in at least 2
of 3 seeds.
"""

from __future__ import annotations

import math
import sys
import time
import warnings

import torch

from benchmarks.coach.reports import programs
from benchmarks.coach.reports.common import FAULTY, HEALTHY, unwatched

MARGIN = 0.05


def result(seed: int, run) -> tuple[float, float]:
    """What a program returns without a watch, and its seconds; no number is -1."""
    torch.manual_seed(seed)
    start = time.perf_counter()
    value = run(seed)
    return (value if math.isfinite(value) else -1.0), time.perf_counter() - start


def main(names: list[str]) -> None:
    """Print a line per program, with what is not as it should be in front."""
    programs.load()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for name, p in FAULTY.items():
        if names and not {name, p.set} & set(names):
            continue
        pairs = []
        for seed in range(3):
            sick = result(seed, lambda s, p=p: p.run(s, True, unwatched))
            twin = result(seed, lambda s, p=p: p.run(s, False, unwatched))
            pairs.append((sick, twin))
        harmed = sum(t[0] - s[0] > MARGIN for s, t in pairs)
        shown = "  ".join(f"{s[0]:.2f}/{t[0]:.2f}" for s, t in pairs)
        print(
            f"{'' if harmed >= 2 else 'NO HARM '}{name:28} {shown}  {pairs[0][0][1]:.1f} s {pairs[0][1][1]:.1f} s",
            flush=True,
        )
    for name, h in HEALTHY.items():
        if names and not {name, h.set} & set(names):
            continue
        runs = [result(seed, lambda s, h=h: h.run(s, unwatched)) for seed in range(3)]
        shown = "  ".join(f"{r[0]:.2f}" for r in runs)
        low = sum(r[0] < h.floor for r in runs) > 1
        print(f"{'TOO LOW ' if low else ''}{name:28} {shown} (above {h.floor})  {runs[0][1]:.1f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
