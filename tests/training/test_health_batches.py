"""What a net is given: values, the same examples again, examples that are mixed, and parts that are not read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam, Optimizer

import fathom
from fathom.records import Finding
from loops import names, points

Loss = Callable[[Tensor, Tensor], Tensor]


def mlp(inputs: int = 12, outputs: int = 4) -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(inputs, 32), nn.ReLU(), nn.Linear(32, outputs))


def waves() -> tuple[Tensor, Tensor]:
    """A bump in one of two channels, early or late: (400, 16, 2), (400,)."""
    torch.manual_seed(0)
    y = torch.arange(400) % 4
    x = 0.5 * torch.randn(400, 16, 2)
    for i, k in enumerate(y.tolist()):
        x[i, 3 + 8 * (k // 2) : 6 + 8 * (k // 2), k % 2] += 2
    return x, y


def watched(
    net: nn.Module,
    batches: Callable[[], Iterable[tuple[Tensor, Tensor]]],
    judged: Tensor,
    *,
    loss: Loss = F.cross_entropy,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
) -> list[Finding]:
    """A loop that judges after each epoch."""
    optimizer = optimizer or Adam(net.parameters(), 0.003)
    with fathom.watch(net, optimizer) as health:
        for _ in range(epochs):
            net.train()
            for x, y in batches():
                value = loss(net(x), y)
                optimizer.zero_grad()
                value.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                health.step(value)
            net.eval()
            with torch.no_grad():
                net(judged)
    return health.findings


def shuffled(x: Tensor, y: Tensor, batch: int = 32) -> Callable[[], Iterator[tuple[Tensor, Tensor]]]:
    """Batches in a new order in each epoch."""
    generator = torch.Generator().manual_seed(0)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for rows in torch.randperm(len(x), generator=generator).split(batch):
            yield x[rows], y[rows]

    return batches


class Recurrent(nn.Module):
    """A GRU, which is given what `before` makes of the input, and of which `read` takes something."""

    def __init__(self, before: Callable[[Tensor], Tensor], read: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.rnn, self.head, self.before, self.read = nn.GRU(2, 24), nn.Linear(24, 4), before, read

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time, channels) → (batch, 4)."""
        return self.head(self.read(self.rnn(self.before(x))[0]))  # type: ignore[no-any-return]


def transposed(x: Tensor) -> Tensor:
    return x.transpose(0, 1)


def viewed(x: Tensor) -> Tensor:
    return x.contiguous().view(x.shape[1], x.shape[0], x.shape[2])


class Reading(nn.Module):
    """Something is done to the input first."""

    def __init__(self, change: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.net, self.change = mlp(), change

    def forward(self, x: Tensor) -> Tensor:
        return self.net(self.change(x))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("net", "named"),
    [
        (lambda: Recurrent(viewed, lambda o: o[-1]), ["examples_mixed"]),
        (lambda: Recurrent(lambda x: x.reshape(x.shape[1], -1, 2), lambda o: o.mean(0)), ["examples_mixed"]),
        (lambda: Recurrent(transposed, lambda o: o[0]), ["input_unread"]),
        (lambda: Recurrent(transposed, lambda o: o[-1]), []),
        (lambda: Recurrent(transposed, lambda o: o.mean(0)), []),
    ],
    ids=["view", "reshape", "first step", "last step", "mean"],
)
def test_mixed_examples_and_unread_steps_are_told_apart(net: Callable[[], nn.Module], named: list[str]) -> None:
    x, y = waves()
    assert names(watched(net(), shuffled(x[:300], y[:300]), x[300:], epochs=15)) == named


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda x: x - x.mean(0), ["examples_mixed"]),
        (lambda x: x.softmax(0), ["examples_mixed"]),
        (lambda x: torch.ones_like(x), ["input_unread"]),
        (lambda x: x - x.mean(1, keepdim=True), []),
    ],
    ids=["mean of the batch", "softmax over the batch", "overwritten", "mean of the example"],
)
def test_answers_that_others_have_a_part_in_are_told(change: Callable[[Tensor], Tensor], named: list[str]) -> None:
    x, y = points()
    found = names(watched(Reading(change), shuffled(x[:450], y[:450]), x[450:]))
    assert found[:1] == named


