"""Runs as programs: verified, whole, and answering in a process that can import neither torch nor fathom."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fathom
from fathom.errors import MissingExtra, UserError
from fathom.exported.batches import sigmoid
from fathom.exported.box_rows import suppressed
from fathom.exported.classes import say_classes
from fathom.exported.program import main, open_session
from fathom.exported.tag_chains import best_tags
from fathom.exporting import bundle, export, onnx_program, programs, verification
from fathom.exporting.recurrent_shapes import as_one_operation
from fathom.exporting.whole_folder import made_whole
from fathom.nets.image.detector import non_max_suppression
from fathom.nets.text.bilstm import BiLSTM
from fathom.nets.text.crf import CRF
from fathom.nets.text.gpt import GPT
from fathom.nets.text.ngrams import bisected
from fathom.progress import Watcher
from fathom.records import Prediction
from fathom.runs.folder import RunFolder
from fathom.runs.lock import locked
from fathom.runs.predict import Predictor
from fathom.runs.predict import inputs as read_inputs
from fathom.tasks import classification

pytest.importorskip("onnxscript", reason="the extra export is not installed")

BLOCKED = """
import sys
for name in ("torch", "fathom", "sklearn", "scipy"):
    sys.modules[name] = None  # as if it were not installed
sys.argv = sys.argv[1:]
import runpy
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""
Exported = Callable[[str], tuple[fathom.Run, Path, str]]
WITH_PROGRAMS = ("pictures", "masks", "measured pictures", "labels", "texts", "words", "classes", "numbers",
                 "speech", "trigger", "boxes", "tags", "running text", "music", "events", "pairs")  # fmt: skip


