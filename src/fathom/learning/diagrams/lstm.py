"""The LSTM cell, with the numbers of one step: forget, write, show, and the gradient along the memory."""

from __future__ import annotations

from math import exp, tanh

from fathom.learning.diagrams.svg import Canvas, Frame

SCORES = {"i": 0.5, "f": 2.0, "o": 0.0, "g": 1.0}
MEMORY = 1.5
GATES = {"f": (76, "forget"), "i": (148, "input"), "g": (212, "candidate"), "o": (284, "output")}


def step() -> dict[str, float]:
    """All numbers of the step: the gates, what is kept and written, the new memory and the new state."""
    value = {name: 1 / (1 + exp(-score)) for name, score in SCORES.items() if name != "g"}
    value["g"] = tanh(SCORES["g"])
    value["kept"] = value["f"] * MEMORY
    value["written"] = value["i"] * value["g"]
    value["memory"] = value["kept"] + value["written"]
    value["state"] = value["o"] * tanh(value["memory"])
    return value


def frames() -> list[Frame]:
    """The cell, then what each gate does, then the way back."""
    v = step()
    slope = v["o"] * (1 - tanh(v["memory"]) ** 2)
    return [
        _drawn(v, "").frame("The cell. The upper line is the memory: one multiplication, one addition, nothing else."),
        _drawn(v, "f").frame(
            f"Forget: the old memory {MEMORY:g} times the gate f = {v['f']:.2f} gives {v['kept']:.2f}."
        ),
        _drawn(v, "i").frame(
            f"Write: the candidate g = {v['g']:.2f} times the gate i = {v['i']:.2f} gives {v['written']:.2f}. "
            f"Added to what was kept, the new memory is {v['memory']:.2f}."
        ),
        _drawn(v, "o").frame(
            f"Show: tanh of the new memory, times the gate o = {v['o']:.2f}, is the new hidden state {v['state']:.2f}."
        ),
        _drawn(v, "back", slope).frame(
            f"Backward: a gradient of 1 at h' arrives at the memory as {slope:.3f}. Along the upper line it is only "
            f"multiplied by f: {slope * v['f']:.3f} reaches the old memory."
        ),
    ]


def _drawn(v: dict[str, float], part: str, slope: float = 0.0) -> Canvas:
    """The cell with one of its parts in colour."""
    canvas = Canvas(
        "The LSTM cell",
        "A line from the old to the new memory with a product and a sum; below it four boxes, the gates and the "
        f"candidate; {'the gradient flows back along the line' if part == 'back' else 'values flow to the right'}.",
        height=240,
    )
    back = part == "back"
    hot = {"f": ("f",), "i": ("i", "g"), "o": ("o",)}.get(part, ())
    for x1, x2, on in ((38, 62, "f"), (90, 166, "f"), (194, 284 if back else 322, "i")):
        color = "amber" if back else "sea" if part in (on, "") else "muted"
        start, end = (x2, x1) if back else (x1, x2)
        canvas.arrow(start, 50, end, 50, color=color, width=2.4)
    canvas.text(20, 55, "c", size=15, bold=True)
    canvas.text(338, 55, "c'", size=15, bold=True)
    canvas.circle(76, 50, 13, "×", color="sea" if part == "f" else "muted", size=16)
    canvas.circle(180, 50, 13, "+", color="sea" if part == "i" else "muted", size=16)
    canvas.circle(180, 106, 13, "×", color="sea" if part == "i" else "muted", size=16)
    canvas.circle(284, 120, 13, "×", color="sea" if part == "o" else "muted", size=16)
    _wires(canvas, part)
    for name, (x, word) in GATES.items():
        canvas.box(
            x - 24,
            158,
            48,
            34,
            f"{name} = {v[name]:.2f}" if part in ("f", "i", "o") and name in hot else name,
            color="amber" if name in hot else "violet" if name == "g" else "muted",
            size=11 if name in hot else 14,
        )
        canvas.text(x, 206, word, size=11, color="muted")
    canvas.text(180, 230, "x and h enter all four boxes", size=12, color="muted")
    for where, words in _numbers(v, part, slope):
        canvas.text(*where, words, color="amber" if back else "sea", bold=True, size=12, halo=True)
    return canvas


def _wires(canvas: Canvas, part: str) -> None:
    """From the gates to the products and sums."""
    on = {name: "sea" if name == part else "muted" for name in "fio"}
    canvas.arrow(76, 158, 76, 64, color=on["f"])
    canvas.arrow(152, 158, 172, 118, color=on["i"])
    canvas.arrow(208, 158, 188, 118, color=on["i"])
    canvas.arrow(180, 92, 180, 64, color=on["i"])
    canvas.arrow(284, 158, 284, 134, color=on["o"])
    canvas.box(264, 72, 40, 20, "tanh", color="amber" if part == "back" else on["o"], size=11)
    if part == "back":
        canvas.arrow(326, 120, 298, 120, color="amber", width=2.4)
        canvas.arrow(284, 106, 284, 93, color="amber", width=2.4)
        canvas.line(284, 72, 284, 50, color="amber", width=2.4)
    else:
        canvas.line(284, 50, 284, 72, color=on["o"])
        canvas.arrow(284, 92, 284, 106, color=on["o"])
        canvas.arrow(298, 120, 326, 120, color=on["o"])
    canvas.text(340, 125, "h'", size=15, bold=True)


def _numbers(v: dict[str, float], part: str, slope: float) -> list[tuple[tuple[float, float], str]]:
    """What is written at the wires, and where."""
    kept, new = ((124.0, 40.0), f"{v['kept']:.2f}"), ((240.0, 40.0), f"{v['memory']:.2f}")
    told: dict[str, list[tuple[tuple[float, float], str]]] = {
        "f": [((46, 40), f"{MEMORY:g}"), kept],
        "i": [kept, ((202, 82), f"{v['written']:.2f}"), new],
        "o": [new, ((316, 108), f"{v['state']:.2f}")],
        "back": [
            ((240, 40), f"{slope:.3f}"),
            ((124, 40), f"{slope:.3f}"),
            ((40, 40), f"{slope * v['f']:.3f}"),
            ((318, 108), "1"),
        ],
    }
    return told.get(part, [])
