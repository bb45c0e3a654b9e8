"""Seconds until the first answer of a process that was just begun: an exported ``predict.py`` against ``fathom predict``."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from functools import partial

from benchmarks.comparison import Ask, Bound, Comparison, Figures

STARTS = 9
"""Processes that are timed; before them one is not, which fills the cache of files."""


def start(ask: Ask, *, exported: bool) -> Figures:
    """Train, export, and ask one picture of a process of its own, again and again."""
    run, out = ask.folder / "run", ask.folder / "out"
    fathom = [sys.executable, "-m", "fathom"]
    asked = [*fathom, "train", "practice:cats?n=120", "--epochs", "1", "--out", str(run)]
    subprocess.run(asked, check=True, stdout=sys.stderr)
    subprocess.run([*fathom, "export", str(run), "--out", str(out)], check=True, stdout=sys.stderr)
    from PIL import Image

    picture = ask.folder / "asked.png"
    Image.effect_noise((500, 375), 60).convert("RGB").save(picture)
    command = [sys.executable, str(out / "predict.py")] if exported else [*fathom, "predict", str(run)]
    seconds = [_timed([*command, str(picture)]) for _ in range(1 + (2 if ask.quick else STARTS))]
    return {"seconds": statistics.median(seconds[1:]), "accuracy": 1.0}


def _timed(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


ROW = Comparison(
    about="""A process is begun, answers one picture and ends: the program of an export, without torch, against
    `fathom predict` on the run it was exported of (the default of `practice:cats`, pretrained EfficientNet-Lite0 at 160
    pixels). The figure is the median of nine, after one that fills the cache of files.""",
    contenders={
        "fathom predict": partial(start, exported=False),
        "predict.py": partial(start, exported=True),
    },
    bounds=(
        Bound("first answer of a process, `predict.py`, against `fathom predict`", "predict.py", "fathom predict", 0.5),
        Bound("the same in seconds", "predict.py", "", None),
    ),
    rounds=1,
)  # fmt: skip