def answers(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the program says, in a process without torch and fathom."""
    command = [sys.executable, "-c", BLOCKED, str(out / "predict.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("name", WITH_PROGRAMS)
def test_the_program_prints_what_predict_prints(
    name: str, exported: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out, new = exported(name)
    predictor = Predictor(RunFolder.open(run.path))
    example, answer = next(predictor.predict(read_inputs(predictor.task, [new])))
    assert not isinstance(answer, str)
    sure = "" if answer.confidence is None else f"  {100 * answer.confidence:.0f} %"
    told = answers(out, new)
    assert len(told.stderr.splitlines()) == len(answer.doubts)
    assert told.stdout == f"{example.id}  {predictor.task.format_prediction(example, answer)}{sure}\n"
    assert told.stdout.endswith(" bits per character\n") == (name == "running text")
    module, name_of = programs.program_of(run.task)
    main(out, getattr(import_module(f"fathom.{module}"), name_of), ["--json", new])  # the same without another process
    as_json = json.loads(capsys.readouterr().out)
    assert as_json["input"] == new
    assert as_json["scores"] == pytest.approx(dict(answer.scores), abs=1e-5)


def test_what_cannot_be_read_has_a_reason_and_the_others_an_answer(exported: Exported, tmp_path: Path) -> None:
    _, made, new = exported("pictures")
    out = shutil.copytree(made, tmp_path / "out")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    (tmp_path / "bare").mkdir()
    nowhere, bare = str(tmp_path / "nowhere.png"), str(tmp_path / "bare")
    told = answers(out, str(broken), nowhere, bare, new)
    assert told.returncode == 2
    assert len(told.stdout.splitlines()) == 1
    first, second, third = told.stderr.splitlines()
    assert first.startswith(f"{broken}: ")
    assert second == f"{nowhere} is no file: give the path of a picture"
    assert third == f"{bare} holds nothing that a prediction could be made of: give other inputs"
    (out / "model.onnx").write_bytes(b"half")
    told = answers(out, new)
    assert told.returncode == 2
    assert len(told.stderr.splitlines()) == 1
    assert "is no whole export" in told.stderr


def test_a_missing_package_is_one_sentence_and_an_isolated_python_will_do(exported: Exported) -> None:
    _, out, _ = exported("texts")
    lone = [sys.executable, "-I", "-c", BLOCKED.replace('"scipy"', '"scipy", "numpy"'), str(out / "predict.py"), "x"]
    told = subprocess.run(lone, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 2
    assert told.stderr == f"numpy is not installed: pip install -r {out / 'requirements.txt'}\n"
    alone = subprocess.run(
        [sys.executable, "-I", str(out / "predict.py"), "--help"], capture_output=True, text=True, check=False
    )
    assert alone.returncode == 0, alone.stderr


def test_several_inputs_have_the_answers_that_each_has_alone(exported: Exported) -> None:
    _, out, _ = exported("texts")
    given = ["a lovely story", "dull", "a story that is long and lovely and goes on and on"]
    together = answers(out, *given).stdout.splitlines()
    assert together == [answers(out, one).stdout.strip() for one in given]


@pytest.mark.parametrize("name", ["pictures", "running text"])
def test_a_torch_program_is_read_without_our_code(name: str, trained: Any, tmp_path: Path) -> None:
    run, _ = trained(name, precision="fp32")
    found = run.export(tmp_path / "out", to="torch")
    assert found.holds
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["README.md", "model.pt2", "preprocess.json"]
    ask = f"""
import sys
sys.modules["fathom"] = None
import torch
module = torch.export.load({str(tmp_path / "out" / "model.pt2")!r}).module()
print(len(list(module.parameters())) + len(list(module.buffers())))
"""
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=120, check=True)
    assert int(told.stdout) > 0


def test_an_unknown_form_is_refused(trained: Any, tmp_path: Path) -> None:
    run, _ = trained("pictures", precision="fp32")
    with pytest.raises(UserError, match="choose one of onnx, torch"):
        run.export(tmp_path / "out", to="pickle")


def test_a_folder_that_is_there_is_not_written_over(trained: Any, tmp_path: Path) -> None:
    run, _ = trained("pictures", precision="fp32")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(UserError, match="exists already"):
        export.export(RunFolder.open(run.path), tmp_path / "out", Watcher())
    assert (tmp_path / "out" / "mine.txt").read_text() == "keep"


def test_a_program_that_answers_otherwise_is_not_kept(
    trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = trained("pictures", precision="fp32")
    write = onnx_program.write_onnx

    def spoilt(whole: onnx_program.Whole, given: dict[str, torch.Tensor], path: Path) -> None:
        with torch.no_grad():
            last = list(whole.parameters())[-1]
            last.add_(1.0)
            write(whole, given, path)
            last.sub_(1.0)

    monkeypatch.setattr(export, "write_onnx", spoilt)
    with pytest.raises(onnx_program.ExportError, match="does not answer as the run does"):
        export.export(RunFolder.open(run.path), tmp_path / "out", Watcher())
    assert not list(tmp_path.glob("*out*"))


@pytest.mark.parametrize("start", sorted({one.partition(":")[0] for one in programs.PROGRAMS.values()}))
def test_no_module_of_a_program_needs_torch(start: str) -> None:
    for path in bundle.modules_of(start).values():
        assert "torch" not in {one.partition(".")[0] for one in bundle.imports_of(path, within=True)}, path
    needed = {one.partition("==")[0] for one in bundle.requirements_of(start, ("onnxruntime",))}
    assert {"numpy", "onnxruntime"} <= needed
    assert "onnxruntime" not in {one.partition("==")[0] for one in bundle.requirements_of(start)}
    assert not needed & {"torch", "scipy", "scikit-learn"}
    assert ("polars" in needed) == (start == "fathom.exported.tables")
    assert ("soundfile" in needed) == (start == "fathom.exported.sounds")


def test_chains_of_tags_are_those_that_the_net_finds() -> None:
    generator = torch.Generator().manual_seed(0)
    allowed = torch.rand(5, 5, generator=generator) > 0.3
    allowed[:, 0] = allowed[0] = True
    crf = CRF(allowed)
    torch.nn.init.normal_(crf.scores, generator=generator)
    emissions, lengths = torch.randn(6, 7, 4, generator=generator), torch.tensor([7, 1, 2, 5, 7, 3])
    found = [best_tags(e[:n].numpy(), crf.transitions.detach().numpy()) for e, n in zip(emissions, lengths.tolist())]
    assert found == crf.best(emissions, lengths)


def test_a_text_is_read_both_ways_without_packing(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    net = BiLSTM(20, 3, layers=2, units=4, width=5).eval()
    tokens, lengths = torch.randint(1, 20, (4, 7)), torch.tensor([7, 1, 4, 2])
    tokens[torch.arange(7) >= lengths[:, None]] = 0
    with torch.no_grad():
        wanted = net(tokens, lengths)
        monkeypatch.setattr(torch.compiler, "is_exporting", lambda: True)
        assert net(tokens, lengths).numpy() == pytest.approx(wanted.numpy(), abs=1e-6)


def test_long_texts_are_cut_into_windows_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    nets = [GPT(9, width=8, layers=1, heads=2, context=4, form=form).eval() for form in ("learned", "rotary")]
    tokens = torch.randint(0, 9, (2, 11))
    with torch.no_grad():
        wanted = [net(tokens) for net in nets]
        monkeypatch.setattr(torch.compiler, "is_exporting", lambda: True)
        for net, one in zip(nets, wanted, strict=True):
            assert net(tokens).numpy() == pytest.approx(one.numpy(), abs=1e-6)


def test_runs_of_tokens_are_found_without_a_search_that_onnx_has_not() -> None:
    generator = torch.Generator().manual_seed(0)
    for count in (1, 2, 3, 7, 8, 100):
        keys = torch.randint(0, 300, (count,), generator=generator).unique()
        wanted = torch.randint(-5, 310, (4, 50), generator=generator)
        assert torch.equal(bisected(keys, wanted), torch.searchsorted(keys, wanted))


def test_boxes_stay_that_stay_for_the_detector() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(80, 2, generator=generator)
    low = torch.rand(80, 2, generator=generator) * 0.2
    boxes = torch.cat([low, low + 0.2 + 0.2 * torch.rand(80, 2, generator=generator)], 1)
    wanted = non_max_suppression(logits, boxes).numpy()
    assert 5 < len(wanted) < 80
    assert suppressed(logits.numpy(), boxes.numpy()) == pytest.approx(wanted, abs=1e-6)
    assert suppressed(logits.numpy() - 99, boxes.numpy()).shape == (0, 6)


@pytest.mark.parametrize("kind", [torch.nn.LSTM, torch.nn.GRU])
def test_a_recurrent_layer_is_exported_for_any_number_and_length(kind: type[torch.nn.RNNBase], tmp_path: Path) -> None:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cells = kind(3, 4, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.cells(x)[0].flatten(0, 1)

    net, free = Net().eval(), torch.export.Dim.DYNAMIC
    with torch.no_grad(), as_one_operation():
        traced = torch.export.export(net, (torch.zeros(2, 5, 3),), dynamic_shapes=({0: free, 1: free},))
        onnx = torch.onnx.export(traced, dynamo=True, verbose=False, external_data=False)
    onnx.save(tmp_path / "net.onnx")
    session = open_session(tmp_path / "net.onnx")
    for shape in ((2, 5, 3), (1, 1, 3), (3, 9, 3)):
        x = torch.rand(shape)
        (said,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        assert said == pytest.approx(net(x).detach().numpy(), abs=1e-5)


def test_what_a_killed_export_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    for name in (".out.1.fathom-tmp", ".out.2.fathom-tmp", ".other.1.fathom-tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".lock").write_text("1")
    with locked(tmp_path / ".out.2.fathom-tmp"), made_whole(tmp_path / "out") as folder:
        (folder / "model.onnx").write_text("a model")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.1.fathom-tmp", ".out.2.fathom-tmp", "out"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model.onnx"]


def test_a_library_that_is_missing_is_told_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"^fathom export needs the extra 'export': pip install"):
        export.export(RunFolder(tmp_path / "nowhere"), tmp_path / "out", Watcher())


ROWS = st.lists(st.permutations([-3.0, 0.5, 2.25]), min_size=1, max_size=4)  # far enough apart for any rounding


@given(rows=ROWS, threshold=st.sampled_from([None, 0.0, 0.1, 0.5, 0.9, 1.0]), costs=st.booleans())
def test_classes_are_said_as_the_run_says_them(rows: list[list[float]], threshold: float | None, costs: bool) -> None:
    logits = np.array(rows, np.float32)
    classes, priced = ["a", "b", "c"], {"a": 5.0, "b>c": 3.0} if costs else {}
    wanted = classification.decode(
        torch.from_numpy(logits), classes, priced, None if threshold is None else ("b", threshold)
    )
    about = {
        "costs": classification.cost_matrix(classes, priced).tolist() if priced else None,
        "threshold": None if threshold is None else ["b", threshold],
    }
    said = say_classes(logits, classes, about)
    for one, other in zip(said, wanted, strict=True):
        assert one.scores == pytest.approx(dict(other.scores), abs=1e-6)
        assert one.value == other.value


def test_a_sigmoid_is_that_of_torch() -> None:
    x = np.linspace(-30, 30, 101, dtype=np.float32)
    assert sigmoid(x) == pytest.approx(torch.from_numpy(x).double().sigmoid().numpy(), rel=1e-9)


def test_a_difference_is_a_share_of_the_largest_output_and_knows_what_is_not_finite() -> None:
    wanted = [torch.tensor([[100.0, 0.0], [50.0, float("-inf")]])]
    assert verification.difference(wanted, [np.array([[99.0, 0.0], [50.0, -np.inf]])]) == pytest.approx([0.01, 0.0])
    assert verification.difference(wanted, [np.array([[100.0, 0.0], [50.0, 0.0]])])[1] == np.inf
    assert verification.difference(wanted, [np.array([[np.nan, 0.0], [50.0, -np.inf]])])[0] == np.inf


def test_decisions_agree_by_value_or_by_what_is_shown() -> None:
    def shown(prediction: Prediction) -> str:
        return str(prediction.value)[:1]

    assert verification.agree(Prediction(1.0), Prediction(1.0005), shown)
    assert not verification.agree(Prediction(1.0), Prediction(1.01), shown)
    assert verification.agree(Prediction("a1"), Prediction("a2"), shown)
    assert not verification.agree(Prediction("a"), Prediction("b"), shown)
