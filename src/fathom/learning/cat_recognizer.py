"""The project of the cat recognizer: a learner's net against logistic regression at its best, on the same pictures.

One comparison on one split says little: an entry that is as good may be two points ahead by chance. So each of five
seeds has pictures to judge by that no other seed has, a training of its own, and the rival's answers on the very same
pictures. What decides is the 95 % interval of the difference.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.learning.child import Seed
from fathom.learning.progress import code_of
from fathom.learning.result_cache import FOLDER, ResultCache
from fathom.learning.sandbox import Broken, Sandbox
from fathom.records import Interval

Array = NDArray[Any]
Line = tuple[bool | None, str]

FILE = "project_cats.py"
SEEDS, NEW, TRAIN = 5, 500, 1500
SIDE = 24
SECONDS = 60.0
"""Of CPU time that a training may take."""

QUANTILE = 2.776
"""Of Student's t with one degree of freedom less than there are seeds, for 95 %."""

STUB = '''"""A cat recognizer of your own: any net that you like, in NumPy, better than logistic regression at its best.

The rival is logistic regression on pixels averaged over 2 × 2, with mirrored copies and a tuned weight decay. A dense
net on pixels hardly beats it: the same ear is other pixels in every picture. A layer that looks at every small
patch with the same weights, and keeps its largest answers, finds an ear anywhere.
"""

import numpy as np


def patches(x, k, step):
    """(Given.) All patches of k × k pixels: (pictures, places down, places across, k · k · 3)."""
    x = x.reshape(len(x), 24, 24, 3)
    all_ = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::step, ::step]
    return np.moveaxis(all_, 3, 5).reshape(*all_.shape[:3], k * k * 3)


def recognize(x, y, x_new, rng):
    """Train on pictures and labels, and say which of the new pictures show a cat.

    x: (pictures, 1728), 24 × 24 × 3 numbers from 0 to 1. y: (pictures,), 1 for a cat. x_new: (new pictures, 1728).
    rng: a NumPy Generator. Returns (new pictures,): 1 for a cat, 0 for none. It has 60 seconds of CPU time.
    """
    raise NotImplementedError("write me")
'''


def check(folder: Path) -> Iterator[Line]:
    """Train the learner's net on each seed, and judge the difference to the rival.

    Args:
        folder: the learner's; what was trained with the same code is kept there.
    """
    path = folder / FILE
    mine: list[Array] = []
    theirs: list[Array] = []
    try:
        with Sandbox(path, SECONDS) as code:
            _tried(code)
            yield from drawn()
            text = path.read_text("utf-8", errors="replace")
            kept = ResultCache(folder / FOLDER / "cats.jsonl", code_of(text), TRAIN)
            for seed in range(SEEDS):
                x, y, x_new, y_new = split(seed)
                if kept.get([seed]) is None:
                    yield None, f"seed {seed}: your net is trained, {SECONDS:.0f} s of CPU at most ..."
                    got = _recognized(code, x, y, x_new, seed)
                    if len(np.unique(got)) == 1:
                        says = f"recognize says {int(got[0])} for each of the {len(got)} pictures"
                        yield False, f"{says}: nothing is told apart"
                        return
                    kept.put([seed], [int(wrong) for wrong in got != (y_new > 0)])
                mine.append(np.array(kept.get([seed])))
                theirs.append(rival(folder, seed))
                told = f"yours {100 * mine[-1].mean():.1f} %, logistic regression {100 * theirs[-1].mean():.1f} %"
                yield None, f"seed {seed}: {told} wrong of {NEW} new pictures"
    except Broken as error:
        yield False, str(error)
        return
    yield verdict(np.array(mine), np.array(theirs))


def verdict(mine: Array, theirs: Array) -> Line:
    """Whether the learner's net is better, and how surely.

    Args:
        mine, theirs: which pictures are wrong, 1 or 0, (seeds, pictures): the same pictures for both.
    """
    better = difference(mine, theirs)
    how = "better" if better.value >= 0 else "worse"
    bounds = f"95 % interval of the gain {100 * better.low:+.1f} to {100 * better.high:+.1f}"
    told = f"{100 * abs(better.value):.1f} points {how} ({bounds})"
    asked = "" if better.low > 0 else ": the whole interval must be above 0"
    return better.low > 0, f"yours is {told} over {mine.shape[0]} seeds of {mine.shape[1]} pictures{asked}"


