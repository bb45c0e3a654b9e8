"""Steps that something disturbs: weights that climb or are clamped, noise, half precision, and weights that thaw."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
import torch
from test_health_optimizers import Update, adam, momentum, plain, trained
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer

import fathom
from loops import names, net, points


def climbing(*, back: str, far: float = 0.1) -> list[str]:
    """Sharpness-aware training; the weights go back before the step, behind it, or never."""
    x, y = points()
    model = net(24)
    optimizer = SGD(model.parameters(), 0.02, momentum=0.9)
    with fathom.watch(model, optimizer) as health:
        for k in range(120):
            rows = torch.arange(20) + 20 * (k % 30)
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            slopes = [p.grad.clone() for p in model.parameters() if p.grad is not None]
            size = torch.stack([one.norm() for one in slopes]).norm() + 1e-9
            moves = [far * one / size for one in slopes]
            written(model, moves, 1)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            if back == "before":
                written(model, moves, -1)
            optimizer.step()
            if back == "behind":
                written(model, moves, -1)
            health.step(loss)
    return names(health.findings)


def written(model: nn.Module, moves: list[Tensor], sign: int) -> None:
    with torch.no_grad():
        for p, move in zip(model.parameters(), moves, strict=True):
            p += sign * move


@pytest.mark.parametrize(("back", "told"), [("never", True), ("before", False), ("behind", False)])
def test_weights_that_climb_and_stay_are_told(back: str, told: bool) -> None:
    assert ("weights_climb" in climbing(back=back)) == told


def after(write: Callable[[Tensor], object], every: int = 1) -> Update:
    """After each step, or each so-manieth, something is done to every weight."""
    steps = count(1)

    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        plain(model, optimizer, loss)
        if next(steps) % every == 0:
            with torch.no_grad():
                for p in model.parameters():
                    write(p)

    return update


def short(p: Tensor) -> None:
    """Rows of a length of 1 at most."""
    if p.ndim > 1:
        p.div_(p.norm(dim=1, keepdim=True).clamp(min=1))


def apart(answers: Tensor, labels: Tensor) -> Tensor:
    """What a critic is trained with: the mean answer to some less that to others, twice."""
    scores = answers.mean(1)
    return 0.1 * answers.square().mean() - (scores * (labels > 1)).mean() + (scores * (labels < 2)).mean()


@pytest.mark.parametrize(
    ("update", "loss", "told"),
    [
        (after(lambda p: p.clamp_(-0.02, 0.02)), F.cross_entropy, True),
        (after(lambda p: p.clamp_(-0.01, 0.02)), F.cross_entropy, True),
        (after(lambda p: p.clamp_(-1, 1)), F.cross_entropy, False),
        (after(lambda p: p.clamp_(min=0)), F.cross_entropy, False),
        (after(lambda p: p.clamp_(-0.02, 0.02)), apart, False),
        (after(lambda p: p.add_(0.002 * torch.randn_like(p))), F.cross_entropy, False),
        (after(short), F.cross_entropy, False),
        (plain, F.cross_entropy, False),
    ],
    ids=["clamped", "at two ends", "at 1", "not below 0", "a critic", "noise", "short rows", "plain"],
)
def test_weights_that_are_clamped_are_told(
    update: Update, loss: Callable[[Tensor, Tensor], Tensor], told: bool
) -> None:
    model = net(32)
    found = names(trained(model, Adam(model.parameters(), 3e-3), update=update, loss=loss))
    assert ("weights_clamped" in found) == told
    assert "weights_climb" not in found


def changed(change: Callable[[nn.Module], object]) -> Update:
    """Something is done to the gradients before the step."""

    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        change(model)
        optimizer.step()

    return update


def noisy(size: float) -> Callable[[nn.Module], object]:
    """Clipped to 1, with noise."""

    def change(model: nn.Module) -> None:
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for p in model.parameters():
            if p.grad is not None:
                p.grad += size * torch.randn_like(p)

    return change


def signs(model: nn.Module) -> None:
    """Only their signs count."""
    for p in model.parameters():
        if p.grad is not None:
            p.grad = p.grad.sign()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (noisy(0.6), True),
        (noisy(0.02), False),
        (signs, False),
        (lambda model: nn.utils.clip_grad_norm_(model.parameters(), 0.5), False),
    ],
    ids=["noise of the sum", "noise of the mean", "signs", "clipped"],
)
def test_gradients_that_noise_drowns_are_told(change: Callable[[nn.Module], object], told: bool) -> None:
    model = net(24)
    found = names(trained(model, SGD(model.parameters(), 0.01), update=changed(change)))
    assert ("gradients_drowned" in found) == told


def halved(scale: float) -> Update:
    """The loss is scaled by this, its gradients go through half precision, and are scaled back."""

    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad()
        (scale * loss).backward()  # type: ignore[no-untyped-call]
        for p in model.parameters():
            if p.grad is not None:
                p.grad = p.grad.half().float() / scale
        optimizer.step()

    return update


def tiny(factor: float) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda answers, labels: factor * F.cross_entropy(answers, labels)


@pytest.mark.parametrize(
    ("update", "factor", "told"),
    [
        (halved(1.0), 1e-6, True),
        (halved(2.0**16), 1e-6, False),
        (halved(1.0), 1.0, False),
        (plain, 1e-6, False),
    ],
    ids=["lost", "scaled", "large enough", "in full precision"],
)
def test_gradients_that_half_precision_loses_are_told(update: Update, factor: float, told: bool) -> None:
    model = net(24)
    found = names(trained(model, Adam(model.parameters(), 1e-4), update=update, loss=tiny(factor)))
    assert ("gradients_underflow" in found) == told


def given_later(model: nn.Sequential, optimizer: Optimizer) -> list[Optimizer]:
    optimizer.add_param_group({"params": list(model[0].parameters())})
    return []


def of_another(model: nn.Sequential, _: Optimizer) -> list[Optimizer]:
    return [SGD(model[0].parameters(), 0.01)]


def forgotten(model: nn.Sequential, _: Optimizer) -> list[Optimizer]:
    return []


@pytest.mark.parametrize(
    ("then", "thawed", "told"),
    [(forgotten, True, True), (given_later, True, False), (of_another, True, False), (forgotten, False, False)],
    ids=["forgotten", "given later", "of another", "stays frozen"],
)
def test_weights_that_thaw_without_an_optimizer_are_told(
    then: Callable[[nn.Sequential, Optimizer], list[Optimizer]], thawed: bool, told: bool
) -> None:
    x, y = points()
    model = net(24)
    trained(model, adam(model), epochs=3)
    model[2] = nn.Linear(24, 4)
    model[0].requires_grad_(False)
    optimizer, others = momentum(model[2]), []
    with fathom.watch(model, optimizer, pretrained=True) as health:
        for k in range(90):
            if k == 20 and thawed:
                model[0].requires_grad_(True)
                others = then(model, optimizer)
            rows = torch.arange(20) + 20 * (k % 30)
            loss = F.cross_entropy(model(x[rows]), y[rows])
            model.zero_grad()
            loss.backward()
            for one in [optimizer, *others]:
                one.step()
            health.step(loss)
    assert ("untrained_layers" in names(health.findings)) == told
