"""``predict.py --generate`` writes on without torch, and for the same seed what ``fathom generate`` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fathom.exported.likelihoods import Likelihoods
from fathom.exported.music import Chords, Notes
from fathom.exported.program import main
from fathom.exported.sampling import TRIES, drawn_keys

pytest.importorskip("onnxscript", reason="the extra export is not installed")
OPTIONS = {"length": 30, "seed": 3, "temperature": 0.8}


def written(out: Path, program: Any, capsys: pytest.CaptureFixture[str], prompt: str, **more: Any) -> str:
    options = [
        part for key, value in {**OPTIONS, **more}.items() for part in (f"--{key.replace('_', '-')}", str(value))
    ]
    assert main(out, program, ["--generate", prompt, *options]) == 0
    return capsys.readouterr().out.removesuffix("\n")


@pytest.mark.parametrize(
    "asked", [{"net": "lstm", "hidden": 16}, {"net": "gpt", "width": 16, "heads": 2, "context": 8}]
)
def test_a_text_goes_on_as_the_run_writes_it(
    asked: dict[str, Any], trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from fathom.testing import Case, train
    from task_cases import CASES

    case = CASES["running text"]
    bare = Case(case.make, {"batch_size": 4, "piece": 16}, case.new)
    run = train(case.make(tmp_path), tmp_path / "run", bare, epochs=1, precision="fp32", **asked)
    run.export(tmp_path / "out")
    for more in ({}, {"top_k": 3}, {"top_p": 0.5, "seed": 4}):
        said = written(tmp_path / "out", Likelihoods, capsys, "the king", **more)
        assert said == "".join(run.generate("the king", **{**OPTIONS, **more}))
    assert main(tmp_path / "out", Likelihoods, ["--generate", "KING"]) == 2
    assert "the prompt has 'G'" in capsys.readouterr().err


def test_a_tune_goes_on_as_the_run_plays_it(trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, _ = trained("music", precision="fp32")
    run.export(tmp_path / "out")
    for prompt in ("", "[[60, 64, 67], []]"):
        said = written(tmp_path / "out", Chords, capsys, prompt, length=6)
        assert said == "".join(run.generate(prompt, **{**OPTIONS, "length": 6}))
        assert len(said.splitlines()) == 6 + 2 * bool(prompt)
    with pytest.raises(SystemExit):
        main(tmp_path / "out", Notes, ["--generate", ""])  # what it plays is drawn within its net


def test_keys_are_drawn_until_a_chord_has_a_usual_number_of_notes() -> None:
    random, logits = np.random.default_rng(0), np.zeros(88)
    notes = [int(drawn_keys(logits, 1.0, (40, 42), random).sum()) for _ in range(20)]
    assert {*notes} <= {40, 41, 42}
    assert drawn_keys(logits - 9, 1.0, (88, 88), random).sum() < 5  # none of TRIES has so many
    assert drawn_keys(np.array([-1.0, 2.0]), 0, (0, 0), random).tolist() == [0, 1]
    assert TRIES > 1
