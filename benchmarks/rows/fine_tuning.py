"""One epoch of fine-tuning EfficientNet-Lite0 on photos of cats and dogs: from fathom's cache, and decoding each time."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from benchmarks.comparison import Ask, Bound, Comparison, Figures
from benchmarks.data import catdog_folder

SIZE = 160


def ours(ask: Ask) -> Figures:
    """Train as ``fathom train catdog --net pretrained`` does; the head is fitted before the first epoch."""
    from benchmarks.loops import ours as loop

    ((seconds, accuracy),) = loop.epochs(ask, str(catdog_folder(ask)), net="pretrained", epochs=1, batch_size=32)
    return {"seconds": seconds, "accuracy": accuracy}


def plain(ask: Ask) -> Figures:
    """Train the same net with a DataLoader of two workers that decode, crop and mirror."""
    import torch
    from torch.utils.data import DataLoader

    from benchmarks.loops.plain import train
    from fathom.nets.image.efficientnet_lite0 import EfficientNetLite0

    torch.manual_seed(ask.seed)
    root = catdog_folder(ask)
    net = EfficientNetLite0(3, SIZE, 2)
    loader = DataLoader(photos(root / "train", True), batch_size=32, shuffle=True, num_workers=2)
    dev = DataLoader(photos(root / "dev", False), batch_size=32, num_workers=2)
    ((seconds, accuracy),) = train(net, torch.optim.AdamW(net.parameters(), lr=1e-4), loader, dev, 1)
    return {"seconds": seconds, "accuracy": accuracy}


def photos(folder: Path, training: bool) -> Any:
    """A Dataset as in PyTorch's transfer-learning tutorial: a random crop, mirrored or not; for dev the middle."""
    import numpy as np
    import torch
    from PIL import Image
    from torch.utils.data import Dataset

    class Photos(Dataset):
        files = sorted(folder.glob("*/*.jpg"))

        def __len__(self) -> int:
            return len(self.files)

        def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
            photo = Image.open(self.files[i]).convert("RGB")
            side = min(photo.size) * (random.uniform(0.7, 1.0) if training else 1.0)
            left, top = (random.random() * (n - side) if training else (n - side) / 2 for n in photo.size)
            photo = photo.resize((SIZE, SIZE), Image.Resampling.BILINEAR, (left, top, left + side, top + side))
            if training and random.random() < 0.5:
                photo = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            pixels = torch.from_numpy(np.array(photo)).permute(2, 0, 1).to(torch.float32)  # (3, size, size)
            return (pixels - 127) / 128, int(self.files[i].parent.name == "dog")

    return Photos()


ROW = Comparison(
    about="""One epoch over 1,119 photos at 160 pixels and one look at 140; batch 32, AdamW 1e-4, both with their usual
    augmentation. fathom gathers from its cache and starts from a head that was fitted before the epoch; the plain loop
    decodes each JPEG anew in two worker processes, in fp32. Outside: imports, loading the weights, and what fathom does
    once before the first epoch (decoding into the cache, frozen features, head, baselines).""",
    contenders={"fathom": ours, "plain": plain},
    bounds=(
        Bound(
            "one epoch of fine-tuning EfficientNet-Lite0 on 160-pixel photos from the cache, against the plain loop that "
            "decodes each JPEG anew", "fathom", "plain", 0.4, 0.25,
        ),
    ),
)  # fmt: skip
