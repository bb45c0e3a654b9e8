"""Trained weights that were lost, codes that say nothing, and amounts that are told of other inputs; and twins."""

from __future__ import annotations

import pytest
import torch
from test_health_losses import watched
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam

import fathom
from fathom.training.health.measure.initial_weights import drawn_weights
from loops import FEATURES, names, net, points


def schooled() -> nn.Module:
    """A net that knows the clouds."""
    model, (x, y) = net(32, 32), points()
    optimizer = Adam(model.parameters(), 0.003)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model


def renamed(model: nn.Module) -> nn.Module:
    """A new net that is loaded from weights of other names, whatever is missing."""
    new = net(32, 32)
    new.load_state_dict({f"module.{name}": w for name, w in model.state_dict().items()}, strict=False)
    return new


def begun_anew(model: nn.Module) -> nn.Module:
    for m in model.modules():
        if isinstance(m, nn.Linear):
            m.reset_parameters()
    return model


def with_a_new_head(model: nn.Module) -> nn.Module:
    model[-1] = nn.Linear(32, 4)  # type: ignore[operator]
    return model


@pytest.mark.parametrize(
    ("change", "told"),
    [(begun_anew, True), (renamed, True), (with_a_new_head, False), (lambda model: model, False)],
)
@pytest.mark.parametrize("pretrained", [True, False])
def test_trained_weights_that_were_lost(change: object, told: bool, pretrained: bool) -> None:
    model, (x, y) = change(schooled()), points()  # type: ignore[operator]
    optimizer = SGD(model.parameters(), 0.01)
    with fathom.watch(model, optimizer, pretrained=pretrained) as health:
        for rows in torch.randperm(600).split(30):
            loss = F.cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            health.step(loss)
    assert ("pretrained_weights_lost" in names(health.findings)) is (told and pretrained)
    assert health.signals.details.drawn_weights[1] == (3 if pretrained else 0)


def test_layers_too_small_to_tell_are_not_counted() -> None:
    assert drawn_weights(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))) == (0, 0)


class Coder(nn.Module):
    """A variational autoencoder of 12 numbers, with 3 between."""

    def __init__(self) -> None:
        super().__init__()
        self.there, self.back = nn.Linear(FEATURES, 6), nn.Linear(3, FEATURES)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log = self.there(x).chunk(2, 1)
        return self.back(mean + (0.5 * log).exp() * torch.randn_like(log)), mean, log


@pytest.mark.parametrize(("weight", "told"), [(32.0, True), (1e-3, False), (0.0, False)])
def test_a_code_that_says_nothing(weight: float, told: bool) -> None:
    def loss(model: nn.Module, x: Tensor, _: Tensor) -> Tensor:
        said, mean, log = model(x)
        return F.mse_loss(said, x) + weight * 0.5 * (mean.square() + log.exp() - log - 1).sum(1).mean()

    torch.manual_seed(0)
    x, _ = points()
    found = names(watched(Coder(), loss, x, x, 300, 0.01))
    assert ("code_unused" in found) is told
    assert not told or found[0] == "code_unused"


def test_what_is_told_of_other_inputs() -> None:
    x, _ = points()
    y = x[:, :1].sin() + x[:, 1:2]
    other = x.clone()
    other[:, 3] *= 2000
    for judged, told in ((other, True), (x + 0.1, False)):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(FEATURES, 24), nn.ReLU(), nn.Linear(24, 1))
        optimizer = Adam(model.parameters(), 0.003)
        with fathom.watch(model, optimizer) as health:
            for _ in range(4):
                model.train()
                for rows in torch.randperm(500).split(25):
                    loss = F.mse_loss(model(x[rows]), y[rows])
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    health.step(loss)
                model.eval()
                with torch.no_grad():
                    model(judged[500:])
        assert ("judged_on_other_inputs" in names(health.findings)) is told


def test_inputs_that_are_built_again_may_be_others_at_evaluation() -> None:
    x, _ = points()
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(FEATURES, 6), nn.Linear(6, FEATURES))
    optimizer = Adam(model.parameters(), 0.003)
    with fathom.watch(model, optimizer) as health:
        for _ in range(4):
            for rows in torch.randperm(500).split(25):
                loss = F.mse_loss(model(x[rows]), x[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
            with torch.no_grad():
                model(9 * torch.randn(40, FEATURES))
    assert "judged_on_other_inputs" not in names(health.findings)
