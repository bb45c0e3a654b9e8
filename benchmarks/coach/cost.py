"""What the health checks cost: the same training with and without them, in turn, several times.

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


def seconds(data: str, asked: dict[str, Any], watch: type[Watch], folder: Path) -> float:
    """Of the epochs of one training."""
    import fathom

    loop.Watch = watch  # type: ignore[misc, attr-defined]
    run = fathom.train(data, out=folder, **asked)
    return sum(float(row["seconds"]) for row in run.history)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        pictures, _ = fashion_folders(Ask(0, quick=False, folder=Path(place)))
        rows: dict[str, tuple[str, dict[str, Any]]] = {
            "Fashion-MNIST, reference CNN, one epoch": (pictures, {"net": "convnet", "epochs": 1}),
            "practice:digits, MLP, 20 epochs": ("practice:digits", {"net": "mlp", "epochs": 20}),
            "practice:breast-cancer, table MLP, 60 epochs": ("practice:breast-cancer", {"net": "mlp", "epochs": 60}),
        }
        for name, (data, how) in rows.items():
            shares = []
            for i in range(asked.rounds):
                pair = [seconds(data, how, kind, Path(place) / f"{time.monotonic_ns()}") for kind in (Watch, Blind)]
                shares.append(pair[0] / pair[1] - 1)
                print(name, i, [round(x, 2) for x in pair], flush=True)
            kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
            KEPT.write_text(json.dumps({**kept, name: [round(x, 4) for x in shares]}, indent=2) + "\n", "utf-8")
            print(f"{name}: {100 * statistics.median(shares):+.1f} % (median of {asked.rounds} pairs)", flush=True)


def rows() -> list[str]:
    """A row for each training: the median of the pairs, and the least and the most."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    told = ["| training | the checks cost | pairs from … to |", "|---|---|---|"]
    for name, shares in kept.items():
        ends = f"{100 * min(shares):+.0f} … {100 * max(shares):+.0f} %"
        told.append(f"| {name} | {100 * statistics.median(shares):+.1f} % | {ends} |")
    return told if kept else []


if __name__ == "__main__":
    main()
