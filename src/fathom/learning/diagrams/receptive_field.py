"""The receptive field of one unit, traced down layer by layer to the pixels."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

LAYERS = (("convolution 3", 3, 1), ("pooling 2", 2, 2), ("convolution 3", 3, 1))
"""Name, side and stride, from the first to the last."""
PIXELS = 14


def sizes() -> list[int]:
    """Units in a row: of the picture, then of each layer."""
    found = [PIXELS]
    for _, k, stride in LAYERS:
        found.append((found[-1] - k) // stride + 1)
    return found


def seen(unit: int) -> list[range]:
    """What one unit of the last layer sees: of the picture, then of each layer."""
    found = [range(unit, unit + 1)]
    for _, k, stride in reversed(LAYERS):
        found.append(range(found[-1].start * stride, (found[-1].stop - 1) * stride + k))
    return found[::-1]


def frames() -> list[Frame]:
    """From the unit down to the pixels, then the neighbour."""
    field, jump, told = 1, 1, []
    reach = [(field, jump)]
    for _, k, stride in LAYERS:
        field, jump = field + (k - 1) * jump, jump * stride
        reach.append((field, jump))
    told.append(
        _drawn(3, [1]).frame("A row of 14 pixels and three layers above it. One unit of the last layer is chosen.")
    )
    told.append(
        _drawn(2, [1]).frame("The last layer is a convolution of side 3: the unit reads 3 units of the pooling layer.")
    )
    told.append(
        _drawn(1, [1]).frame(
            "Each of them reads 2 units, and the windows lie 2 apart (stride 2): together they read 6."
        )
    )
    told.append(
        _drawn(0, [1]).frame(
            "Each of these reads 3 pixels: together 8. The formula says the same: 1 + 2 · 1 = 3, then 3 + 1 "
            f"· 1 = 4, then 4 + 2 · 2 = {reach[3][0]}."
        )
    )
    told.append(
        _drawn(0, [1, 2]).frame(
            f"The next unit sees 8 pixels as well, {reach[3][1]} further to the right. This distance is the jump."
        )
    )
    return told


def _drawn(down_to: int, units: list[int]) -> Canvas:
    """The rows of units, what is seen in colour down to a layer."""
    canvas = Canvas(
        "The receptive field of a unit",
        "Four rows of squares, the pixels at the bottom; what a unit sees is coloured.",
        height=262,
    )
    at: dict[tuple[int, int], tuple[float, float]] = {}
    places = [float(30 + 22.5 * i) for i in range(PIXELS)]
    for layer, count in enumerate(sizes()):
        if layer:
            _, k, stride = LAYERS[layer - 1]
            places = [(places[i * stride] + places[i * stride + k - 1]) / 2 for i in range(count)]
        for i in range(count):
            at[layer, i] = (places[i], 206.0 - 58 * layer)
    coloured: dict[tuple[int, int], str] = {}
    for unit, color in zip(units, ("sea", "amber")):
        rows = seen(unit)
        for layer in range(len(LAYERS), down_to - 1, -1):
            for i in rows[layer]:
                coloured[layer, i] = "violet" if (layer, i) in coloured else color
            if layer > down_to:
                _, k, stride = LAYERS[layer - 1]
                for i in rows[layer]:
                    for u in range(k):
                        x1, y1 = at[layer, i]
                        x2, y2 = at[layer - 1, i * stride + u]
                        canvas.line(x1, y1 + 9, x2, y2 - 9, color=color, width=1.0)
    for (layer, i), (x, y) in at.items():
        color = coloured.get((layer, i), "muted")
        canvas.box(x - 9, y - 9, 18, 18, color=color, strength=0.04 if color == "muted" else 0.6, radius=3)
    for layer, name in enumerate(("pixels", *(name for name, _, _ in LAYERS))):
        canvas.text(6, 190 - 58 * layer if layer else 236, name, size=11, color="muted", anchor="start")
    return canvas
