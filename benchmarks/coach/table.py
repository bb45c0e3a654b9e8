"""Plant, ask and count; what was counted is kept, so that an interrupted bench goes on where it stopped.

python -m benchmarks.coach.table            everything, by as many processes as there are cores
python -m benchmarks.coach.table --sample   the same table from fewer trainings: about ten minutes
python -m benchmarks.coach.table --again    the checks of today on what was measured on this machine: some minutes
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.coach import again, folders, healthy, nets, plants
from benchmarks.coach import data as sets
from benchmarks.coach.together import WORKERS, Entry, Jobs
from benchmarks.coach.together import measured as by_processes
from benchmarks.coach.training import Plan, Trained, train
from fathom.finding_kinds import Role, kind_of

KEPT = Path(__file__).parents[1] / "results" / "coach.jsonl"
Measure = Callable[[str, Callable[[], Plan]], Trained]


def looped(
    seeds: int, sample: bool, measure: Measure, tuned: bool = False
) -> Iterator[tuple[str, Callable[[], Entry]]]:
    """The faults of a training loop, on data and nets that no threshold has seen, or on the others."""
    for seed in range(seeds):
        for name, fault in plants.LOOPED.items():
            for where, make in (sets.TUNED_ON if tuned else sets.SCORED_ON).items():
                if where == "incomes" or (sample and where == "spoken"):
                    continue
                for net, build in (nets.TUNED_ON if tuned else nets.SCORED_ON).items():
                    key = f"{fault.number:02d} {name} | {where} | {net} | {seed}"
                    plan = partial(plan_of, fault, make, build, seed)
                    yield key, partial(loop_entry, fault, partial(measure, key, plan))


def plan_of(fault: plants.Fault, make: Callable[[int], sets.Set], build: nets.Build, seed: int) -> Plan:
    """A training with the fault."""
    return fault.plant(plants.usual(make(seed), build, seed), build)


def loop_entry(fault: plants.Fault, measure: Callable[[], Trained]) -> Entry:
    """Train with the fault, or take up what was measured of it, and see what is named."""
    from fathom.coaching.causes import ordered
    from fathom.diagnosis import diagnose

    trained = measure()
    found = ordered([*trained.health, *diagnose(trained.results, history=trained.history)])
    return entry([one.name for one in found], fault.names, trained.history[-1]["dev_metric"])


def entry(named: list[str], right: frozenset[str], error: float) -> Entry:
    """What was named, and the place of what is right among it."""
    told = list(dict.fromkeys(name for name in named if kind_of(name).role is not Role.NOTHING_WRONG))
    places = [i for i, name in enumerate(told) if name in right]
    return {"named": told[:6], "place": places[0] if places else None, "dev": error}


def folded(seeds: int, sample: bool) -> Iterator[tuple[str, Callable[[], Entry]]]:
    """The faults of data, through the whole of fathom."""
    for seed in range(seeds):
        for name, (number, _, right, plant) in folders.FOLDED.items():
            for where in ("fashion", "gaussians") if sample else ("fashion", "spoken", "gaussians"):
                for net in folders.NETS["table" if where == "gaussians" else "pictures"][: 1 if sample else 2]:
                    key = f"{number} {name} | {where} | {net} | {seed}"
                    yield key, lambda w=where, p=plant, n=net, r=right, s=seed: folder_entry(w, p, n, r, s)  # type: ignore[misc]


def folder_entry(where: str, plant: folders.Plant, net: str, right: frozenset[str], seed: int) -> Entry:
    """Plant it in a data set, and ask."""
    planted = plant(folders.laid(sets.SCORED_ON[where](seed)), np.random.default_rng(seed))
    return asked(planted, net, right, seed)


def floored(seeds: int, sample: bool) -> Iterator[tuple[str, Callable[[], Entry]]]:
    """Data on which nobody can do better, through the whole of fathom."""
    for seed in range(seeds):
        for where in folders.FLOORS:
            for net in folders.NETS["table"][: 1 if sample else 2]:
                yield (
                    f"20 at_floor | {where} | {net} | {seed}",
                    lambda w=where, n=net, s=seed: asked(folders.at_floor(w, s), n, frozenset({"at_floor"}), s),  # type: ignore[misc]
                )


def asked(planted: folders.Laid, net: str, right: frozenset[str], seed: int) -> Entry:
    """Write, train, and ask the coach for causes."""
    import fathom
    from fathom.coaching.causes import causes
    from fathom.coaching.run_context import context_of
    from fathom.progress import Watcher

    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()):
        told = folders.write(planted, Path(place))
        trained = fathom.train(**told, net=net, seed=seed, out=f"{place}/run")  # type: ignore[arg-type]
        trained.diagnose()
        found = causes(trained.folder, Watcher(), context_of(trained.folder))
        return entry([one.name for one in found], right, trained.figures["dev"].value)


def chosen_on_dev(seeds: int) -> Iterator[tuple[str, Callable[[], Entry]]]:
    """The best of 500 models on 100 dev examples."""
    for seed in range(seeds):
        for where in ("fashion", "spoken", "gaussians"):
            yield f"21 chosen_on_dev | {where} | linear | {seed}", lambda w=where, s=seed: chosen_entry(w, s)  # type: ignore[misc]


def chosen_entry(where: str, seed: int) -> Entry:
    """Many linear nets on few random columns; the one that dev likes best is judged."""
    from benchmarks.coach.training import table_of
    from fathom.coaching.causes import ordered
    from fathom.diagnosis import diagnose

    data, rng = sets.SCORED_ON[where](seed), np.random.default_rng(seed)
    x = data.x.reshape(len(data.y), -1)
    dev, best = data.dev[:100], (2.0, np.zeros((len(x), data.classes)))
    onehot = np.eye(data.classes)
    for _ in range(500):
        columns = rng.choice(x.shape[1], min(12, x.shape[1]), replace=False)
        rows = rng.choice(data.train, 120)
        weights, *_ = np.linalg.lstsq(np.c_[x[rows][:, columns], np.ones(120)], onehot[data.y[rows]], rcond=None)
        scores = np.c_[x[:, columns], np.ones(len(x))] @ weights
        error = float((scores[dev].argmax(1) != data.y[dev]).mean())
        best = (error, scores) if error < best[0] else best
    odds = np.exp(5 * best[1])
    frame = table_of(odds / odds.sum(1, keepdims=True), data.y, {"train": data.train, "dev": dev, "test": data.test})
    found = ordered(diagnose(frame))
    return entry([one.name for one in found], frozenset({"dev_overfitting"}), best[0])


def well(seeds: int, sample: bool, measure: Measure, tuned: bool = False) -> Iterator[tuple[str, Callable[[], Entry]]]:
    """Trainings in which nothing is wrong; anything that a health check says is a false alarm."""
    for i, (key, plan) in enumerate(healthy.plans(scored=not tuned, seeds=seeds)):
        if not sample or i % 4 == 0:
            yield f"00 healthy | {key}", lambda k=f"00 healthy | {key}", p=plan: well_entry(measure(k, p))  # type: ignore[misc]


def well_entry(trained: Trained) -> Entry:
    """Names of the checks that spoke."""
    return {"named": [one.name for one in trained.health], "place": None, "dev": trained.history[-1]["dev_metric"]}


def measured() -> dict[str, Entry]:
    """What is kept."""
    lines = KEPT.read_text("utf-8").splitlines() if KEPT.exists() else []
    return {one["key"]: one for one in map(json.loads, lines)}


def jobs(seeds: int, sample: bool, anew: bool) -> Jobs:
    """How each entry is measured, the dear ones first.

    Args:
        seeds: of each training.
        sample: fewer trainings, of which nothing is kept.
        anew: what was measured of a training of a loop is taken up where it was kept, and only judged anew.
    """

    def measure(key: str, plan: Callable[[], Plan]) -> Trained:
        trained = (again.kept(key) if anew else None) or train(plan())
        return trained if sample else again.keep(key, trained)

    return dict(
        [
            *folded(seeds, sample),
            *floored(seeds, sample),
            *looped(seeds, sample, measure),
            *chosen_on_dev(seeds),
            *well(seeds, sample, measure),
        ]
    )


def main() -> None:
    """Measure what is missing, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", action="store_true", help="fewer trainings, nothing kept")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="keys that contain this")
    parser.add_argument("--again", action="store_true", help="judge anew, where what was measured is still there")
    parser.add_argument("--show", action="store_true", help="print what is kept, measure nothing")
    parser.add_argument("--workers", type=int, default=WORKERS, help="processes that share the work")
    options = parser.parse_args()
    told = (1 if options.sample else options.seeds, options.sample, options.again)
    kept = {} if options.sample else measured()
    keys = [key for key in jobs(*told) if options.only in key and not options.show]
    todo = [key for key in keys if (again.is_kept(key) if options.again else key not in kept)]
    for done in by_processes(jobs, told, todo, options.workers):
        key = done["key"]
        if options.again:  # judging anew takes no time worth telling: what the training took stays
            took = kept.get(key, {}).get("seconds")
            done = {**{k: v for k, v in done.items() if k != "seconds"}, **({"seconds": took} if took else {})}
        kept[key] = done
        print(key, done["named"][:3], done["place"], flush=True)
        if not options.sample and not options.again:
            with KEPT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(done) + "\n")
    if options.again and not options.sample:
        KEPT.write_text("".join(json.dumps(one) + "\n" for one in kept.values()), "utf-8")
    print("\n".join(table(kept)))


