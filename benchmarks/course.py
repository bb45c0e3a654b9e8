"""How long a learner waits: `fathom learn check` as a whole command, for right and for wrong answers.

python -m benchmarks.course

Each exercise is checked with its solution and with its first known mistake, for which the smallest failing input is
searched and the misconception named. What is timed is the command as it is typed: start of Python included.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fathom.learning.course import Exercise, exercises
from fathom.learning.workspace import Workspace

KEPT = Path(__file__).parent / "results" / "course.json"
BOUNDS = {"unit": 1.0, "trained": 20.0}
"""Seconds that 95 of 100 checks may take at most."""


def seconds(workspace: Workspace, one: Exercise, code: str, expected: int) -> float:
    """Of one check.

    Raises:
        RuntimeError: the answer was not what it must be.
    """
    workspace.path(one).write_text(code, "utf-8")
    began = time.monotonic()
    command = [sys.executable, "-m", "fathom", "learn", "check", one.id]
    found = subprocess.run(command, cwd=workspace.folder, capture_output=True, text=True, check=False)
    took = time.monotonic() - began
    if found.returncode != expected:
        raise RuntimeError(f"{one.id}: exit {found.returncode}\n{found.stdout}{found.stderr}")
    return took


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    kept: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as place:
        workspace = Workspace.start(Path(place) / "course")
        for one in exercises():
            workspace.place(one)
            times = {
                "right": [round(seconds(workspace, one, one.solution, 0), 3) for _ in range(rounds)],
                "wrong": [round(seconds(workspace, one, one.mistakes[0].source, 2), 3) for _ in range(rounds)],
            }
            kept[one.id] = {"kind": one.told.get("kind", "unit"), **times}
            print(one.id, one.name, times, flush=True)
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    print("\n".join(rows()))


def rows() -> list[str]:
    """A row for each kind of exercise: the median, the 95th percentile and the slowest of all checks."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    told = ["| exercises | checks | median | 95 of 100 within | slowest | wanted |", "|---|---|---|---|---|---|"]
    for kind, bound in BOUNDS.items():
        for answer in ("right", "wrong"):
            times = sorted(t for one in kept.values() if one["kind"] == kind for t in one[answer])
            if times:
                most = statistics.quantiles(times, n=20, method="inclusive")[-1]
                told.append(
                    f"| {kind}, {answer} answers | {len(times)} | {statistics.median(times):.2f} s | {most:.2f} s | "
                    f"{times[-1]:.2f} s | {bound:.0f} s |"
                )
    return told if kept else []


if __name__ == "__main__":
    main()
