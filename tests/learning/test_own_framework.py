"""mynn: built of what is solved, tested as a whole, and as good as PyTorch with the same weights and batches."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from fathom.cli.main import app
from fathom.errors import UserError
from fathom.learning import cat_recognizer, own_data, own_framework, own_training
from fathom.learning.course import exercises, find
from fathom.learning.own_framework import Built, build, pieces
from fathom.learning.progress import code_of
from fathom.learning.workspace import Workspace

NEEDED = sorted({name for one in pieces() for name in one.needs})


def solved(folder: Path, names: Collection[str] = NEEDED) -> Workspace:
    """A course in which these are solved, by the solutions."""
    workspace = Workspace.start(folder)
    for name in names:
        one = find(name)
        workspace.path(one).write_text(one.solution, "utf-8")
        told = {"code": code_of(one.solution), "check": one.version, "passed": True}
        workspace.progress.add("checked", one, **told)
    return workspace


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Built]:
    workspace = solved(tmp_path_factory.mktemp("course"))
    return workspace, build(workspace)


def test_every_piece_is_built_of_the_solutions_and_passes_its_tests(whole: tuple[Workspace, Built]) -> None:
    _, built = whole
    assert not built.missing
    assert built.pieces == pieces()
    lines = [*own_framework.tests(built)]
    assert all(holds for holds, _ in lines)
    layers = {name for one in pieces() if one.tested for name in one.gives} - {"Module", "Sequential"}
    assert {line.partition(":")[0] for _, line in lines[:-1]} == layers
    assert "learns twelve examples by heart" in lines[-1][1]


def test_what_is_needed_is_an_exercise() -> None:
    assert {name for one in pieces() for name in one.needs} <= {one.name for one in exercises()}


def test_what_is_not_solved_is_named(tmp_path: Path) -> None:
    workspace = solved(tmp_path, ["dense-layer", "optimizers"])
    built = build(workspace)
    assert built.has("Adam")
    assert not built.has("Dense")
    missing = {one.name: why for one, why in built.missing.items()}
    assert missing["dense"] == (f"{find('initialization').id} initialization is not solved",)
    assert all(holds is not False for holds, _ in own_framework.tests(built))
    with pytest.raises(UserError, match="mynn has no Dense, CrossEntropy, batches yet"):
        list(own_training.run(workspace, built, own_training.find("cats")))
    one = find("optimizers")
    workspace.path(one).write_text(one.solution + "\nx = 1\n", "utf-8")
    assert not build(workspace).has("Adam")


def test_a_layer_whose_gradient_is_wrong_is_told(tmp_path: Path) -> None:
    workspace = solved(tmp_path, ["dense-layer", "initialization", "softmax-cross-entropy"])
    built = build(workspace)
    path = built.folder / "solved" / "dense_layer.py"
    path.write_text(path.read_text("utf-8").replace("x.T @ upstream", "0.9 * x.T @ upstream"), "utf-8")
    wrong = [line for holds, line in own_framework.tests(built) if holds is False]
    assert len(wrong) == 1
    assert wrong[0].startswith("Dense:")
    path.write_text("def forward(x, w, b):\n    return 1 / 0\n", "utf-8")
    assert any("ZeroDivisionError" in line for holds, line in own_framework.tests(built) if holds is False)


def test_a_folder_that_was_not_made_here_is_left_alone(tmp_path: Path) -> None:
    workspace = solved(tmp_path, [])
    (tmp_path / "mynn").mkdir()
    (tmp_path / "mynn" / "mine.py").write_text("x = 1\n")
    with pytest.raises(UserError, match="was not made by fathom learn mynn"):
        build(workspace)
    assert (tmp_path / "mynn" / "mine.py").exists()


def few_cats(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Noise with a bright corner for a cat, in the shape of the project's pictures."""
    rng = np.random.default_rng(seed)
    x, y = rng.random((160, 24, 24, 3)), np.arange(160) % 2
    x[y == 1, :12, :12] += 1.0
    x = x.reshape(160, -1)
    return x[:120], y[:120], x[120:], y[120:]


def test_cats_are_learned_as_by_pytorch(whole: tuple[Workspace, Built], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cat_recognizer, "drawn", lambda: iter(()))
    monkeypatch.setattr(cat_recognizer, "split", few_cats)
    lines = list(own_training.run(*whole, own_training.find("cats")))
    ends = [line for line in lines if "logits differ by" in line]
    assert [line.split()[0] for line in ends] == ["dense", "convolution"]
    for line in ends:
        mine, theirs = re.findall(r"([\d.]+) % wrong", line)
        assert mine == theirs
        assert float(mine) <= 20
        assert float(re.search(r"differ by (\S+) at most", line)[1]) < 1e-5  # type: ignore[index]


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm", "gpt"])
def test_sequences_are_learned_as_by_pytorch(kind: str, whole: tuple[Workspace, Built]) -> None:
    from dataclasses import replace

    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 4, (40, 7))
    x, y = np.eye(4)[numbers[:, :-1]], numbers[:, :-1]
    split = own_data.Split(x[:30], y[:30], x[30:], y[30:], 4, own_data.bits, "\nabc")
    names = own_training.find("names")
    few = replace(names, data=lambda workspace, box: iter([split]), nets={kind: names.nets[kind]}, epochs=2)
    lines = list(own_training.run(*whole, few))
    last = next(line for line in lines if "logits differ by" in line)
    mine, theirs = re.findall(r"([\d.]+) bits", last)
    assert mine == theirs
    assert float(re.search(r"differ by (\S+) at most", last)[1]) < 1e-5  # type: ignore[index]
    made = lines[-1].partition("makes up ")[2].split(", ")
    assert len(made) == own_training.WORDS
    assert all(set(word.lower()) <= set("abc") for word in made)


def test_time_that_is_used_up_is_told(whole: tuple[Workspace, Built], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cat_recognizer, "drawn", lambda: iter(()))
    monkeypatch.setattr(cat_recognizer, "split", lambda seed: tuple(np.repeat(a, 40, 0) for a in few_cats(seed)))
    with pytest.raises(UserError, match="s of CPU are used up: fathom learn mynn cats --seconds 2 gives it longer"):
        list(own_training.run(*whole, own_training.find("cats"), seconds=1.0))


def test_surprise_in_bits_is_that_of_pytorch() -> None:
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(6, 5)), rng.integers(0, 5, (3, 2))
    told = torch.nn.functional.cross_entropy(torch.tensor(z), torch.tensor(y.T.ravel())).item() / np.log(2)
    assert own_data.bits(z, y) == f"{told:.3f} bits a letter"


def test_the_command_builds_tests_and_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solved(tmp_path, ["dense-layer", "initialization", "softmax-cross-entropy", "training-loop"])
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["learn", "mynn"])
    assert said.exit_code == 0, said.output
    for part in ("Dense", "missing: ", "gradients within", "by heart", str(own_framework.NAME)):
        assert part in said.output
