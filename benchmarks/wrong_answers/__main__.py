"""How well the course names mistakes: wrong answers that were written without knowledge of its list of mistakes.

python -m benchmarks.wrong_answers

Each answer (`*.toml` beside this file) is a function as a learner might write it, with one slip, and a sentence that
says what is wrong, written before it was checked. Who wrote them had seen questions, hints, lessons and solutions, but
neither the course's known mistakes nor how it recognizes them. Each is checked on a few seeds as `fathom learn check`
does it, in a process of its own; the functions of the exercise that an answer leaves out are those of the solution.

`results/wrong-answers.jsonl` keeps of each what the course told on each seed, and ``judged``: what a reader who compared
it with the truth said. A judgement is kept while what was told stays the same; where it changed it must be made anew.
The strictest of the seeds counts: passed before misnamed, misnamed before no name; ``named`` is named rightly on all.
"""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from fathom.learning.checking import verify
from fathom.learning.course import Exercise, find
from fathom.learning.sandbox import Sandbox

HERE = Path(__file__).parent
KEPT = HERE.parent / "results" / "wrong-answers.jsonl"
SEEDS = (1, 2, 3)
JUDGEMENTS = ("named", "no name", "misnamed", "passed", "right after all")
"""The last: the answer was not wrong; it is not counted."""


def answers() -> list[dict[str, str]]:
    """Part, exercise, truth and source of each."""
    found = []
    for path in sorted(HERE.glob("*.toml")):
        found += [{"part": path.stem, **one} for one in tomllib.loads(path.read_text("utf-8"))["answer"]]
    return found


def told(exercise: Exercise, source: str, folder: Path) -> list[dict[str, Any]]:
    """What the course says to an answer, once for each seed: whether it is rejected, by which name, in which words."""
    path = folder / exercise.file
    path.write_text(f"{exercise.solution}\n{source}", "utf-8")
    seen = []
    with Sandbox(path, exercise.seconds, exercise.libraries) as learner:
        for seed in SEEDS:
            failure = verify(exercise, learner, seed).failure
            one: dict[str, Any] = {"seed": seed, "rejected": failure is not None}
            if failure is not None:
                one |= {"property": failure.title, "says": failure.says, "name": failure.mistake, "why": failure.why}
            seen.append(one)
    return seen


def kept() -> list[dict[str, Any]]:
    """The records of the last run."""
    return [json.loads(line) for line in KEPT.read_text("utf-8").splitlines()] if KEPT.exists() else []


def counts(records: list[dict[str, Any]]) -> list[str]:
    """A row for each part and one for all: answers, rejected ones, and how they were judged."""
    rows = [f"{'part':16} answers  rejected  " + "  ".join(JUDGEMENTS[:-1]) + "  to be judged"]
    counted = [one for one in records if one["judged"] != JUDGEMENTS[-1]]
    for part in (*sorted({one["part"] for one in counted}), "all"):
        these = [one for one in counted if part in (one["part"], "all")]
        rejected = sum(all(seed["rejected"] for seed in one["told"]) for one in these)
        seen = Counter(one["judged"] for one in these)
        figures = "  ".join(f"{seen[word]:{len(word)}}" for word in (*JUDGEMENTS[:-1], ""))
        rows.append(f"{part:16} {len(these):7}  {rejected:8}  {figures}")
    return rows


def main() -> None:
    """Check all, and print the counts."""
    before = {(one["exercise"], one["truth"]): one for one in kept()}
    records = []
    with tempfile.TemporaryDirectory() as folder:
        for one in answers():
            seen = told(find(one["exercise"]), one["source"], Path(folder))
            old = before.get((one["exercise"], one["truth"]), {})
            judged = old.get("judged", "") if names(old.get("told", [])) == names(seen) else ""
            record = {key: one[key] for key in ("part", "exercise", "truth")} | {"told": seen, "judged": judged}
            records.append(record)
            print(one["exercise"], [name or "no name" for name in names(seen)], flush=True)
    KEPT.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), "utf-8")
    print("\n".join(counts(records)))


def names(seen: list[dict[str, Any]]) -> list[str]:
    """What was told on each seed, in short."""
    return [one["name"] if one["rejected"] else "passed" for one in seen]


if __name__ == "__main__":
    main()
