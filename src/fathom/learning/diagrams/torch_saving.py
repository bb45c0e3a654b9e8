"""What a checkpoint must hold, so that a run goes on as if it had never stopped."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

PARTS = ("net", "optimizer", "scheduler", "chance")


def frames() -> list[Frame]:
    """The whole file, then one without the optimizer."""
    return [
        _drawn(True).frame("All four are in the file: the run that goes on takes the same steps, to the last bit."),
        _drawn(False).frame("The optimizer is missing: its averages begin at 0 again, and the run leaves its path."),
    ]


def _drawn(whole: bool) -> Canvas:
    canvas = Canvas(
        "A run that is stopped and goes on",
        "A curve of steps that is cut in the middle; a file of net, optimizer, scheduler and chance leads to the rest, "
        + ("which follows the old path." if whole else "which, without the optimizer, leaves the old path."),
    )
    path = [(15 + 11 * i, 30 + 70 * 0.88**i) for i in range(31)]
    canvas.curve([(x, 130 - y) for x, y in path], color="rule")
    canvas.curve([(x, 130 - y) for x, y in path[:15]], color="sea")
    rest = path[14:] if whole else [(x, y + 3.2 * (i > 0) * i * 0.8**i * 3) for i, (x, y) in enumerate(path[14:])]
    canvas.curve([(x, 130 - y) for x, y in rest], color="good" if whole else "problem")
    canvas.line(path[14][0], 20, path[14][0], 130, color="muted", dash="4 3")
    canvas.text(path[14][0], 148, "saved, and gone on", color="muted")
    for i, name in enumerate(PARTS):
        gone = not whole and name == "optimizer"
        canvas.box(10 + 86 * i, 178, 80, 36, name, color="muted" if gone else "violet", dash="4 3" if gone else "")
    return canvas
