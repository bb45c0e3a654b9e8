"""A U-Net with two levels: its shapes on the way down, at the bottom, and up again."""

from __future__ import annotations

import itertools

from fathom.learning.diagrams.svg import Canvas, Frame

CHANNELS, SIZE, DEPTH = 8, 64, 2
PLACES = {"down 0": (8, 34), "down 1": (52, 104), "bottom": (130, 180), "up 1": (208, 104), "up 0": (252, 34)}
ORDER = ("down 0", "down 1", "bottom", "up 1", "up 0")


def shape(level: int, channels: int | None = None) -> str:
    """Of the maps on a level, as it is written."""
    size = SIZE // 2**level
    return f"({channels or CHANNELS * 2**level}, {size}, {size})"


def joined(level: int) -> int:
    """Channels at the join of a level."""
    return CHANNELS * 2 ** (level + 1) + CHANNELS * 2**level


def frames() -> list[Frame]:
    """Block after block."""
    told = (
        "Down, level 0: a block of convolutions. Its maps are kept before they are halved.",
        "Down, level 1: half the side, twice the channels. These maps are kept as well.",
        f"The bottom: {shape(2)}. The field is large, the places are few.",
        f"Up, level 1: doubled to side 32 and joined with the kept maps, {CHANNELS * 4} + {CHANNELS * 2} = "
        f"{joined(1)} channels. The block reduces them to 16.",
        f"Up, level 0: doubled to side 64 and joined, {CHANNELS * 2} + {CHANNELS} = {joined(0)} channels. The "
        "result has the size of the picture.",
    )
    return [
        _drawn(len(ORDER) - 1, True).frame(
            "A U-Net: down on the left, up on the right. Dashed arrows carry the kept maps across."
        )
    ] + [_drawn(n, False).frame(words) for n, words in enumerate(told)]


def _drawn(current: int, whole: bool) -> Canvas:
    """The net up to a block; that block in colour."""
    canvas = Canvas(
        "The wiring of a U-Net",
        "Five boxes in the form of the letter U, with shapes; arrows down, up and across.",
        height=250,
    )
    reached = ORDER[: current + 1]
    for name in ORDER:
        x, y = PLACES[name]
        on = name == ORDER[current] and not whole
        level = DEPTH if name == "bottom" else int(name[-1])
        color = "amber" if on else "sea" if name in reached else "rule"
        canvas.box(x, y, 100, 40, f"{name}\n{shape(level)}" if name in reached else name, color=color, size=12, bold=on)
    for start, end in itertools.pairwise(ORDER):
        on = end in reached
        (x1, y1), (x2, y2) = PLACES[start], PLACES[end]
        down = y2 > y1
        canvas.arrow(
            x1 + 50,
            y1 + (41 if down else -1),
            x2 + 50,
            y2 + (-1 if down else 41),
            color="ink" if on else "rule",
            width=2,
        )
    _across(canvas, reached)
    canvas.text(8, 22, f"picture (3, {SIZE}, {SIZE})", size=12, color="muted", anchor="start")
    for x, y, word in ((49, 92, "halve"), (99, 166, "halve"), (256, 166, "double"), (316, 92, "double")):
        canvas.text(x, y, word, size=11, color="muted")
    return canvas


def _across(canvas: Canvas, reached: tuple[str, ...]) -> None:
    """The arrows from left to right, with the channels at the joins that are reached."""
    for level in range(DEPTH):
        x, y = PLACES[f"down {level}"]
        on = f"up {level}" in reached
        canvas.arrow(
            x + 101, y + 20, PLACES[f"up {level}"][0] - 1, y + 20, color="violet" if on else "rule", width=2, dash="5 4"
        )
        if on:
            canvas.text(
                180,
                y + 14,
                f"join: {joined(level)}" if level else f"join: {joined(level)} channels",
                size=11,
                color="violet",
                halo=True,
            )
