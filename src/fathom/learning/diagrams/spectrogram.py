"""A sound of two tones becomes a spectrogram: one window after another adds a column."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

SAMPLES, WIDTH, HOP = 72, 16, 8
LOW, HIGH = 2, 5


def sound() -> np.ndarray:
    """A low tone, then a high one, ``(samples,)``."""
    at = np.arange(SAMPLES)
    return np.where(at < SAMPLES // 2, np.sin(2 * np.pi * LOW * at / WIDTH), np.sin(2 * np.pi * HIGH * at / WIDTH))


def window() -> np.ndarray:
    """A Hann window, ``(width,)``."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WIDTH) / WIDTH)


def power() -> np.ndarray:
    """Of each frequency in each frame, ``(frames, width // 2 + 1)``."""
    starts = range(0, SAMPLES - WIDTH + 1, HOP)
    cut = np.stack([sound()[s : s + WIDTH] * window() for s in starts])
    return np.asarray(np.abs(np.fft.rfft(cut, axis=1)) ** 2)


def frames() -> list[Frame]:
    """The sound, then each window with its column."""
    count = len(power())
    told = [
        _drawn(-1).frame(
            f"A sound of {SAMPLES} samples: a low tone, then a high one. A window of {WIDTH} "
            "samples will slide over it."
        )
    ]
    for t in range(count):
        strongest = int(power()[t].argmax())
        told.append(
            _drawn(t).frame(
                f"Frame {t}: samples {t * HOP} to {t * HOP + WIDTH - 1} times the window. The strongest frequency is "
                f"{strongest} cycles per window."
            )
        )
    return told


def _drawn(t: int) -> Canvas:
    """The sound above with the window at frame t; the columns up to it below."""
    canvas = Canvas(
        "A spectrogram is computed",
        "Above a wave with a window on it; below a heat map, one column for each frame.",
        height=262,
    )
    wide, left = 296 / SAMPLES, 48.0
    points = [(left + wide * i, 52 - 26 * v) for i, v in enumerate(sound())]
    canvas.text(left - 6, 56, "sound", size=12, color="muted", anchor="end")
    canvas.curve(points, color="sea", width=1.5)
    if t >= 0:
        x = left + wide * t * HOP
        canvas.box(x, 16, wide * WIDTH, 72, color="amber", strength=0.12, radius=2)
        canvas.curve([(x + wide * i, 52 - 26 * v) for i, v in enumerate(window())], color="amber", width=1.8)
    _columns(canvas, t, left, wide)
    canvas.text(14, 100, "cycles", size=11, color="muted", anchor="start")
    canvas.text(left + 148, 250, "time →", size=12, color="muted")
    return canvas


def _columns(canvas: Canvas, t: int, left: float, wide: float) -> None:
    """The spectrogram up to frame t, under the sound."""
    p = power()
    rows, cell = p.shape[1], 14.0
    for i in range(len(p)):
        x = left + wide * (i * HOP + WIDTH / 2) - wide * HOP / 2
        if i <= t:
            for k in range(rows):
                share = float(p[i, k] / p.max())
                canvas.add(
                    "rect",
                    x=x,
                    y=104 + cell * (rows - 1 - k),
                    width=wide * HOP,
                    height=cell,
                    fill="var(--sea)",
                    fill_opacity=round(share**0.5, 2),
                    stroke="var(--rule)",
                    stroke_width=0.8,
                )
        if i == t:
            canvas.outline(x, 104.0, wide * HOP, cell * rows, edge=2.4)
            canvas.arrow(x + wide * HOP / 2, 89, x + wide * HOP / 2, 102, color="amber")
    for k in range(0, rows, 2):
        canvas.text(left - 6, 115 + cell * (rows - 1 - k), str(k), size=11, color="muted", anchor="end")
