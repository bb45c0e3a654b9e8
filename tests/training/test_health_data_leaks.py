"""Data that give the target away, or miss it: copies in dev, columns made of the target, inputs that are targets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from fathom.records import Finding
from loops import names

Loss = Callable[[Tensor, Tensor], Tensor]


def net(inputs: int, outputs: int, *widths: int) -> nn.Sequential:
    torch.manual_seed(1)
    sizes = [inputs, *widths, outputs]
    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def trained(
    model: nn.Module, x: Tensor, y: Tensor, *judged: Tensor, loss: Loss = F.mse_loss, epochs: int = 12
) -> list[Finding]:
    """Adam, and each of the tensors judged after each epoch."""
    optimizer, generator = Adam(model.parameters(), 3e-3), torch.Generator().manual_seed(0)
    with fathom.watch(model, optimizer) as health:
        for _ in range(epochs):
            model.train()
            for rows in torch.randperm(len(x), generator=generator).split(32):
                value = loss(model(x[rows]), y[rows])
                optimizer.zero_grad()
                value.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                health.step(value)
            model.eval()
            with torch.no_grad():
                for one in judged:
                    model(one)
    return health.findings


def table(n: int = 600, d: int = 6) -> tuple[Tensor, Tensor]:
    """Columns, and a target that is bent and noisy: (n, d), (n, 1)."""
    torch.manual_seed(0)
    x = torch.randn(n, d)
    return x, (1.5 * x[:, :1]).sin() + 0.6 * x[:, 1:2] * x[:, 2:3] + 0.3 * torch.randn(n, 1)


def pictures(n: int = 400) -> tuple[Tensor, Tensor]:
    """A bright square on the left or the right: (n, 1, 8, 8), (n,)."""
    torch.manual_seed(0)
    x, y = 0.5 * torch.randn(n, 1, 8, 8), torch.randint(0, 2, (n,))
    for i, side in enumerate(y.tolist()):
        x[i, 0, 2:5, 1 + 4 * side : 3 + 4 * side] += 1
    return x, y


def seen_twice(copies: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of training, and dev, of which so many in 200 are rows of training."""
    x, y = table(600)
    dev = torch.cat([x[400 + copies :][:200], x[:copies]])
    return x[:400], y[:400], dev


@pytest.mark.parametrize(
    ("copies", "named"),
    [(0, []), (60, ["dev_holds_copies"]), (120, ["dev_holds_copies"]), (200, [])],
    ids=["none", "some", "more", "all, as where training is judged"],
)
def test_copies_of_training_examples_in_dev_are_told(copies: int, named: list[str]) -> None:
    x, y, dev = seen_twice(copies)
    assert names(trained(net(6, 1, 32), x, y, dev)) == named


def test_copies_among_pictures_are_told() -> None:
    x, y = pictures()
    found = trained(nn.Sequential(nn.Flatten(), net(64, 2, 32)), x[:300], y[:300], x[250:350], loss=F.cross_entropy)
    assert names(found) == ["dev_holds_copies"]


def test_training_and_dev_judged_apart_are_no_leak() -> None:
    x, y = table(600)
    assert names(trained(net(6, 1, 32), x[:400], y[:400], x[:200], x[400:])) == []


def test_a_pool_of_which_a_part_is_trained_on_is_no_leak_where_dev_is_clean() -> None:
    x, y = table(700)
    assert names(trained(net(6, 1, 32), x[:250], y[:250], x[:500], x[500:])) == []


def test_rows_of_a_few_possible_values_are_alike_by_chance() -> None:
    torch.manual_seed(0)
    x = torch.randint(0, 3, (600, 6)).float()
    y = (x[:, :1] * x[:, 1:2]) + 0.3 * torch.randn(600, 1)
    assert names(trained(net(6, 1, 32), x[:400], y[:400], x[400:])) == []


