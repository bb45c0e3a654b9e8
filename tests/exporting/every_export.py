"""What exports to what: of every task and net, found by exporting a tiny run of each; the table in the documentation.

    python tests/exporting/every_export.py [TASK …]     writes it anew, or the lines of some tasks (some minutes)

`tests/exporting/test_every_export.py` exports them as well, and fails where the table is not what it finds: one net of
each task always, all of them where FATHOM_ALL_EXPORTS is set (`make exports`).
"""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path += [str(Path(__file__).parents[1])]

import fathom
from fathom import tasks
from fathom.errors import FathomError
from fathom.exporting import export
from fathom.progress import Watcher
from fathom.runs.folder import RunFolder
from fathom.testing import Case, train
from task_cases import CASES

PAGE = Path(__file__).parents[2] / "docs" / "out-of-the-door.md"
HEAD = "| task | net | `onnx` | `predict.py` | `torch` | `safetensors+code` |\n|---|---|---|---|---|---|\n"
CASE_OF = {
    "image-classification": "pictures", "segmentation": "masks", "detection": "boxes", "verification": "identities",
    "image-regression": "measured pictures", "multi-label": "labels", "table": "classes",
    "text-classification": "texts", "multi-label-text": "labels of texts", "tagging": "tags", "translation": "pairs",
    "language-model": "running text",
    "spoken-words": "words", "speech-recognition": "speech", "trigger-word": "trigger", "music": "music",
    "music-events": "events",
}  # fmt: skip
"""The case that is trained of each task."""
ALIKE = {
    **dict.fromkeys(("verification", "image-regression", "multi-label"), ("lenet", "image classification")),
    "multi-label-text": ("average", "text classification"),
}
"""Tasks whose nets are those of another, of which one stands for all."""
LARGE = frozenset({
    "pretrained", "pretrained-unet", "mobilenet", "inception", "minilm", "joined", "whisper", "whisper-decoder", "auto",
    "detector",
})  # fmt: skip
"""Nets that take long to be exported."""
ALL = "FATHOM_ALL_EXPORTS"
"""The environment variable with which every net is exported, and not one of each task: a quarter of an hour."""
KEPT = ("batch_size", "size", "task", "weights", "piece", "tokens")
"""Settings of a case that are not of its net."""

SMALL = {"gpt": {"width": 16, "layers": 1, "heads": 2, "context": 16}}
"""Options of nets that are large where nothing is said."""


class Row(NamedTuple):
    """What a net of a task exports to."""

    task: str
    net: str
    onnx: bool
    program: bool
    torch: bool
    code: bool

    def line(self) -> str:
        """A line of the table."""
        net = f"`{self.net}`" + (f", for all of {ALIKE[self.task][1]}" if self.task in ALIKE else "")
        return f"| {self.task} | {net} | {' | '.join('yes' if one else 'no' for one in self[2:])} |"


def pairs() -> list[tuple[str, str]]:
    """Every task with each of its nets."""
    return [
        (task, net)
        for task in CASE_OF
        for net in (ALIKE[task][:1] if task in ALIKE else tasks.by_name(task).nets)
    ]  # fmt: skip


@functools.cache
def sampled() -> set[tuple[str, str]]:
    """One net of each task, which is small: that of its case where it is."""
    chosen = {}
    for task, net in sorted(pairs(), key=lambda pair: pair not in _usual()):
        if net not in LARGE:
            chosen.setdefault(task, net)
    return set(chosen.items())


def trained(task: str, net: str, folder: Path) -> fathom.Run:
    """A tiny run: with the settings of its case for the net that it is about, with few of them for another."""
    case = CASES[CASE_OF[task]]
    data = case.make(folder)
    asked = case.asked
    if asked.get("net", net) != net or (task, net) not in _usual():
        asked = {name: value for name, value in case.asked.items() if name in KEPT}
    whole = Case(case.make, {**asked, **SMALL.get(net, {})}, case.new)
    return train(data, folder / "run", whole, epochs=1, net=net, precision="fp32")


@functools.cache
def _usual() -> set[tuple[str, str]]:
    """The nets that cases are about where they name none."""
    return {(task, CASES[case].asked.get("net", tasks.by_name(task).nets[0])) for task, case in CASE_OF.items()}


def found(run: fathom.Run, task: str, net: str, folder: Path) -> Row:
    """What a run exports to: what is written was verified."""
    written = {form: _writes(run, form, folder / form) for form in export.FORMS}
    return Row(
        task, net, written["onnx"], (folder / "onnx" / "predict.py").is_file(), written["torch"],
        written[export.SOURCE],
    )  # fmt: skip


def _writes(run: fathom.Run, form: str, out: Path) -> bool:
    try:
        export.export(RunFolder.open(run.path), out, Watcher(), form=form)
    except FathomError:
        return False
    return True


def told() -> list[str]:
    """The lines of the table as it stands in the documentation."""
    text = PAGE.read_text(encoding="utf-8")
    return text.partition(HEAD)[2].partition("\n\n")[0].splitlines()


def rows(only: Sequence[str]) -> Iterator[str]:
    """The lines of the table, made anew; of other tasks than those that are asked for as they stand.

    Args:
        only: names of tasks; none stands for all.
    """
    stand = {line.split(" | ")[0].removeprefix("| "): [] for line in told()}
    for line in told():
        stand[line.split(" | ")[0].removeprefix("| ")].append(line)
    for task, net in pairs():
        if only and task not in only:
            yield from stand.pop(task, [])
            continue
        with tempfile.TemporaryDirectory() as folder:
            line = found(trained(task, net, Path(folder)), task, net, Path(folder)).line()
        print(line, flush=True)
        yield line


def main() -> None:
    """Write the table anew."""
    before, head, after = PAGE.read_text(encoding="utf-8").partition(HEAD)
    lines = "\n".join(rows(sys.argv[1:]))
    rest = after.partition("\n\n")[2]
    PAGE.write_text(f"{before}{head}{lines}\n\n{rest}", encoding="utf-8")


if __name__ == "__main__":
    main()
