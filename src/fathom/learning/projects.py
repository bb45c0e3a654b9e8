"""The five projects at the ends of the parts: what is to be done, and a check of what was reached.

    cats            a net of one's own, in NumPy, that beats logistic regression on cats
    sick-runs       six trainings with a fault each, drawn for each learner, to be named and repaired
    flight          three scenarios of the simulator, flown well
    own-pictures    a net on one's own photos that beats its baseline, tested once
    own-sequences   the same for text, speech or music

Each check measures: nothing is compared with an answer key but the names of the faults that were drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fathom.errors import UserError
from fathom.learning import faulty_runs
from fathom.learning.child import Seed
from fathom.learning.result_cache import FOLDER, ResultCache
from fathom.learning.sandbox import Broken, Sandbox
from fathom.learning.workspace import Workspace, _write

SEEDS = 3
PICTURES = ("image-classification", "image-regression", "detection", "segmentation", "multi-label", "verification")
SEQUENCES = (
    "language-model", "text-classification", "tagging", "translation", "trigger-word", "spoken-words",
    "speech-recognition", "music", "music-events",
)  # fmt: skip


@dataclass(frozen=True)
class Project:
    """One of them.

    Attributes:
        name, title, brief: what is to be done.
        file: that is written in the learner's folder; "" where a run is given.
        stub: what it holds at first.
    """

    name: str
    title: str
    brief: str
    file: str = ""
    stub: str = ""


CATS = '''"""A cat recognizer of your own: any net that you like, in NumPy."""

import numpy as np


def recognize(x, y, x_new, rng):
    """Train on pictures and labels, and say which of the new pictures show a cat.

    x: (pictures, 1728), 24 × 24 × 3 numbers from 0 to 1. y: (pictures,), 1 for a cat. x_new: (new pictures, 1728).
    rng: a NumPy Generator. Returns (new pictures,): 1 for a cat, 0 for none. It has 60 seconds.
    """
    raise NotImplementedError("write me")
'''

PROJECTS = (
    Project("cats", "A cat recognizer", "Write a net that beats logistic regression on cats.", "project_cats.py", CATS),
    Project("sick-runs", "Six sick runs", "Name the fault of each, and repair it.", faulty_runs.FILE, faulty_runs.STUB),
    Project("flight", "The flight simulator", "Fly three scenarios with a regret of at most a quarter."),
    Project("own-pictures", "Your own photos", "Train on your photos, beat the baseline, test once: give the run."),
    Project("own-sequences", "Text, trigger word or tune", "Train on your sequences, beat the baseline: give the run."),
)


def find(name: str) -> Project:
    """The project of that name.

    Raises:
        UserError: there is none.
    """
    found = next((one for one in PROJECTS if one.name == name), None)
    if found is None:
        raise UserError(f"there is no project {name!r}: choose one of {', '.join(one.name for one in PROJECTS)}")
    return found


def passed(workspace: Workspace) -> set[str]:
    """Names of those that were passed."""
    return {str(e.get("project")) for e in workspace.progress.events if e["event"] == "project" and e.get("passed")}


def check(
    workspace: Workspace, project: Project, run: Path | None = None, workers: int | None = None
) -> Iterator[tuple[bool | None, str]]:
    """Check a project: lines to show, each with whether it holds; None for what is only told.

    Args:
        workspace: the learner's.
        project: which.
        run: where it asks for one.
        workers: processes that train, as `WorkerPool` takes it.

    Raises:
        UserError: a run is needed, or what was given is none.
    """
    if project.file and not (workspace.folder / project.file).exists():
        _write(workspace.folder / project.file, project.stub)
        yield None, f"write {workspace.folder / project.file}, then give the same command again"
    held = True
    match project.name:
        case "cats":
            told = _cats(workspace)
        case "sick-runs":
            told = faulty_runs.check(workspace)
        case "flight":
            told = _flight(workspace)
        case _:
            told = _own(project, run)
    for holds, line in told:
        held = held and holds is not False
        yield holds, line
    workspace.progress.add("project", None, project=project.name, passed=held)


def _cats(workspace: Workspace) -> Iterator[tuple[bool | None, str]]:
    """Three seeds of data and training, against logistic regression on the same pixels."""
    mine, theirs = [], []
    try:
        with Sandbox(workspace.folder / find("cats").file, 90.0) as code:
            for seed in range(SEEDS):
                x, y, x_new, y_new = _pictures(seed)
                if not seed:  # what cannot be an answer shows on a few, before anything takes long
                    _recognized(code, x[:40], y[:40], x_new[:20])
                got = _recognized(code, x, y, x_new)
                if len(np.unique(got)) == 1:
                    yield (
                        False,
                        f"recognize says {int(got[0])} for each of the {len(got)} pictures: nothing is told apart",
                    )
                    return
                mine.append(float((got != (y_new > 0)).mean()))
                theirs.append(_regression(workspace, seed, x, y, x_new, y_new))
                yield (
                    None,
                    f"seed {seed}: yours {100 * mine[-1]:.1f} %, logistic regression {100 * theirs[-1]:.1f} % wrong",
                )
    except Broken as error:
        yield False, str(error)
        return
    better = np.mean(theirs) - np.mean(mine)
    yield bool(better > 0.01), f"on average yours is {100 * better:+.1f} points better (more than 1 is asked for)"


def _recognized(code: Sandbox, x: Any, y: Any, x_new: Any) -> Any:
    """Which pictures are cats, as the learner's code says: (new pictures,).

    Raises:
        Broken: it says nothing of the kind.
    """
    try:
        got = np.asarray(code.call("recognize", x, y, x_new, Seed(0)))
    except ValueError:
        raise Broken("recognize returns rows of different lengths: return one number for each new picture") from None
    if got.shape != (len(x_new),):
        raise Broken(f"recognize returns shape {got.shape} for {len(x_new)} new pictures: it should be ({len(x_new)},)")
    if got.dtype.kind not in "bif" or not np.isfinite(got).all():
        raise Broken("recognize returns what is no number: return 1 for a cat, and 0 for none")
    return got > 0.5


def _regression(workspace: Workspace, seed: int, x: Any, y: Any, x_new: Any, y_new: Any) -> float:
    """The error of logistic regression, which is fitted once."""
    from sklearn.linear_model import LogisticRegression

    cache = ResultCache(workspace.folder / FOLDER / "cats.jsonl", len(x), len(x_new))
    if cache.get([seed]) is None:
        base = LogisticRegression(C=0.01, max_iter=200).fit(x, y)
        cache.put([seed], float((base.predict(x_new) != y_new).mean()))
    return float(cache.get([seed]))


def _pictures(seed: int) -> tuple[Any, ...]:
    """Cats and others as pixels from 0 to 1: train and new ones."""
    from PIL import Image

    from fathom.data import practice
    from fathom.data.source import cache_folder

    folder = Path(practice.make(f"cats?n=2000&seed={seed}", cache_folder()))
    x, y = [], []
    for kind in sorted(p for p in folder.iterdir() if p.is_dir()):
        for picture in sorted(kind.iterdir()):
            with Image.open(picture) as image:
                x.append(np.asarray(image.convert("RGB").resize((24, 24), Image.Resampling.BOX)).ravel() / 255)
            y.append(int(kind.name == "cat"))
    order = np.random.default_rng([seed, 3]).permutation(len(y))
    a, b = np.array(x)[order], np.array(y)[order]
    cut = int(0.75 * len(b))
    return a[:cut], b[:cut], a[cut:], b[cut:]


def _flight(workspace: Workspace) -> Iterator[tuple[bool | None, str]]:
    """The flights that were flown: the best of each scenario."""
    best: dict[str, float] = {}
    for one in workspace.progress.events:
        if one["event"] == "flown":
            most = one["profit"] + one["regret"]
            share = one["regret"] / most if most > 0 else 9.0 * (one["regret"] > 0)  # to stop at once may be best
            best[one["scenario"]] = min(share, best.get(one["scenario"], 9.0))
    for name, share in best.items():
        yield None, f"{name}: regret {100 * share:.0f} % of the best profit"
    well = sum(share <= 0.25 for share in best.values())
    yield well >= 3, f"{well} of 3 scenarios with a regret of at most a quarter   fathom learn fly"


def _own(project: Project, run: Path | None) -> Iterator[tuple[bool | None, str]]:
    """A run on data that is not practice, better than its best baseline, and tested."""
    from fathom.runs.folder import RunFolder
    from fathom.runs.load import load_task

    if run is None:
        raise UserError(f"give your run: fathom learn project {project.name} runs/NAME-1")
    folder = RunFolder.open(run)
    recipe, figures = folder.read_recipe(), folder.figures()
    resolved = recipe["resolved"]
    kinds = PICTURES if project.name == "own-pictures" else SEQUENCES
    yield resolved["task"] in kinds, f"the task is {resolved['task']}"
    yield not str(resolved["source"]["text"]).startswith("practice:"), f"the data is {resolved['source']['text']}"
    dev = figures["splits"]["dev"]
    baseline = min((one["value"] for one in figures["baselines"]), default=float("inf"))
    metric = load_task(folder, recipe).metric
    told = f"{metric.label} on dev {metric.show(dev['value'])}, the best baseline's {metric.show(baseline)}"
    yield dev["value"] < baseline, told
    yield "test" in figures["splits"], "test was looked at, in the end (fathom test RUN)"
