"""Words as vectors in a plane: an analogy as a parallelogram, and a direction that is removed."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import Axes, axes
from fathom.learning.diagrams.svg import Canvas, Frame

WORDS = {"man": (1.0, 0.0), "king": (3.0, 1.0), "woman": (1.0, 2.0), "queen": (2.0, 2.2), "apple": (0.0, 3.0)}
DIRECTION = np.array([1.0, 2.0])


def target() -> np.ndarray:
    """king − man + woman."""
    return np.array(WORDS["king"]) - WORDS["man"] + WORDS["woman"]


def cosine(word: str) -> float:
    """Of a word with the target."""
    a, b = np.array(WORDS[word]), target()
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def frames() -> list[Frame]:
    """The words, the step, the same step again, the answer, and a removal."""
    told = []
    for part, caption in (
        ("words", "Five words as vectors. The arrows begin at the origin."),
        ("step", "The step from man to king: king − man = (2, 1)."),
        ("again", "The same step, put onto woman, ends at r = (3, 3)."),
        (
            "answer",
            f"The direction of r is compared with every word. Queen has the cosine {cosine('queen'):.3f}, apple "
            f"{cosine('apple'):.3f}. Man, king and woman are excluded.",
        ),
    ):
        field = _field("Words as vectors in a plane", caption)
        _analogy(field, part)
        told.append(field.canvas.frame(caption))
    along = WORDS["king"] @ DIRECTION / (DIRECTION @ DIRECTION) * DIRECTION
    left = WORDS["king"] - along
    caption = (
        f"Removing the direction (1, 2) from king (3, 1): its part along it is ({along[0]:g}, {along[1]:g}), and "
        f"({left[0]:g}, {left[1]:g}) is left."
    )
    field = _field("A direction is removed from a vector", caption.replace("-", "−"))
    _removal(field, along, left)
    told.append(field.canvas.frame(caption.replace("-", "−")))
    return told


def _field(title: str, desc: str) -> Axes:
    return axes(
        Canvas(title, desc, height=250),
        34,
        16,
        310,
        200,
        (-0.6, 4.05),
        (-1.2, 3.4),
        xticks=(0, 1, 2, 3),
        yticks=(-1, 0, 1, 2, 3),
    )


def _arrow(
    field: Axes, start: tuple[float, float], end: tuple[float, float], color: str, width: float, dash: str = ""
) -> None:
    field.canvas.arrow(*field.at(*start), *field.at(*end), color=color, width=width, dash=dash)


def _analogy(field: Axes, part: str) -> None:
    """The words, and as much of the construction as is told."""
    for word, (x, y) in WORDS.items():
        found = part == "answer" and word == "queen"
        faint = part == "answer" and word not in ("queen", "apple")
        color = "good" if found else "muted" if faint else "sea"
        _arrow(field, (0, 0), (x, y), color, 3 if found else 1.6)
        low, left = word in ("man", "king", "queen"), word == "woman"
        field.text(
            x + (-0.08 if left else 0.08),
            y - 0.26 if low else y + 0.1,
            word,
            size=13,
            color=color,
            bold=True,
            anchor="end" if left else "start",
            halo=True,
        )
    r = target()
    if part != "words":
        _arrow(field, WORDS["man"], WORDS["king"], "amber", 2.2)
    if part in ("again", "answer"):
        _arrow(field, WORDS["woman"], (float(r[0]), float(r[1])), "amber", 2.2)
        field.dots([r.tolist()], color="amber", radius=5)
        field.text(r[0] + 0.12, r[1], "r", size=15, color="amber", bold=True, anchor="start")
    if part == "answer":
        _arrow(field, (0, 0), (float(r[0]), float(r[1])), "amber", 1.4, "4 3")


def _removal(field: Axes, along: np.ndarray, left: np.ndarray) -> None:
    """The direction as a line, the vector, its part along the line, and what is left."""
    field.curve([(-0.5, -1.0), (1.6, 3.2)], color="muted", width=1.2, dash="5 4")
    field.text(1.62, 2.9, "direction", size=12, color="muted", anchor="start")
    _arrow(field, (0, 0), WORDS["king"], "sea", 2.2)
    field.text(3.06, 1.06, "king", size=13, color="sea", bold=True, anchor="start")
    _arrow(field, (0, 0), (float(along[0]), float(along[1])), "amber", 2.6)
    field.text(0.9, 1.3, "part along it", size=12, color="amber", bold=True, anchor="start", halo=True)
    _arrow(field, (0, 0), (float(left[0]), float(left[1])), "good", 2.6)
    field.text(2.1, -0.95, "left", size=13, color="good", bold=True, anchor="start")
    _arrow(field, WORDS["king"], (float(left[0]), float(left[1])), "muted", 1.2, "4 3")
