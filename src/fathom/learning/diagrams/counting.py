"""Where a net has its weights, and where its multiplications: VGG-16 and MobileNet, block by block."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

VGG = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
MOBILE = ((32, 2, 64, 1), (64, 2, 128, 2), (128, 2, 256, 2), (256, 2, 512, 6), (512, 2, 1024, 2))
"""Stages of MobileNet: channels that come in, stride of the first pair, channels that go out, pairs."""


def frames() -> list[Frame]:
    """VGG-16, then MobileNet."""
    return [
        _drawn(
            "VGG-16", _vgg(), "In VGG-16 the dense layers have most weights (violet), and the convolutions nearly "
            "all multiplications (amber).",
        ),
        _drawn(
            "MobileNet", _mobile(), "MobileNet has a thirtieth of the weights. Its last stages have most, since "
            "their maps have many channels.",
        ),
    ]  # fmt: skip


def _vgg() -> list[tuple[str, int, int]]:
    """Name, weights and multiplications of each block."""
    found, channels, side = [], 3, 224
    for k, widths in enumerate(VGG, 1):
        learned = 0
        for width in widths:
            learned += 9 * channels * width
            channels = width
        found.append((f"convs {k}", learned, learned * side * side))
        side //= 2
    dense = channels * side * side * 4096 + 4096 * 4096 + 4096 * 1000
    return [*found, ("dense", dense, dense)]


def _mobile() -> list[tuple[str, int, int]]:
    found, side = [("first conv", 9 * 3 * 32, 9 * 3 * 32 * 112 * 112)], 112
    for k, (channels, stride, width, pairs) in enumerate(MOBILE, 1):
        learned = products = 0
        for pair in range(pairs):
            side //= stride if pair == 0 and k > 1 else 1
            learned += 9 * channels + channels * width
            products += (9 * channels + channels * width) * side * side
            channels = width
        found.append((f"pairs {k}", learned, products))
    return [*found, ("dense", 1024 * 1000, 1024 * 1000)]


def _drawn(name: str, blocks: list[tuple[str, int, int]], says: str) -> Frame:
    weights, products = sum(b[1] for b in blocks), sum(b[2] for b in blocks)
    canvas = Canvas(
        f"Where {name} has its weights and its multiplications",
        "Two bars for each block: its share of the weights and of the multiplications. "
        + ", ".join(f"{n}: {100 * w / weights:.0f} and {100 * m / products:.0f} per cent" for n, w, m in blocks)
        + ".",
        height=260,
    )
    canvas.text(8, 18, f"{name}: {weights / 1e6:.1f} million weights,", anchor="start", color="violet", bold=True)
    canvas.text(8, 36, f"{products / 1e6:,.0f} million multiplications", anchor="start", color="amber", bold=True)
    step = 204 / len(blocks)
    for i, (label, learned, made) in enumerate(blocks):
        y = 48 + i * step
        canvas.text(72, y + step / 2 + 2, label, anchor="end", size=11, color="muted")
        for k, (value, whole, color) in enumerate(((learned, weights, "violet"), (made, products, "amber"))):
            wide = 230 * value / whole
            high = step / 2 - 3
            canvas.box(78, y + k * high, max(1.0, wide), high - 1, color=color, strength=0.6, radius=0)
            canvas.text(82 + wide, y + (k + 1) * high - 1, f"{100 * value / whole:.0f} %", anchor="start", size=11)
    return canvas.frame(says)
