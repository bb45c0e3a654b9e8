"""Seeing inside a net, against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from fathom.nets import ConvNet, Inception, MobileNetV2, ResNet
from fathom.training import interpret


def test_receptive_fields_by_hand():
    """3 × 3 sees 3; pooled by 2 and again 3 × 3: 3 + 1 + 2 · 2 = 8; with stride 2 more: 8 + 2 · 2 = 12."""
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(2, 2, 3, padding=1), nn.ReLU(),
        nn.Conv2d(2, 2, 3, padding=1, stride=2),
    )  # fmt: skip
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.neg_()
    fields = interpret.receptive_fields(net, (1, 64, 64))
    assert [(f.layer, f.side, f.step) for f in fields] == [("0", 3, 1), ("4", 8, 2), ("6", 12, 4)]
    assert not any(f.whole for f in fields)
    assert interpret.receptive_fields(net, (1, 10, 10))[-1].whole


@pytest.mark.parametrize(
    "net", [ConvNet(3, 32, 2), ResNet(3, 32, 2, depth=1, width=8), Inception(3, 32, 2, width=16), MobileNetV2(3, 32, 2)]
)
def test_fields_grow_and_the_net_is_left_as_it_was(net):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    sides = [f.side for f in interpret.receptive_fields(net, (3, 32, 32))]
    assert sides == sorted(sides)
    assert sides[0] >= 3
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_covering_what_decides_changes_the_answer_most():
    class Corner(nn.Module):
        """Says class 1 where the upper left corner is bright."""

        def forward(self, images):
            light = images[:, :, :8, :8].mean((1, 2, 3)) / 32
            return torch.stack([torch.zeros_like(light), light - 2], 1)

    image = torch.zeros(1, 1, 32, 32)
    image[..., :8, :8] = 255
    fall = interpret.occlusion_map(Corner(), image, 1)
    assert fall.shape == (8, 8)
    assert np.unravel_index(fall.argmax(), fall.shape)[0] <= 2
    assert fall[5:, 5:].max() == pytest.approx(0, abs=1e-6)


def test_filters_and_the_strongest_pictures():
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, bias=False))
    with torch.no_grad():
        net[0].weight[0].fill_(1.0)
        net[0].weight[1].fill_(-1.0)
    shown = interpret.first_layer_filters(net)
    assert shown.shape == (2, 3, 3, 1)
    assert shown[0].min() == 1
    assert shown[1].max() == 0
    pictures = torch.arange(6.0).reshape(6, 1, 1, 1).expand(6, 1, 5, 5)
    rows = interpret.strongest_examples(net, "0", [(pictures[:4],), (pictures[4:],)], [0, 1], most=2)
    assert rows.tolist() == [[5, 4], [0, 1]]
