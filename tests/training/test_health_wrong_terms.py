"""Terms of a loss that pull too hard or have the wrong sign, and what moves weights that should stand still."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_losses import watched
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, AdamW, Optimizer

import fathom
from fathom.records import Finding
from loops import CLASSES, FEATURES, names, net, points

PENALTIES: dict[str, Callable[[nn.Module], Tensor]] = {
    "sizes": lambda model: torch.stack([p.abs().sum() for p in model.parameters()]).sum(),
    "squares": lambda model: 100 * torch.stack([p.square().sum() for p in model.parameters()]).sum(),
    "lengths": lambda model: 30 * torch.stack([p.norm() for p in model.parameters()]).sum(),
}


@pytest.mark.parametrize("kind", PENALTIES)
def test_a_penalty_that_leaves_no_weights_is_named(kind: str) -> None:
    x, y = points()
    penalty = PENALTIES[kind]
    for factor, said in ((0.1, True), (1e-6, False)):
        loss = lambda model, a, b: F.cross_entropy(model(a), b) + factor * penalty(model)  # noqa: B023, E731
        assert ("penalty_too_strong" in names(found := watched(net(24), loss, x, y, steps=400))) is said, found
    amounts = x[:, :1] + x[:, 1:2]
    model = nn.Sequential(nn.Linear(FEATURES, 24), nn.ReLU(), nn.Linear(24, 1))
    loss = lambda model, a, b: F.mse_loss(model(a), b) + penalty(model)  # noqa: E731
    assert names(watched(model, loss, x, amounts, steps=400))[0] == "penalty_too_strong"


def test_a_penalty_that_prunes_a_net_which_learns_is_let_be() -> None:
    x, y = points()
    for factor in (1e-4, 1e-3):
        loss = lambda model, a, b: F.cross_entropy(model(a), b) + factor * PENALTIES["sizes"](model)  # noqa: B023, E731
        assert "penalty_too_strong" not in names(watched(net(24), loss, x, y, steps=400))


class Coder(nn.Module):
    """Means and log-variances of a code, and what is read from it."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.enter = nn.Sequential(nn.Linear(FEATURES, 24), nn.ReLU(), nn.Linear(24, 8))
        self.leave = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, FEATURES))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log = self.enter(x).chunk(2, 1)
        return self.leave(mean + (log / 2).exp() * torch.randn_like(mean)), mean, log


