"""What does following the coach to its end bring? From the default of a task to where ``next --apply`` stops.

Each set is trained as the task does by itself, with its test split scored once; then the coach trains anew with what it
advises for as long as that surely helps on dev, and the run that it ends with is scored on test, too. The sets are
those of the promise; nothing looks at test in between.

python -m benchmarks.coach.applied [--only NAME] [--show]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.promise.sets import SETS

KEPT = Path(__file__).parents[1] / "results" / "applied.jsonl"
NAMES = ("digits", "white wine", "housing", "cats of the course", "surnames", "messages", "faces", "yes and no")
TRAINED, APPLIED = "90s", "150s"
"""The budget of the first training of nets that take long, and that of the coach."""


def measured(name: str) -> dict[str, Any]:
    """Train, score, apply, score again."""
    from benchmarks.quality import fathom
    from fathom.coaching.apply_advice import apply
    from fathom.progress import Watcher
    from fathom.runs.folder import RunFolder

    one = SETS[name]
    arguments = list(one.arguments)
    if "--budget" in arguments:
        arguments[arguments.index("--budget") + 1] = TRAINED
    with tempfile.TemporaryDirectory() as place:
        data, out = Path(place) / "set", Path(place) / "run"
        data.mkdir()
        fathom("train", one.make(data, 0), *arguments, "--out", str(out))
        began = time.monotonic()
        done = apply(RunFolder.open(out), float(APPLIED.removesuffix("s")), Watcher())
        seconds = time.monotonic() - began
        runs = [out, done.best.path] if done.best.path != out else [out]
        for run in runs:
            fathom("test", str(run))
        return {
            "steps": len(done.runs) - 1,
            "ended": done.ended.replace(place, ""),
            "seconds": round(seconds, 1),
            "test": [_figure(run) for run in runs],
        }


def _figure(run: Path) -> dict[str, Any]:
    found = json.loads((run / "figures.json").read_text(encoding="utf-8"))["splits"]["test"]
    return {name: found[name] for name in ("value", "low", "high")}


def kept() -> dict[str, dict[str, Any]]:
    """What was measured."""
    lines = KEPT.read_text("utf-8").splitlines() if KEPT.exists() else []
    return {one["key"]: one for one in map(json.loads, lines)}


def rows(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A table in Markdown; below is better."""
    yield "| set | the default, on test | where the coach ended | trainings that it made | why it ended |"
    yield "|---|---|---|---|---|"
    for name, one in found.items():
        before, *after = [f"{x['value']:.4g} ({x['low']:.4g} to {x['high']:.4g})" for x in one["test"]]
        yield f"| {name} | {before} | {after[0] if after else 'the same'} | {one['steps']} | {one['ended']} |"


def main() -> None:
    """Measure what is missing, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="sets whose name contains this")
    parser.add_argument("--show", action="store_true", help="print what is kept, measure nothing")
    asked = parser.parse_args()
    for name in NAMES:
        if name in kept() or asked.only not in name or asked.show:
            continue
        one = {"key": name, **measured(name)}
        with KEPT.open("a", encoding="utf-8") as file:
            file.write(json.dumps(one) + "\n")
        print(one, flush=True)
    print("\n".join(rows(kept())))


if __name__ == "__main__":
    main()
