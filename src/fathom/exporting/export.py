"""``fathom export``: a run as a folder that another machine can use, verified before it is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from fathom.data import files
from fathom.errors import MissingExtra, UserError
from fathom.exported.input_kinds import input_kind
from fathom.exporting import bundle, verification
from fathom.exporting.beside_run import Asked, asked_of, compared, on_the_host
from fathom.exporting.card import card
from fathom.exporting.int8 import ACCEPTED, Int8, made_small
from fathom.exporting.net_source import opened_source, write_source
from fathom.exporting.onnx_program import ExportError, Whole, whole_net, write_metadata, write_onnx, write_torch
from fathom.exporting.programs import (
    PROGRAMS,
    also_needed,
    described,
    has_program,
    metadata,
    program_of,
    program_text,
    source_program_text,
)
from fathom.exporting.verification import Agreement, Ask, opened_onnx
from fathom.exporting.whole_folder import made_whole
from fathom.metrics import Metric
from fathom.progress import Watcher
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_net, load_task
from fathom.runs.prepare import prepare_again
from fathom.spelling import choice
from fathom.task import Batch, Task
from fathom.training.batching import gather

SOURCE = "safetensors+code"
"""The form of a net as source."""
READ_BY = {"onnx": "predict.py", SOURCE: "use.py"}
"""What reads the inputs, of those forms that have it."""


def export(
    run: RunFolder,
    out: Path,
    watcher: Watcher,
    module: nn.Module | None = None,
    form: str = "onnx",
    int8: bool = False,
    accept: float = ACCEPTED,
    beside: Callable[[Path], str] | None = None,
) -> Agreement:
    """Write a run as a program that answers as the run does.

    Args:
        run: that was trained.
        out: the folder to make.
        watcher: is told how far it is.
        module: the user's own net, where the run was trained with one.
        form: ``onnx``, with a ``predict.py`` that reads the inputs, ``torch``, or ``safetensors+code``, the source.
        int8: of eight bits, which is smaller and faster; what it costs is measured on dev.
        accept: points of error that this may cost.
        beside: writes more into the folder, and returns how it is used.

    Returns:
        how far the program and the run agree.

    Raises:
        MissingExtra: what writes or runs ONNX is not installed.
        UserError: the run is not finished, its data has changed, or the folder is there already.
        ExportError: the net cannot be written as a program.
        TooCoarseError: eight bits cost more than is accepted.
        FathomError: the program does not answer as the run does.
    """
    _check_asked(form, int8, accept)
    run.check_finished()
    files.refuse_existing(out)
    recipe = run.read_recipe()
    own = load_task(run, recipe)
    task = on_the_host(own)
    prepared = prepare_again(run, recipe, task, watcher)
    net = load_net(run, task, module).cpu().eval()
    asked = asked_of(own, net, prepared)
    fingerprint, file = str(recipe["resolved"]["data_fingerprint"]), FORMS[form].file
    with made_whole(out) as folder:
        watcher.begin_stage("export", 2)
        whole, found = _write(asked, folder / file, watcher, form)
        small = made_small(folder / file, whole, prepared, accept, watcher) if int8 else None
        about = described(task, net, fingerprint)
        about |= {"verified": asdict(found), "int8": asdict(small) if small else None}
        lines = _told(found, small, file, task.metric)
        (folder / "preprocess.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
        use = usage_of(task, form)
        (folder / "README.md").write_text(f"{card(run, use)}\n## As it is here\n\n{lines}\n", encoding="utf-8")
        if form == "onnx":
            write_metadata(folder / file, metadata(task, fingerprint))
        if form in READ_BY:
            _write_program(task, folder, form)
        told = beside(folder) if beside else ""
    _tell(watcher, out, found, form, told)
    if small:
        watcher.summary_line("int8", small.told(task.metric))
    return found


def _write_program(task: Task, folder: Path, form: str) -> None:
    """What reads the inputs, where there is such a program for the task."""
    if has_program(task):
        start = f"fathom.{program_of(task.name)[0]}"
        bundle.write_bundle(start, folder)
        name, text, by = "predict.py", program_text(task.name), ("onnxruntime",)
        if form == SOURCE:
            name, text, by = "use.py", source_program_text(task), ("torch", "safetensors")  # type: ignore[assignment]
        (folder / name).write_text(text, encoding="utf-8")
        needed = bundle.requirements_of(start, also_needed(task, by))
        (folder / "requirements.txt").write_text("\n".join(needed) + "\n", encoding="utf-8")


def usage_of(task: Task, form: str) -> str:
    """How an exported folder is used, in Markdown."""
    if form in READ_BY and has_program(task):
        needed = "fathom is not" if form == SOURCE else "Neither torch nor fathom is"
        return (
            f"```console\n$ pip install -r requirements.txt\n$ python {READ_BY[form]} INPUT\n```\n\n"
            f"INPUT is a {input_kind(PROGRAMS[task.name].partition(':')[0])}, or the path of one; several are answered "
            f"with a line each, and `--json` prints records for programs. {needed} needed."
        )
    readers = {"onnx": "ONNX Runtime", "torch": "`torch.export.load('model.pt2').module()`", SOURCE: "`net.load()`"}
    reader = readers[form]
    return f"{reader} takes the arrays that `preprocess.json` describes; what reads the inputs is yours."


def _check_asked(form: str, int8: bool, accept: float) -> None:
    """Say what cannot be, or is missing, before any work is done."""
    if form not in FORMS:
        raise UserError(f"`to={form}` is unknown{choice(form, (*FORMS, 'space'))}")
    if int8 and form != "onnx":
        raise UserError(f"`int8` is of ONNX alone: leave out `to={form}`")
    if not accept >= 0:
        raise UserError(f"`accept={accept}` is out of range: give 0 or more points of error")
    if form != "onnx":
        return
    for name in ("onnx", "onnxscript", "onnxruntime"):
        try:
            there = find_spec(name) is not None
        except ValueError:  # it was taken out of what is loaded
            there = False
        if not there:
            raise MissingExtra("fathom export", "export")


def _told(found: Agreement, small: Int8 | None, file: str, metric: Metric) -> str:
    """The last part of an exported run's card."""
    how = f"`{file}` computes in fp32 and was asked beside the run, which answers in {found.precision}"
    told = f"{how}: {found.told()}."
    return f"{told} It was made one of eight bits then: {small.told(metric)}." if small else told