def coded(sign: float) -> Callable[[nn.Module, Tensor, Tensor], Tensor]:
    def loss(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        told, mean, log = model(a)
        kl = -0.5 * (1 + log - mean.square() - log.exp()).sum(1).mean()
        return (told - a).square().sum(1).mean() + sign * kl

    return loss


def apart(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    """The further the classes are apart the better, without an end."""
    out = model(a)
    return F.cross_entropy(out, b) - 0.1 * (out[b == 0].mean(0) - out[b != 0].mean(0)).square().sum()


def squared_norm(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    return F.cross_entropy(model(a), b) - 0.01 * model(a).square().sum(1).mean()


def gaussian(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    """Falls far below 0 where the target can be told exactly, and ever slower."""
    mean, log = model(a)[:, 0], model(a)[:, 1]
    return (0.5 * log + 0.5 * (a[:, 0] - mean).square() * (-log).exp()).mean()


def reward(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    """An amount below a bound."""
    return -10 * model(a).softmax(1).gather(1, b[:, None]).mean()


@pytest.mark.parametrize("loss", [coded(-1.0), apart, squared_norm])
def test_a_loss_without_a_lower_end_is_named(loss: Callable[[nn.Module, Tensor, Tensor], Tensor]) -> None:
    x, y = points()
    model = net(24) if loss in (apart, squared_norm) else Coder()
    found = watched(model, loss, x, y, steps=500)
    assert names(found) == ["loss_without_end"], found


@pytest.mark.parametrize("loss", [coded(1.0), gaussian, reward])
def test_losses_below_0_that_end_somewhere_are_let_be(loss: Callable[[nn.Module, Tensor, Tensor], Tensor]) -> None:
    x, y = points()
    model = net(24) if loss in (gaussian, reward) else Coder()
    assert "loss_without_end" not in names(watched(model, loss, x, y, steps=500))


def test_a_density_that_grows_narrow_up_to_its_floor_is_let_be() -> None:
    """Its loss falls far below 0, and its weights and gradients grow: the floor of the variance is its end."""
    x, y = points()
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(FEATURES, 24), nn.Tanh(), nn.Linear(24, 2))
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(0.1)

    def narrow(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        mean, log = model(a).chunk(2, 1)
        return F.gaussian_nll_loss(mean, a[:, :1], log.exp(), eps=1e-5)

    assert "loss_without_end" not in names(watched(model, narrow, x, y, steps=600))


def test_weights_that_begin_at_0_have_not_grown() -> None:
    x, y = points()
    model = nn.Linear(FEATURES, CLASSES)
    nn.init.zeros_(model.weight)
    assert "loss_without_end" not in names(watched(model, lambda model, a, b: F.cross_entropy(model(a), b), x, y, 100))


def tuned(
    optimizer_of: Callable[[list[nn.Parameter]], Optimizer], *, to_none: bool, all_of_it: bool, begun: bool
) -> list[Finding]:
    """A trained body is frozen in the midst, or before; the optimizer has all, or the head alone."""
    x, y = points()
    model = net(24, 24)
    body, head = model[:4], model[4]
    optimizer = optimizer_of(list((model if all_of_it else head).parameters()))
    for k in range(20 if begun else 0):
        optimizer.zero_grad()
        F.cross_entropy(model(x[32 * k % 500 :][:32]), y[32 * k % 500 :][:32]).backward()
        optimizer.step()
    if not begun:
        for p in body.parameters():
            p.grad = torch.zeros_like(p)
    body.requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    with fathom.watch(model, optimizer, pretrained=True) as health:
        for _ in range(60):
            rows = torch.randint(0, len(x), (32,), generator=generator)
            loss = F.cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad(set_to_none=to_none)
            loss.backward()
            optimizer.step()
            health.step(loss)
    return health.findings


OPTIMIZERS: dict[str, Callable[[list[nn.Parameter]], Optimizer]] = {
    "decay": lambda p: SGD(p, 0.05, momentum=0.9, weight_decay=0.02),
    "AdamW": lambda p: AdamW(p, 1e-3, weight_decay=0.5),
    "momentum": lambda p: Adam(p, 1e-3, betas=(0.99, 0.999)),
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_frozen_weights_that_an_optimizer_moves_are_named(kind: str) -> None:
    begun = kind == "momentum"
    make = OPTIMIZERS[kind]
    assert names(tuned(make, to_none=False, all_of_it=True, begun=begun))[:1] == ["frozen_weights_move"]
    for to_none, all_of_it in ((True, True), (False, False)):
        assert "frozen_weights_move" not in names(tuned(make, to_none=to_none, all_of_it=all_of_it, begun=begun))


def test_frozen_weights_without_decay_stand_still() -> None:
    still = tuned(lambda p: SGD(p, 0.05), to_none=False, all_of_it=True, begun=True)
    assert "frozen_weights_move" not in names(still)


@pytest.mark.parametrize("never", ["body", "head", "none"])
@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.01), lambda p: Adam(p, 1e-3)])
def test_of_two_optimizers_the_one_that_is_never_cleared_is_named(
    never: str, make: Callable[[list[nn.Parameter]], Optimizer]
) -> None:
    x, y = points()
    model = net(24)
    parts = {"body": make(list(model[0].parameters())), "head": make(list(model[2].parameters()))}
    generator = torch.Generator().manual_seed(0)
    with fathom.watch(model, *parts.values()) as health:
        for _ in range(60):
            rows = torch.randint(0, len(x), (32,), generator=generator)
            loss = F.cross_entropy(model(x[rows]), y[rows])
            for name, optimizer in parts.items():
                if name != never:
                    optimizer.zero_grad()
            loss.backward()
            for optimizer in parts.values():
                optimizer.step()
            health.step(loss)
    assert ("gradients_not_cleared" in names(health.findings)) is (never != "none")


class Pair(nn.Module):
    """One that makes and one that tells."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.make = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
        self.tell = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, z: Tensor) -> Tensor:
        return self.make(z)


@pytest.mark.parametrize("maker_first", [True, False])
def test_what_another_loss_leaves_in_a_judge_is_cleared_before_its_own(maker_first: bool) -> None:
    model = Pair()
    make, tell = Adam(model.make.parameters(), 1e-3), Adam(model.tell.parameters(), 1e-3)
    yes, no, bce = torch.ones(32, 1), torch.zeros(32, 1), F.binary_cross_entropy_with_logits
    with fathom.watch(model, make, tell) as health:
        for _ in range(120):
            made = model(torch.randn(32, 3))
            for turn in ("make", "tell") if maker_first else ("tell", "make"):
                if turn == "make":
                    make.zero_grad()
                    loss = bce(model.tell(made), yes)
                    loss.backward()
                    make.step()
                else:
                    tell.zero_grad()
                    bce(model.tell(torch.randn(32, 2) + 1), yes).backward()
                    bce(model.tell(made.detach()), no).backward()
                    tell.step()
            health.step(loss)
    assert "gradients_not_cleared" not in names(health.findings)


@pytest.mark.parametrize("depth", [6, 8, 10])
def test_layers_that_cannot_have_moved_are_named_where_nothing_is_learned(depth: int) -> None:
    x, y = points()
    for activation, rate in ((nn.Sigmoid, 0.03), (nn.ReLU, 0.03)):
        torch.manual_seed(0)
        model = net(*[32] * depth, activation=activation)
        for m in model:
            if isinstance(m, nn.Linear):
                nn.init.kaiming_normal_(m.weight)
        optimizer = SGD(model.parameters(), rate, momentum=0.9)
        with fathom.watch(model, optimizer) as health:
            for k in range(200):
                rows = torch.arange(32 * k, 32 * k + 32) % len(x)
                loss = F.cross_entropy(model(x[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
        found = names(health.findings)
        assert ("vanishing_gradients" in found) is (activation is nn.Sigmoid), (found, CLASSES)
