"""Inputs of an exported model, read by the program of the export: without torch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from fathom.errors import UserError
from fathom.exported.input_kinds import input_kind
from fathom.exported.program import Program
from fathom.serving.service.messages import Arrays, Reading
from fathom.serving.service.request_body import Accepts


def program_of(folder: Path) -> type[Program]:
    """The program that reads and answers for an export.

    Args:
        folder: that ``fathom export`` wrote.

    Raises:
        UserError: it is none, or its task has no program.
    """
    script = folder / "predict.py"
    if not (folder / "model.onnx").is_file() or not (folder / "preprocess.json").is_file() or not script.is_file():
        raise UserError(
            f"{folder} has no model.onnx, preprocess.json and predict.py: give a folder that fathom export wrote"
        )
    for line in script.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if len(words) == 4 and words[0] == "from" and words[1].startswith("runtime.exported.") and words[3] != "main":
            module = words[1].removeprefix("runtime.exported.")
            if module.isidentifier():
                found = getattr(import_module(f"fathom.exported.{module}"), words[3], None)
                if isinstance(found, type) and issubclass(found, Program):
                    return found
    raise UserError(f"{script} names no program of this version of fathom: export the run again")


def accepted_by(program: type[Program]) -> Accepts:
    """What the inputs of a program are, by the module that it stands in."""
    return Accepts(input_kind(program.__module__))


class ExportInputs:
    """Reads inputs of an exported model.

    Args:
        folder: of the export.
    """

    def __init__(self, folder: Path) -> None:
        kind = program_of(folder)
        self.program = kind(json.loads((folder / "preprocess.json").read_text(encoding="utf-8")))
        self.accepts = accepted_by(kind)

    def read(self, text: str, *, is_file: bool) -> Iterator[tuple[str, Arrays | str, list[str]]]:
        """As `fathom.serving.service.run_inputs.RunInputs.read`."""
        for name, arrays in self.program.read(text):
            yield name, arrays, [one.sentence() for one in self.program.doubts.pop(name, ())]

    def draw(self, text: str, asked: Mapping[str, Any], *, is_file: bool) -> Reading:
        """Nothing: an export does not know how its answers are drawn."""
        return Reading()
