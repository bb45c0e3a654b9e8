"""The loop of PyTorch's own quickstart: a Dataset, a DataLoader, fp32, an optimizer with its defaults."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from benchmarks.comparison import Ask
from benchmarks.data import fashion
from benchmarks.loops import Epochs
from benchmarks.nets import reference_cnn

MEAN, STD = 0.286, 0.353
"""Of the pixels of Fashion-MNIST, on the scale 0 to 1."""


class Pictures(Dataset):
    """Arrays as pictures as tensors, one at a time, as the quickstart's FashionMNIST with ToTensor does."""

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.images[i])
        pixels = torch.from_numpy(np.array(picture)).unsqueeze(0).to(torch.float32).div(255)  # (1, 28, 28)
        return (pixels - MEAN) / STD, int(self.labels[i])


def train(net: nn.Module, optimizer: torch.optim.Optimizer, loader: DataLoader, dev: DataLoader, epochs: int) -> Epochs:
    """Train, and look at dev after each epoch."""
    found = []
    for _ in range(epochs):
        began = time.monotonic()
        net.train()
        for *inputs, target in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(*inputs), target)
            loss.backward()
            optimizer.step()
        accuracy = evaluate(net, dev)
        found.append((time.monotonic() - began, accuracy))
    return found


@torch.no_grad()
def evaluate(net: nn.Module, loader: DataLoader) -> float:
    """The accuracy on dev."""
    net.eval()
    right = count = 0
    for *inputs, target in loader:
        right += int((net(*inputs).argmax(1) == target).sum())
        count += len(target)
    return right / count


def fashion_epochs(ask: Ask, epochs: int) -> Epochs:
    """The reference CNN on Fashion-MNIST."""
    torch.manual_seed(ask.seed)
    data = fashion(ask)
    net = reference_cnn()
    loader = DataLoader(Pictures(*data.train), batch_size=128, shuffle=True)
    dev = DataLoader(Pictures(*data.test), batch_size=128)
    return train(net, torch.optim.Adam(net.parameters(), lr=1e-3), loader, dev, epochs)


def tensors(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Sequence[Tensor]:
    """All pictures as normalized tensors ``(n, 1, 28, 28)``, and the labels ``(n,)``."""
    pixels = (torch.from_numpy(images.astype(np.float32)) / 255 - MEAN) / STD
    return pixels.unsqueeze(1), torch.from_numpy(labels.astype(np.int64))