def table(kept: dict[str, Entry]) -> list[str]:
    """Rows of Markdown: a line for each fault, the sums, and the false alarms."""
    faults: dict[str, list[Entry]] = {}
    for key, one in sorted(kept.items()):
        faults.setdefault(key.partition(" | ")[0], []).append(one)
    rows = ["| fault | trainings | named | first | in the first three |", "|---|---|---|---|---|"]
    sums = np.zeros(4)
    for name, entries in faults.items():
        if name == "00 healthy":
            continue
        places = [one["place"] for one in entries]
        counts = [
            len(places), sum(p is not None for p in places), sum(p == 0 for p in places),
            sum(p is not None and p < 3 for p in places),
        ]  # fmt: skip
        sums += counts
        rows.append(f"| {name.replace('_', ' ')} | " + " | ".join(map(str, counts)) + " |")
    if sums[0]:
        shares = " | ".join(f"{100 * x / sums[0]:.1f} %" for x in sums[1:])
        rows.append(f"| **all** | {int(sums[0])} | {shares} |")
    runs = faults.get("00 healthy", [])
    if runs:
        alarms = sum(bool(one["named"]) for one in runs)
        from fathom.diagnosis.intervals import wilson

        bound = wilson(alarms, len(runs)).high
        rows += ["", f"False alarms on healthy trainings: {alarms} of {len(runs)} (at most {100 * bound:.1f} %)."]
    if all("seconds" in one for one in kept.values()):
        minutes = sum(one["seconds"] for one in kept.values()) / 60
        rows += ["", f"It took {minutes:.0f} minutes of one processor; two or more share them."]
    return rows


if __name__ == "__main__":
    main()
