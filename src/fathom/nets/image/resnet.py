"""ResNet: each block adds a correction to what it was given, so that depth cannot hurt at the start."""

from __future__ import annotations

from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.image.classifier import GlobalAverage, ImageClassifier, conv3x3, count_halvings, he_init, small_head


class ResNet(ImageClassifier):
    """A stem, then stages of residual blocks; each stage after the first halves the side and doubles the maps.

    Images of more than 64 pixels are halved twice by the stem, as in the paper's nets for ImageNet; smaller ones keep
    their side, as in its nets for CIFAR-10.

    Shapes: in ``(batch, channels, size, size)``; features ``(batch, f, h, h)``; out ``(batch, classes)``.

    Reference: He, Zhang, Ren & Sun 2016, *Deep residual learning for image recognition*; blocks that start as the
    identity: Goyal et al. 2017, §5.1.

    Args:
        depth: blocks in each stage.
        width: maps of the first stage.

    Raises:
        UserError: images of less than 8 pixels a side, or no blocks or maps.
    """

    smallest = 8

    def __init__(
        self, channels: int, size: int, classes: int, *, dropout: float = 0.0, depth: int = 2, width: int = 32
    ) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        if min(depth, width) < 1:
            raise UserError(f"depth and width start at 1; they are {depth} and {width}")
        blocks: list[nn.Module] = []
        inputs, side = width, size
        if size > 64:
            blocks += [*stem(channels, width, stride=2), nn.MaxPool2d(3, stride=2, padding=1)]  # (batch, width, /4, /4)
            side = size // 4
        else:
            blocks += stem(channels, width, stride=1)  # (batch, width, size, size)
        for stage in range(min(4, count_halvings(side))):
            outputs = width * 2**stage
            for first in [True] + [False] * (depth - 1):
                blocks.append(ResidualBlock(inputs, outputs, stride=2 if first and stage else 1))
                inputs = outputs
        self.assemble(nn.Sequential(*blocks), GlobalAverage(), small_head(inputs, classes))


class ResidualBlock(nn.Module):
    """``relu(shortcut(x) + correction(x))``: ``(batch, inputs, h, w)`` to ``(batch, outputs, h / stride, w / stride)``.

    The last scale of the correction starts at zero: a new net is as shallow as its shortcuts.
    """

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        last = nn.BatchNorm2d(outputs)
        nn.init.zeros_(last.weight)
        self.correction = nn.Sequential(
            conv3x3(inputs, outputs, stride=stride),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            conv3x3(outputs, outputs),
            last,
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            project = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
            he_init(project)
            self.shortcut = nn.Sequential(project, nn.BatchNorm2d(outputs))
        self.relu = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """``(batch, inputs, h, w)`` to ``(batch, outputs, h / stride, w / stride)``."""
        return self.relu(self.shortcut(maps) + self.correction(maps))


def stem(channels: int, width: int, *, stride: int) -> list[nn.Module]:
    """The first convolution: ``(batch, channels, h, w)`` to ``(batch, width, h / stride, w / stride)``."""
    return [conv3x3(channels, width, stride=stride), nn.BatchNorm2d(width), nn.ReLU()]
