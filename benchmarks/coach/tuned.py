"""The same faults of a loop, and healthy trainings, on the sets and nets on which thresholds are tuned.

A rule is changed here, and scored elsewhere. What each training was measured to do is kept, so that a change of a rule
is judged on hundreds of trainings within a minute; nothing of it enters the scored table.

    python -m benchmarks.coach.tuned                 train what is missing, and print the table: about an hour at first
    python -m benchmarks.coach.tuned --only slow     of one fault; and which trainings were missed
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch

from benchmarks.coach import again
from benchmarks.coach.table import looped, table, well
from benchmarks.coach.together import Entry
from benchmarks.coach.training import Plan, Trained, train


def measure(key: str, plan: Callable[[], Plan]) -> Trained:
    """As it was kept, judged by the checks of today; else trained, and kept."""
    return again.kept(key) or again.keep(key, train(plan()))


def main() -> None:
    """Measure what is missing, judge all, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="keys that contain this")
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    seen: dict[str, Entry] = {}
    for key, ask in [*well(asked.seeds, False, measure, tuned=True), *looped(asked.seeds, False, measure, tuned=True)]:
        if asked.only not in key:
            continue
        seen[key] = ask()
        if (seen[key]["place"] is None) != (key.startswith("00") and not seen[key]["named"]):
            print(key, seen[key]["named"][:3], f"error {seen[key]['dev']:.3f}", flush=True)
    print("\n".join(table(seen)))


if __name__ == "__main__":
    main()