def _write(asked: Asked, path: Path, watcher: Watcher, form: str) -> tuple[Whole, Agreement]:
    """Write the program and ask it what the net is asked."""
    task, prepared = asked.task, asked.prepared
    first = gather(task, prepared.store, np.resize(asked.chosen, max(2, min(3, len(asked.chosen)))))
    whole, given = whole_net(task, asked.net, first)
    FORMS[form].write(whole, given, path)
    watcher.advance()
    try:
        found = compared(asked, whole, FORMS[form].opened(path))
    except (AssertionError, RuntimeError) as error:  # the program's own: it takes other inputs than the net
        why = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ExportError(f"the exported program does not answer what the net answers ({why})") from error
    watcher.advance()
    if not found.holds:
        raise ExportError(
            f"the exported program does not answer as the run does: {found.where} differs by {found.largest:.2g} of "
            f"the largest output, where {verification.TOLERANCE:g} is allowed"
        )
    return whole, found


def _tell(watcher: Watcher, out: Path, found: Agreement, form: str, told: str) -> None:
    watcher.summary_line("export", f"{out}   {files_told(out)}")
    watcher.summary_line("verified", found.told())
    if told:
        use = told.format(out=out)
    elif form in READ_BY and (out / READ_BY[form]).exists():
        use = f"pip install -r {out}/requirements.txt; python {out}/{READ_BY[form]} INPUT"
    elif form == "torch":
        use = f"torch.export.load('{out}/model.pt2').module() takes what {out}/preprocess.json describes"
    elif form == SOURCE:
        use = f"net.load() in {out}/net.py takes what {out}/preprocess.json describes"
    else:
        use = "there is no predict.py for such runs; preprocess.json says what the net is given"
    watcher.summary_line("use", use)


def files_told(out: Path) -> str:
    """The files of a folder and their size together, in words."""
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return f"{', '.join(sorted(path.name for path in out.iterdir()))}, {size / 1e6:.1f} MB"


def _open_torch(path: Path) -> Ask:
    module = torch.export.load(path).module()
    return lambda given: [
        one.numpy() for one in verification.tensors_of(module(*map(torch.from_numpy, given.values())))
    ]


class Form(NamedTuple):
    """A form in which a net leaves: the file, who writes it, and who opens it to be asked."""

    file: str
    write: Callable[[Whole, Batch, Path], None]
    opened: Callable[[Path], Ask]


FORMS = {
    "onnx": Form("model.onnx", lambda *given: write_onnx(*given), opened_onnx),
    "torch": Form("model.pt2", write_torch, _open_torch),
    SOURCE: Form("net.py", write_source, opened_source),
}
