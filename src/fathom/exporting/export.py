"""``fathom export``: a run as a folder that another machine can use, verified before it is there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from fathom.data import files
from fathom.errors import UserError
from fathom.exporting import bundle, verification
from fathom.exporting.card import card
from fathom.exporting.onnx_program import ExportError, Whole, whole_net, write_onnx, write_torch
from fathom.exporting.programs import PROGRAMS, described, has_program, program_text
from fathom.exporting.verification import EXAMPLES, Agreement, Ask
from fathom.progress import Watcher
from fathom.records import Example
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_net, load_task
from fathom.runs.prepare import Prepared, prepare_again
from fathom.task import Batch, Task
from fathom.training.batching import gather

_AT_ONCE = 32


def export(
    run: RunFolder, out: Path, watcher: Watcher, module: nn.Module | None = None, form: str = "onnx"
) -> Agreement:
    """Write a run as a program that answers as the run does.

    Args:
        run: that was trained.
        out: the folder to make.
        watcher: is told how far it is.
        module: the user's own net, where the run was trained with one.
        form: ``onnx``, with a ``predict.py`` that reads the inputs, or ``torch``.

    Returns:
        how far the program and the run agree.

    Raises:
        UserError: the run is not finished, its data has changed, or the folder is there already.
        ExportError: the net cannot be written as a program.
        FathomError: the program does not answer as the run does.
    """
    if form not in FORMS:
        raise UserError(f"`to={form}` is unknown: write {' or '.join(FORMS)}")
    run.check_finished()
    files.refuse_existing(out)
    recipe = run.read_recipe()
    task = load_task(run, recipe)
    task = _on_the_host(task)
    prepared = prepare_again(run, recipe, task, watcher)
    net = load_net(run, task, module).cpu().eval()
    with _made_whole(out) as folder:
        watcher.begin_stage("export", 2)
        found = _write(task, net, prepared, folder, watcher, form)
        about = described(task, str(recipe["resolved"]["data_fingerprint"]))
        about["verified"] = asdict(found)
        (folder / "preprocess.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
        (folder / "README.md").write_text(card(run) + _told_verified(found, FORMS[form].file), encoding="utf-8")
        if form == "onnx" and has_program(task):
            start = PROGRAMS[task.name].partition(":")[0]
            bundle.write_bundle(start, folder)
            (folder / "predict.py").write_text(program_text(task.name), encoding="utf-8")
            (folder / "requirements.txt").write_text("\n".join(bundle.requirements_of(start)) + "\n", encoding="utf-8")
    _tell(watcher, out, found, form)
    return found


def _told_verified(found: Agreement, file: str) -> str:
    """The last part of an exported run's card."""
    return (
        f"\n## As it is here\n\n`{file}` was asked {found.examples:,} examples beside the run: "
        f"{100 * found.same:.4g} % were decided alike, outputs were up to {found.largest:.1e} apart.\n"
    )


def _on_the_host(task: Task) -> Task:
    """The same task in full precision on the processor, as the program will be."""
    settings = replace(task.settings, device="cpu", precision="fp32")
    other = task.clone(settings)
    other.restore(task.state())
    other.decision_threshold = task.decision_threshold
    return other


def _write(task: Task, net: nn.Module, prepared: Prepared, folder: Path, watcher: Watcher, form: str) -> Agreement:
    """Write the program and ask it what the net is asked."""
    split = "dev" if len(prepared.indices("dev")) else "train"
    chosen = prepared.indices(split)
    chosen = chosen[np.unique(np.linspace(0, len(chosen) - 1, min(EXAMPLES, len(chosen))).round().astype(int))]
    first = gather(task, prepared.store, np.resize(chosen, max(2, min(3, len(chosen)))))
    whole, given = whole_net(task, net, first)
    path = folder / FORMS[form].file
    FORMS[form].write(whole, given, path)
    watcher.advance()
    found = _verified(task, whole, prepared, chosen, FORMS[form].opened(path))
    watcher.advance()
    if not found.holds:
        raise ExportError(
            f"the exported program does not answer as the run does: {found.where} differs by {found.largest:.2g} of "
            f"the largest output, where {verification.TOLERANCE:g} is allowed"
        )
    return found


@torch.inference_mode()
def _verified(task: Task, whole: Whole, prepared: Prepared, chosen: np.ndarray, ask: Ask) -> Agreement:
    apart: list[np.ndarray] = []
    same: list[bool] = []
    by_id = {e.id: e for e in prepared.examples.items}
    for start in range(0, len(chosen), _AT_ONCE):
        batch = gather(task, prepared.store, chosen[start : start + _AT_ONCE])
        prepared_batch = task.prepare(dict(batch), None)
        given = {name: (batch if whole.prepares else prepared_batch)[name] for name in whole.names}
        output = whole(*given.values())
        wanted = verification.tensors_of(output)
        got = ask({name: array.numpy() for name, array in given.items()})
        apart.append(verification.difference(wanted, got))
        told = verification.with_tensors(output, iter([torch.from_numpy(np.asarray(one)) for one in got]))
        examples = [by_id[prepared.store.ids[i]] for i in chosen[start : start + _AT_ONCE]]
        same += _decided_alike(task, examples, output, told, prepared_batch)
    worst = int(np.concatenate(apart).argmax())
    largest = float(np.concatenate(apart)[worst])
    return Agreement(len(chosen), largest, float(np.mean(same)), prepared.store.ids[chosen[worst]])


def _decided_alike(task: Task, examples: Sequence[Example], output: Any, told: Any, batch: Batch) -> Iterator[bool]:
    if task.stateful:
        output, told = output[0], told[0]
    pairs = zip(examples, task.decode(output, batch), task.decode(told, batch), strict=True)
    for example, one, other in pairs:
        yield verification.agree(one, other, partial(task.format_prediction, example))


@contextmanager
def _made_whole(out: Path) -> Iterator[Path]:
    """A folder to write into, which takes its name when the block ends well, and is thrown away else."""
    waiting = out.with_name(f".{out.name}.{os.getpid()}.fathom-tmp")
    try:
        shutil.rmtree(waiting, ignore_errors=True)
        waiting.mkdir(parents=True)
        yield waiting
        files.refuse_existing(out)
        waiting.rename(out)
    except OSError as error:
        raise UserError(f"{out} cannot be written ({files.reason(error)}): give another place with `out`") from None
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _tell(watcher: Watcher, out: Path, found: Agreement, form: str) -> None:
    watcher.summary_line("export", f"{out}   {files_told(out)}")
    watcher.summary_line(
        "verified",
        f"{found.examples:,} examples: {100 * found.same:.4g} % decided alike, outputs up to {found.largest:.1e} apart",
    )
    if (out / "predict.py").exists():
        use = f"pip install -r {out}/requirements.txt; python {out}/predict.py INPUT"
    elif form == "torch":
        use = f"torch.export.load('{out}/model.pt2').module() takes what {out}/preprocess.json describes"
    else:
        use = "there is no predict.py for such runs; preprocess.json says what the net is given"
    watcher.summary_line("use", use)


def files_told(out: Path) -> str:
    """The files of a folder and their size together, in words."""
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return f"{', '.join(sorted(path.name for path in out.iterdir()))}, {size / 1e6:.1f} MB"


def _open_onnx(path: Path) -> Ask:
    from fathom.exported.program import open_session

    session = open_session(path)
    names = [one.name for one in session.get_inputs()]
    return lambda given: session.run(None, {name: given[name] for name in names})


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
    "onnx": Form("model.onnx", lambda *given: write_onnx(*given), _open_onnx),
    "torch": Form("model.pt2", write_torch, _open_torch),
}
