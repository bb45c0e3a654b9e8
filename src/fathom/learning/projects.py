"""The five projects at the ends of the parts: what is to be done, and a check of what was reached.

    cats            a net of one's own, in NumPy, that surely beats logistic regression on cats
    sick-runs       six trainings with a fault each, drawn for each learner, to be named and repaired
    flight          four scenarios of the simulator, flown well
    own-pictures    a net on one's own photos that beats its baseline, tested once
    own-sequences   the same for text, speech or music

Each check measures: nothing is compared with an answer key but the names of the faults that were drawn.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fathom.errors import UserError
from fathom.learning import cat_recognizer, faulty_runs
from fathom.learning.workspace import Workspace, _write
from fathom.metrics import Metric
from fathom.spelling import choice

SCENARIOS = 4
"""Scenarios that are to be flown well: a plan that is the same everywhere does in three at most."""

FLIGHTS = 2
"""Flights of a scenario that count: the last ones."""

FIGURES = 20
"""Lines of a check that are kept with its result."""

PICTURES = ("image-classification", "image-regression", "detection", "segmentation", "multi-label", "verification")
SEQUENCES = (
    "language-model", "text-classification", "multi-label-text", "tagging", "translation", "trigger-word",
    "spoken-words", "speech-recognition", "music", "music-events",
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


PROJECTS = (
    Project(
        "cats",
        "A cat recognizer",
        "Write a net that beats logistic regression.",
        cat_recognizer.FILE,
        cat_recognizer.STUB,
    ),
    Project("sick-runs", "Six sick runs", "Name the fault of each, and repair it.", faulty_runs.FILE, faulty_runs.STUB),
    Project("flight", "The flight simulator", "Fly four scenarios, twice each, with a regret of at most a quarter."),
    Project("own-pictures", "Your own photos", "Train on your photos, test once, beat the baselines: give the run."),
    Project(
        "own-sequences",
        "Text, trigger word or tune",
        "Train on your sequences, test once, beat the baselines: give the run.",
    ),
)


def find(name: str) -> Project:
    """The project of that name.

    Raises:
        UserError: there is none.
    """
    found = next((one for one in PROJECTS if one.name == name), None)
    if found is None:
        raise UserError(f"there is no project {name!r}{choice(name, (one.name for one in PROJECTS))}")
    return found


def passed(workspace: Workspace) -> set[str]:
    """Names of those that were passed."""
    return {str(e.get("project")) for e in workspace.progress.events if e["event"] == "project" and e.get("passed")}


def check(
    workspace: Workspace, project: Project, run: Path | None = None
) -> Generator[tuple[bool | None, str], None, None]:
    """Check a project: lines to show, each with whether it holds; None for what is only told.

    Args:
        workspace: the learner's.
        project: which.
        run: where it asks for one.

    Raises:
        UserError: a run is needed, or what was given is none.
    """
    if project.file and not (workspace.folder / project.file).exists():
        _write(workspace.folder / project.file, project.stub)
        yield None, f"write {workspace.folder / project.file}, then give the same command again"
    held, figures = True, list[str]()
    match project.name:
        case "cats":
            told = cat_recognizer.check(workspace.folder)
        case "sick-runs":
            told = faulty_runs.check(workspace)
        case "flight":
            told = _flight(workspace)
        case _:
            told = _own(project, run)
    for holds, line in told:
        held = held and holds is not False
        figures += [line.strip()] * (holds is not None)
        yield holds, line
    workspace.progress.add("project", None, project=project.name, passed=held, figures=figures[:FIGURES])


def _flight(workspace: Workspace) -> Iterator[tuple[bool | None, str]]:
    """The last flights of each scenario: on projects that were drawn, decided before the best plan was known.

    The best of many flights, or one flown again after it told the best plan, would say nothing of the pilot.
    """
    decided: dict[tuple[str, int], Any] = {}
    shares: dict[tuple[str, int], float] = {}
    for one in workspace.progress.events:
        if one["event"] == "flight decided":
            decided.setdefault((one["scenario"], one["seed"]), one)
        first = decided.get((one.get("scenario", ""), one.get("seed", -1)))
        if one["event"] == "flown" and first is not None and first["taken"] == one["taken"]:
            most = one["profit"] + one["regret"]
            share = one["regret"] / most if most > 0 else 9.0 * (one["regret"] > 0)  # to stop at once may be best
            shares[one["scenario"], one["seed"]] = share
    well = 0
    for name in dict.fromkeys(scenario for scenario, _ in decided):
        drawn = [key for key, one in decided.items() if key[0] == name and one["drawn"]]
        last = [shares.get(key) for key in drawn[-FLIGHTS:]]
        told = ", ".join("not flown to the end" if x is None else f"{100 * x:.0f} %" for x in last) or "none drawn anew"
        yield None, f"{name}: regret of the last {FLIGHTS} flights, in % of the best profit: {told}"
        well += len(last) == FLIGHTS and all(x is not None and x <= 0.25 for x in last)
    told = f"{well} of {SCENARIOS} scenarios with a regret of at most a quarter in each of the last {FLIGHTS} flights"
    yield well >= SCENARIOS, f"{told}, without --seed   fathom learn fly"


def _own(project: Project, run: Path | None) -> Iterator[tuple[bool | None, str]]:
    """A run on data that is not practice, tested once, and surely better than each of its baselines there."""
    from fathom.data.source import cache_folder
    from fathom.runs.folder import RunFolder
    from fathom.runs.load import load_task

    if run is None:
        raise UserError(f"give your run: fathom learn project {project.name} runs/NAME-1")
    folder = RunFolder.open(run)
    recipe, figures = folder.read_recipe(), folder.figures()
    resolved = recipe["resolved"]
    kinds = PICTURES if project.name == "own-pictures" else SEQUENCES
    yield resolved["task"] in kinds, f"the task is {resolved['task']}"
    source = resolved["source"]
    ours = str(source["text"]).startswith("practice:") or Path(source["path"]).is_relative_to(cache_folder())
    yield not ours, f"the data is {source['text']}{', which fathom has made' if ours else ''}"
    looks = int(recipe.get("looks_at_test", 0))
    if "test" not in figures["splits"] or not looks:
        yield False, f"test was not looked at: in the end, once, fathom test {run}"
        return
    times = "once" if looks == 1 else f"{looks} times: choose by dev, and look at test once, with a new run"
    yield looks == 1, f"test was looked at {times}"
    metric = load_task(folder, recipe).metric
    for one in figures.get("test_baselines", []):
        yield _beaten(one, figures["splits"]["test"]["value"], metric)


def _beaten(baseline: Mapping[str, Any], value: float, metric: Metric) -> tuple[bool, str]:
    """Whether the run is surely better on test than a baseline: the whole paired interval says so."""
    difference = baseline.get("difference")
    told = f"{metric.label} on test {metric.show(value)}, {baseline['name']} {metric.show(baseline['value'])}"
    if difference is None:
        return value < baseline["value"], told
    better = difference["high"] < 0
    sure = "the whole 95 % interval of the difference is below 0" if better else "that may be chance: 95 % reach over 0"
    return better, f"{told}; {sure}"