def encoded(share: float, scale: float = 1.0) -> tuple[Tensor, Tensor]:
    """A further column, which follows the target in so many rows, and is noise in the others."""
    x, y = table()
    g = torch.Generator().manual_seed(1)
    own = torch.rand(len(y), 1, generator=g) < share
    column = torch.where(own, scale * y + 0.2, torch.randn(y.shape, generator=g))
    return torch.cat([x, column], 1), y


@pytest.mark.parametrize(
    ("share", "scale", "named"),
    [(0.9, 1.0, ["target_nearly_given"]), (0.85, -3.0, ["target_nearly_given"]), (0.3, 1.0, [])],
    ids=["mean of the target", "scaled", "a third of the rows"],
)
def test_a_column_that_follows_the_target_in_most_rows_is_named(share: float, scale: float, named: list[str]) -> None:
    x, y = encoded(share, scale)
    assert names(trained(net(7, 1, 32), x[:500], y[:500], x[500:])) == named


def test_a_good_column_with_noise_is_no_leak() -> None:
    x, y = table()
    x = torch.cat([x, y + 0.05 * torch.randn(y.shape, generator=torch.Generator().manual_seed(1))], 1)
    assert names(trained(net(7, 1, 32), x[:500], y[:500], x[500:])) == []


def assays(fill: float, level: float) -> tuple[Tensor, Tensor]:
    """Four targets around a level, of which half are missing and filled."""
    x, _ = table()
    g = torch.Generator().manual_seed(2)
    y = level + torch.tanh(x @ torch.randn(6, 4, generator=g)) + 0.1 * torch.randn(600, 4, generator=g)
    return x, torch.where(torch.rand(y.shape, generator=g) < 0.5, torch.full((), fill), y)


@pytest.mark.parametrize(
    ("targets", "named"),
    [
        (lambda: assays(0.0, 3.0), ["targets_filled_with_zeros"]),
        (lambda: assays(0.0, -5.0), ["targets_filled_with_zeros"]),
        (lambda: (table()[0], assays(0.0, 3.0)[1].clamp(max=3.0).sub(1.5).relu()), ["targets_filled_with_zeros"]),
        (lambda: (table()[0], (table()[0][:, :4] + 0.1 * torch.randn(600, 4)).relu()), []),
        (lambda: (table()[0], table()[0][:, :4].tanh() + 2.5), []),
    ],
    ids=["above", "below", "cut", "amounts that are often 0", "none missing"],
)
def test_targets_that_are_missing_and_filled_are_named(
    targets: Callable[[], tuple[Tensor, Tensor]], named: list[str]
) -> None:
    x, y = targets()
    assert names(trained(net(6, 4, 32), x, y)) == named


def walk(n: int = 700, times: int = 8) -> tuple[Tensor, Tensor, Tensor]:
    """A price that moves by chance: windows (n, times, 1), the next price (n, 1), and the last one (n, 1)."""
    g = torch.Generator().manual_seed(3)
    price = torch.randn(n + times, generator=g).cumsum(0) / 15
    windows = price.unfold(0, times + 1, 1)[:n]
    return windows[:, :times, None], windows[:, times:], windows[:, times - 1 : times]


class Last(nn.Module):
    """A recurrent layer, whose last output is read; the last value is added where it begins there."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.read, self.say = nn.GRU(1, 24, batch_first=True), nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time, 1) → (batch, 1)."""
        return self.say(self.read(x)[0][:, -1])  # type: ignore[no-any-return]


def test_a_forecast_that_says_the_last_value_again_is_named() -> None:
    x, y, _ = walk()
    assert names(trained(Last(), x, y)) == ["repeats_last_value"]
    assert names(trained(nn.Sequential(nn.Flatten(), net(8, 1, 32)), x, y)) == ["repeats_last_value"]


def test_a_forecast_of_a_wave_or_of_the_change_is_no_repetition() -> None:
    x, y, last = walk()
    assert "repeats_last_value" not in names(trained(Last(), x.diff(dim=1) * 15, (y - last) * 15))
    wave = (torch.arange(720) / 4).sin()
    rows = wave.unfold(0, 9, 1)[:700]
    assert names(trained(Last(), rows[:, :8, None], rows[:, 8:], epochs=20)) == []


