"""Is a training that is called unfinished one that had more to learn?

Short trainings on the sets and nets that thresholds are tuned on, each beside one of three times the epochs: what the
steps say (`unfinished`), what the epochs say (`still_improving`), and what the longer training gained on dev and test.

    python -m benchmarks.coach.lengths          a quarter of an hour, with two processes; it goes on where it was interrupted
    python -m benchmarks.coach.lengths --show   print what is kept
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import torch

from benchmarks.coach import data as sets
from benchmarks.coach import nets, together
from benchmarks.coach.training import Plan, Trained, train

KEPT = Path(__file__).parents[1] / "results" / "lengths.jsonl"
EPOCHS = (1, 2, 3, 4, 5)
RECIPES = (("adam", 1e-3, 32), ("sgd", 0.1, 32), ("adam", 3e-3, 128))
ENOUGH = 0.1
"""Share of its mistakes that a longer training must spare, for the short one to have been unfinished."""


def jobs() -> together.Jobs:
    """How each short training is tried, by its name."""
    return dict(trials(0))


def trials(seed: int) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Each of them."""
    for where, make in sets.TUNED_ON.items():
        data = make(seed)
        for net, build in nets.TUNED_ON.items():
            for optimizer, lr, batch in RECIPES:
                for annealed in (False, True):
                    for epochs in EPOCHS:
                        how = {"optimizer": optimizer, "lr": lr, "batch": batch, "annealed": annealed}
                        ends = "annealed" if annealed else "constant"
                        yield (
                            f"{where} | {net} | {optimizer} {lr:g} | {ends} | {epochs}",
                            lambda d=data, b=build, h=how, e=epochs: trial(d, b, h, e, seed),  # type: ignore[misc]
                        )


def trial(data: sets.Set, build: nets.Build, how: Mapping[str, Any], epochs: int, seed: int) -> dict[str, Any]:
    """What is said of a short training, and the mistakes of it and of one three times as long."""
    trained = []
    for times in (1, 3):
        torch.manual_seed(seed)
        net = build(data)
        trained.append(train(Plan(net, data.x, data.y, data, seed, epochs=times * epochs, most=10**6, **how)))
    return {"said": said(trained[0]), "short": wrong(trained[0]), "long": wrong(trained[1])}


def said(trained: Trained) -> list[str]:
    """Of the two names those that were said."""
    from fathom.diagnosis import diagnose

    names = [one.name for one in (*trained.health, *diagnose(trained.results, history=trained.history))]
    return [name for name in ("unfinished", "still_improving") if name in names]


def wrong(trained: Trained) -> float:
    """Share of dev and test that it got wrong."""
    held_out = trained.results.filter(pl.col("split") != "train")
    return float(held_out["stat_wrong"].sum() / held_out.height)


def rows(kept: list[dict[str, Any]]) -> list[str]:
    """Rows of Markdown: by what was said, how many trainings, and of how many a longer one spares a tenth of the mistakes."""
    table = ["| said | trainings | spared a tenth of the mistakes by three times the epochs |", "|---|---|---|"]
    for name, chosen in (
        ("by the steps: unfinished", [one for one in kept if "unfinished" in one["said"]]),
        ("by the epochs: still improving", [one for one in kept if "still_improving" in one["said"]]),
        ("nothing", [one for one in kept if not one["said"]]),
    ):
        gained = sum(one["long"] <= (1 - ENOUGH) * one["short"] for one in chosen)
        table.append(f"| {name} | {len(chosen)} | {gained} |")
    return table


def main() -> None:
    """Measure, keep, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--show", action="store_true", help="print what is kept, measure nothing")
    parser.add_argument("--workers", type=int, default=together.WORKERS, help="processes that share the trainings")
    asked = parser.parse_args()
    done = {one["key"] for one in measured()}
    todo = [key for key in jobs() if key not in done and not asked.show]
    for one in together.measured(jobs, (), todo, asked.workers):
        with KEPT.open("a", encoding="utf-8") as file:
            file.write(json.dumps(one) + "\n")
    print("\n".join(rows(measured())))


def measured() -> list[dict[str, Any]]:
    """What is kept."""
    return [json.loads(line) for line in KEPT.read_text("utf-8").splitlines()] if KEPT.exists() else []


if __name__ == "__main__":
    main()
