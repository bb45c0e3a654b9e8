"""Trainings that are unusual and right, beside those that look like them and are not."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from fathom.training.health.observer import Watch
from loops import CLASSES, FEATURES, net, points


def told(
    model: nn.Module, steps: list[tuple[Tensor, Tensor]], mode: nn.Module | None = None, training: bool = True
) -> set[str]:
    """What is said of a classifier; one part of it may be kept in another mode."""
    optimizer = Adam([p for p in model.parameters() if p.requires_grad], 3e-3)
    with Watch(model, optimizer, pretrained=mode is not None) as health:
        for x, y in steps:
            model.train()
            if mode is not None:
                mode.train(training)
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            health.step(loss)
    return {one.name for one in health.findings}


def batches(size: int, epochs: int, repeats: int = 1, *, ordered: bool = False) -> list[tuple[Tensor, Tensor]]:
    """Of the clouds of points, shuffled or in the order of their classes; each example several times in a row."""
    x, y = points()
    torch.manual_seed(0)
    found = []
    for _ in range(epochs):
        order = y.argsort(stable=True) if ordered else torch.randperm(len(y))
        for i in order.split(size):
            a = x[i].repeat_interleave(repeats, 0)
            found.append((a + 0.1 * torch.randn_like(a), y[i].repeat_interleave(repeats)))
    return found


def test_a_frozen_norm_sees_no_batch() -> None:
    for training in (False, True):
        torch.manual_seed(0)
        body = nn.Sequential(nn.Linear(FEATURES, 32), nn.BatchNorm1d(32), nn.ReLU()).requires_grad_(False)
        model = nn.Sequential(body, nn.Linear(32, CLASSES))
        assert ("small_batch_norm" in told(model, batches(2, 1), body, training=training)) is training


def test_examples_that_are_augmented_several_times_are_in_no_order_of_classes() -> None:
    for repeats in (2, 4, 8):
        assert "class_order" not in told(net(32), batches(16, 5, repeats)), repeats
    assert "class_order" in told(net(32), batches(64, 5, ordered=True))


def test_a_softmax_over_a_list_of_scores_mixes_nothing() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 10, 6)
    worth = (x[..., 0] * 3).softmax(1)
    for drop in (lambda scores: scores[..., 0], lambda scores: scores.squeeze(-1), lambda scores: scores.flatten(1)):
        model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 1))
        optimizer = Adam(model.parameters(), 3e-3)
        with Watch(model, optimizer) as health:
            for _ in range(60):
                loss = -(worth * drop(model(x)).log_softmax(1)).sum(1).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
        assert "wrong_output" not in {one.name for one in health.findings}


def test_losses_whose_gradients_are_asked_for_one_by_one_are_seen_together() -> None:
    x, y = points()
    for tasks in (2, 1):
        model = net(32)
        model[-1] = nn.Linear(32, CLASSES + 2)
        optimizer = Adam(model.parameters(), 3e-3)
        with Watch(model, optimizer) as health:
            for i in torch.arange(len(x)).split(32) * 5:
                answer = model(x[i])
                losses = [F.cross_entropy(answer[:, :CLASSES], y[i]), F.cross_entropy(answer[:, CLASSES:], y[i] % 2)][
                    :tasks
                ]
                weights = list(model.parameters())
                found = [torch.autograd.grad(one, weights, retain_graph=True) for one in losses]
                for p, *gradients in zip(weights, *found, strict=True):
                    p.grad = torch.stack(gradients).mean(0)
                optimizer.step()
                health.step(sum(losses))
        assert ("outputs_left_out" in {one.name for one in health.findings}) is (tasks == 1)


def blocks(n: int) -> list[tuple[Tensor, Tensor]]:
    """Batches in which all classes stand in blocks, each as often as the others."""
    x, y = points()
    of = [x[y == k] for k in range(CLASSES)]
    least = min(map(len, of))
    labels = torch.arange(CLASSES).repeat_interleave(n)
    return [(torch.cat([one[i : i + n] for one in of]), labels) for _ in range(8) for i in range(0, least - n, n)]


def test_blocks_of_classes_within_a_batch_do_no_harm() -> None:
    for n in (4, 8, 16):
        assert "class_order" not in told(net(32), blocks(n)), n


def test_a_likelihood_may_be_climbed() -> None:
    steps = batches(32, 6)
    for kind in (torch.optim.SGD, Adam, torch.optim.AdamW):
        model = net(32)
        optimizer = kind(model.parameters(), 3e-3, maximize=True)
        with Watch(model, optimizer) as health:
            for x, y in steps:
                loss = -F.cross_entropy(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
        assert "wrong_output" not in {one.name for one in health.findings}, kind
    model = net(32)
    optimizer = Adam(model.parameters(), 3e-3)
    with Watch(model, optimizer) as health:
        for x, y in steps:
            loss = -F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            health.step(loss)
    assert "wrong_output" in {one.name for one in health.findings}
