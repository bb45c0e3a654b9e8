"""What the health checks cost: the same training with and without them, in turn, several times.

Which of a pair comes first changes from pair to pair, and the first training of all, in which everything is loaded, is
thrown away. On a machine that others use, a training of a second takes a tenth more or less from one time to the next:
hence many pairs of the short ones, and their median. Beside it stands the lower quartile of the watched trainings against
that of the others: what else the machine does can only lengthen a training, so that the quick ones tell most.

With --own nothing is compared: the time that passes within the hooks is added up, as a share of all that passes from the
first step to the last. What else the machine does lengthens both alike. It leaves out what calling a hook takes. It is
measured by the clock: to ask for the processor's own time may take longer than a hook does.

python -m benchmarks.coach.cost [--own]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import fathom.training.loop as loop
from benchmarks.comparison import Ask
from benchmarks.data import fashion_folders
from fathom.training.health.guard import Guard
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


class Counted(Watch):
    """Watches, and adds up the time that its hooks take."""

    own = whole = began = 0.0
    inside = False

    def attach(self) -> Counted:
        """Begin to count."""
        Counted.own, Counted.began = 0.0, time.monotonic()
        super().attach()
        return self

    def detach(self) -> None:
        """All is counted."""
        super().detach()
        Counted.whole = time.monotonic() - Counted.began

    def step(self, loss: Any) -> None:
        """See it, and count."""
        counted(super().step)(loss)


def counted(hook: Callable[..., Any]) -> Callable[..., Any]:
    """A hook whose time is added up; not that of hooks within hooks, which is part of it."""

    def run(*args: Any, **how: Any) -> Any:
        if Counted.inside:
            return hook(*args, **how)
        Counted.inside, began = True, time.monotonic()
        try:
            return hook(*args, **how)
        finally:
            Counted.own += time.monotonic() - began
            Counted.inside = False

    return run


def own_share(name: str) -> float:
    """Of the time of a training, what the hooks take: the median of five."""
    _, data, how = TRAININGS[name]
    plain, found = Guard.shield, []
    Guard.shield = lambda self, hook: counted(plain(self, hook))  # type: ignore[method-assign, assignment]
    try:
        with tempfile.TemporaryDirectory() as place:
            if data == "fashion":
                data, _ = fashion_folders(Ask(0, quick=False, folder=Path(place)))
            for i in range(6):
                seconds(data, how, Counted, Path(place) / str(i))
                found.append(Counted.own / Counted.whole)
    finally:
        Guard.shield = plain  # type: ignore[method-assign]
    return statistics.median(found[1:])


def seconds(data: str, asked: dict[str, Any], watch: type[Watch], folder: Path) -> float:
    """Of the epochs of one training, and of the watch behind them."""
    import fathom

    loop.Watch = watch  # type: ignore[misc, attr-defined]
    Timed.spent = 0.0
    run = fathom.train(data, out=folder, **asked)
    return sum(float(row["seconds"]) for row in run.history) + Timed.spent


TRAININGS: Mapping[str, tuple[int, str, dict[str, Any]]] = {
    "Fashion-MNIST, reference CNN, one epoch": (5, "fashion", {"net": "convnet", "epochs": 1}),
    "practice:digits, MLP, 20 epochs": (31, "practice:digits", {"net": "mlp", "epochs": 20}),
    "practice:breast-cancer, table MLP, 60 epochs": (31, "practice:breast-cancer", {"net": "mlp", "epochs": 60}),
}
"""Pairs, data and settings."""


def measure(name: str) -> None:
    """All pairs of one training, and keep what they took."""
    pairs, data, how = TRAININGS[name]
    with tempfile.TemporaryDirectory() as place:
        if data == "fashion":
            data, _ = fashion_folders(Ask(0, quick=False, folder=Path(place)))

        def took(kind: type[Watch]) -> float:
            return round(seconds(data, how, kind, Path(place) / f"{time.monotonic_ns()}"), 4)

        took(Timed)
        times = []
        for i in range(pairs):
            order = (Timed, Blind) if i % 2 else (Blind, Timed)
            both = {kind: took(kind) for kind in order}
            times.append([both[Timed], both[Blind]])
            print(name, i, times[-1], flush=True)
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    KEPT.write_text(json.dumps({**kept, name: times}) + "\n", "utf-8")


def main() -> None:
    """Measure, each training in a process of its own, as people have it; and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--own", action="store_true", help="what the hooks themselves take of the time")
    parser.add_argument("--only", default="", help="the trainings with this in their name")
    asked = parser.parse_args()
    if asked.own:
        for name in TRAININGS:
            if asked.only in name:
                print(f"{name}: {100 * own_share(name):.2f} %", flush=True)
        return
    if asked.only in TRAININGS:
        measure(asked.only)
        return
    for name in TRAININGS:
        if asked.only in name:
            subprocess.run([sys.executable, "-m", "benchmarks.coach.cost", "--only", name], check=True)
    print("\n".join(rows()))


def rows() -> list[str]:
    """A row for each training: the median of the pairs with the middle half of them, and the lower quartiles."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    told = ["| training | the checks cost | pairs | the middle half | the quick quarters |", "|---|---|---|---|---|"]
    for name, times in kept.items():
        low, middle, high = statistics.quantiles([watched / blind - 1 for watched, blind in times], n=4)
        watched, blind = (statistics.quantiles(one, n=4)[0] for one in zip(*times, strict=True))
        shares = [f"{100 * x:+.1f}" for x in (middle, low, high, watched / blind - 1)]
        told.append(f"| {name} | {shares[0]} % | {len(times)} | {shares[1]} … {shares[2]} % | {shares[3]} % |")
    return told if kept else []


if __name__ == "__main__":
    main()
