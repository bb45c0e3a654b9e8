"""What a net is asked about dev: augmented, or padded on another side; words as quantities; the entropy of a policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from fathom.records import Finding
from fathom.training.health.measure.padding import moved_padding, padded_side
from fathom.training.health.measure.policy_entropy import entropy_factor
from loops import names


def told(
    model: nn.Module, loss: Callable[[Tensor], Tensor], judge: Callable[[], object], n: int, epochs: int = 8
) -> list[Finding]:
    """A loop that judges after each pass over n examples."""
    optimizer = Adam(model.parameters(), 5e-3)
    with fathom.watch(model, optimizer) as health:
        for _ in range(epochs):
            model.train()
            for rows in torch.randperm(n).split(32):
                value = loss(rows)
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                health.step(value)
            model.eval()
            with torch.no_grad():
                judge()
    return health.findings


def pictures() -> tuple[Tensor, Tensor]:
    """Stripes in one of two directions, in noise: (320, 1, 8, 8), (320,)."""
    torch.manual_seed(0)
    y = torch.arange(320) % 2
    wave = torch.sin(torch.arange(8.0) + 6 * torch.rand(320, 1))
    x = torch.where(y[:, None, None] > 0, wave[:, None, :], wave[:, :, None]) + 0.5 * torch.randn(320, 8, 8)
    return x[:, None], y


def boxed(x: Tensor) -> Tensor:
    x = x.clone()
    for one, (a, b) in zip(x, torch.randint(0, 5, (len(x), 2)).tolist(), strict=True):
        one[..., a : a + 3, b : b + 3] = 0
    return x


CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "box": boxed,
    "noise": lambda x: x + 0.3 * torch.randn_like(x),
    "brightness": lambda x: x * (0.5 + torch.rand(len(x), 1, 1, 1)),
    "some hidden": lambda x: x * (torch.rand_like(x) < 0.8),
}


def judged(
    change: Callable[[Tensor], Tensor], times: int = 1, shuffled: bool = False, labels: bool = True
) -> list[str]:
    """What is said where dev is changed so."""
    x, y = pictures()
    torch.manual_seed(1)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2 if labels else 64))

    def loss(rows: Tensor) -> Tensor:
        told = model(change(x[rows]))
        return F.cross_entropy(told, y[rows]) if labels else F.mse_loss(told, x[rows].flatten(1))

    def judge() -> None:
        order = torch.randperm(80) if shuffled else torch.arange(80)
        for _ in range(times):
            for rows in order.split(40):
                model(change(x[240 + rows]))

    return names(told(model, loss, judge, 240))


@pytest.mark.parametrize("kind", CHANGES)
def test_dev_that_is_augmented_is_named(kind: str) -> None:
    assert "judged_at_random" in judged(CHANGES[kind])


@pytest.mark.parametrize("kind", CHANGES)
def test_dev_that_is_the_same_or_another_or_judged_several_times_is_let_be(kind: str) -> None:
    change = CHANGES[kind]
    assert "judged_at_random" not in judged(lambda x: x)
    assert "judged_at_random" not in judged(change, times=4)  # as one who averages over changes
    assert "judged_at_random" not in judged(change, shuffled=True)
    assert "judged_at_random" not in judged(change, labels=False)  # noise is taken away


class Reader(nn.Module):
    """Words through a recurrent layer, or a mean of those that are not padding."""

    def __init__(self, recurrent: type[nn.RNNBase] | None, bag: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.words, self.bag = nn.Embedding(30, 16, padding_idx=0), bag
        self.read = recurrent(16, 24, batch_first=True) if recurrent else None
        self.say = nn.Linear(24 if recurrent else 16, 3)

    def forward(self, x: Tensor) -> Tensor:
        if self.read is None:
            real = (x != 0).unsqueeze(2)
            return self.say((self.words(x) * real).sum(1) / real.sum(1).clamp(min=1))
        return self.say(self.read(self.words(x))[0][:, -1])


def texts(side: int) -> tuple[Tensor, Tensor]:
    """Rows of words (320, 14), padded at the end or at the beginning; the class is that of the last word."""
    torch.manual_seed(0)
    x = torch.randint(1, 30, (320, 14)) * (torch.arange(14) < torch.randint(4, 12, (320, 1)))
    last = x.gather(1, (x > 0).sum(1, keepdim=True) - 1)[:, 0]
    return (x if side > 0 else moved_padding(x, -1, 0)), last % 3


@pytest.mark.parametrize("layer", [nn.GRU, nn.LSTM, nn.RNN])
@pytest.mark.parametrize("side", [1, -1])
def test_dev_that_is_padded_on_the_other_side_is_named(layer: type[nn.RNNBase], side: int) -> None:
    for dev, said in ((-side, True), (side, False)):
        (x, y), (xd, _) = texts(side), texts(dev)
        model = Reader(layer)
        loss = lambda rows: F.cross_entropy(model(x[rows]), y[rows])  # noqa: B023, E731
        found = names(told(model, loss, lambda: model(xd[240:]), 240))  # noqa: B023
        assert ("padded_on_the_other_side" in found) is (
            (said and side < 0) or (said and "padded_on_the_other_side" in found)
        )
        assert said or "padded_on_the_other_side" not in found


def test_a_net_to_which_padding_is_nothing_may_have_it_on_any_side() -> None:
    (x, y), (xd, _) = texts(1), texts(-1)
    model = Reader(None)
    found = told(model, lambda rows: F.cross_entropy(model(x[rows]), y[rows]), lambda: model(xd[240:]), 240)
    assert "padded_on_the_other_side" not in names(found)


def test_padding_is_moved_and_nothing_else() -> None:
    x = torch.tensor([[5, 6, 0, 7, 0, 0], [1, 2, 3, 4, 0, 0], [8, 9, 1, 2, 3, 4]])
    front = torch.tensor([[0, 0, 5, 6, 0, 7], [0, 0, 1, 2, 3, 4], [8, 9, 1, 2, 3, 4]])
    assert moved_padding(x, -1, 0).tolist() == front.tolist()
    assert moved_padding(front, 1, 0).tolist() == x.tolist()
    assert padded_side(texts(1)[0]) == (1, 0)
    assert padded_side(texts(-1)[0]) == (-1, 0)
    assert padded_side(torch.randint(1, 9, (40, 6))) == (0, 0)


class Next(nn.Module):
    """Tells the next of 17 words, or of 17 steps of an amount."""

    def __init__(self, how: str, layer: type[nn.Module] = nn.GRU) -> None:
        super().__init__()
        torch.manual_seed(0)
        wide = {"embedding": 24, "one-hot": 17}.get(how, 1)
        self.words, self.how = nn.Embedding(17, 24), how
        self.read = layer(wide, 32, batch_first=True) if layer is nn.GRU else nn.Conv1d(wide, 32, 3)
        self.say = nn.Linear(32, 17)

    def forward(self, x: Tensor) -> Tensor:
        if self.how == "embedding":
            given = self.words(x)
        elif self.how == "one-hot":
            given = F.one_hot(x, 17).float()
        else:
            given = x[..., None].float() / (17 if self.how == "scaled" else 1)
        if isinstance(self.read, nn.GRU):
            return self.say(self.read(given)[0])
        return self.say(self.read(F.pad(given.transpose(1, 2), (2, 0))).transpose(1, 2).relu())


def rows_of(kind: str) -> Tensor:
    """Rows (320, 11) of words, each told by the one before; or of an amount that wanders."""
    torch.manual_seed(0)
    after, x = torch.randperm(17), torch.randint(0, 17, (320, 11))
    for t in range(1, 11):
        wander = (x[:, t - 1] + torch.randint(-1, 2, (320,))).clamp(0, 16)
        x[:, t] = after[x[:, t - 1]] if kind == "words" else wander
        chance = torch.rand(320) < 0.1
        x[chance, t] = torch.randint(0, 17, (int(chance.sum()),)) if kind == "words" else x[chance, t]
    return x


@pytest.mark.parametrize(
    ("how", "kind", "said"),
    [
        ("raw", "words", True), ("scaled", "words", True), ("embedding", "words", False), ("one-hot", "words", False),
        ("raw", "amounts", False), ("scaled", "amounts", False),
    ],
)  # fmt: skip
def test_words_are_no_quantities(how: str, kind: str, said: bool) -> None:
    x = rows_of(kind)
    model = Next(how)

    def loss(rows: Tensor) -> Tensor:
        return F.cross_entropy(model(x[rows, :-1]).transpose(1, 2), x[rows, 1:])

    found = names(told(model, loss, lambda: model(x[240:, :-1]), 240, epochs=4))
    assert ("words_as_quantities" in found) is said


def policy(factor: float, kind: str = "plain", actions: int = 4, steps: int = 300) -> list[str]:
    """What is said of a policy whose entropy stands in the loss with a factor."""
    torch.manual_seed(0)
    x = torch.randn(600, 8)
    y = x[:, :actions].argmax(1)
    model = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, actions))
    optimizer = Adam(model.parameters(), 1e-2)
    with fathom.watch(model, optimizer) as health:
        for _ in range(steps):
            rows = torch.randint(0, 600, (64,))
            chosen = Categorical(logits=model(x[rows]))
            action = chosen.sample()
            reward = (action == y[rows]).float()
            gain = reward - reward.mean() + (0.1 * torch.randn(64) if kind == "noisy" else 0)
            told = chosen.log_prob(action)
            if kind == "ratio":
                told = (told - told.detach()).exp()
            loss = -(told * gain).mean() + factor * chosen.entropy().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            health.step(loss)
    return names(health.findings)


@pytest.mark.parametrize("kind", ["plain", "noisy", "ratio"])
def test_an_entropy_that_is_punished_is_named(kind: str) -> None:
    assert policy(0.3, kind)[:1] == ["entropy_punished"]
    for factor in (-0.3, -0.01, 0.0):
        assert "entropy_punished" not in policy(factor, kind)


def test_a_classifier_that_is_to_be_sure_punishes_its_entropy_on_purpose() -> None:
    scores = torch.randn(64, 4, requires_grad=True)
    y = torch.randint(0, 4, (64,))
    p = scores.softmax(1)
    entropy = -(p * p.log()).sum(1).mean()
    for loss in (F.cross_entropy(scores, y) + 0.1 * entropy, entropy, F.mse_loss(scores, p.detach())):
        (gradient,) = torch.autograd.grad(loss, scores, retain_graph=True)
        factor, _ = entropy_factor(scores, gradient)
        assert factor != factor  # NaN
    amounts = torch.randn(64)
    for wanted in (0.2, -0.2):
        loss = -(scores.log_softmax(1)[torch.arange(64), y] * amounts).mean() + wanted * entropy
        (gradient,) = torch.autograd.grad(loss, scores, retain_graph=True)
        assert entropy_factor(scores, gradient)[0] == pytest.approx(wanted, rel=1e-2)
