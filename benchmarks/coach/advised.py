"""Does following the first advice lower the error on test, which nothing has looked at? And does random advice?

Each case is a run with one fault. The coach is asked; its first advice is followed, and so are four remedies that are
drawn at random, each by trainings on the same three new seeds, beside unchanged ones. What is compared is the mean error
on test. Random is what one advises who knows the remedies and has not looked at the run: drawn from all that can be
tried there, whatever was found, by trainings that are as long. Where the coach names no remedy, nothing is followed, and
the case counts as silent. More data is followed too: practice data is drawn by a generator, which is asked for twice as
much; where there is no more, the error stays, and it counts as not lowered.

    python -m benchmarks.coach.advised            every case
    python -m benchmarks.coach.advised --only lr  these
    python -m benchmarks.coach.advised --budget 90 --drawn 0   with little time, and nothing at random
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.coach import data as sets
from benchmarks.coach import folders, together
from fathom.data.source import resolve

if TYPE_CHECKING:
    from torch import nn

    from fathom.coaching.remedy import Remedy
    from fathom.coaching.run_context import Change, RunContext
    from fathom.records import Source
    from fathom.runs.prepare import Prepared

RESULTS = Path(__file__).parents[1] / "results"
BUDGET = 240.0
"""Seconds that are usual; what was measured with others is kept apart."""
SEEDS = (501, 502, 503)
LAID = 900
"""Training examples of a data set in which a fault is planted."""
DRAWN = 4
"""Remedies that are drawn at random for each case."""


@dataclass(frozen=True)
class Wrong:
    """A run with a fault: the data, how it is trained, and what is planted in a data set of the table."""

    data: str
    settings: Mapping[str, Any]
    plant: folders.Plant | None = None

    def told(self, place: Path) -> dict[str, Any]:
        """What `fathom.train` is told; what is planted is written there."""
        return {**(self.written(place, LAID) or {"data": self.data}), **self.settings}

    def written(self, place: Path, train: int) -> dict[str, str] | None:
        """Where a data set with so many training examples and the fault lies now; None if nothing is planted."""
        if self.plant is None:
            return None
        return folders.write(
            self.plant(folders.laid(sets.SCORED_ON[self.data](0), train), np.random.default_rng(0)), place
        )

    def larger(self, source: Source, place: Path) -> Source | None:
        """Where about twice the examples are; None where there are no more."""
        told = self.written(place, 2 * LAID)
        if told is not None:
            return replace(source, text=told["data"], path=Path(told["data"]), dev=None, test=None)
        name, _, asked = self.data.partition("?")
        parameters = dict(pair.split("=") for pair in asked.split("&")) if asked else {}
        most = MOST.get(name)
        if most is None:
            return None
        n = min(2 * int(parameters.get("n", most)), most)
        text = name + "?" + "&".join(f"{k}={v}" for k, v in {**parameters, "n": n}.items())
        return replace(source, text=text, path=resolve(text).path)


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
    "rare classes, fashion": Wrong("fashion", {"net": "mlp"}, folders.imbalanced),
    "rare classes, clouds": Wrong("gaussians", {"net": "mlp"}, folders.imbalanced),
    "dev of another kind, fashion": Wrong("fashion", {"net": "mlp"}, folders.mismatched),
    "dev of another kind, clouds": Wrong("gaussians", {"net": "mlp"}, folders.mismatched),
    "lr low, fashion": Wrong("fashion", {"net": "mlp", "lr": 1e-5, "epochs": 12}, folders.untouched),
    "lr high, fashion": Wrong("fashion", {"net": "mlp", "lr": 0.3, "epochs": 12}, folders.untouched),
    "too few epochs, fashion": Wrong("fashion", {"net": "mlp", "lr": 3e-4, "epochs": 2}, folders.untouched),
    "too small, fashion": Wrong("fashion", {"net": "mlp", "epochs": 12, "hidden": (3,)}, folders.untouched),
    "held down, fashion": Wrong("fashion", {"net": "mlp", "epochs": 12, "weight_decay": 20.0}, folders.untouched),
    "wrong labels, fashion": Wrong("fashion", {"net": "mlp", "epochs": 30}, folders.noisy_train),
    "lr low, clouds": Wrong("gaussians", {"net": "mlp", "lr": 1e-5, "epochs": 12}, folders.untouched),
    "lr high, clouds": Wrong("gaussians", {"net": "mlp", "lr": 0.3, "epochs": 12}, folders.untouched),
    "too few epochs, clouds": Wrong("gaussians", {"net": "mlp", "lr": 3e-4, "epochs": 2}, folders.untouched),
    "too small, clouds": Wrong("gaussians", {"net": "mlp", "epochs": 12, "hidden": (3,)}, folders.untouched),
    "held down, clouds": Wrong("gaussians", {"net": "mlp", "epochs": 12, "weight_decay": 20.0}, folders.untouched),
    "lr low, spectrograms": Wrong("spoken", {"net": "mlp", "lr": 1e-5, "epochs": 12}, folders.untouched),
    "lr high, spectrograms": Wrong("spoken", {"net": "mlp", "lr": 0.3, "epochs": 12}, folders.untouched),
    "too few epochs, spectrograms": Wrong("spoken", {"net": "mlp", "lr": 3e-4, "epochs": 2}, folders.untouched),
    "too small, spectrograms": Wrong("spoken", {"net": "mlp", "epochs": 12, "hidden": (3,)}, folders.untouched),
    "held down, spectrograms": Wrong("spoken", {"net": "mlp", "epochs": 12, "weight_decay": 20.0}, folders.untouched),
    "lr low, incomes": Wrong("incomes", {"net": "mlp", "lr": 1e-5, "epochs": 8}, folders.untouched),
    "too few epochs, incomes": Wrong("incomes", {"net": "mlp", "lr": 3e-4, "epochs": 1}, folders.untouched),
    "held down, incomes": Wrong("incomes", {"net": "mlp", "epochs": 8, "weight_decay": 20.0}, folders.untouched),
    "lr low, names": Wrong("practice:names?n=1500", {"net": "average", "lr": 1e-5, "epochs": 6}),
    "too few epochs, names": Wrong("practice:names?n=1500", {"net": "average", "lr": 3e-4, "epochs": 1}),
    "few examples, moods": Wrong("practice:moods?n=200", {"net": "cnn", "epochs": 10}),
    "few examples, names": Wrong("practice:names?n=300", {"net": "cnn", "epochs": 10}),
}


def measured(key: str, wrong: Wrong, budget: float, drawn_count: int) -> dict[str, Any]:
    """Train, ask, follow, and follow something at random."""
    import fathom
    from fathom.coaching.advice import advise
    from fathom.coaching.remedies import available_remedies
    from fathom.coaching.run_context import context_of
    from fathom.progress import Watcher

    with tempfile.TemporaryDirectory() as place:
        run = fathom.train(**wrong.told(Path(place) / "data"), out=f"{place}/run", seed=3)
        case = context_of(run.folder)
        advice = advise(case, budget, Watcher())
        known = {remedy.name: remedy for remedy in available_remedies()}
        unchanged = tested(case, None, wrong)
        reached = reached_by(case)
        step = advice.first or advice.likely
        followed = tested(case, known[step.name].probe(case), wrong) if step else None
        drawn = {
            name: tested(case, change, wrong)
            for name, change in at_random(case, list(known.values()), key, drawn_count)
        }
    gain = step.gain.interval if step and step.gain else None
    return {
        "findings": sorted(case.findings),
        "first": step.name if step else None,
        "unchanged": unchanged,
        "reached": reached,
        "followed": followed,
        "drawn": drawn,
        "promised": None if gain is None else [gain.low, gain.value, gain.high],
        "beside_run": bool(step and step.gain and step.gain.beside_run),
        "share": advice.share,
        "sure": advice.first is not None,
        "asked": round(advice.seconds, 1),
    }


def at_random(case: RunContext, known: Sequence[Remedy], key: str, count: int) -> list[tuple[str, Change]]:
    """Some of the remedies that can be tried, as they are where nothing is known of the run."""
    nothing = replace(case.decomposition, kind=None)
    unread = replace(case, findings=frozenset(), decomposition=nothing)
    possible = [(one.name, change) for one in known if (change := one.probe(unread)) is not None]
    chosen = np.random.default_rng(list(key.encode())).permutation(len(possible))[:count]
    return [possible[i] for i in sorted(chosen)]


def jobs(budget: float, drawn: int) -> together.Jobs:
    """How each case is measured."""
    return {key: partial(measured, key, wrong, budget, drawn) for key, wrong in CASES.items()}


def tested(case: RunContext, change: Any, wrong: Wrong) -> list[float]:
    """The error on test of full trainings with a change, one for each seed."""
    from fathom.coaching.probe import data_of
    from fathom.coaching.run_context import Change
    from fathom.progress import Watcher
    from fathom.runs import prepare
    from fathom.runs.load import build_net
    from fathom.runs.training_without_run import fit_without_run

    change = change or Change()
    if change.part < 1:
        case, change = with_more(case, wrong), Change()
    figures = []
    for seed in SEEDS:
        _, examples, splits = data_of(case, change)
        settings = prepare.resolve(case.reader, examples.of(splits.ids("train")), case.settings_with(change, seed))
        prepared = prepare.fitted(case.reader, settings, examples, splits, Watcher())
        net = build_net(prepared.task)
        fit_without_run(net, prepared, Watcher())
        figures.append(missed_of(net, prepared))
    return figures


def reached_by(case: RunContext) -> float:
    """The error on test of the net of the run itself."""
    from fathom.progress import Watcher
    from fathom.runs import prepare
    from fathom.runs.load import load_net

    prepared = prepare.fitted(case.reader, case.settings, case.examples, case.splits, Watcher())
    return missed_of(load_net(case.run, prepared.task), prepared)


def missed_of(net: nn.Module, prepared: Prepared) -> float:
    """The error of a net on test."""
    from fathom.progress import Watcher
    from fathom.runs.split_evaluation import outcome_of

    outcome = outcome_of(net, prepared, "test", Watcher())
    missed = [p.value != e.target for p, e in zip(outcome.predictions, prepared.of("test"), strict=True)]
    return float(np.mean(missed))


def with_more(case: RunContext, wrong: Wrong) -> RunContext:
    """The case with twice the training examples, of which the new ones are drawn anew; as it is where there are none."""
    from fathom.runs import prepare

    source = wrong.larger(case.source, case.run.path.parent / "more")
    if source is None:
        return case
    larger = prepare.read(case.task, source)
    known = {mark(e) for e in case.examples.items}
    new = [replace(e, id=f"more/{e.id}") for e in larger.items if mark(e) not in known][: len(case.of("train"))]
    examples = replace(case.examples, items=(*case.examples.items, *new))
    splits = replace(case.splits, of={**case.splits.of, **{e.id: "train" for e in new}})
    return replace(case, examples=examples, splits=splits)


MOST = {"practice:digits": 1797, "practice:moods": 6000, "practice:cats": 5000}
"""Examples that there are, or of cats, which are drawn, that it takes."""


def mark(example: Any) -> str:
    """What is the same of two examples that are the same, whatever their labels."""
    told = str(example.input)
    try:
        data = Path(told).read_bytes()
    except (OSError, ValueError):  # a row or a text
        data = told.encode()
    return hashlib.blake2b(data).hexdigest()


def rows(kept: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A table in Markdown."""
    yield "| case | unchanged | first advice | error then | at random, and error then |"
    yield "|---|---|---|---|---|"
    for key, one in kept.items():
        drawn = ", ".join(f"{name} {percent(errors)}" for name, errors in one["drawn"].items())
        then = "–" if one["followed"] is None else percent(one["followed"])
        yield f"| {key} | {percent(one['unchanged'])} | {one['first'] or 'silent'} | {then} | {drawn} |"
    named = [one for one in kept.values() if one["followed"] is not None]
    falls = [np.mean(one["unchanged"]) - np.mean(one["followed"]) for one in named]
    pairs = [
        (one["promised"], promised_of(one, fall)) for one, fall in zip(named, falls, strict=True) if one["promised"]
    ]
    covered = [promised[0] <= fall <= promised[2] for promised, fall in pairs]
    tries = [(one, errors) for one in kept.values() for errors in one["drawn"].values()]
    helped = sum(np.mean(errors) < np.mean(one["unchanged"]) for one, errors in tries)
    beside = [(one["followed"], errors) for one in named for errors in one["drawn"].values()]
    yield ""
    yield (
        f"Of {len(kept)} cases the coach named a remedy in {len(named)}; following it lowered the error on test in "
        f"{sum(fall > 0 for fall in falls)} of {len(named)}, following one at random in {helped} of {len(tries)} "
        f"({100 * helped / max(1, len(tries)):.0f} %). Where it named one, that left less error than one at random in "
        f"{sum(np.mean(a) < np.mean(b) for a, b in beside)} of {len(beside)}, and more in "
        f"{sum(np.mean(a) > np.mean(b) for a, b in beside)}. The interval of the promised gain covered the gain on test "
        f"in {sum(covered)} of {len(covered)}. Over all cases the error was {left(kept, 'unchanged')}, with the first "
        f"advice {left(kept, 'followed')}, where it was silent as before, and with a remedy at random "
        f"{left(kept, 'drawn')}."
    )


