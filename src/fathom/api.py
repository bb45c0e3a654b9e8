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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.errors import UserError
from fathom.options import offers, seconds
from fathom.schema import said, today, training_options
from fathom.schema import settings_of as settings_of

if TYPE_CHECKING:
    import polars as pl
    from torch import nn

    from fathom.coaching.advice import Advice
    from fathom.progress import Watcher
    from fathom.records import Finding, Interval, Prediction
    from fathom.runs.compose import Tune
    from fathom.runs.interpret import Inside
    from fathom.runs.similar import Match
    from fathom.tuning.result import Tuned

CHECKED = ("task", "target", "dev", "test", "group", "seed")
"""The options of a training that say how data would be read and split: those of `check`."""


class Run:
    """A run folder, as an object: it holds nothing that is not in the folder.

    Args:
        path: the folder.
        net: the module that the run was trained with, where it was the user's own.
        begun: that module as the training began, where that is known: trainings like it begin there.
    """

    def __init__(self, path: Path | str, net: nn.Module | None = None, begun: nn.Module | None = None) -> None:
        from fathom.runs.folder import RunFolder

        self.folder = RunFolder.open(path)
        self._net, self._begun = net, begun

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder.path

    @property
    def task(self) -> str:
        """The name of its task."""
        return str(self.folder.read_recipe()["resolved"]["task"])

    @property
    def results(self) -> pl.DataFrame:
        """One row per example and split: prediction, confidence, loss and statistics."""
        return self.folder.results()

    @property
    def history(self) -> list[dict[str, Any]]:
        """One record per epoch."""
        return self.folder.history()

    @property
    def figures(self) -> dict[str, Interval]:
        """The metric of each split, with its 95 % interval."""
        from fathom.records import Interval

        return {k: Interval(v["value"], v["low"], v["high"]) for k, v in self.folder.figures()["splits"].items()}

    def diagnose(self) -> list[Finding]:
        """What limits this model."""
        return diagnose(self.path)

    def next(self, budget: float | str = 300.0, watcher: Watcher | None = None) -> Advice:
        """What to do next, ranked by what short trainings within `budget` have shown: seconds, or ``"5m"``.

        Raises:
            UserError: the run is not finished, its data has changed, or it has no dev split.
        """
        from fathom.coaching.advice import advise
        from fathom.coaching.run_context import context_of
        from fathom.progress import Watcher

        case = context_of(self.folder, self._begun or self._net, redraw_weights=self._begun is None)
        return advise(case, seconds(budget), watcher or Watcher())

    def test(self, watcher: Watcher | None = None) -> Interval:
        """Score the test split; the run counts how often this was done."""
        from fathom.progress import Watcher
        from fathom.records import Interval
        from fathom.runs.score import score

        return Interval(**score(self.folder, watcher or Watcher(), self._net))

    def predict(self, inputs: str | Path | Mapping[str, Any] | Sequence[Any]) -> list[Prediction]:
        """Predict paths, rows (mappings) or texts.

        Raises:
            UserError: an input cannot be read.
        """
        from fathom.records import Example
        from fathom.runs.predict import Predictor

        predictor = Predictor(self.folder, self._net)
        many = [inputs] if isinstance(inputs, str | Path | Mapping) else list(inputs)
        examples = [
            Example(f"input {i}", dict(one)) if isinstance(one, Mapping) else predictor.task.read(str(one))
            for i, one in enumerate(many, 1)
        ]
        answers = []
        for example, answer in predictor.predict(examples):
            if isinstance(answer, str):
                raise UserError(f"{example.id} cannot be read: {answer}")
            answers.append(answer)
        return answers

    def generate(
        self,
        prompt: str = "",
        *,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        length: int = 500,
        seed: int = 0,
    ) -> Iterator[str]:
        """Let a language model write, in parts as they come, the prompt first.

        Args:
            prompt: how it begins.
            temperature: 1 as learned, less is surer, 0 always takes the likeliest.
            top_k: draws from so many of the likeliest; 0 from all.
            top_p: draws from the likeliest that have this probability together.
            length: characters to add, at most; a line that stands alone ends at its end.
            seed: the same seed writes the same.

        Raises:
            UserError: the run writes no text, or something asked cannot be.
        """
        from fathom.runs.generate import generate

        return generate(
            self.folder, self._net, prompt=prompt, temperature=temperature, top_k=top_k, top_p=top_p, length=length,
            seed=seed,
        )  # fmt: skip

    def compose(
        self,
        prompt: str = "",
        *,
        temperature: float = 1.0,
        length: int = 64,
        seed: int = 0,
        heard: Callable[[str], None] | None = None,
    ) -> Tune:
        """Let a net of music play; the tune can be written as MIDI, as sound and as a picture.

        Args:
            prompt: the beginning: the path of a MIDI file, or chords as JSON (``"[[60, 64, 67]]"``).
            temperature: 1 as learned, less is surer, 0 always takes the likeliest.
            length: time steps to add.
            seed: the same seed plays the same.
            heard: is given the notes of each time step as soon as it is played.

        Raises:
            UserError: the run plays nothing, or something asked cannot be.
        """
        from fathom.runs.compose import compose

        return compose(self.folder, prompt=prompt, temperature=temperature, length=length, seed=seed, heard=heard)

    def similar(self, photo: str | Path, *, most: int = 5, among: str | Path | None = None) -> list[Match]:
        """The pictures most like one, the nearest first: of a folder, or of the run's own.

        Raises:
            UserError: the run cannot compare pictures, or one cannot be read.
        """
        from fathom.runs.similar import similar

        return similar(self.folder, str(photo), most=most, among=None if among is None else Path(among))

    def inside(self, photo: str | Path) -> Inside:
        """What a convolutional net makes of a picture: filters, feature maps, receptive fields, Grad-CAM, occlusion.

        Raises:
            UserError: the run has no such net, or the picture cannot be read.
        """
        from fathom.runs.interpret import interpret_picture

        return interpret_picture(self.folder, str(photo))

    def report(self) -> Path:
        """Write the page again and return its path."""
        from fathom.runs.report import rewrite_page

        return rewrite_page(self.folder)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"


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
        resume: the folder of a run to go on with, as it began; all else is left out.
        **asked: the other options of ``fathom train`` in its words (``grad_clip=1``, ``lr="auto"``, ``target="price"``,
            ``out=…``): `fathom.schema` has them all. What is none of them is an option of the net or the task
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
        return Run(go_on(Path(resume), watcher or Watcher(), module).path, module)
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
    """Open a run that was trained before."""
    return Run(path, net)


def test(path: Path | str) -> Interval:
    """Score a run's test split."""
    return Run(path).test()


def predict(path: Path | str, inputs: Any) -> list[Prediction]:
    """Predict with a run."""
    return Run(path).predict(inputs)


def generate(path: Path | str, prompt: str = "", **asked: Any) -> str:
    """What a language model writes, whole; the options are those of `Run.generate`."""
    return "".join(Run(path).generate(prompt, **asked))


def report(path: Path | str) -> Path:
    """Write a run's page."""
    return Run(path).report()


def diagnose(path: Path | str, watcher: Watcher | None = None) -> list[Finding]:
    """Findings of a run, or of a table of results that any other tool wrote.

    Of a run whose data is still there the examples themselves are looked at, too: slices on which the net is worse.
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
    """Compare runs side by side; paired where they share dev examples."""
    from fathom.runs.compare import compare as compare_runs
    from fathom.runs.folder import RunFolder

    return compare_runs([RunFolder.open(path) for path in paths])
