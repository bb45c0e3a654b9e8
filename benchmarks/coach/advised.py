"""Does following the first advice lower the error on test, which nothing has looked at? And does random advice?

Each case is a run with one fault. The coach is asked; its first advice is followed, and so is a remedy that is drawn at
random from those that it probed, each by trainings on the same three new seeds, beside unchanged ones. What is compared
is the mean error on test. Where the coach names no remedy, nothing is followed, and the case counts as silent. More data
is followed too: practice data is drawn by a generator, which is asked for twice as much; where there is no more, the
error stays, and it counts as not lowered.

    python -m benchmarks.coach.advised            every case
    python -m benchmarks.coach.advised --only lr  these
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.coach import together

if TYPE_CHECKING:
    from fathom.coaching.case import Case

KEPT = Path(__file__).parents[1] / "results" / "advised.jsonl"
SEEDS = (501, 502, 503)


@dataclass(frozen=True)
class Wrong:
    """A run with a fault: the data, and how it is trained."""

    data: str
    settings: Mapping[str, Any]


CASES: Mapping[str, Wrong] = {
    "lr low, digits": Wrong("practice:digits?n=900", {"net": "mlp", "lr": 1e-5, "epochs": 15}),
    "lr low, tumours": Wrong("practice:breast-cancer", {"net": "mlp", "lr": 1e-5, "epochs": 15}),
    "lr high, digits": Wrong("practice:digits?n=900", {"net": "mlp", "lr": 0.3, "epochs": 15}),
    "lr high, moods": Wrong("practice:moods", {"net": "cnn", "lr": 0.3, "epochs": 5}),
    "too few epochs, digits": Wrong("practice:digits?n=900", {"net": "mlp", "lr": 3e-4, "epochs": 2}),
    "too few epochs, tumours": Wrong("practice:breast-cancer", {"net": "mlp", "lr": 3e-4, "epochs": 2}),
    "too small, digits": Wrong("practice:digits?n=900", {"net": "mlp", "epochs": 15, "hidden": (3,)}),
    "too small, moods": Wrong("practice:moods", {"net": "average", "width": 1, "epochs": 6}),
    "held down, digits": Wrong("practice:digits?n=900", {"net": "mlp", "epochs": 15, "weight_decay": 20.0}),
    "held down, moods": Wrong("practice:moods", {"net": "average", "dropout": 0.97, "epochs": 6}),
    "few examples, digits": Wrong("practice:digits?n=150", {"net": "mlp", "epochs": 40}),
    "few examples, cats": Wrong("practice:cats?n=200", {"net": "mlp", "epochs": 20}),
    "wrong labels, digits": Wrong("practice:digits?n=900&label_noise=0.2", {"net": "convnet", "epochs": 25}),
    "wrong labels, cats": Wrong("practice:cats?n=300&label_noise=0.2", {"net": "convnet", "epochs": 15}),
}


def measured(wrong: Wrong, budget: float) -> dict[str, Any]:
    """Train, ask, follow, and follow something at random."""
    import fathom
    from fathom.coaching.advice import advise
    from fathom.coaching.case import case_of
    from fathom.coaching.remedy import remedies
    from fathom.training.loop import Watcher

    with tempfile.TemporaryDirectory() as place:
        run = fathom.train(wrong.data, out=f"{place}/run", seed=3, **wrong.settings)
        case = case_of(run.folder)
        advice = advise(case, budget, Watcher())
        known = {remedy.name: remedy for remedy in remedies()}
        first = advice.first
        tried = [step.name for step in advice.steps]
        chosen = str(np.random.default_rng(len(wrong.data)).choice(tried)) if tried else None
        unchanged = tested(case, None)
        followed = tested(case, known[first.name].probe(case)) if first else None
        drawn = tested(case, known[chosen].probe(case)) if chosen else None
    gain = first.gain.interval if first and first.gain else None
    return {
        "findings": sorted(case.findings),
        "first": first.name if first else None,
        "random": chosen,
        "unchanged": unchanged,
        "followed": followed,
        "drawn": drawn,
        "promised": None if gain is None else [gain.low, gain.value, gain.high],
        "share": advice.share,
        "asked": round(advice.seconds, 1),
    }


def jobs(budget: float) -> together.Jobs:
    """How each case is measured."""
    return {key: partial(measured, wrong, budget) for key, wrong in CASES.items()}


def tested(case: Case, change: Any) -> list[float]:
    """The error on test of full trainings with a change, one for each seed."""
    from fathom.coaching.case import Change
    from fathom.coaching.probing import data_of
    from fathom.runs import prepare
    from fathom.runs.load import build_net
    from fathom.runs.outcomes import fit_apart, outcome_of
    from fathom.training.loop import Watcher

    change = change or Change()
    if change.part < 1:
        case, change = with_more(case), Change()
    figures = []
    for seed in SEEDS:
        _, examples, splits = data_of(case, change)
        task = case.reader.like(case.changed(change, seed))
        train = tuple(examples.of(splits.ids("train")))
        prepare.resolve(task, train)
        task.fit(train)
        prepared = prepare.encode(task, examples, splits, Watcher())
        net = build_net(task)
        fit_apart(net, task, prepared, Watcher())
        outcome = outcome_of(net, task, prepared, "test", Watcher())
        wrong = [p.value != e.target for p, e in zip(outcome.predictions, prepared.of("test"), strict=True)]
        figures.append(float(np.mean(wrong)))
    return figures


def with_more(case: Case) -> Case:
    """The case with twice the training examples, of which the new ones are drawn anew; as it is where there are none."""
    from fathom.data import source as sources
    from fathom.errors import UserError
    from fathom.runs import prepare

    name, _, asked = case.source.text.partition("?")
    parameters = dict(pair.split("=") for pair in asked.split("&")) if asked else {}
    wanted = int(parameters.get("n", len(case.examples.items)))
    larger: Any = None
    for n in (2 * wanted, *MOST.values()):
        text = name + "?" + "&".join(f"{k}={v}" for k, v in {**parameters, "n": n}.items())
        try:
            larger = prepare.read(case.task, replace(case.source, text=text, path=sources.resolve(text).path))
            break
        except UserError:
            continue
    if larger is None:
        return case
    known = {mark(e) for e in case.examples.items}
    new = [replace(e, id=f"more/{e.id}") for e in larger.items if mark(e) not in known][: len(case.of("train"))]
    examples = replace(case.examples, items=(*case.examples.items, *new))
    splits = replace(case.splits, of={**case.splits.of, **{e.id: "train" for e in new}})
    return replace(case, examples=examples, splits=splits)


MOST = {"practice:digits": 1797, "practice:moods": 6000}
"""Examples that there are."""


def mark(example: Any) -> str:
    """What is the same of two examples that are the same, whatever their labels."""
    path = Path(str(example.input))
    data = path.read_bytes() if len(str(path)) < 4096 and path.is_file() else str(example.input).encode()
    return hashlib.blake2b(data).hexdigest()


def rows(kept: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A table in Markdown."""
    yield "| case | unchanged | first advice | error then | at random | error then |"
    yield "|---|---|---|---|---|---|"
    better, worse_random, n, named, covered = 0, 0, 0, 0, 0
    for key, one in kept.items():
        then = "–" if one["followed"] is None else f"{100 * np.mean(one['followed']):.1f} %"
        drawn = "–" if one["drawn"] is None else f"{100 * np.mean(one['drawn']):.1f} %"
        n += 1
        if one["followed"] is not None:
            named += 1
            fall = np.mean(one["unchanged"]) - np.mean(one["followed"])
            better += fall > 0
            covered += one["promised"][0] <= fall <= one["promised"][2]
        if one["drawn"] is not None:
            worse_random += np.mean(one["drawn"]) < np.mean(one["unchanged"])
        yield (
            f"| {key} | {100 * np.mean(one['unchanged']):.1f} % | {one['first'] or 'silent'} | {then} "
            f"| {one['random'] or '–'} | {drawn} |"
        )
    yield ""
    yield (
        f"Of {n} cases the coach named a remedy in {named}; following it lowered the error on test in {better} of "
        f"{named}, following one at random in {worse_random} of {n}. The interval of the promised gain covered the gain "
        f"on test in {covered} of {named}. Over all cases the error was {left(kept, 'unchanged')}, with the first advice "
        f"{left(kept, 'followed')}, where it was silent as before, and with a remedy at random {left(kept, 'drawn')}."
    )