def difference(mine: Array, theirs: Array) -> Interval:
    """How much lower the error is: the mean over all seeds and pictures, with its 95 % interval.

    The standard error is that between the seeds, which differ in data, training and new pictures, or that of the
    pictures, paired, if it is larger: five seeds may agree by luck.
    """
    paired = theirs.astype(float) - mine
    of_seeds = paired.mean(1).std(ddof=1) / math.sqrt(len(paired))
    of_pictures = paired.std(ddof=1) / math.sqrt(paired.size)
    half = QUANTILE * float(max(of_seeds, of_pictures))
    value = float(paired.mean())
    return Interval(value, value - half, value + half)


def _tried(code: Sandbox) -> None:
    """Ask about a few made-up pictures: what cannot be an answer shows before anything takes long.

    Raises:
        Broken: it is none.
    """
    rng = np.random.default_rng(0)
    x, y = rng.random((24, SIDE * SIDE * 3)), np.arange(24) % 2
    _recognized(code, x[:16], y[:16], x[16:], 0)


def _recognized(code: Sandbox, x: Array, y: Array, x_new: Array, seed: int) -> Array:
    """Which pictures are cats, as the learner's code says: (new pictures,).

    Raises:
        Broken: it says nothing of the kind.
    """
    try:
        got = np.asarray(code.call("recognize", x, y, x_new, Seed(seed)))
    except ValueError:
        raise Broken("recognize returns rows of different lengths: return one number for each new picture") from None
    if got.shape != (len(x_new),):
        raise Broken(f"recognize returns shape {got.shape} for {len(x_new)} new pictures: it should be ({len(x_new)},)")
    if got.dtype.kind not in "bif" or not np.isfinite(got).all():
        raise Broken("recognize returns what is no number: return 1 for a cat, and 0 for none")
    return np.asarray(got > 0.5)


def rival(folder: Path, seed: int) -> Array:
    """Which new pictures logistic regression gets wrong, (new pictures,); fitted once."""
    from sklearn.linear_model import LogisticRegression

    cache = ResultCache(folder / FOLDER / "cats-rival.jsonl", SEEDS, NEW, TRAIN)
    if cache.get([seed]) is None:
        x, y, x_new, y_new = split(seed)
        small, small_new = _averaged(x), _averaged(x_new)
        both = np.concatenate([small, small[:, :, ::-1]])
        fitted = LogisticRegression(C=0.3, max_iter=300).fit(both.reshape(len(both), -1), np.concatenate([y, y]))
        wrong = fitted.predict(small_new.reshape(len(small_new), -1)) != y_new
        cache.put([seed], [int(one) for one in wrong])
    return np.array(cache.get([seed]))


def _averaged(x: Array) -> Array:
    """Means over 2 × 2 pixels: (pictures, 12, 12, 3)."""
    return np.asarray(x.reshape(len(x), SIDE // 2, 2, SIDE // 2, 2, 3).mean((2, 4)))


def split(seed: int) -> tuple[Array, Array, Array, Array]:
    """Pictures and labels to train on, and new ones; no picture is new for two seeds."""
    held = np.load(_file())
    x, y = held["x"] / 255, held["y"].astype(int)
    order = np.random.default_rng(3).permutation(len(y))
    new = order[seed * NEW : (seed + 1) * NEW]
    rest = np.random.default_rng([seed, 3]).permutation(np.setdiff1d(order, new))[:TRAIN]
    return x[rest], y[rest], x[new], y[new]


def drawn() -> Iterator[Line]:
    """Draw the pictures where they are not drawn yet, and tell how far it is."""
    from PIL import Image

    from fathom.data.practice.cats.scene import Camera, draw

    if _file().exists():
        return
    count = SEEDS * NEW
    yield None, f"{count:,} pictures of cats and of other animals are drawn, once ..."
    x, y = np.empty((count, SIDE * SIDE * 3), np.uint8), np.arange(count) % 2
    for i in range(count):
        picture = draw(bool(y[i]), 64, Camera(), np.random.default_rng([7, i])).convert("RGB")
        x[i] = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX)).ravel()
        if i % 500 == 499:
            yield None, f"  {i + 1:,} of {count:,}"
    _file().parent.mkdir(parents=True, exist_ok=True)
    part = _file().with_name(f"{_file().stem}-{os.getpid()}.npz")
    np.savez_compressed(part, x=x, y=y)
    part.replace(_file())


def _file() -> Path:
    from fathom.data.source import cache_folder

    return cache_folder() / f"project-cats-{SEEDS * NEW}.npz"