def promised_of(one: Mapping[str, Any], fall: float) -> float:
    """The gain that a promise is about: beside the finished run where it says so, and else beside trainings unchanged."""
    return one["reached"] - float(np.mean(one["followed"])) if one.get("beside_run") else fall


def percent(errors: Sequence[float]) -> str:
    """Their mean."""
    return f"{100 * float(np.mean(errors)):.1f} %"


def left(kept: Mapping[str, Mapping[str, Any]], what: str) -> str:
    """The mean error over the cases; the unchanged one where there was nothing to follow."""

    def of(one: Mapping[str, Any]) -> float:
        told = one[what] or one["unchanged"]
        return float(np.mean(list(told.values()) if isinstance(told, dict) else told))

    return percent([of(one) for one in kept.values()])


def place_of(budget: float) -> Path:
    """Where what was measured with so many seconds is kept."""
    return RESULTS / ("advised.jsonl" if budget == BUDGET else f"advised-{budget:.0f}s.jsonl")


def measured_cases(place: Path) -> dict[str, dict[str, Any]]:
    """What is kept."""
    lines = place.read_text("utf-8").splitlines() if place.exists() else []
    return {one["key"]: one for one in map(json.loads, lines)}


def main() -> None:
    """Measure what is missing, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds for the probes of each case")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--drawn", type=int, default=DRAWN, help="remedies that are drawn at random for each case")
    parser.add_argument("--workers", type=int, default=together.WORKERS, help="processes that share the cases")
    parser.add_argument("--show", action="store_true", help="print what is kept, measure nothing")
    asked = parser.parse_args()
    place = place_of(asked.budget)
    kept = measured_cases(place)
    todo = [key for key in CASES if key not in kept and asked.only in key and not asked.show]
    for done in together.measured(jobs, (asked.budget, asked.drawn), todo, asked.workers):
        key = done["key"]
        kept[key] = done
        with place.open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept[key]) + "\n")
        print(key, kept[key]["first"], kept[key]["unchanged"], kept[key]["followed"], flush=True)
    print("\n".join(rows(kept)))


if __name__ == "__main__":
    main()
