"""A run as an object: what can be done with a trained model, each a method.

    run = fathom.load("runs/photos-1")
    run.figures["dev"].value
    run.predict("cat.jpg")[0].value

It holds nothing that is not in the folder; torch is imported where a method needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.answer_lines import failure_line
from fathom.errors import UserError
from fathom.option_kinds import seconds

if TYPE_CHECKING:
    import polars as pl
    from torch import nn

    from fathom.coaching.advice import Advice
    from fathom.exporting.verification import Agreement
    from fathom.progress import Watcher
    from fathom.records import Finding, Interval, Prediction
    from fathom.runs.compose import Tune
    from fathom.runs.interpret import Inside
    from fathom.runs.similar import Match


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
        """What limits this model; its examples are looked at, too, where the data is still there."""
        from fathom.progress import Watcher
        from fathom.runs.diagnose import diagnose_run

        return diagnose_run(self.folder, Watcher())

    def next(self, budget: float | str = 300.0, watcher: Watcher | None = None) -> Advice:
        """What to do next, ranked by what short trainings within `budget` have shown: seconds, or ``"5m"``.

        Args:
            budget: seconds, or a text such as ``"5m"``.
            watcher: is told how far it is; silent by default.

        Returns:
            the causes, and the possible next steps, the best first.

        Raises:
            UserError: the run is not finished, its data has changed, or it has no dev split.
        """
        from fathom.coaching.advice import advise
        from fathom.coaching.run_context import context_of
        from fathom.progress import Watcher

        case = context_of(self.folder, self._begun or self._net, redraw_weights=self._begun is None)
        return advise(case, seconds(budget), watcher or Watcher())

    def test(self, watcher: Watcher | None = None) -> Interval:
        """Score the test split; the run counts how often this was done.

        Args:
            watcher: is told how far it is; silent by default.

        Returns:
            the figure on test with its 95 % interval.

        Raises:
            UserError: there is no test split, the data has changed, or another process works on the run.
        """
        from fathom.progress import Watcher
        from fathom.records import Interval
        from fathom.runs.score import score

        return Interval(**score(self.folder, watcher or Watcher(), self._net))

    def predict(self, inputs: str | Path | Mapping[str, Any] | Sequence[Any]) -> list[Prediction]:
        """Predict paths of files, folders and tables, rows (mappings) or texts.

        Args:
            inputs: a path, a text or a row, or several of them.

        Returns:
            a prediction for each example, in order; its `doubts` say what of the input could not be used as it stands.

        Raises:
            UserError: an input cannot be read; `answers` has the reason of each beside the predictions of the others.
        """
        predictions = []
        for name, answer in self.answers(inputs):
            if isinstance(answer, str):
                raise UserError(failure_line(name, answer, " cannot be read: "))
            predictions.append(answer)
        return predictions

    def answers(self, inputs: str | Path | Mapping[str, Any] | Sequence[Any]) -> Iterator[tuple[str, Prediction | str]]:
        """One answer for each input, in order, whatever becomes of the others.

        Args:
            inputs: as for `predict`.

        Yields:
            the name of each input (its path, or its row) with its prediction, or with the reason why it has none.

        Raises:
            UserError: nothing of what was given can be read.
        """
        from fathom.runs.predict import Predictor
        from fathom.runs.predict import inputs as read_inputs

        predictor = Predictor(self.folder, self._net)
        many = [inputs] if isinstance(inputs, str | Path | Mapping) else list(inputs)
        for example, answer in predictor.predict(read_inputs(predictor.task, many)):
            yield example.id, answer

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

        Args:
            photo: the path of a picture.
            most: how many are wanted.
            among: a folder of pictures; None for those of the run.

        Returns:
            the matches, the nearest first.

        Raises:
            UserError: the run cannot compare pictures, or one cannot be read.
        """
        from fathom.runs.similar import similar

        return similar(self.folder, str(photo), most=most, among=None if among is None else Path(among))

    def inside(self, photo: str | Path) -> Inside:
        """What a convolutional net makes of a picture: filters, feature maps, receptive fields, Grad-CAM, occlusion.

        Args:
            photo: the path of a picture.

        Returns:
            what there is to see, as pictures and numbers.

        Raises:
            UserError: the run has no such net, or the picture cannot be read.
        """
        from fathom.runs.interpret import interpret_picture

        return interpret_picture(self.folder, str(photo))

    def export(
        self,
        out: str | Path,
        to: str = "onnx",
        watcher: Watcher | None = None,
        int8: bool = False,
        accept: float = 1.0,
    ) -> Agreement:
        """Write the net as a program that answers as the run does, with its card.

        Args:
            out: the folder to make.
            to: ``onnx``, with a ``predict.py`` that needs neither torch nor fathom, or ``torch``.
            watcher: is told how far it is; silent by default.
            int8: of eight bits, which is smaller and faster; what it costs is measured on dev.
            accept: points of error that this may cost.

        Returns:
            how far the program and the run agree.

        Raises:
            UserError: the run is not finished, its data has changed, or the folder is there already.
            MissingExtra: the extra ``export`` is not installed.
            FathomError: the net has no form in ONNX, or answers otherwise there.
        """
        from fathom.exporting.export import export
        from fathom.progress import Watcher

        return export(self.folder, Path(out), watcher or Watcher(), self._net, to, int8, accept)

    def report(self) -> Path:
        """Write the page again and return its path."""
        from fathom.runs.report import rewrite_page

        return rewrite_page(self.folder)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"
