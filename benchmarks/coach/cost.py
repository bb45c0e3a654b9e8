"""What the health checks cost: the same training with and without them, in turn, several times.

Which of a pair comes first changes from pair to pair, and the first training of all, in which everything is loaded, is
thrown away. On a machine that others use, a training of a second takes a tenth more or less from one time to the next:
hence many pairs of the short ones, and their median.

python -m benchmarks.coach.cost
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import fathom.training.loop as loop
from benchmarks.comparison import Ask
from benchmarks.data import fashion_folders
from fathom.training.health.observer import Watch

KEPT = Path(__file__).parents[1] / "results" / "coach-cost.json"


class Blind(Watch):
    """Watches nothing."""

    def attach(self) -> Blind:
        """Set no hook."""
        return self

    def step(self, loss: Any) -> None:
        """See nothing."""

    def save(self, path: Path, *, at_once: bool = True) -> None:
        """Keep nothing."""


class Timed(Watch):
    """Watches, and adds up what it takes to keep what it saw, which comes after the epochs."""

    spent = 0.0

    def save(self, path: Path, *, at_once: bool = True) -> None:
        """Keep it."""
        began = time.monotonic()
        super().save(path, at_once=at_once)
        Timed.spent += time.monotonic() - began if at_once else 0.0


def seconds(data: str, asked: dict[str, Any], watch: type[Watch], folder: Path) -> float:
    """Of the epochs of one training, and of the watch behind them."""
    import fathom

    loop.Watch = watch  # type: ignore[misc, attr-defined]
    Timed.spent = 0.0
    run = fathom.train(data, out=folder, **asked)
    return sum(float(row["seconds"]) for row in run.history) + Timed.spent


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="the trainings with this in their name")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        pictures, _ = fashion_folders(Ask(0, quick=False, folder=Path(place)))
        trainings: dict[str, tuple[int, str, dict[str, Any]]] = {
            "Fashion-MNIST, reference CNN, one epoch": (5, pictures, {"net": "convnet", "epochs": 1}),
            "practice:digits, MLP, 20 epochs": (31, "practice:digits", {"net": "mlp", "epochs": 20}),
            "practice:breast-cancer, table MLP, 60 epochs": (
                31,
                "practice:breast-cancer",
                {"net": "mlp", "epochs": 60},
            ),
        }
        for name, (pairs, data, how) in trainings.items():
            if asked.only not in name:
                continue
            seconds(data, how, Timed, Path(place) / f"{time.monotonic_ns()}")
            shares = []
            for i in range(pairs):
                order = (Timed, Blind) if i % 2 else (Blind, Timed)
                took = {kind: seconds(data, how, kind, Path(place) / f"{time.monotonic_ns()}") for kind in order}
                shares.append(took[Timed] / took[Blind] - 1)
                print(name, i, [round(took[kind], 2) for kind in (Timed, Blind)], flush=True)
            kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
            KEPT.write_text(json.dumps({**kept, name: [round(x, 4) for x in shares]}, indent=2) + "\n", "utf-8")
            print(f"{name}: {100 * statistics.median(shares):+.1f} % (median of {pairs} pairs)", flush=True)


def rows() -> list[str]:
    """A row for each training: the median of the pairs, and the least and the most."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    told = ["| training | the checks cost | pairs | the middle half |", "|---|---|---|---|"]
    for name, shares in kept.items():
        ends = f"{len(shares)} from {100 * min(shares):+.0f} to {100 * max(shares):+.0f} %"
        low, _, high = statistics.quantiles(shares, n=4)
        middle = f"{100 * low:+.1f} … {100 * high:+.1f} %"
        told.append(f"| {name} | {100 * statistics.median(shares):+.1f} % | {ends} | {middle} |")
    return told if kept else []


if __name__ == "__main__":
    main()
