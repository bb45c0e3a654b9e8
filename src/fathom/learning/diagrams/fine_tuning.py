"""Transfer in three steps: features once, a head on them, then everything at a small rate."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

LAYERS = ("edges", "textu-\nres", "parts")


def frames() -> list[Frame]:
    """The pretrained net, the frozen body, the head alone, and all of it."""
    return [
        _drawn("pretrained").frame(
            "A net trained on a million photos. Its body turns a photo into features; its head knows 1,000 classes."
        ),
        _drawn("features").frame(
            "The old head is removed. The body is frozen, so the features of each photo are computed only once."
        ),
        _drawn("head").frame(
            "A new head for your classes learns from the stored features. The body is not needed for this."
        ),
        _drawn("all").frame(
            "With enough photos: fine-tuning. Now the body learns too, at a tenth of the learning rate."
        ),
    ]


def _drawn(part: str) -> Canvas:
    """Photo, body and head; what learns is amber, what is frozen is blue."""
    canvas = Canvas(
        "Transfer learning",
        "A photo enters three boxes, the body, which gives features; a head gives classes.",
        height=230,
    )
    learns = part == "all"
    faint = part == "head"
    canvas.box(6, 76, 46, 46, "photo", color="muted", size=12)
    color = "amber" if learns else "muted" if part == "pretrained" else "rule" if faint else "sea"
    for i, name in enumerate(LAYERS):
        x = 70 + 52 * i
        canvas.arrow(x - 17 if i == 0 else x - 8, 99, x - 1, 99, color="rule" if faint else "muted")
        canvas.box(x, 58, 44, 82, name, color=color, size=11, strength=0.2)
    canvas.text(144, 46, "body", size=13, bold=True)
    canvas.arrow(219, 99, 234, 99, color="muted")
    canvas.grid(236, 65, [[0.9], [0.2], [0.6], [0.4]], cell=17)
    canvas.text(245, 154, "features", size=11, color="muted")
    canvas.arrow(256, 99, 276, 99, color="muted")
    if part == "features":
        canvas.box(278, 72, 70, 54, "no head", color="rule", size=12, dash="4 3")
    else:
        words = "1,000\nclasses" if part == "pretrained" else "cat\nother"
        canvas.box(278, 72, 70, 54, words, color="muted" if part == "pretrained" else "amber", size=13, strength=0.25)
    canvas.text(313, 62, "head", size=13, bold=True)
    if part != "pretrained":
        told = {"features": "frozen", "head": "frozen, not used", "all": "learning rate 0.0001"}[part]
        canvas.text(144, 164, told, size=12, color="amber" if learns else "sea")
        if part != "features":
            canvas.text(308, 164, "rate 0.001", size=12, color="amber")
    for x, word, paint in ((60, "frozen", "sea"), (172, "learns", "amber")):
        canvas.box(x, 192, 16, 14, color=paint, strength=0.3, radius=2)
        canvas.text(x + 22, 204, word, size=12, anchor="start")
    return canvas
