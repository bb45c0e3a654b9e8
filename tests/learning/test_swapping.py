"""What a learner wrote trains in fathom's own loop, and as the built-in would."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from fathom.errors import UserError
from fathom.learning import adapters, swapping
from fathom.learning.course import Exercise, exercises, find
from fathom.learning.swapping import own, swap
from fathom.learning.workspace import Workspace

OTHERWISE = {"gradient-checking", "label-noise", "train-dev"}
"""These judge, and train no net of two kinds."""

SWAPS = [one for one in exercises() if (one.folder / "swap.py").exists()]


@pytest.mark.parametrize("one", SWAPS, ids=lambda e: e.name)
def test_the_solution_trains(one: Exercise, monkeypatch: pytest.MonkeyPatch) -> None:
    real = adapters.duel

    def short(data: str, nets: Mapping[str, Callable[[], Any]], **asked: Any) -> Iterator[str]:
        mine = {name: build for name, build in nets.items() if name.startswith("yours")}
        return real(data, mine, **{**asked, "epochs": 1})

    monkeypatch.setattr(adapters, "duel", short)
    spec = importlib.util.spec_from_file_location("swap", one.folder / "swap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("TRIALS", "EPOCHS"):
        if hasattr(module, name):
            setattr(module, name, 1)
    solution, broken = own(one.folder / "solution.py"), own(one.folder / "solution.py")
    lines = list(module.swap(solution))
    assert any(line.startswith("yours") for line in lines) or one.name in OTHERWISE
    assert all(any(c.isdigit() for c in line) for line in lines) or one.name in OTHERWISE
    for name in vars(broken):
        setattr(broken, name, _Failing if isinstance(getattr(broken, name), type) else _fails)
    with pytest.raises(Exception, match="not the learner's"):
        list(module.swap(broken))


def _fails(*args: Any) -> None:
    raise RuntimeError("not the learner's")


class _Failing:
    """In the place of a class of the learner: it cannot be made, nor be applied as an autograd function is."""

    apply = staticmethod(_fails)

    def __init__(self, *args: Any) -> None:
        _fails()


def test_a_checker_that_is_wrong_is_told() -> None:
    one = find("gradient-checking")
    spec = importlib.util.spec_from_file_location("swap", one.folder / "swap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert all("as it should" in line for line in module.swap(own(one.folder / "solution.py")))
    trusting = SimpleNamespace(agrees=lambda f, gradient, x: True)
    assert sum("is wrong" in line for line in module.swap(trusting)) == 2


def test_yours_and_the_built_in_reach_the_same(tmp_path: Path) -> None:
    one = find("dense-layer")
    workspace = Workspace.start(tmp_path)
    workspace.place(one)
    with pytest.raises(UserError, match="not solved yet"):
        list(swap(workspace, one))
    workspace.path(one).write_text(one.solution, "utf-8")
    assert workspace.check(one).passed
    told = [line for line in swap(workspace, one) if not line.startswith("[dim]")]
    assert len(told) == 3
    assert all("dev error" in line for line in told[1:])
    assert "kept" not in told[1]
    assert [line.replace("   kept", "") for line in swap(workspace, one) if "kept" in line] == told[1:]
    workspace.path(one).write_text(one.solution.replace("upstream.sum(axis=0)", "upstream.wrong"), "utf-8")
    with pytest.raises(UserError, match="failed with your functions"):
        list(swap(workspace, one))
    with pytest.raises(UserError, match="not part of a training"):
        list(swap(workspace, find("grouped-splits")))


@pytest.mark.parametrize(
    ("work", "says"),
    [
        ("pass", "CPU are used up, 0 % of them in your functions"),
        ("mine.busy()", "in your functions .* make them faster"),
    ],
)
def test_what_a_swap_has_finished_outlives_its_budget(
    work: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for a training: one figure at once, then work without end, in the learner's function or not."""
    (tmp_path / "swap.py").write_text(
        "from fathom.learning import swap_progress\n\n\ndef swap(mine):\n"
        "    yield 'yours   ' + swap_progress.current.trained('yours', lambda watcher: 'dev error 1.0 %')\n"
        f"    while True:\n        {work}\n"
    )
    one = Exercise(1, 1, "standardize", tmp_path, find("standardize").told)
    monkeypatch.setattr(Exercise, "solution", find("standardize").solution)
    solved = Workspace.start(tmp_path / "course")
    solved.path(one).write_text("def busy():\n    return sum(range(100_000))\n", "utf-8")
    monkeypatch.setattr(solved, "state", lambda exercise: SimpleNamespace(solved=True))
    child = f"""
from pathlib import Path
from types import SimpleNamespace
from fathom.learning import swapping
swapping.find = lambda name: SimpleNamespace(folder=Path({str(tmp_path)!r}))
swapping.main()
"""
    monkeypatch.setattr(swapping, "COMMAND", ("-c", child))
    monkeypatch.setattr(swapping, "SILENT", 1.0)
    lines: list[str] = []

    def show() -> None:
        for line in swap(solved, one, 10.0):
            lines.append(line)  # noqa: PERF402 (what came before the error is looked at)

    with pytest.raises(UserError, match=says):
        show()
    assert any("dev error 1.0 %" in line for line in lines)
    assert any("of 10 s of CPU used" in line for line in lines)


def test_an_operation_has_the_gradients_that_it_is_given() -> None:
    rng = np.random.default_rng(0)
    x, w = (torch.tensor(rng.normal(size=s), dtype=torch.float32, requires_grad=True) for s in ((3, 4), (4, 2)))
    out = adapters.operation(lambda a, b: a @ b, lambda g, a, b: (g @ b.T, a.T @ g), x, w)
    upstream = torch.tensor(rng.normal(size=(3, 2)), dtype=torch.float32)
    out.backward(upstream)
    x2, w2 = x.detach().clone().requires_grad_(), w.detach().clone().requires_grad_()
    (x2 @ w2).backward(upstream)
    assert torch.allclose(out, x2 @ w2, atol=1e-6)
    assert torch.allclose(x.grad, x2.grad, atol=1e-6)
    assert torch.allclose(w.grad, w2.grad, atol=1e-6)


def test_an_operation_without_a_backward_pass_has_the_values_of_the_learner_and_the_gradients_of_pytorch() -> None:
    x = torch.tensor([[1.0, -2.0]], requires_grad=True)
    out = adapters.valued(lambda a: 10 * a, lambda t: t**2, x)
    out.sum().backward()
    assert out.tolist() == [[10.0, -20.0]]
    assert x.grad.tolist() == [[2.0, -4.0]]
