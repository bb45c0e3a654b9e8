"""``fathom export --to space``: a folder that runs as a demo elsewhere, with Gradio and without torch and fathom."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fathom.errors import UserError
from fathom.exported.input_kinds import input_kind
from fathom.exporting.export import export
from fathom.exporting.programs import has_program, program_of
from fathom.exporting.verification import Agreement
from fathom.progress import Watcher
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_task

GRADIO = "5.0"
"""The version that is asked for where none is installed here."""
APP = '''"""A page to try the exported model at: python app.py"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is loaded

from pathlib import Path

import gradio as gr

from runtime.{module} import {name}
from runtime.errors import FathomError
from runtime.exported.program import Model

FOLDER = Path(__file__).parent
model = Model(FOLDER, {name})


def answer(given):
    """What the model says; a text is never taken for the name of a file of this machine."""
    text = (given or "").strip()
    if not text:
        raise gr.Error("give a {kind} first")
    if {typed} and os.path.lexists(text):
        raise gr.Error("that is the name of a file here: give a {kind}")
    try:
        _, said = next(iter(model.answers([text])))
    except FathomError as error:
        said = str(error)
    if isinstance(said, str):
        raise gr.Error(said.replace(text, "it"))
    return said.shown, dict(said.scores) or None


with gr.Blocks(title={title!r}, analytics_enabled=False) as demo:
    gr.Markdown({heading!r})
    given = {component}
    ask = gr.Button("Ask", variant="primary")
    shown, scores = gr.Textbox(label="Answer"), gr.Label(label="How surely", num_top_classes=8)
    ask.click(answer, given, [shown, scores])

if __name__ == "__main__":
    demo.launch()
'''
COMPONENTS = {
    "picture": 'gr.Image(type="filepath", sources=["upload", "webcam", "clipboard"], label="Picture")',
    "recording": 'gr.Audio(type="filepath", sources=["microphone", "upload"], label="Recording")',
    "row": 'gr.Textbox(label="A row as JSON, such as {\\"age\\": 39}", lines=4)',
    "text": 'gr.Textbox(label="Text", lines=4)',
}
PREDICT = "$ python predict.py INPUT\n"
PAGE = "$ python app.py    # a page to try it at\n"
HEAD = """---
title: {title}
sdk: gradio
app_file: app.py
"""


def export_space(run: RunFolder, out: Path, watcher: Watcher, *, int8: bool = False, accept: float = 1.0) -> Agreement:
    """Write a run as a demo: the verified program, and a page before it.

    Args:
        run: that was trained.
        out: the folder to make.
        watcher: is told how far it is.
        int8, accept: as `fathom.exporting.export.export` takes them.

    Returns:
        how far the program and the run agree.

    Raises:
        UserError: the run's task has no program, or see `fathom.exporting.export.export`.
    """
    task = load_task(run)
    if not has_program(task):
        raise UserError(f"{run.path} has no program without torch that a demo could run by: use fathom serve there")
    title = run.path.resolve().name

    def beside(folder: Path) -> str:
        (folder / "app.py").write_text(app_text(task.name, title), encoding="utf-8")
        requirements = folder / "requirements.txt"
        asked = f"gradio=={_version()}" if _version() else f"gradio>={GRADIO}"
        requirements.write_text(requirements.read_text(encoding="utf-8") + asked + "\n", encoding="utf-8")
        card = folder / "README.md"
        text = card.read_text(encoding="utf-8").replace(PREDICT, f"{PREDICT}{PAGE}", 1)
        card.write_text(HEAD.format(title=title) + text.removeprefix("---\n"), encoding="utf-8")
        return "pip install -r {out}/requirements.txt; python {out}/app.py"

    return export(run, out, watcher, int8=int8, accept=accept, beside=beside)


def app_text(task: str, title: str) -> str:
    """``app.py`` for a task that has a program.

    Args:
        task: its name.
        title: of the page.
    """
    module, name = program_of(task)
    kind = input_kind(module)
    return APP.format(
        module=module, name=name, kind=kind, typed=kind in ("row", "text"), title=title,
        heading=f"# {title}\n\n{task}", component=COMPONENTS[kind],
    )  # fmt: skip


def _version() -> str:
    try:
        return version("gradio")
    except PackageNotFoundError:
        return ""
