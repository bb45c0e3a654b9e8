"""Whatever a net does, and whatever the checks make of it: the training that is watched goes on."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional as F

import fathom
from fathom.training.health import recorder
from fathom.training.health.guard import WatchEnded
from loops import net, points


def ended(watched: bool) -> tuple[dict[str, Tensor], list[str]]:
    """The weights after some steps, and the warnings."""
    torch.manual_seed(0)
    x, y = points()
    model = net(16)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    health = fathom.watch(model, optimizer)
    if watched:
        health.attach()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for i in range(0, 320, 32):
            loss = F.cross_entropy(model(x[i : i + 32]), y[i : i + 32])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if watched:
                health.step(loss)
        health.detach()
    return model.state_dict(), [str(one.message) for one in told if one.category is WatchEnded]


@pytest.mark.parametrize("part", ["row_hashes", "activations", "layers_of", "changes_since", "measure_gradient"])
def test_a_check_that_stumbles_ends_the_watch_and_not_the_training(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"nobody thought of this in {part}")

    plain, _ = ended(watched=False)
    monkeypatch.setattr(recorder, part, stumbles)
    weights, told = ended(watched=True)
    assert len(told) == 1
    assert f"nobody thought of this in {part}" in told[0]
    assert all(torch.equal(weights[name], plain[name]) for name in plain)


def test_the_loss_that_stumbles_is_counted_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(*args: object) -> None:
        raise RuntimeError("nobody thought of this loss")

    monkeypatch.setattr(fathom.training.health.observer, "loss_facts", stumbles)
    _, told = ended(watched=True)
    assert len(told) == 1


def test_gradients_of_each_example_are_no_stumbling_block() -> None:
    """`vmap` hands the net tensors that stand for many, and have no numbers of their own."""
    x, y = points()
    model = net(16)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)

    def one(weights: dict[str, Tensor], row: Tensor, label: Tensor) -> Tensor:
        return F.cross_entropy(functional_call(model, weights, (row[None],)), label[None])

    with fathom.watch(model, optimizer) as health:
        for i in range(0, 600, 32):
            weights = {name: p.detach() for name, p in model.named_parameters()}
            each = vmap(grad(one), (None, 0, 0))(weights, x[i : i + 32], y[i : i + 32])
            for name, p in model.named_parameters():
                p.grad = each[name].mean(0)
            optimizer.step()
            health.step(float(F.cross_entropy(model(x[:64]), y[:64])))
    assert health.guard.trouble is None


def test_sparse_gradients_are_no_stumbling_block() -> None:
    torch.manual_seed(0)
    rows, columns = torch.randint(0, 30, (2, 512))
    stars = torch.randn(512)

    class Factors(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.row, self.column = nn.Embedding(30, 8, sparse=True), nn.Embedding(30, 8, sparse=True)

        def forward(self, rows: Tensor, columns: Tensor) -> Tensor:
            return (self.row(rows) * self.column(columns)).sum(1)

    model = Factors()
    optimizer = torch.optim.SparseAdam(list(model.parameters()), 0.01)
    with fathom.watch(model, optimizer) as health:
        for i in range(0, 512, 16):
            for part in range(2):  # two passes a step
                pick = slice(i + 8 * part, i + 8 * part + 8)
                loss = F.mse_loss(model(rows[pick], columns[pick]), stars[pick])
                loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            health.step(loss)
    assert health.guard.trouble is None
