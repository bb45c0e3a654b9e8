"""Losses and nets that take one axis for another, each beside twins that are meant so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_losses import watched
from torch import Tensor, nn
from torch.nn import functional as F

from loops import names, net, points

Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


class Pooled(nn.Module):
    """Frames (n, t, 12) are weighed by a score and summed; the scores are those of `weigh`."""

    def __init__(self, weigh: Callable[[Tensor], Tensor], pool: str = "product", bias: bool = True) -> None:
        super().__init__()
        self.score, self.read, self.say = nn.Linear(12, 1, bias=bias), nn.Linear(12, 16), nn.Linear(16, 4)
        self.query, self.weigh, self.pool = nn.Parameter(torch.randn(12)), weigh, pool

    def forward(self, x: Tensor) -> Tensor:
        read = self.read(x).relu()
        if self.pool == "query":
            scores = torch.bmm(x, self.query.expand(len(x), 12)[:, :, None])
            return self.say((self.weigh(scores) * read).sum(1))
        weights = self.weigh(self.score(x).tanh() if self.pool == "tanh" else self.score(x))
        if self.pool == "matrix":
            return self.say(torch.bmm(weights.transpose(1, 2), read)[:, 0])
        return self.say((weights * read).sum(1))


class Cross(nn.Module):
    """Words look at a single key: all its weights are 1, and nothing is summed over the words."""

    def __init__(self) -> None:
        super().__init__()
        self.ask, self.key, self.value, self.say = (nn.Linear(12, k) for k in (16, 16, 16, 4))
        self.say = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        key = x.mean(1, keepdim=True)
        weights = (self.ask(x) @ self.key(key).transpose(1, 2) / 4).softmax(2)
        return self.say(weights @ self.value(key)).mean(1)


def frames() -> tuple[Tensor, Tensor]:
    x, y = points()
    return x[:, None] + torch.randn(600, 5, 12), y


def classify(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(model(x), y)


@pytest.mark.parametrize("pool", ["product", "matrix", "tanh", "query"])
@pytest.mark.parametrize("axis", [2, -1, 1])
def test_a_softmax_over_one_score_weighs_nothing(pool: str, axis: int) -> None:
    torch.manual_seed(0)
    found = names(watched(Pooled(lambda s: s.softmax(axis), pool), classify, *frames()))
    assert ("softmax_over_one" in found) is (axis != 1)
    assert not found or found == ["softmax_over_one"]


def test_attention_that_sums_over_nothing_or_that_has_one_place_is_let_be() -> None:
    torch.manual_seed(0)
    x, y = frames()
    for model, given in (
        (Cross(), x),
        (Pooled(lambda s: s.softmax(2)), x[:, :1]),
        (Pooled(lambda s: s.sigmoid()), x),
        (Pooled(lambda s: s[..., 0].softmax(1)[..., None], bias=False), x),
    ):
        assert "softmax_over_one" not in names(watched(model, classify, given, y))


class Tags(nn.Module):
    """Words (n, 5, 12) through a linear or a recurrent layer; scores (n, 5, 5) of each."""

    def __init__(self, read: nn.Module) -> None:
        super().__init__()
        self.read, self.say = read, nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        out = self.read(x)
        return self.say(out[0] if isinstance(out, tuple) else out.relu())


def tagged() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    x = torch.randn(600, 5, 12)
    return x, x[..., :5].argmax(2)


READERS: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: nn.Linear(12, 16),
    "recurrent": lambda: nn.GRU(12, 16, batch_first=True),
    "both ways": lambda: nn.LSTM(12, 8, batch_first=True, bidirectional=True),
}


@pytest.mark.parametrize("reader", READERS)
def test_places_are_not_taken_for_classes(reader: str) -> None:
    x, y = tagged()
    wrong: Loss = lambda model, a, b: F.cross_entropy(model(a), b)  # noqa: E731
    for loss, said in (
        (wrong, True),
        (lambda model, a, b: F.nll_loss(model(a).log_softmax(1), b), True),
        (lambda model, a, b: F.cross_entropy(model(a).transpose(1, 2), b), False),
        (lambda model, a, b: F.cross_entropy(model(a).flatten(0, 1), b.flatten()), False),
        (lambda model, a, b: F.nll_loss(model(a).log_softmax(2).transpose(1, 2), b), False),
    ):
        torch.manual_seed(0)
        found = watched(Tags(READERS[reader]()), loss, x, y)
        assert (found != [] and found[0].title.startswith("the softmax is taken along axis 1")) is said


def test_a_softmax_over_places_that_puts_rows_in_order_is_meant_so() -> None:
    x, _ = tagged()
    order = x[..., 0].argsort(1)  # which place has the rank k
    found = watched(Tags(nn.Linear(12, 16)), lambda model, a, b: F.cross_entropy(model(a), b), x, order)
    assert "wrong_output" not in names(found)


def chosen(x: Tensor) -> Tensor:
    return F.one_hot(x.argmax(1) % 4, 4)


SUMMED: dict[str, tuple[Loss, bool]] = {
    "sum": (lambda model, a, b: (b - model(a)[:, 0].sum()).square().mean(), True),
    "chosen": (lambda model, a, b: (b - (model(a) * chosen(a)).sum()).square().mean(), True),
    "gathered": (lambda model, a, b: F.mse_loss(model(a).gather(1, a[:, :1].long().clamp(0, 3)).mean(), b), True),
    "huber": (lambda model, a, b: F.smooth_l1_loss(model(a).sum(), b), True),
    "chosen rightly": (
        lambda model, a, b: (b - (model(a) * F.one_hot(a.argmax(1) % 4, 4)).sum(1)).square().mean(),
        False,
    ),
    "one target": (lambda model, a, b: (b.sum() - model(a).sum()).square(), False),
    "mean of a batch": (
        lambda model, a, b: (b.mean() - model(a).mean()).square() + F.mse_loss(model(a)[:, 0], b),
        False,
    ),
    "centred": (lambda model, a, b: F.mse_loss(model(a)[:, 0] - model(a)[:, 0].mean(), b - b.mean()), False),
}


@pytest.mark.parametrize("how", SUMMED)
def test_answers_are_not_summed_over_the_batch(how: str) -> None:
    x, _ = points()
    loss, said = SUMMED[how]
    found = watched(net(24), loss, x, x[:, 0] + 0.1 * x[:, 1])
    assert any("summed over the batch" in one.title for one in found) is said
