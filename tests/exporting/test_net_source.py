"""A net as source: one file that imports nothing of ours, and answers as the run does."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import fathom
from fathom.errors import UserError
from fathom.exporting import source_tree
from fathom.exporting.onnx_program import ExportError
from fathom.exporting.source_tree import gather
from task_cases import CASES

BLOCKED = """
import sys
sys.modules["fathom"] = None  # as if it were not installed
sys.argv = sys.argv[1:]
import runpy
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("name", ["pictures", "classes", "speech", "running text", "pairs"])
def test_it_answers_without_fathom_as_the_run_does(name: str, trained: Any, tmp_path: Path) -> None:
    run, data = trained(name, precision="fp32", **({"net": "mlp"} if name == "classes" else {}))
    found = run.export(tmp_path / "out", to="safetensors+code")
    assert (found.holds, found.same) == (True, 1.0)
    assert {"net.py", "weights.safetensors", "use.py", "runtime"} <= {one.name for one in (tmp_path / "out").iterdir()}
    source = ast.parse((tmp_path / "out" / "net.py").read_text())
    imported = {one.module or "" for one in ast.walk(source) if isinstance(one, ast.ImportFrom)}
    assert not [one for one in imported if one.startswith("fathom")]
    new = CASES[name].new(data)
    command = [sys.executable, "-c", BLOCKED, str(tmp_path / "out" / "use.py"), new, "--json"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    (said,) = run.predict(new)
    record = json.loads(told)
    assert record["prediction"] == (pytest.approx(said.value) if isinstance(said.value, float) else said.value)
    assert record["scores"] == pytest.approx(dict(said.scores), abs=1e-5)
    needed = (tmp_path / "out" / "requirements.txt").read_text()
    assert "torch==" in needed
    assert "onnxruntime" not in needed


def test_a_source_that_answers_otherwise_is_not_kept(
    trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = trained("pictures", precision="fp32")
    other = "class Dropout(nn.Dropout):\n    def forward(self, units):\n        return units + 0.1"
    monkeypatch.setitem(source_tree.INSTEAD, ("fathom.nets.dropout", "Dropout"), other)
    with pytest.raises(ExportError, match="does not answer as the run does"):
        run.export(tmp_path / "out", to="safetensors+code")
    assert not list(tmp_path.glob("*out*"))


def test_a_net_of_the_users_own_is_source_already(tmp_path: Path) -> None:
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(10))
    run = fathom.train("practice:digits?n=100", net=net, epochs=1, out=tmp_path / "run")
    with pytest.raises((UserError, ExportError), match="your own"):
        run.export(tmp_path / "out", to="safetensors+code")


def test_what_is_gathered_is_all_that_is_needed_and_no_more() -> None:
    found = gather({"LeNet": "fathom.nets.image.lenet"})
    names = {place.name for place in found.parts}
    assert {"LeNet", "ImageClassifier", "UserError"} <= names
    assert "conv3x3" not in names  # of the same module as the base, and not asked for
    held: dict[str, Any] = {"__name__": "alone"}
    exec(compile("from __future__ import annotations\n" + found.text(), "alone", "exec"), held)
    assert held["LeNet"](3, 32, 2)(torch.zeros(1, 3, 32, 32)).shape == (1, 2)
