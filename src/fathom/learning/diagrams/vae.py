"""The way through a variational autoencoder, and the way that gradients take back past the draw."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame


def frames() -> list[Frame]:
    """Forward, then backward."""
    forward = _drawn(back=False).frame(
        "The encoder gives a mean and a variance. The noise comes in from the side, and the draw is decoded."
    )
    backward = _drawn(back=True).frame(
        "Gradients (amber) pass through the sum and the product to mean and variance. The noise needs none."
    )
    return [forward, backward]


def _drawn(back: bool) -> Canvas:
    canvas = Canvas(
        "A variational autoencoder",
        "A picture enters the encoder, which gives mean and log variance; these and a noise make the draw, which the "
        "decoder turns into a picture" + (", and gradients go back along the same arrows." if back else "."),
    )
    canvas.box(8, 84, 44, 40, "x", color="sea", size=14)
    canvas.box(70, 76, 62, 56, "encoder", color="violet")
    canvas.box(156, 42, 56, 32, "mean", color="sea")
    canvas.box(156, 136, 56, 32, "log var", color="sea")
    canvas.circle(232, 104, 14, "+", color="muted", size=16, bold=True)
    canvas.circle(196, 206, 14, "·", color="muted", size=20, bold=True)
    canvas.box(92, 190, 66, 32, "noise ε", color="amber")
    canvas.box(262, 76, 62, 56, "decoder", color="violet")
    arrows = (
        (52, 104, 70, 104), (132, 92, 156, 62), (132, 116, 156, 148), (208, 74, 224, 91), (190, 168, 194, 192),
        (158, 206, 182, 206), (206, 195, 226, 118), (246, 104, 262, 104), (324, 104, 344, 104),
    )  # fmt: skip
    for one in arrows:
        canvas.arrow(*one)
    canvas.text(262, 62, "draw", anchor="middle", color="sea")
    canvas.text(336, 92, "x̂", size=14)
    canvas.text(222, 186, "σ = exp(log var/2)", anchor="start", color="muted", size=11)
    canvas.text(8, 20, "loss = reconstruction (x̂ against x)", anchor="start", color="ink")
    canvas.text(8, 36, "+ KL(mean, log var)", anchor="start", color="ink")
    if back:
        for x1, y1, x2, y2 in (
            (262, 113, 247, 113), (219, 92, 205, 77), (218, 122, 200, 190), (187, 190, 182, 171),
            (154, 70, 135, 98), (154, 142, 135, 124),
        ):  # fmt: skip
            canvas.arrow(x1, y1, x2, y2, color="amber", width=2, dash="4 2")
    return canvas
