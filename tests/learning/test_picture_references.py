"""The solutions on detection, convolutions, losses of pictures and numbers of eight bits, against the libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from references import fast, leaves, normal, same, seeds, sizes, solution
from sklearn.metrics import precision_recall_curve
from torch import nn
from torch.nn import functional as F

from fathom.metrics.detection import average_precision, pairwise_iou


def boxes(rng: np.random.Generator, n: int) -> Any:
    corner = rng.integers(0, 60, (n, 2)).astype(float)
    return np.concatenate([corner, corner + rng.integers(4, 40, (n, 2))], axis=1)


@fast
@given(sizes, seeds)
def test_the_best_anchor_has_the_largest_iou_on_the_same_centre(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sides, anchors = rng.uniform(1, 50, 2), rng.uniform(1, 50, (n, 2))
    around = lambda s: np.concatenate([-s / 2, s / 2], axis=-1)  # noqa: E731
    overlap = pairwise_iou(around(sides)[None], around(anchors))[0]
    assert solution("yolo-targets").best_anchor(sides, anchors) == overlap.argmax()


@fast
@given(st.integers(1, 12), st.integers(1, 5), seeds)
def test_average_precision_of_one_picture(found: int, true: int, seed: int) -> None:
    mine, rng = solution("detection-metric"), np.random.default_rng(seed)
    said, meant = boxes(rng, found), boxes(rng, true)
    said[: min(found, true)] = meant[: min(found, true)] + rng.integers(-2, 3, (min(found, true), 4))
    right = mine.match(pairwise_iou(said, meant), 0.5)
    precision, recall = mine.precision_recall(right, true)
    area = mine.average_precision(precision, recall)
    scores = np.linspace(1, 0.1, found)
    if any(right):
        theirs, their_recall, _ = precision_recall_curve(right, scores)
        raised = np.maximum.accumulate(theirs)  # from the largest recall down
        same(area, float(-np.sum(np.diff(their_recall) * raised[:-1]) * sum(right) / true))
    text = str([[0, s, *box] for s, box in zip(scores.tolist(), said.tolist())])
    wanted = str([[0, *box, 0] for box in meant.tolist()])
    coco = float(average_precision([0.5])([wanted], [text], np.ones((1, 1)))[0])
    assert abs(area - coco) <= 1 / 101 + true / 101  # COCO reads the same curve at 101 levels of recall


@fast
@given(sizes, sizes, st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), seeds)
def test_kinds_of_convolution(channels: int, filters: int, kh: int, kw: int, stride: int, seed: int) -> None:
    mine = solution("convolution-kinds")
    x, w, d, up = normal(
        seed, (channels, kh + 2, kw + 1), (filters, channels), (channels, kh, kw), (channels, filters, kh, kw)
    )
    t = torch.tensor(x)[None]
    same(mine.pointwise(x, w), F.conv2d(t, torch.tensor(w)[:, :, None, None])[0])
    same(mine.depthwise(x, d), F.conv2d(t, torch.tensor(d)[:, None], groups=channels)[0])
    same(mine.transposed(x, up, stride), F.conv_transpose2d(t, torch.tensor(up), stride=stride)[0])


@fast
@given(sizes, sizes, st.integers(1, 3), st.integers(1, 3), st.integers(0, 3), seeds)
def test_im2col(batch: int, channels: int, k: int, stride: int, more: int, seed: int) -> None:
    mine = solution("im2col")
    shape = (batch, channels, k + more, k + 2 * more)
    x, w, b = normal(seed, shape, (3, channels, k, k), (3,))
    windows = F.unfold(torch.tensor(x), k, stride=stride).transpose(1, 2).reshape(-1, channels * k * k)
    same(mine.im2col(x, k, stride), windows)
    same(mine.growth(shape, k, stride), windows.numel() / x.size)
    same(mine.convolve(x, w, b, stride), F.conv2d(torch.tensor(x), torch.tensor(w), torch.tensor(b), stride=stride))
    (g,) = normal(seed, tuple(windows.shape))
    back = torch.tensor(g).reshape(batch, -1, channels * k * k).transpose(1, 2)
    same(mine.col2im(g, shape, k, stride), F.fold(back, shape[2:], k, stride=stride))


def built(layers: list[tuple[Any, ...]], shape: tuple[int, int]) -> nn.Sequential:
    """The layers as PyTorch has them."""
    count, parts = solution("counting"), []
    for layer in layers:
        kind, *told = layer
        channels, side = shape
        match kind:
            case "conv":
                parts.append(nn.Conv2d(channels, told[0], told[1], told[2], told[3], bias=False))
            case "depthwise":
                parts.append(nn.Conv2d(channels, channels, *told, groups=channels, bias=False))
            case "pool":
                parts.append(nn.AvgPool2d(*told))
            case "norm":
                parts.append(nn.BatchNorm2d(channels))
            case "dense":
                parts += [
                    nn.Flatten(),
                    nn.Linear(channels * side * side, told[0], bias=False),
                    nn.Unflatten(1, (-1, 1, 1)),
                ]
        shape = count.output(layer, shape)
    return nn.Sequential(*parts)


def test_counts_of_a_net_in_pytorch() -> None:
    count = solution("counting")
    layers = [
        ("conv", 16, 5, 2, 2), ("norm",), ("pool", 2, 2, 0), ("depthwise", 3, 1, 1), ("norm",), ("conv", 32, 1, 1, 0),
        ("norm",), ("pool", 3, 2, 1), ("dense", 7),
    ]  # fmt: skip
    net, made = built(layers, (3, 44)), []
    for part in net:
        part.register_forward_hook(
            lambda layer, given, out: made.append(
                layer.weight.numel() * out[0, 0].numel() if isinstance(layer, nn.Conv2d) else
                layer.weight.numel() if isinstance(layer, nn.Linear) else 0
            )
        )  # fmt: skip
    out = net.eval()(torch.zeros(1, 3, 44, 44))
    assert tuple(out.shape) == (1, 7, 1, 1)
    assert count.total(layers, (3, 44)) == (sum(p.numel() for p in net.parameters()), sum(made))


def test_vgg_16_has_as_many_weights_as_its_paper_says() -> None:
    layers: list[tuple[Any, ...]] = []
    for many, width in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        layers += [("conv", width, 3, 1, 1), ("bias",)] * many + [("pool", 2, 2, 0)]
    for units in (4096, 4096, 1000):
        layers += [("dense", units), ("bias",)]
    assert solution("counting").total(layers, (3, 224)) == (138_357_544, 15_470_264_320)


@fast
@given(st.integers(1, 40), sizes, sizes, st.floats(0.01, 0.5), st.integers(-128, 127), seeds)
def test_eight_bits(inputs: int, n: int, outputs: int, scale: float, zero: int, seed: int) -> None:
    mine, rng = solution("int8"), np.random.default_rng(seed)
    (x,) = normal(seed, (n, inputs))
    theirs = torch.fake_quantize_per_tensor_affine(torch.tensor(x), scale, zero, -128, 127).numpy()
    q = mine.quantize(x, scale, zero)
    assert q.dtype == np.int8
    apart = np.abs(mine.dequantize(q, scale, zero) - theirs)  # the middle between two steps may go either way
    assert (apart <= 1.0001 * scale).all()
    assert (np.sort(apart)[: q.size // 2] < 1e-6).all()
    w, scales = rng.integers(-127, 128, (inputs, outputs)).astype(np.int8), rng.uniform(0.01, 0.1, outputs)
    same(mine.product(q, scale, zero, w, scales), mine.dequantize(q, scale, zero) @ (w * scales))
    low, high = sorted(rng.normal(size=2))
    step, at = mine.parameters(low, high)
    assert -128 <= at <= 127
    edges = torch.fake_quantize_per_tensor_affine(torch.tensor([low, 0.0, high]), step, at, -128, 127)
    assert edges[1] == 0
    assert (np.abs(edges.numpy() - [low, 0, high]) <= 1.0001 * step).all()


@fast
@given(st.integers(4, 9), sizes, st.floats(0.1, 6), seeds)
def test_triplet_loss(n: int, width: int, margin: float, seed: int) -> None:
    mine, labels = solution("triplet-loss"), np.random.default_rng(seed).integers(0, 3, n)
    (e,) = normal(seed, (n, width))
    same(mine.distances(e, e), torch.cdist(torch.tensor(e), torch.tensor(e)) ** 2)
    triplets = mine.hardest(e, labels)
    (t,) = leaves(e)
    squared = lambda a, b: (a - b).square().sum(-1)  # noqa: E731
    if not triplets:
        assert mine.loss(e, labels, margin) == 0
        return
    rows = torch.tensor(triplets)
    loss = F.triplet_margin_with_distance_loss(
        t[rows[:, 0]], t[rows[:, 1]], t[rows[:, 2]], distance_function=squared, margin=margin
    )
    loss.backward()
    same(mine.loss(e, labels, margin), loss)
    same(mine.gradient(e, labels, margin), t.grad)


@fast
@given(sizes, sizes, sizes, st.floats(0.1, 5), seeds)
def test_style_transfer(channels: int, rows: int, columns: int, weight: float, seed: int) -> None:
    mine = solution("style-transfer")
    f, content, style = normal(seed, (channels, rows, columns), (channels, rows, columns), (channels, columns, 2))
    (t,) = leaves(f)
    gram = lambda a: a.flatten(1) @ a.flatten(1).T / a[0].numel()  # noqa: E731
    first = F.mse_loss(t, torch.tensor(content))
    second = F.mse_loss(gram(t), gram(torch.tensor(style)))
    (first + weight * second).backward()
    same([mine.content_loss(f, content), mine.style_loss(f, style)], [first, second])
    same(mine.gradient(f, content, style, weight), t.grad)


@fast
@given(sizes, sizes, sizes, st.floats(0.1, 3), seeds)
def test_variational_autoencoder(n: int, latent: int, pixels: int, weight: float, seed: int) -> None:
    mine = solution("vae")
    mean, log_var, noise, decoder = normal(seed, (n, latent), (n, latent), (n, latent), (latent, pixels))
    x = np.random.default_rng(seed).random((n, pixels))
    m, v = leaves(mean, log_var)
    drawn = m + (v / 2).exp() * torch.tensor(noise)
    logits = drawn @ torch.tensor(decoder)
    there = torch.distributions.Normal(m, (v / 2).exp())
    apart = torch.distributions.kl_divergence(there, torch.distributions.Normal(0.0, 1.0)).sum(1)
    told = F.binary_cross_entropy_with_logits(logits, torch.tensor(x), reduction="none").sum(1)
    loss = (told + weight * apart).mean()
    loss.backward()
    same(mine.draw(mean, log_var, noise), drawn)
    same(mine.divergence(mean, log_var), apart)
    same(mine.loss(x, logits.detach().numpy(), mean, log_var, weight), loss)
    z = torch.tensor(drawn.detach().numpy(), requires_grad=True)
    (F.binary_cross_entropy_with_logits(z @ torch.tensor(decoder), torch.tensor(x), reduction="sum") / n).backward()
    same(list(mine.gradients(z.grad.numpy(), mean, log_var, noise, weight)), [m.grad, v.grad])


@fast
@given(st.integers(1, 8), sizes, seeds)
def test_diffusion(steps: int, n: int, seed: int) -> None:
    mine, rng = solution("diffusion"), np.random.default_rng(seed)
    betas = rng.uniform(0.01, 0.5, steps)
    x0, *noises = normal(seed, *[(n, 2)] * (steps + 1))
    x, share = x0, np.cumprod(1 - betas)
    for beta, noise in zip(betas, noises):  # step by step, as it is defined
        x = np.sqrt(1 - beta) * x + np.sqrt(beta) * noise
    together = (x - np.sqrt(share[-1]) * x0) / np.sqrt(1 - share[-1])
    same(mine.noised(x0, np.full(n, steps - 1), together, betas), x)
    t, eps = steps - 1, noises[0]
    before = share[t - 1] if t else 1.0
    start = (x - np.sqrt(1 - share[t]) * eps) / np.sqrt(share[t])
    posterior = torch.tensor(  # equation 7 of Ho et al. 2020
        (np.sqrt(before) * betas[t] * start + np.sqrt(1 - betas[t]) * (1 - before) * x) / (1 - share[t])
    )
    same(mine.reverse_mean(x, t, eps, betas), posterior)
    found = mine.loss(lambda x, t: 0.5 * x, x0, np.full(n, t), together, betas)
    same(found, F.mse_loss(torch.tensor(0.5 * x), torch.tensor(together)))


@fast
@given(sizes, sizes, st.integers(2, 5), st.floats(0.01, 0.5), seeds)
def test_gradients_of_pictures(n: int, width: int, classes: int, size: float, seed: int) -> None:
    mine, rng = solution("adversarial"), np.random.default_rng(seed)
    w1, b1, w2, b2 = parts = normal(seed, (width, 6), (6,), (6, classes), (classes,))
    x, labels = rng.random((n, width)), rng.integers(0, classes, n)
    (t,) = leaves(x)
    tensors = [torch.tensor(p) for p in (w1, b1, w2, b2)]
    z = (t @ tensors[0] + tensors[1]).relu() @ tensors[2] + tensors[3]
    (g,) = torch.autograd.grad(F.cross_entropy(z, torch.tensor(labels), reduction="sum"), t, retain_graph=True)
    (logit,) = torch.autograd.grad(z[range(n), labels].sum(), t)
    same(mine.input_gradient(x, labels, *parts), g)
    same(mine.attack(x, labels, size, *parts), (t + size * g.sign()).clamp(0, 1))
    same(mine.saliency(x, labels, *parts), logit.abs())
