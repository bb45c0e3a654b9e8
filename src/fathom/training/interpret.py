"""Seeing inside a convolutional net: what its units look for, how far they see, and what moves its decision.

    filters           the first layer's, as little pictures
    feature_maps      what chosen layers make of a picture
    receptive_fields  how much of the picture a unit of each layer sees
    occlusion         where covering the picture changes the answer most
    strongest         the pictures that excite a unit most

Reference: Zeiler & Fergus 2014, *Visualizing and understanding convolutional networks*. Grad-CAM is beside, in
`fathom.training.gradcam`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.nets.image.efficientnet_lite0 import ConvNorm

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ReceptiveField:
    """What a unit of a layer sees.

    Attributes:
        layer: its name within the net.
        side: pixels of the picture's side that the unit sees; the whole side where it sees beyond both edges.
        step: pixels between what two neighbours see.
        whole: whether it sees the whole picture.
    """

    layer: str
    side: int
    step: int
    whole: bool


def convolutions(net: nn.Module) -> list[tuple[str, nn.Conv2d]]:
    """The convolutions with their names, in the order in which they were built."""
    return [(name, module) for name, module in net.named_modules() if isinstance(module, nn.Conv2d)]


def convolution_layers(net: nn.Module) -> list[str]:
    """The names of the modules that convolve: a convolution, or what calls its filters in its place."""
    named = dict(net.named_modules())
    names = (name if not isinstance(_parent(named, name), ConvNorm) else name.rpartition(".")[0] for name in named)
    return list(dict.fromkeys(name for name in names if isinstance(named[name], nn.Conv2d | ConvNorm)))


def _parent(named: dict[str, nn.Module], name: str) -> nn.Module | None:
    return named.get(name.rpartition(".")[0]) if name else None


def first_layer_filters(net: nn.Module, most: int = 32) -> Floats:
    """The first layer's filters as pictures in [0, 1]: ``(filters, height, width, channels)``; grey means no weight.

    Filters of more than three channels, or of neither one nor three, are shown by their mean over the channels.
    """
    found = convolutions(net)
    if not found:
        return np.zeros((0, 1, 1, 1), np.float32)
    weight = found[0][1].weight.detach().float().cpu()[:most]  # (filters, channels, height, width)
    if weight.shape[1] not in (1, 3):
        weight = weight.mean(1, keepdim=True)
    scale = weight.abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12)
    return (0.5 + weight / scale / 2).permute(0, 2, 3, 1).numpy()


def evenly_spaced(names: Sequence[str], most: int) -> list[str]:
    """So many of the names, evenly over all, the first and the last among them."""
    places: list[int] = np.linspace(0, max(0, len(names) - 1), min(most, len(names))).round().astype(int).tolist()
    return [names[i] for i in dict.fromkeys(places)]


@torch.no_grad()
def feature_maps(net: nn.Module, inputs: tuple[Tensor, ...], layers: Sequence[str]) -> dict[str, Floats]:
    """What these layers make of a batch: name → ``(batch, f, h, w)``; layers that are not called are left out."""
    caught: dict[str, Floats] = {}
    wanted = dict(net.named_modules())

    def keep(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            caught[name] = output.detach().float().cpu().numpy()

        return hook

    handles = [wanted[name].register_forward_hook(keep(name)) for name in layers]
    net.eval()
    try:
        net(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    return caught


def receptive_fields(net: nn.Module, size: tuple[int, int, int], most: int = 12) -> list[ReceptiveField]:
    """How much of a picture a unit in the middle of each layer sees, for at most so many layers.

    It is read off a copy of the net in which everything is positive and nothing is cut off (weights constant, norms and
    activations the identity, maxima means): the middle unit's gradient is then above 0 exactly where it sees.

    Args:
        net: takes ``(batch, channels, height, width)``.
        size: channels, height and width of a picture.
        most: how many layers.
    """
    plain = _make_positive(copy.deepcopy(net).float().cpu().eval())
    modules = dict(plain.named_modules())
    picture = torch.ones(1, *size, requires_grad=True)
    caught: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        return lambda _module, _inputs, output: caught.__setitem__(name, output)

    handles = [
        modules[name].register_forward_hook(keep(name)) for name in evenly_spaced(convolution_layers(plain), most)
    ]
    with torch.enable_grad():
        plain(picture)
    found = []
    for name, maps in caught.items():
        if maps.ndim != 4:
            continue
        row, column = maps.shape[2] // 2, maps.shape[3] // 2
        (gradient,) = torch.autograd.grad(maps[0, :, row, column].sum(), picture, retain_graph=True)
        seen = torch.nonzero(gradient[0].sum(0) > 0)
        side = int((seen.amax(0) - seen.amin(0)).max()) + 1 if len(seen) else 0
        found.append(ReceptiveField(name, side, max(1, round(size[1] / maps.shape[2])), side >= min(size[1:])))
    for handle in handles:
        handle.remove()
    return found


def _make_positive(net: nn.Module) -> nn.Module:
    """Everything in a net positive, nothing cut off."""
    for name, module in list(net.named_modules()):
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            module.reset_parameters()
        elif isinstance(module, nn.ReLU | nn.ReLU6 | nn.GELU | nn.SiLU | nn.Dropout | nn.Tanh | nn.Sigmoid):
            _replace(net, name, nn.Identity())
        elif isinstance(module, nn.MaxPool2d):
            padding, ceil = module.padding, module.ceil_mode
            mean = nn.AvgPool2d(module.kernel_size, module.stride, padding, ceil, count_include_pad=False)
            _replace(net, name, mean)
    for name, buffer in net.named_buffers():
        if name.rsplit(".", 1)[-1] == "mean":  # of the normalization in front
            buffer.zero_()
    return net


def _replace(net: nn.Module, name: str, new: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(net.get_submodule(parent) if parent else net, own, new)


@torch.no_grad()
def occlusion_map(net: nn.Module, image: Tensor, chosen: int, places: int = 8) -> Floats:
    """By how much the probability of a class falls when a part of the picture is covered: ``(places, places)``.

    Args:
        net: gives logits ``(batch, classes)``.
        image: ``(1, channels, height, width)`` on the scale 0 to 255.
        chosen: the class.
        places: to which the grey patch is moved along each side; it is twice as wide as its steps.
    """
    net.eval()
    height, width = image.shape[2:]
    covered = image.float().repeat(places * places, 1, 1, 1)
    grey = image.float().mean((2, 3), keepdim=True)[0]
    for i in range(places):
        for j in range(places):
            top, left = round((i - 0.5) * height / places), round((j - 0.5) * width / places)
            bottom, right = top + round(2 * height / places), left + round(2 * width / places)
            covered[i * places + j, :, max(0, top) : bottom, max(0, left) : right] = grey
    before = net(image.float()).float().softmax(1)[0, chosen]
    after = torch.cat([net(part).float().softmax(1)[:, chosen] for part in covered.split(32)])
    return (before - after).reshape(places, places).cpu().numpy()


@torch.no_grad()
def strongest_examples(
    net: nn.Module, layer: str, batches: Iterable[tuple[Tensor, ...]], units: Sequence[int], most: int = 5
) -> NDArray[np.int64]:
    """The numbers of the pictures that excite each unit most, the strongest first: ``(units, most)``.

    Args:
        net: any.
        layer: its name within the net.
        batches: the net's inputs; pictures are numbered as they come.
        units: maps of the layer; a map's excitement is its maximum.
        most: pictures for each, at most.
    """
    peaks = [feature_maps(net, inputs, [layer])[layer][:, list(units)] for inputs in batches]
    excited = np.concatenate([maps.max((2, 3)) if maps.ndim == 4 else maps for maps in peaks])  # (pictures, units)
    return np.argsort(-excited, axis=0, kind="stable")[:most].T
