"""Programs of eight bits: smaller, judged beside full precision, refused where they cost too much."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fathom.errors import UserError
from fathom.exporting import int8, quantization
from fathom.exporting.export import export
from fathom.exporting.int8 import Int8
from fathom.metrics import METRICS
from fathom.progress import Watcher
from fathom.records import Interval
from fathom.runs.folder import RunFolder

onnx = pytest.importorskip("onnx", reason="the extra export is not installed")
SAVED = Int8((30, 100), (1.0, 4.0), (0.10, 0.08), Interval(0.02, 0.01, 0.03), 200)


def test_a_net_of_pictures_is_smaller_and_its_cost_is_kept(
    trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = trained("pictures", precision="fp32")
    monkeypatch.setattr(int8, "_TIMED_SECONDS", 0.05)
    run.export(tmp_path / "out", int8=True, accept=100)
    kept = json.loads((tmp_path / "out" / "preprocess.json").read_text())["int8"]
    small, large = kept["size"]
    assert small < 0.5 * large
    assert kept["examples"] == 10
    assert kept["difference"]["value"] == pytest.approx(kept["figure"][0] - kept["figure"][1])
    told = {one.key: one.value for one in onnx.load(tmp_path / "out" / "model.onnx").metadata_props}
    assert told["task"] == "image-classification"
    assert json.loads(told["classes"]) == ["bright", "dark"]
    assert b"site-packages" not in (tmp_path / "out" / "model.onnx").read_bytes()
    assert not list((tmp_path / "out").glob("full*"))
    monkeypatch.setattr(int8, "_judged", lambda *given: replace(SAVED, figure=(0.3, 0.1)))
    with pytest.raises(int8.TooCoarseError, match=r"loses 20 points on 200 dev examples, where 1 are accepted"):
        run.export(tmp_path / "again", int8=True)
    assert not list(tmp_path.glob("*again*"))


def test_points_are_of_a_percentage_or_hundredths_of_a_figure() -> None:
    assert SAVED.rise(METRICS["error"]) == pytest.approx(2.0)
    number = replace(METRICS["error"], percent=False)
    assert SAVED.rise(number) == pytest.approx(25.0)
    assert SAVED.told(METRICS["error"]).endswith("25 % of 4; dev error +2.0 points (1.0 to 3.0) beside fp32")


def test_a_normalization_is_the_same_as_a_convolution(tmp_path: Path) -> None:
    from fathom.exported.program import open_session

    mean, std = (torch.rand(1, 3, 1, 1) + 0.5 for _ in range(2))

    class Net(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x - mean) / std

    program = torch.onnx.export(Net().eval(), (torch.rand(2, 3, 4, 5),), dynamo=True, verbose=False)
    assert program is not None
    program.save(tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    quantization.normalize_by_convolution(model)
    assert [node.op_type for node in model.graph.node] == ["Conv"]
    onnx.save(model, tmp_path / "net.onnx")
    session, x = open_session(tmp_path / "net.onnx"), np.random.default_rng(0).random((2, 3, 4, 5), np.float32)
    (said,) = session.run(None, {session.get_inputs()[0].name: x})
    assert said == pytest.approx(((torch.from_numpy(x) - mean) / std).numpy(), abs=1e-5)


@pytest.mark.parametrize(("asked", "match"), [({"form": "torch"}, "ONNX alone"), ({"accept": -1.0}, "out of range")])
def test_what_cannot_be_is_told_first(asked: dict[str, Any], match: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=match):
        export(RunFolder(tmp_path), tmp_path / "out", Watcher(), int8=True, **asked)