def test_a_norm_without_averages_mixes_on_purpose() -> None:
    x, y = points()
    net = nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32, track_running_stats=False), nn.ReLU(), nn.Linear(32, 4))
    assert names(watched(net, shuffled(x[:450], y[:450]), x[450:])) == []


def test_examples_that_come_again_are_counted() -> None:
    x, y = points()

    def first() -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(10):
            yield x[:32], y[:32]

    def few() -> Iterator[tuple[Tensor, Tensor]]:
        for i in range(12):
            rows = slice(32 * (i % 3), 32 * (i % 3) + 32)
            yield x[rows], y[rows]

    def copies() -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, 96, 8):
            rows = torch.arange(start, start + 4).repeat_interleave(8)
            yield x[rows], y[rows]

    for batches, told in ((copies, "in all"), (first, "the same batch: 32 examples"), (few, "3 batches: 96 examples")):
        found = watched(mlp(), batches, x[200:])
        assert "repeated_examples" in names(found)
        assert batches is copies or told in found[names(found).index("repeated_examples")].title


@pytest.mark.parametrize(("rows", "batch"), [(100, 100), (96, 16), (450, 450)])
def test_few_examples_and_all_at_once_are_no_repetition(rows: int, batch: int) -> None:
    x, y = points()
    found = watched(mlp(), shuffled(x[:rows], y[:rows], batch), x[450:], epochs=40)
    assert "repeated_examples" not in names(found)


def test_the_same_batch_at_each_step_is_all_there_is_where_fewer_are_judged() -> None:
    x, y = points()
    assert "repeated_examples" not in names(watched(mlp(), lambda: [(x[:64], y[:64])], x[560:], epochs=60))
    assert "repeated_examples" in names(watched(mlp(), lambda: [(x[:64], y[:64])], x[200:], epochs=60))


def test_a_batch_learned_by_heart_at_the_beginning_is_passed_over() -> None:
    x, y = points()
    net = mlp()
    optimizer = Adam(net.parameters(), 0.003)
    with fathom.watch(net, optimizer) as health:
        for step in range(240):
            rows = torch.arange(32) if step < 40 else torch.randint(0, 450, (32,))
            value = F.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            health.step(value)
            if step % 15 == 14:
                with torch.no_grad():
                    net(x[450:])
    assert names(health.findings) == []


def test_batches_that_are_used_up_are_told_by_the_epochs_without_a_step() -> None:
    x, y = points()
    once = shuffled(x[:450], y[:450])()
    found = watched(mlp(), lambda: once, x[450:], epochs=8)
    assert names(found)[0] == "batches_used_up"
    assert "the last 8 evaluations" in found[0].title
    assert "step 15" in found[0].title
    assert names(watched(mlp(), shuffled(x[:450], y[:450]), x[450:])) == []


@pytest.mark.parametrize(("batch", "told"), [(1, True), (2, True), (16, False)])
def test_batch_norm_without_a_batch_is_counted_by_steps(batch: int, told: bool) -> None:
    torch.manual_seed(0)
    x, y = torch.randn(64, 1, 6, 6), torch.arange(64) % 2
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
    found = watched(net, shuffled(x, y, batch), x, epochs=4)
    assert ("small_batch_norm" in names(found)) == told


def test_a_net_that_is_left_in_evaluation_mode_after_it_was_judged_is_told_by_its_steps() -> None:
    x, y = points()

    def found(back: bool) -> list[Finding]:
        net = nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 4))
        optimizer = Adam(net.parameters(), 0.003)
        with fathom.watch(net, optimizer) as health:
            for _ in range(8):
                for a, b in shuffled(x[:450], y[:450], 10)():
                    value = F.cross_entropy(net(a), b)
                    optimizer.zero_grad()
                    value.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    health.step(value)
                net.eval()
                with torch.no_grad():
                    net(x[450:])
                net.train(back)
        return health.findings

    told = found(back=False)
    assert names(told) == ["trained_in_evaluation_mode"]
    assert "315 of 360 steps" in told[0].title
    assert found(back=True) == []
