"""The program of an exported model: read what was given, run ``model.onnx``, print what ``fathom predict`` prints."""

from __future__ import annotations

import argparse
import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fathom.answer_lines import HOLDS_NOTHING, answer_line, failure_line, one_line
from fathom.errors import FathomError
from fathom.exported.batches import Arrays, batch_of
from fathom.records import Doubt
from fathom.records.doubt import doubt_lines

if TYPE_CHECKING:
    import onnxruntime

AT_ONCE = 64
"""Inputs that are answered together."""


Ask = Callable[[Arrays], Sequence[NDArray[Any]]]
"""Arrays by name, ``(batch, …)`` each, to what the net puts out."""
Read = tuple[str, Arrays | str, tuple[Doubt, ...]]
"""The name of an input, its arrays or why there are none, and what of it could not be used as it stands."""
_TYPES = {"tensor(float)": "float32", "tensor(double)": "float64"}
"""What numpy calls types of ONNX, where it is something else."""


@dataclass(frozen=True)
class Answer:
    """What is said of one input.

    Attributes:
        value: a text or a number, as `fathom.records.Prediction` has it.
        shown: the same as a person reads it.
        confidence: in [0, 1]; None where there is none.
        scores: the probability of each class.
        doubts: what of the input could not be used as it stands.
    """

    value: Any
    shown: str
    confidence: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


class Program(ABC):
    """From what a person gives to arrays, and from what the net says to answers.

    Attributes:
        ragged: arrays whose first axis differs from input to input.
        doubts: what of an input that was just read could not be used as it stands, by its name; who reads takes it.

    Args:
        about: ``preprocess.json``: what the task had learned of its inputs (``encoder``), and how it decides.
    """

    ragged: tuple[str, ...] = ()

    def __init__(self, about: Mapping[str, Any]) -> None:
        self.about = about
        self.doubts: dict[str, tuple[Doubt, ...]] = {}
        self.encoder: Mapping[str, Any] = about["encoder"]

    @abstractmethod
    def read(self, text: str) -> Iterator[tuple[str, Arrays | str]]:
        """What was given: a name and its arrays, or the reason why it cannot be read, for each input found there.

        Args:
            text: a path, or the input itself.
        """

    def outputs(self, ask: Ask, batch: Arrays) -> Sequence[NDArray[Any]]:
        """What the net puts out for a batch; a program that searches asks more than once.

        Args:
            ask: runs the net on arrays by name.
            batch: of inputs that were read.
        """
        return ask(batch)

    @abstractmethod
    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """Say what the outputs of the net mean.

        Args:
            outputs: of the net, ``(batch, …)`` each.
            batch: what it was given.
        """


@dataclass(frozen=True)
class Wanted:
    """What a program is asked to write.

    Attributes:
        prompt: how it begins.
        temperature: 1 as learned, less is surer, 0 always takes the likeliest.
        top_k: draws from so many of the likeliest; 0 from all.
        top_p: draws from the likeliest that have this probability together.
        length: tokens, or of music time steps, to add at most.
        seed: the same seed writes the same.
    """

    prompt: str = ""
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    length: int = 200
    seed: int = 0


@runtime_checkable
class Writes(Protocol):
    """A program whose net can write on by itself."""

    def generate(self, ask: Ask, wanted: Wanted) -> Iterator[str]:
        """Write on, in parts, the prompt first.

        Args:
            ask: runs the net.
            wanted: what is asked for.

        Raises:
            UserError: something of it cannot be.
        """
        ...


def main(folder: Path, program: type[Program], arguments: Sequence[str] | None = None, ask: Ask | None = None) -> int:
    """Answer what is given on the command line.

    Args:
        folder: of ``model.onnx`` and ``preprocess.json``.
        program: of the task.
        arguments: in place of those of the command line.
        ask: runs the net, in place of ``model.onnx``.

    Returns:
        the exit code: 0, or 2 where an input has no answer.
    """
    asked = _parsed(program, arguments)
    try:
        model = Model(folder, program, ask)
    except Exception as error:  # onnxruntime has kinds of its own
        why = (str(error).splitlines() or [type(error).__name__])[0]
        print(one_line(f"{folder} is no whole export ({why}): export the run again"), file=sys.stderr)
        return 2
    if getattr(asked, "generate", None) is not None:
        return _write(model, asked)
    return _answer(model, asked)


