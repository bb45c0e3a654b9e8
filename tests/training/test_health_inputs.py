"""What the inputs themselves show: gaps, drift, exchanged colours, unknown words; each beside its twin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from loops import names, net, points


def told(
    model: nn.Module, x: Tensor, y: Tensor, prepared: Callable[[Tensor, int], Tensor] = lambda x, _: x,
    judged: Tensor | None = None, epochs: int = 5,
) -> list[str]:  # fmt: skip
    """What is said of a training whose inputs are prepared in each epoch, and that is judged after it."""
    optimizer = Adam(model.parameters(), 3e-3)
    with fathom.watch(model, optimizer) as health:
        for epoch in range(epochs):
            model.train()
            for i in torch.randperm(len(x)).split(32):
                loss = F.cross_entropy(model(prepared(x[i], epoch)), y[i])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
            model.eval()
            with torch.no_grad():
                model((prepared(x, epoch) if judged is None else judged)[:64])
    return names(health.findings)


def standardized(x: Tensor) -> Tensor:
    return (x - x.mean(0)) / x.std(0)


@pytest.mark.parametrize(("gap", "share", "seen"), [
    (-999.0, 0.1, True), (99999.0, 0.1, True), (-999.0, 0.0, False), (None, 0.1, False),
])  # fmt: skip
def test_a_number_for_what_is_missing_is_told(gap: float | None, share: float, seen: bool) -> None:
    x, y = points()
    gone = torch.rand(x.shape) < share
    x = torch.where(gone, torch.tensor(gap if gap is not None else float(x.median())), x)
    assert ("missing_as_a_number" in told(net(32), standardized(x), y)) == seen


@pytest.mark.parametrize("kind", ["yes or no", "counts", "mostly 0", "with outliers"])
def test_columns_that_are_no_measurements_have_no_gaps(kind: str) -> None:
    x, y = points()
    noise = torch.rand(x.shape)
    column = {
        "yes or no": (noise < 0.1).float(),
        "counts": torch.poisson(2 * noise),
        "mostly 0": torch.where(noise < 0.9, 0.0, 1000 * noise),
        "with outliers": x + 30 * (noise < 0.01) * torch.randn(x.shape),
    }[kind]
    assert "missing_as_a_number" not in told(net(32), standardized(column), y)


@pytest.mark.parametrize(("prepared", "drifts"), [
    (lambda x, epoch: (x - 3 * (epoch > 0)), True),
    (lambda x, epoch: x / 10 ** min(epoch, 2), True),
    (lambda x, _: x + 0.5 * torch.randn_like(x), False),
    (lambda x, epoch: x * (1 + epoch / 4), False),
])  # fmt: skip
def test_inputs_that_change_from_epoch_to_epoch_are_told(
    prepared: Callable[[Tensor, int], Tensor], drifts: bool
) -> None:
    x, y = points()
    assert ("inputs_drift" in told(net(32), standardized(x), y, prepared, epochs=24)) == drifts


@pytest.mark.parametrize("exchanged", [True, False])
def test_exchanged_colours_are_told(exchanged: bool) -> None:
    x = torch.rand(320, 3, 8, 8) * torch.tensor([1.0, 0.6, 0.2])[:, None, None]
    y = (x[:, 1, :4].mean((1, 2)) > x[:, 1, 4:].mean((1, 2))).long()
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 2))
    found = told(model, x, y, judged=x.flip(1) if exchanged else x)
    assert ("judged_on_other_inputs" in found) == exchanged


@pytest.mark.parametrize("unknown", [0.8, 0.2])
def test_texts_of_unknown_words_are_told(unknown: float) -> None:
    x = torch.randint(2, 100, (400, 20))
    y = (x[:, 0] > 50).long()
    x = torch.where(torch.rand(x.shape) < unknown, 1, x)
    x = torch.where(torch.arange(20) < torch.randint(5, 21, (400, 1)), x, 0)
    model = nn.Sequential(nn.Embedding(100, 8), nn.Flatten(), nn.Linear(160, 2))
    assert ("words_alike" in told(model, x, y)) == (unknown > 0.5)


class Reader(nn.Module):
    """Attention over words whose places are told, or not."""

    def __init__(self, placed: bool, attends: bool = True) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(50, 16), nn.Linear(16, 2)
        self.places = nn.Parameter(torch.randn(12, 16)) if placed else None
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True) if attends else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        seen = self.words(x) if self.places is None else self.words(x) + self.places
        return self.head(self.layer(seen).mean(1))


@pytest.mark.parametrize(("make", "unseen"), [
    (lambda: Reader(False), True), (lambda: Reader(True), False), (lambda: Reader(False, attends=False), False),
])  # fmt: skip
def test_attention_without_positions_is_told_and_a_bag_of_words_is_none(
    make: Callable[[], nn.Module], unseen: bool
) -> None:
    x = torch.randint(0, 50, (400, 12))
    assert ("order_unseen" in told(make(), x, (x[:, 0] > x[:, 1]).long())) == unseen


def test_words_whose_order_hardly_matters_may_be_a_bag() -> None:
    x = torch.randint(0, 50, (400, 12))
    assert "order_unseen" not in told(Reader(False), x, (x % 2).sum(1).gt(6).long(), epochs=25)


def test_a_loss_that_is_low_already_and_still_falls_needs_no_order() -> None:
    """In as many passes as here it comes to about half of what it is without the words, and is not at its end."""
    x = torch.randint(0, 50, (400, 12))
    assert "order_unseen" not in told(Reader(False), x, (x % 2).sum(1).gt(6).long(), epochs=5)


def test_columns_of_one_number_tell_no_order() -> None:
    x, y = points()
    few = torch.stack([x.new_full((len(x),), float(k % 3)) for k in range(x.shape[1])], 1)
    assert "judged_on_other_inputs" not in told(net(32), few, y, judged=few.flip(1))
