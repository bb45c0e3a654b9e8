"""Ask the coach about every program, count, print the table, and keep what was said.

python -m benchmarks.coach.reports [--set first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|all] [--seeds N] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch

import fathom
from benchmarks.coach.reports import programs, score
from benchmarks.coach.reports.common import FAULTY, HEALTHY, Faulty, Healthy, Watch

SETS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
KEPT = Path(__file__).parents[2] / "results" / "reports.jsonl"
UNSEEN = KEPT.with_name("reports-unseen.jsonl")
"""What was said of a set before any check was written with its programs in view."""


def asked(run: Callable[[Watch], float], seed: int) -> dict[str, Any]:
    """Run a program under the watch.

    Args:
        run: trains under the watch that it is given, and returns its dev result.
        seed: of torch's generator.

    Returns:
        What was said, the dev result (none if it is no number) and the seconds.
    """
    seen: list[Any] = []

    @contextlib.contextmanager
    def watch(*args: Any, **how: bool) -> Iterator[Any]:
        with fathom.watch(*args, **how) as health:
            seen.append(health)
            yield health

    torch.manual_seed(seed)
    start = time.perf_counter()
    dev = run(watch)
    said = [{"name": f.name, "title": f.title, "advice": f.advice or ""} for health in seen for f in health.findings]
    return {
        "said": said,
        "dev": round(dev, 4) if math.isfinite(dev) else None,
        "seconds": round(time.perf_counter() - start, 1),
    }


def sick_record(p: Faulty, seed: int) -> dict[str, Any]:
    """A faulty program, asked and judged."""
    found = asked(partial(p.run, seed, True), seed)
    said = [score.Said(**s) for s in found["said"]]
    judged = {
        "verdict": score.verdict(p.accept, p.symptom, said),
        "misled": score.misled(p.accept, p.symptom, said),
    }
    named = {"program": p.name, "set": "faulty", "of": p.set, "kind": p.kind, "visible": p.visible, "seed": seed}
    return {**named, **judged, **found}


def well_record(p: Faulty | Healthy, origin: str, run: Callable[[Watch], float], seed: int) -> dict[str, Any]:
    """A healthy program, asked and judged."""
    found = asked(run, seed)
    alarm = score.alarm(score.Said(**s) for s in found["said"])
    return {"program": p.name, "set": origin, "of": p.set, "kind": p.kind, "seed": seed, "alarm": alarm, **found}


def records(seeds: int, sets: tuple[str, ...], only: list[str]) -> Iterator[dict[str, Any]]:
    """One record per program and seed: the faulty ones, their twins, the unusual healthy ones."""
    for seed in range(seeds):
        for p in FAULTY.values():
            if p.set in sets and (not only or p.name in only):
                yield sick_record(p, seed)
                yield well_record(p, "twin", partial(p.run, seed, False), seed)
        for h in HEALTHY.values():
            if h.set in sets and (not only or h.name in only):
                yield well_record(h, "healthy", partial(h.run, seed), seed)


def line(record: dict[str, Any]) -> str:
    """A record in a line."""
    first = record["said"][0]["title"] if record["said"] else "nothing"
    judged = record.get("verdict") or record["alarm"]
    return f"{record['set']:8} {record['program']:28} {judged:11} {record['seconds']:5.1f} s  {first}"


def table(kept: list[dict[str, Any]]) -> str:
    """What the records come to."""
    sick = [r for r in kept if r["set"] == "faulty"]
    rows = []
    for title, part in (
        ("visible", [r for r in sick if r["visible"]]),
        ("not visible", [r for r in sick if not r["visible"]]),
    ):
        n = Counter(r["verdict"] for r in part)
        rows.append(
            f"faulty, {title}: {len(part)}: named first {n['first']}, named anywhere {n['first'] + n['later']}, "
            f"first misleading {sum(r['misled'] for r in part)}, only a symptom {n['symptom']}, silent {n['silent']}"
        )
    for origin in ("twin", "healthy"):
        part = [r for r in kept if r["set"] == origin]
        n = Counter(r["alarm"] for r in part)
        who = ", ".join(sorted({r["program"] for r in part if r["alarm"] == "alarm"}))
        rows.append(
            f"{origin}: {len(part)}: false alarms {n['alarm']}, unfinished {n['unfinished']}, nothing {n['none']}: {who}"
        )
    return "\n".join(rows)


def rows() -> list[str]:
    """What was said of each set when it was unseen, in Markdown; nothing where there is none."""
    lines = UNSEEN.read_text("utf-8").splitlines() if UNSEEN.exists() else []
    kept, found = [json.loads(line) for line in lines], []
    for one in sorted({r["of"] for r in kept}, key=SETS.index):
        told = table([r for r in kept if r["of"] == one]).splitlines()
        found += [f"The {one} set:", "", *(f"- {said}" for said in told), ""]
    return found


def others(sets: tuple[str, ...]) -> list[dict[str, Any]]:
    """The kept records of the sets that were not run; those that name no set are of the first."""
    lines = KEPT.read_text().splitlines() if KEPT.exists() else []
    return [r for r in map(json.loads, lines) if r.get("of", "first") not in sets]


def main() -> None:
    """Run, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coach.reports")
    parser.add_argument("--set", choices=(*SETS, "all"), default="first")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    programs.load()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    sets = SETS if args.set == "all" else (args.set,)
    kept = []
    for record in records(args.seeds, sets, args.only):
        kept.append(record)
        print(line(record), flush=True)
    for one in sets:
        print(f"{one} set\n{table([r for r in kept if r['of'] == one])}")
    if not args.only:
        kept = others(sets) + kept
        KEPT.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in kept))


if __name__ == "__main__":
    main()