def left(kept: Mapping[str, Mapping[str, Any]], what: str) -> str:
    """The mean error over the cases; the unchanged one where there was nothing to follow."""
    errors = [np.mean(one["unchanged"] if one[what] is None else one[what]) for one in kept.values()]
    return f"{100 * float(np.mean(errors)):.1f} %"


def measured_cases() -> dict[str, dict[str, Any]]:
    """What is kept."""
    lines = KEPT.read_text("utf-8").splitlines() if KEPT.exists() else []
    return {one["key"]: one for one in map(json.loads, lines)}


def main() -> None:
    """Measure what is missing, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--budget", type=float, default=240.0, help="seconds for the probes of each case")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--workers", type=int, default=together.WORKERS, help="processes that share the cases")
    parser.add_argument("--show", action="store_true", help="print what is kept, measure nothing")
    asked = parser.parse_args()
    kept = measured_cases()
    todo = [key for key in CASES if key not in kept and asked.only in key and not asked.show]
    for done in together.measured(jobs, (asked.budget,), todo, asked.workers):
        key = done["key"]
        kept[key] = done
        with KEPT.open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept[key]) + "\n")
        print(key, kept[key]["first"], kept[key]["unchanged"], kept[key]["followed"], flush=True)
    print("\n".join(rows(kept)))


if __name__ == "__main__":
    main()
