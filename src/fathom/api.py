"""fathom from Python: one call for each verb, in the same words as the command line.

    run = fathom.train("photos/", net="convnet", epochs=5)
    run.figures["dev"].value
    run.predict("cat.jpg")[0].value
    for finding in run.diagnose(): print(finding.title)

What a run can do are methods of `Run`, and functions that take its folder.
"""

from __future__ import annotations

import copy
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.declared_options import said, today, training_options
from fathom.errors import UserError
from fathom.option_kinds import offers, seconds
from fathom.trained_run import Run

if TYPE_CHECKING:
    from torch import nn

    from fathom.progress import Watcher
    from fathom.records import Finding, Interval, Prediction
    from fathom.runs.transcribe import Transcript
    from fathom.tuning.result import Tuned

CHECKED = ("task", "target", "dev", "test", "group", "header", "options", "seed")
"""The options of a training that say how data would be read and split: those of `check`."""


@offers(training_options())
def train(
    data: str | Path | None = None,
    *,
    net: Any = None,
    resume: str | Path | None = None,
    watcher: Watcher | None = None,
    **asked: Any,
) -> Run:
    """Train on a folder, a table or practice data, and return the run.

    >>> train("practice:digits?n=100", net="logistic", epochs=1, out="runs/doctest")
    Run('runs/doctest')

    Args:
        data: as on the command line: ``"photos/"``, ``"table.csv"``, ``"practice:cats?n=500"``.
        net: the name of a net, or any `torch.nn.Module`.
        watcher: is told how it goes; silent by default.
        resume: the folder of a run to go on with, as it began; beside it may stand the new place of its data.
        **asked: the other options of ``fathom train`` in its words (``grad_clip=1``, ``lr="auto"``, ``target="price"``,
            ``out=…``): `fathom.declared_options` has them all. What is none of them is an option of the net or the task
            (``hidden=(20, 7, 5)``).

    Raises:
        UserError: the data or a setting cannot be used.
    """
    from fathom.progress import Watcher
    from fathom.runs.request import request_of
    from fathom.runs.train import resume as go_on
    from fathom.runs.train import train as start

    module = None if net is None or isinstance(net, str) else net
    if resume is not None:
        wanted = {**_today(asked), "net": None if module is not None else net}
        run = go_on(Path(resume), watcher or Watcher(), module, data=_text(data), asked=wanted)
        return Run(run.path, module)
    request = request_of(_text(data), {**_today(asked), "net": None if module is not None else net})
    begun = copy.deepcopy(module)  # it is trained in place
    return Run(start(request, watcher or Watcher(), module).path, module, begun)


