"""Steps that something takes back, gradients that are cleared too often, and a robust loss."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_optimizers import Update, adam, momentum, plain, trained
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

import fathom
from fathom.training.health.observer import Watch
from loops import names, net, points


def averaged(decay: float) -> Update:
    """A running average of the weights is written into the net after each step."""
    means: list[Tensor] = []

    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        means[:] = means or [p.detach().clone() for p in model.parameters()]
        plain(model, optimizer, loss)
        with torch.no_grad():
            for mean, p in zip(means, model.parameters(), strict=True):
                p.copy_(mean.lerp_(p, 1 - decay))

    return update


def put_back(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
    """The weights of before the step are loaded after it."""
    state = {name: value.clone() for name, value in model.state_dict().items()}
    plain(model, optimizer, loss)
    model.load_state_dict(state)


def writing(write: Callable[[Tensor], object]) -> Update:
    """After each step something is done to every matrix, as is usual."""

    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        plain(model, optimizer, loss)
        with torch.no_grad():
            for p in model.parameters():
                if p.ndim > 1:
                    write(p)

    return update


UPDATES: dict[str, tuple[Callable[[], Update], bool]] = {
    "average": (lambda: averaged(0.99), True),
    "fast average": (lambda: averaged(0.9), True),
    "put back": (lambda: put_back, True),
    "hardly": (lambda: averaged(0.2), False),
    "clamped": (lambda: writing(lambda p: p.clamp_(-0.05, 0.05)), False),
    "masked": (lambda: writing(lambda p: p[:, ::2].zero_()), False),
    "of length 1": (lambda: writing(lambda p: p.div_(p.norm(dim=1, keepdim=True))), False),
    "centred": (lambda: writing(lambda p: p.sub_(p.mean(1, keepdim=True))), False),
    "plain": (lambda: plain, False),
}


@pytest.mark.parametrize("kind", UPDATES)
@pytest.mark.parametrize("make", [adam, momentum])
def test_steps_that_something_undoes_are_told(kind: str, make: Callable[[nn.Module], Optimizer]) -> None:
    update, told = UPDATES[kind]
    model = net(32, 32)
    assert ("steps_undone" in names(trained(model, make(model), update=update(), epochs=4))) == told


def test_how_much_of_a_step_is_undone_is_told_and_outlives_a_checkpoint() -> None:
    model = net(32, 32)
    optimizer = momentum(model)

    def resumed(health: Watch) -> Watch:
        health.detach()
        again = Watch(model, optimizer)
        again.resume(health.to_memory(), health.steps, "memory")
        return again.attach()

    found = trained(model, optimizer, update=averaged(0.9), each_epoch=resumed)
    one = next(one for one in found if one.name == "steps_undone")
    assert one.evidence["undone"] == pytest.approx(0.9, abs=0.01)
    assert one.title.startswith("90 %")


def test_what_a_step_began_with_and_came_to_is_kept() -> None:
    model = net(32)
    health = Watch(model, momentum(model)).attach()
    x, y = points()
    value = F.cross_entropy(model(x), y)
    plain(model, health.optimizers[0], value)
    health.step(value)
    again = Watch(model, health.optimizers[0])
    again.resume(health.to_memory(), 1, "memory")
    health.detach()
    kept = (health.undone_steps.before, health.undone_steps.after)
    for one, other in zip(kept, (again.undone_steps.before, again.undone_steps.after), strict=True):
        assert one is not None
        assert other is not None
        assert torch.equal(one, other)


def in_parts(clear: Callable[[int], bool], same: bool = False, parts: int = 4, each: bool = False) -> list[str]:
    """A step after some batches; gradients are cleared where that is said."""
    model = net(32)
    optimizer = momentum(model)
    x, y = points()
    with fathom.watch(model, optimizer) as health:
        order = torch.randperm(600, generator=torch.Generator().manual_seed(0)).repeat(4).split(10)
        for k, batch in enumerate(order):
            if clear(k % parts):
                optimizer.zero_grad()
            rows = order[k - k % parts] if same else batch
            value = F.cross_entropy(model(x[rows]), y[rows]) / parts
            value.backward()  # type: ignore[no-untyped-call]
            if k % parts == parts - 1:
                optimizer.step()
            if each or k % parts == parts - 1:
                health.step(value)
    return names(health.findings)


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("parts", [3, 8])
def test_gradients_that_are_cleared_before_each_part_are_told(each: bool, parts: int) -> None:
    assert "gradients_cleared_early" in in_parts(lambda part: True, parts=parts, each=each)
    assert "gradients_cleared_early" not in in_parts(lambda part: part == 0, parts=parts, each=each)


def test_several_passes_of_the_same_examples_may_be_cleared() -> None:
    assert "gradients_cleared_early" not in in_parts(lambda part: True, same=True)


def test_parts_whose_gradients_are_put_together_by_hand_are_passed_over() -> None:
    model = net(32)
    optimizer = momentum(model)
    x, y = points()
    with fathom.watch(model, optimizer) as health:
        for _ in range(60):
            sums = [torch.zeros_like(p) for p in model.parameters()]
            for k in range(4):
                optimizer.zero_grad()
                rows = torch.arange(k * 20, k * 20 + 20)
                value = F.cross_entropy(model(x[rows]), y[rows])
                value.backward()  # type: ignore[no-untyped-call]
                for total, p in zip(sums, model.parameters(), strict=True):
                    total += p.grad
            for total, p in zip(sums, model.parameters(), strict=True):
                p.grad = total
            optimizer.step()
            health.step(value)
    assert "gradients_cleared_early" not in names(health.findings)


def test_a_robust_loss_of_targets_that_are_far_off_is_no_jump_of_the_net() -> None:
    generator = torch.Generator().manual_seed(1)

    def loss(a: Tensor, b: Tensor) -> Tensor:
        far = 100 * (torch.rand(len(a), generator=generator) < 0.006).float()
        return F.huber_loss(a[:, 0], b.float() / 3 + far)

    model = net(32)
    assert "oscillating_loss" not in names(trained(model, adam(model), loss=loss, epochs=12))
