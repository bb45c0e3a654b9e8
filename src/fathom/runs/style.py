"""``fathom style``: two pictures in, a third out, with a page that shows how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from fathom.data import files
from fathom.data.image import image_file
from fathom.errors import Unreadable, UserError
from fathom.progress import Interrupted, Watcher
from fathom.reporting import thumbnails, write_style

Picture = NDArray[np.uint8]

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
FRAMES = 8
"""Pictures of the way there that the page shows."""
CONTENT, MANNER, SMOOTH = 0.5, 3.0, 3.0
"""How much each aim counts at strength 1; chosen by eye."""


@dataclass(frozen=True)
class Styled:
    """What came out.

    Attributes:
        picture: the new picture.
        frames: how it came about, with the number of steps at each.
    """

    picture: Picture
    frames: tuple[tuple[int, Picture], ...]


def style(
    content: Path,
    manner: Path,
    out: Path,
    *,
    size: int = 384,
    steps: int = 150,
    strength: float = 1.0,
    seed: int = 0,
    watcher: Watcher | None = None,
) -> Path:
    """Draw what one picture shows in the manner of another; returns the page beside the picture.

    Args:
        content: whose things are kept.
        manner: whose manner is taken.
        out: the picture to write, .png, .jpg or .webp; the page is beside it, .html.
        size: longer side in pixels.
        steps: of the optimization.
        strength: of the manner; 1 is usual.
        seed: of everything random.
        watcher: is told how far it is.

    Raises:
        UserError: a picture cannot be read, something asked is out of range, or what would be written exists already.
        MissingExtra: the pretrained weights are not installed.
        Interrupted: the user asked to stop; nothing is written.
    """
    if out.suffix.lower() not in FORMATS:
        raise UserError(f"{out} is no picture by its name: end it in .png, .jpg or .webp")
    for name, value, low, high in (
        ("size", size, 64, 2048),
        ("steps", steps, 3, 10_000),
        ("strength", strength, 0, 100),
    ):
        if not low <= value <= high:
            raise UserError(f"--{name} {value} is out of range: choose {low} to {high:,}")
    page = out.with_suffix(".html")
    for written in (out, page):
        files.refuse_existing(written)
    torch.manual_seed(seed)
    first, second = _read(content, size), _read(manner, size)
    made = _made(first, second, steps, strength, watcher or Watcher())
    out.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(out) as waiting:
        Image.fromarray(made.picture).save(waiting, format=FORMATS[out.suffix.lower()])
    shown = [(f"after {step} steps", thumbnails.jpeg(frame, 420)) for step, frame in made.frames]
    sides = [("what is shown", first), ("the manner", second), ("both", made.picture)]
    with files.replacing(page) as waiting:
        write_style(waiting, out.stem, [(name, thumbnails.jpeg(one, 640)) for name, one in sides], shown)
    return page


def _read(path: Path, size: int) -> Picture:
    """The whole picture, its longer side as asked."""
    try:
        width, height = image_file.upright_size(path)
        scale = size / max(width, height)
        return image_file.decode_whole(path, max(32, round(width * scale)), max(32, round(height * scale)))
    except Unreadable as error:
        raise UserError(f"{path} cannot be read ({error}): give a picture") from None


def _made(first: Picture, second: Picture, steps: int, strength: float, watcher: Watcher) -> Styled:
    from fathom.nets.image.style import Features, Weights, transfer_style

    weights = Weights(CONTENT, MANNER * strength, SMOOTH)
    shown = {round(step) for step in np.geomspace(1, steps, FRAMES)}
    frames: list[tuple[int, Picture]] = []
    watcher.begin_stage("style", steps)
    picture = first
    for step, (tensor, _) in enumerate(
        transfer_style(Features(), _tensor(first), _tensor(second), steps=steps, weights=weights), 1
    ):
        watcher.advance()
        if watcher.stop_requested():
            raise Interrupted
        if step in shown or step == steps:
            pixels = (tensor[0].permute(1, 2, 0) * 255).round().clamp(0, 255).byte()  # (height, width, 3)
            picture = pixels.numpy()
            frames.append((step, picture))
    return Styled(picture, tuple(frames))


def _tensor(picture: Picture) -> torch.Tensor:
    """``(height, width, 3)`` bytes to ``(1, 3, height, width)`` in [0, 1]."""
    return torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None]