@offers(training_options())
def tune(
    data: str | Path | None = None,
    *,
    budget: float | str = 600.0,
    trials: int | None = None,
    sampler: str | None = None,
    storage: str | None = None,
    study: str | None = None,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    watcher: Watcher | None = None,
    **asked: Any,
) -> Tuned:
    """Search for better settings, and train the best again as a run.

    Args:
        data: as for `train`; None goes on with the search in `resume`.
        budget: how long to search: seconds, or ``"10m"``.
        trials: at most so many, of all processes that share the study.
        sampler: ``tpe``, which it is without, or ``random``.
        storage: URL of a database that several processes share, if they search the same; the study lies in the folder
            without.
        study: its name there; ``fathom`` without.
        out: folder of the search; ``runs/NAME-tune-1`` or the next that is free without.
        resume: folder of a search to go on with, as it began: only `budget` and `trials` may be others.
        watcher: is told how it goes.
        **asked: what is held fixed, as for `train` (``net="mlp"``, ``epochs=…``, ``lr=…``, ``hidden=…``, ``target=…``).

    Raises:
        UserError: the data or a setting cannot be used, the study is of something else, or no trial came to an end.
        MissingExtra: Optuna is not installed.
    """
    from fathom.progress import Watcher
    from fathom.runs.request import new_folder, request_of, understand
    from fathom.tuning import search
    from fathom.tuning.request import Asked, keep, kept

    heard, asked = watcher or Watcher(), _today(asked)
    if not isinstance(asked.get("net"), str | None):
        raise UserError("a search builds a new net for each trial: give the name of one as net=…, not a module")
    of_search = {"sampler": sampler, "storage": storage, "study": study}
    if resume is not None:
        begun = replace(kept(Path(resume), {**asked, **of_search, "data": data, "out": out}), budget=seconds(budget))
        return search.tune(begun if trials is None else replace(begun, trials=trials), Path(resume), heard)
    request = request_of(_text(data), asked)
    wanted = Asked(request, seconds(budget), trials, sampler or "tpe", storage, study or "fathom")
    folder = new_folder(None if out is None else Path(out), understand(request)[0], "-tune").path
    keep(wanted, folder)
    try:
        return search.tune(wanted, folder, heard)
    except UserError:
        if not (folder / search.TABLE).exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _today(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords under today's names, with a warning for each that has another now."""

    def tell(old: str, new: str) -> None:
        warnings.warn(f"{old}= is now called {new}=", FutureWarning, stacklevel=6)  # the line that called train or tune

    return today(asked, tell)


def _text(data: str | Path | None) -> str | None:
    return None if data is None else str(data)


def load(path: Path | str, net: nn.Module | None = None) -> Run:
    """Open a run that was trained before.

    Args:
        path: of the run folder.
        net: the module that was trained, where it was one of the user's own.

    Returns:
        the run.

    Raises:
        UserError: there is no run.
    """
    return Run(path, net)


def test(path: Path | str) -> Interval:
    """Score a run's test split.

    Args:
        path: of the run folder.

    Returns:
        the figure on test with its 95 % interval.

    Raises:
        UserError: there is no test split, the data has changed, or another process works on the run.
    """
    return Run(path).test()


def predict(path: Path | str, inputs: Any) -> list[Prediction]:
    """Predict with a run.

    Args:
        path: of the run folder.
        inputs: a path, a text or a row, or several of them.

    Returns:
        a prediction for each example, in order.

    Raises:
        UserError: an input cannot be read.
    """
    return Run(path).predict(inputs)


def transcribe(paths: str | Path | Sequence[str | Path], watcher: Watcher | None = None) -> list[Transcript]:
    """What is said in recordings of English, by the packaged Whisper as it is.

    Args:
        paths: a recording or a folder of them, or several of them.
        watcher: is told how far it is; silent by default.

    Returns:
        for each recording its text, with times, or in ``error`` why there is none.

    Raises:
        UserError: the only path is no file or folder, or the packaged model is not installed.
    """
    from fathom.runs.transcribe import recordings_in
    from fathom.runs.transcribe import transcribe as write_down

    given = [paths] if isinstance(paths, str | Path) else paths
    return list(write_down(recordings_in(given), watcher))


def generate(path: Path | str, prompt: str = "", **asked: Any) -> str:
    """What a language model writes, whole; the options are those of `Run.generate`.

    Args:
        path: of the run folder.
        prompt: how it begins.
        asked: as for `Run.generate`.

    Returns:
        the prompt and what follows it.

    Raises:
        UserError: the run's task writes nothing, or something asked cannot be.
    """
    return "".join(Run(path).generate(prompt, **asked))


def report(path: Path | str) -> Path:
    """Write a run's page.

    Args:
        path: of the run folder.

    Returns:
        the path of the page.

    Raises:
        UserError: there is no run, or it is not finished.
    """
    return Run(path).report()


def diagnose(path: Path | str, watcher: Watcher | None = None) -> list[Finding]:
    """Findings of a run, or of a table of results that any other tool wrote.

    Of a run whose data is still there the examples themselves are looked at, too: slices on which the net is worse.

    Args:
        path: of a run folder, or of a table of results (``.csv``, ``.parquet``).
        watcher: is told how far it is; silent by default.

    Returns:
        the findings, the most severe first.

    Raises:
        UserError: there is no run and no table, or it cannot be read.
    """
    from fathom import diagnosis
    from fathom.runs.folder import RunFolder

    if Path(path).is_file():
        from fathom.diagnosis.results_table import read_results

        return diagnosis.diagnose(read_results(Path(path)))
    from fathom.progress import Watcher
    from fathom.runs.diagnose import diagnose_run

    return diagnose_run(RunFolder.open(path), watcher or Watcher())


@offers({name: training_options()[name] for name in CHECKED}, rest=False)
def check(
    data: str | Path, *, out: str | Path | None = None, watcher: Watcher | None = None, **asked: Any
) -> list[Finding]:
    """What is wrong with data, before any training; most severe first, and empty where nothing is.

    Args:
        data: as for `train`; ``task``, ``target``, ``dev``, ``test``, ``group`` and ``seed``, too.
        out: a CSV file to write, with a row for each example of each finding.
        watcher: is told how far it is; silent by default.

    Raises:
        UserError: there is nothing that could be looked at.
    """
    from fathom.progress import Watcher
    from fathom.runs.check import check as look_through

    checked = look_through(
        str(data),
        watcher or Watcher(),
        out=None if out is None else Path(out),
        **{name: said(name, value) for name, value in asked.items()},
    )
    return list(checked.findings)


def compare(*paths: Path | str) -> Any:
    """Compare runs side by side; paired where they share dev examples.

    Args:
        paths: of run folders, the one that the others are compared with first.

    Returns:
        the figures side by side, with paired intervals.

    Raises:
        UserError: there is no run, or they are judged by different figures.
    """
    from fathom.runs.compare import compare as compare_runs
    from fathom.runs.folder import RunFolder

    return compare_runs([RunFolder.open(path) for path in paths])
