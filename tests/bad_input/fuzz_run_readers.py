"""The readers of files that fathom wrote itself, which a stranger or a broken disk may have changed."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fuzz_files import lay_out
from fuzz_readers import Reader, folder_with

import fathom
from fathom.data import files
from fathom.data.splits import split
from fathom.data.text.subwords import Characters, Subwords
from fathom.declared_options import Settings
from fathom.diagnosis.results_table import read_results
from fathom.learning.course import exercises
from fathom.learning.progress import Progress
from fathom.progress import Interrupted, Watcher
from fathom.runs import load
from fathom.runs.folder import RunFolder
from fathom.testing import StopAt
from fathom.training import checkpoint_file, health, optimizers


def read_subwords(path: Path) -> None:
    state = files.read_json(path)
    kind = Characters if path.name == "characters.json" else Subwords
    kind.restore(state).encode("a word or two, überall")


def subwords(folder: Path) -> list[Path]:
    words = ["the cat sat on the mat", "the dog sat", "überall the same"] * 9
    states = {"subwords.json": Subwords.learn(words, 300).state(), "characters.json": Characters.learn(words).state()}
    return lay_out(folder, {name: json.dumps(state).encode() for name, state in states.items()})


def progress(folder: Path) -> list[Path]:
    kept = Progress(folder / "progress.jsonl")
    one = exercises()[0]
    kept.add("started", one)
    kept.add("predicted", one, choice=1)
    kept.add("checked", one, code="abc", passed=False, check="v")
    kept.add("hinted", one, rung=1)
    kept.add("checked", one, code="abd", passed=True, check="v")
    kept.add("shown", one)
    kept.add("reviewed", one, passed=True, variant=True)
    return [kept.path]


def read_progress(path: Path) -> None:
    state = Progress(path).of(exercises()[0])
    state.due(datetime.now(UTC))
    assert state.next_review is None or state.next_review
    state.stale(exercises()[0])


# --- run folders ------------------------------------------------------------------------------------------------------


@cache
def _trained() -> Path:
    """A finished run, made once in a process."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return fathom.train("practice:iris", net="mlp", hidden="8", epochs=2, out=folder / "run").path


def run_files(*names: str) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        shutil.copytree(_trained(), folder / "run")
        return [folder / "run" / name for name in names]

    return make


def read_run(path: Path) -> object:
    """One file of a run, as the verbs read it."""
    run = RunFolder(folder_with(path, ("recipe.json",)))
    told: dict[str, Callable[[], object]] = {
        "recipe.json": lambda: load.load_task(RunFolder.open(run.path)),
        "state.json": lambda: load.load_task(run),
        "findings.json": run.findings,
        "figures.json": run.figures,
        "baselines.json": run.baselines,
        "history.jsonl": run.history,
        "skipped.csv": run.skipped,
        "splits.json": lambda: split.load(run.path),
        "splits.parquet": lambda: split.load(run.path),
        "results.parquet": run.results,
        "health.json": lambda: health.from_json(run.read_json("health.json"), str(path)),
    }
    return told[path.name]()


def read_weights(path: Path) -> None:
    run = RunFolder(path.parent)
    load.load_net(run, load.load_task(run))


def checkpoint(folder: Path) -> list[Path]:
    with suppress(Interrupted):
        fathom.train("practice:iris", net="mlp", hidden="8", epochs=9, out=folder / "run", watcher=StopAt(5))
    return [folder / "run" / "checkpoint" / "state.safetensors"]


def read_checkpoint(path: Path) -> None:
    run = RunFolder(path.parent.parent)
    task = load.load_task(run, to_train=True)
    net = load.build_net(task)
    chosen = task.settings
    opts = optimizers.build_optimizers(net, str(chosen.optimizer), float(chosen.lr or 0.1), chosen.weight_decay or 0.0)
    checkpoint_file.load_checkpoint(path, net, opts)


_STUDY: dict[str, Any] = {}


def study(folder: Path) -> list[Path]:
    from fathom.runs.request import Request
    from fathom.runs.training_without_run import prepare_without_run
    from fathom.tuning import study as studies
    from fathom.tuning.request import Asked
    from fathom.tuning.search_space import draw, space_of

    studies.LAID_OUT = 0
    studies.time = SimpleNamespace(sleep=lambda seconds: None, monotonic=time.monotonic)
    request = Request(data="practice:iris", settings=Settings(net="mlp", epochs=1))
    asked, prepared = Asked(request, budget=9.0), prepare_without_run(request, Watcher())
    space = space_of(prepared.task, load.build_net(prepared.task), request.settings)
    _STUDY.update(optuna=studies.optuna_(), asked=asked, prepared=prepared, space=space)
    found = studies.open_study(folder=folder, **_STUDY)
    for value in (0.5, 0.25, None):
        trial = found.ask()
        draw(trial, space)
        if value is not None:
            found.tell(trial, value)
    return [folder / studies.STUDY]


def read_study(path: Path) -> None:
    from fathom.tuning import search
    from fathom.tuning import study as studies

    found = studies.open_study(folder=path.parent, **_STUDY)
    search._table(found)
    studies.begun(found), studies.running(found)


READERS: dict[str, Reader] = {
    "subwords": (subwords, read_subwords),
    "course-progress": (progress, read_progress),
    "recipe": (run_files("recipe.json", "encoder/state.json"), read_run),
    "findings": (run_files("findings.json"), read_run),
    "figures": (run_files("figures.json", "baselines.json", "history.jsonl", "skipped.csv"), read_run),
    "splits": (run_files("splits.json", "splits.parquet"), read_run),
    "results": (run_files("results.parquet"), read_run),
    "results-table": (run_files("results.parquet"), read_results),
    "health": (run_files("health.json"), read_run),
    "weights": (run_files("weights.safetensors"), read_weights),
    "checkpoint": (checkpoint, read_checkpoint),
    "study": (study, read_study),
}
