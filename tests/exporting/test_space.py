"""A run as a demo: a folder with a page, which answers where neither torch nor fathom can be imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fathom.errors import UserError
from fathom.exporting.space import export_space
from fathom.progress import Watcher
from fathom.runs.folder import RunFolder
from task_cases import CASES

pytest.importorskip("onnxscript", reason="the extra export is not installed")
pytest.importorskip("gradio", reason="the extra demo is not installed")

ASKED = """
import sys
for name in ("torch", "fathom", "sklearn", "scipy"):
    sys.modules[name] = None  # as if it were not installed
sys.path.insert(0, sys.argv[1])
import json
import app
print(json.dumps(app.answer(sys.argv[2])))
try:
    app.answer(sys.argv[3])
except Exception as error:
    print(type(error).__name__, error)
"""


class Told(Watcher):
    """Keeps the lines of the summary."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}

    def summary_line(self, label: str, text: str) -> None:
        self.lines[label] = text


def test_a_demo_answers_as_the_run_does_and_reads_no_file_that_a_text_names(trained: Any, tmp_path: Path) -> None:
    case = CASES["texts"]
    run, data = trained("texts", precision="fp32")
    out = tmp_path / "out"
    watcher = Told()
    assert export_space(RunFolder.open(run.path), out, watcher).holds
    assert "app.py, " in watcher.lines["export"]
    assert watcher.lines["use"] == f"pip install -r {out}/requirements.txt; python {out}/app.py"
    assert "$ python app.py " in (out / "README.md").read_text()
    assert {"app.py", "model.onnx", "README.md", "requirements.txt", "runtime"} <= {p.name for p in out.iterdir()}
    assert "gradio" in (out / "requirements.txt").read_text()
    assert (out / "README.md").read_text().startswith("---\ntitle: texts\nsdk: gradio\napp_file: app.py\n")
    text = case.new(data)
    command = [sys.executable, "-c", ASKED, str(out), text, str(out / "README.md")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout.splitlines()
    shown, scores = json.loads(told[0])
    wanted = run.predict(text)[0]
    assert shown == wanted.value
    assert scores == pytest.approx(dict(wanted.scores), abs=1e-5)
    assert told[1].startswith("Error")
    assert "name of a file" in told[1]


def test_what_has_no_program_is_no_demo(trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fathom.exporting.space.has_program", lambda _task: False)  # as of a run with columns of texts
    run, _ = trained("texts", precision="fp32")
    with pytest.raises(UserError, match="fathom serve"):
        export_space(RunFolder.open(run.path), tmp_path / "out", Watcher())
    assert not (tmp_path / "out").exists()