def _parsed(program: type[Program], arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Answer with the exported model; a line for each input.")
    parser.add_argument("inputs", nargs="*", help="files, folders, texts, or rows as JSON")
    parser.add_argument("--json", action="store_true", help="a JSON record a line")
    if getattr(program, "generate", None) is not None:
        usual = Wanted()
        parser.add_argument("--generate", metavar="PROMPT", help="write on from it, instead of answering")
        parser.add_argument("--temperature", type=float, default=usual.temperature, help="less is surer")
        parser.add_argument("--top-k", type=int, default=usual.top_k, help="draw from so many of the likeliest")
        parser.add_argument("--top-p", type=float, default=usual.top_p, help="draw from those of this probability")
        parser.add_argument("--length", type=int, default=usual.length, help="what is added at most")
        parser.add_argument("--seed", type=int, default=usual.seed, help="the same seed writes the same")
    asked = parser.parse_args(arguments)
    if not asked.inputs and getattr(asked, "generate", None) is None:
        parser.error("give an input")
    return asked


def _write(model: Model, asked: argparse.Namespace) -> int:
    """Print what the net writes, as it comes."""
    wanted = Wanted(asked.generate, asked.temperature, asked.top_k, asked.top_p, asked.length, asked.seed)
    assert isinstance(model.program, Writes)
    try:
        for part in model.program.generate(model.ask, wanted):
            print(part if part.isprintable() or part in "\n\t" else " ", end="", flush=True)
    except FathomError as error:
        print(one_line(str(error)), file=sys.stderr)
        return 2
    print()
    return 0


def _answer(model: Model, asked: argparse.Namespace) -> int:
    """Print an answer for each input, or why there is none."""
    failed, doubts = False, list[tuple[Doubt, ...]]()
    for name, answer in model.answers(asked.inputs):
        if isinstance(answer, str):
            failed = True
        else:
            doubts.append(answer.doubts)
        if asked.json:
            print(json.dumps(record(name, answer), ensure_ascii=False))
        elif isinstance(answer, str):
            print(failure_line(name, answer), file=sys.stderr)
        else:
            print(answer_line(name, answer.shown, answer.confidence))
    for line in doubt_lines(doubts):
        print(one_line(line), file=sys.stderr)
    return 2 if failed else 0


class Model:
    """An exported model, loaded once.

    Args:
        folder: of ``model.onnx`` and ``preprocess.json``.
        program: of the task.
        ask: runs the net, in place of ``model.onnx``.
    """

    def __init__(self, folder: Path, program: type[Program], ask: Ask | None = None) -> None:
        about = json.loads((folder / "preprocess.json").read_text(encoding="utf-8"))
        self.program = program(about)
        self.ask = ask or opened(folder / "model.onnx")

    def answers(self, given: Sequence[str]) -> Iterator[tuple[str, Answer | str]]:
        """A name and an answer, or the reason why there is none, for each input, in order.

        Args:
            given: files, folders, texts, or rows as JSON.
        """
        waiting: list[Read] = []
        for text in given:
            for one in self._read(text):
                waiting.append(one)
                if len(waiting) == AT_ONCE:
                    yield from self._answered(waiting)
                    waiting = []
        yield from self._answered(waiting)

    def _read(self, text: str) -> Iterator[Read]:
        found = False
        try:
            for name, one in self.program.read(text):
                found = True
                yield name, one, self.program.doubts.pop(name, ())
        except FathomError as error:
            yield text, str(error), ()
            return
        if not found:
            yield text, f"{text} {HOLDS_NOTHING}", ()

    def _answered(self, read: Sequence[Read]) -> Iterator[tuple[str, Answer | str]]:
        arrays = [one for _, one, _ in read if not isinstance(one, str)]
        answers = iter(self.run(arrays) if arrays else ())
        for name, one, doubts in read:
            yield name, one if isinstance(one, str) else replace(next(answers), doubts=doubts)

    def run(self, arrays: Sequence[Arrays]) -> list[Answer]:
        """Answer inputs that were read.

        Args:
            arrays: of each input, by name.
        """
        batch = batch_of(arrays, self.program.ragged)
        return self.program.answer(self.program.outputs(self.ask, batch), batch)


def record(name: str, answer: Answer | str) -> dict[str, Any]:
    """An answer for machines.

    Args:
        name: of the input.
        answer: or the reason why there is none.
    """
    if isinstance(answer, str):
        return {"input": name, "error": answer}
    told = {"input": name, "prediction": answer.value, "confidence": answer.confidence, "scores": dict(answer.scores)}
    return told | ({"doubts": [doubt.sentence() for doubt in answer.doubts]} if answer.doubts else {})


def opened(path: Path) -> Ask:
    """An ONNX program, asked with arrays by name, of whatever kind of numbers each is.

    Args:
        path: of the file.
    """
    session = open_session(path)
    inputs = {one.name: _TYPES.get(one.type, one.type[7:-1]) for one in session.get_inputs()}

    def ask(batch: Arrays) -> list[NDArray[Any]]:
        outputs = session.run(None, {name: batch[name].astype(kind) for name, kind in inputs.items()})
        return [np.asarray(one) for one in outputs]

    return ask


def open_session(path: Path, threads: int = 0) -> onnxruntime.InferenceSession:
    """An ONNX program, ready to be asked on the processor.

    Args:
        path: of the file.
        threads: that it computes by; 0 leaves it to the runtime.
    """
    import onnxruntime  # only here, since a net may be asked otherwise

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors; warnings of the runtime are no matter of the user's
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
