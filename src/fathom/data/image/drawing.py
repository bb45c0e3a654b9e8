"""Pictures of predictions: masks laid over a picture, boxes drawn into it, pictures side by side.

All are uint8 ``(height, width, 3)``. The colours of classes are told apart by their order alone (golden-angle steps of
hue), so that a class has the same colour in every picture of a run.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
_LINE = 18
"""Pixels to a line of a legend."""


def class_color(number: int) -> tuple[int, int, int]:
    """The colour of the class of that number."""
    hue = (0.58 + number * 0.381966) % 1.0
    light, strength = ((0.5, 0.75), (0.42, 0.55), (0.62, 0.65))[number % 3]
    red, green, blue = colorsys.hls_to_rgb(hue, light, strength)
    return round(255 * red), round(255 * green), round(255 * blue)


def to_rgb(picture: Picture) -> Picture:
    """The picture with three channels: ``(height, width, 3)``."""
    if picture.ndim == 2:
        picture = picture[..., None]
    return np.repeat(picture, 3, 2) if picture.shape[2] == 1 else picture[..., :3]


def draw_mask(picture: Picture, mask: NDArray[np.uint8], classes: int, opacity: float = 0.55) -> Picture:
    """A mask of class numbers ``(height, width)`` over its picture; numbers from `classes` up stay clear."""
    base = to_rgb(picture).astype(np.float32)
    palette = np.array([class_color(i) for i in range(classes)], np.float32)
    known = mask < classes
    over = palette[np.where(known, mask, 0)]  # (height, width, 3)
    share = (opacity * known)[..., None]
    return (base * (1 - share) + over * share).round().astype(np.uint8)


def draw_boxes(picture: Picture, boxes: Sequence[tuple[Sequence[float], str, int]], *, dashed: bool = False) -> Picture:
    """Boxes drawn into a picture.

    Args:
        picture: any.
        boxes: left, top, right and bottom in pixels, what is written at it, and the class's number.
        dashed: thin and white instead: what is true, beside what is said.
    """
    image = Image.fromarray(to_rgb(picture))
    draw = ImageDraw.Draw(image)
    width = 1 if dashed else max(2, round(max(image.size) / 160))
    font = ImageFont.load_default(size=max(10, max(image.size) // 28))
    for (left, top, right, bottom), text, number in boxes:
        shade = (255, 255, 255) if dashed else class_color(number)
        corners = (min(left, right), min(top, bottom), max(left, right), max(top, bottom))
        draw.rectangle(corners, outline=shade, width=width)
        if text:
            place = draw.textbbox((0, 0), text, font=font)
            high = place[3] + 3
            y = corners[1] - high if corners[1] >= high else corners[1]
            draw.rectangle((corners[0], y, corners[0] + place[2] + 4, y + high), fill=shade)
            draw.text((corners[0] + 2, y), text, fill=(255, 255, 255) if sum(shade) < 480 else (0, 0, 0), font=font)
    return np.asarray(image)


def side_by_side(pictures: Sequence[Picture], gap: int = 6) -> Picture:
    """Pictures in a row, each at the height of the first, over white."""
    height = pictures[0].shape[0]
    parts: list[Picture] = []
    for picture in map(to_rgb, pictures):
        if picture.shape[0] != height:
            wide = max(1, round(picture.shape[1] * height / picture.shape[0]))
            picture = np.asarray(Image.fromarray(picture).resize((wide, height), Image.Resampling.BICUBIC))
        parts += [np.full((height, gap, 3), 255, np.uint8), picture]
    return np.concatenate(parts[1:], 1)


def with_legend(picture: Picture, names: Sequence[str], present: Sequence[int]) -> Picture:
    """The picture with the colours and names of the classes that are in it below."""
    width = picture.shape[1]
    font = ImageFont.load_default(size=12)
    places: list[tuple[int, int, int]] = []
    x, y = 4, 4
    for number in present:
        wide = 18 + round(font.getlength(names[number])) + 10
        if x + wide > width and x > 4:
            x, y = 4, y + _LINE
        places.append((x, y, number))
        x += wide
    strip = Image.new("RGB", (width, y + _LINE + 2), (255, 255, 255))
    draw = ImageDraw.Draw(strip)
    for x, y, number in places:
        draw.rectangle((x, y + 1, x + 12, y + 13), fill=class_color(number))
        draw.text((x + 17, y), names[number], fill=(30, 30, 30), font=font)
    return np.concatenate([to_rgb(picture), np.asarray(strip)])