def test_a_denoiser_or_autoencoder_that_may_copy_is_named() -> None:
    torch.manual_seed(0)
    x = torch.tanh(torch.randn(500, 3) @ torch.randn(3, 12))
    wide, narrow = net(12, 12, 48, 48), net(12, 12, 48, 3, 48)

    class Noisy(nn.Module):
        """Noise is added in the net."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = net(12, 12, 48, 48)

        def forward(self, a: Tensor) -> Tensor:
            return self.inner(a + 0.5 * torch.randn_like(a)) if self.training else self.inner(a)  # type: ignore[no-any-return]

    class Sparse(nn.Module):
        """Of many features the few largest rebuild the input."""

        def __init__(self) -> None:
            super().__init__()
            self.code, self.back = nn.Linear(12, 96), nn.Linear(96, 12)

        def forward(self, a: Tensor) -> Tensor:
            h: Tensor = self.code(a).relu()
            return self.back(h * (h >= h.topk(8, 1).values[:, -1:]))  # type: ignore[no-any-return]

    assert names(trained(wide, x, x, epochs=25)) == ["input_copied"]
    assert "input_copied" not in names(trained(Sparse(), x, x, epochs=25))
    assert "input_copied" not in names(trained(narrow, x, x, epochs=25))
    assert "input_copied" not in names(trained(Noisy(), x, x, epochs=25))
    assert "input_copied" not in names(trained(net(12, 12, 48, 48), x + 0.5 * torch.randn(x.shape), x, epochs=25))


@pytest.mark.parametrize("columns", [5, 9, 20])
def test_a_table_that_was_standardized_along_its_rows_is_named(columns: int) -> None:
    x, y = table(d=columns)
    raw = (3 + x) * torch.logspace(-1, 3, columns)
    rows = (raw - raw.mean(1, keepdim=True)) / raw.std(1, keepdim=True)
    columnwise = (raw - raw.mean(0)) / raw.std(0)
    assert names(trained(net(columns, 1, 32), rows, y))[:1] == ["rows_standardized"]
    assert names(trained(net(columns, 1, 32), columnwise, y)) == []


def test_series_that_are_standardized_each_by_itself_are_none() -> None:
    x, y, _ = walk()
    rows = x[:, :, 0]
    rows = (rows - rows.mean(1, keepdim=True)) / rows.std(1, keepdim=True)
    assert "rows_standardized" not in names(trained(net(8, 1, 32), rows, y))


@pytest.mark.parametrize(("level", "spread"), [(1.0, 0.001), (0.0, 0.002), (-40.0, 0.05)])
def test_targets_of_a_tiny_spread_are_named(level: float, spread: float) -> None:
    x, y = table()
    assert names(trained(net(6, 1, 64, 64), x, level + spread * y, epochs=8))[:1] == ["targets_nearly_constant"]
    assert names(trained(net(6, 1, 64, 64), x, y, epochs=8)) == []


def tones(quick: float, n: int = 300) -> Tensor:
    """Tones of one of three pitches in a little noise: (n, 1, 48)."""
    torch.manual_seed(4)
    pitch = quick * (2 + torch.arange(n) % 3)[:, None] + 0.3 * torch.randn(n, 1)
    return ((6.28 * pitch * torch.arange(48) / 48 + 6 * torch.rand(n, 1)).sin() + 0.3 * torch.randn(n, 48))[:, None]


@pytest.mark.parametrize(("quick", "noise", "named"), [(2.0, 0.0, True), (1.0, 0.0, False), (1.0, 0.5, False)])
def test_series_at_another_sampling_rate_are_told(quick: float, noise: float, named: bool) -> None:
    x, y = tones(1.0), torch.arange(300) % 3
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv1d(1, 12, 9, padding=4), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(12, 3)
    )
    x = x + noise * torch.randn(x.shape)
    found = names(trained(model, x, y, tones(quick), loss=F.cross_entropy, epochs=6))
    assert ("judged_on_other_inputs" in found) is named, found
