"""Fur: colours and patterns that every animal may wear, so that a coat never tells what is in it."""

from __future__ import annotations

import numpy as np

from fathom.data.practice.cats.canvas import Array, cut, noise

COLOURS: tuple[tuple[float, float, float], ...] = (
    (0.86, 0.52, 0.22),
    (0.93, 0.76, 0.52),
    (0.58, 0.40, 0.26),
    (0.36, 0.25, 0.19),
    (0.52, 0.53, 0.56),
    (0.38, 0.42, 0.50),
    (0.17, 0.16, 0.18),
    (0.94, 0.92, 0.88),
    (0.74, 0.68, 0.60),
    (0.88, 0.68, 0.62),
)
PATTERNS = ("plain", "stripes", "spots", "patches")


def colour(rng: np.random.Generator) -> Array:
    """One of the colours, a little off."""
    base = np.array(COLOURS[int(rng.integers(len(COLOURS)))])
    return np.clip(base * rng.uniform(0.85, 1.12) + rng.normal(0, 0.03, 3), 0.05, 0.97).astype(np.float32)


def coat(side: int, scale: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """A sheet of fur to cut parts from, and the light colour of its belly and muzzle.

    Args:
        side: pixels per side of the canvas; the sheet is a quarter larger, so that each part gets its own piece.
        scale: pixels of the animal's unit; patterns grow with it.
        rng: source of everything random.
    """
    wide = side + side // 4
    base, other = colour(rng)[:, None, None], colour(rng)[:, None, None]
    pattern = PATTERNS[int(rng.integers(len(PATTERNS)))]
    sheet = np.broadcast_to(base, (3, wide, wide))
    if pattern != "plain":
        share = _pattern(pattern, wide, scale, rng)
        sheet = base + share * (_contrast(base, other) - base)
    hair = 1 + 0.07 * cut(noise(1, 4), wide, wide, rng) + 0.05 * cut(noise(12, 12), wide, wide, rng)
    base = base[:, 0, 0]
    belly = np.clip(base + rng.uniform(0.15, 0.7) * (np.array([0.97, 0.94, 0.9], np.float32) - base), 0, 1)
    return sheet * hair, belly.astype(np.float32)


def _pattern(pattern: str, wide: int, scale: float, rng: np.random.Generator) -> Array:
    """How much of the second colour each pixel takes, 0 to 1."""
    bend = cut(noise(32, 32), wide, wide, rng)
    if pattern == "stripes":
        angle = rng.normal(0, 0.4)
        line = np.arange(wide, dtype=np.float32) * np.float32(rng.uniform(9, 16) / max(scale, 4))
        wave = line[None, :] * np.float32(np.cos(angle)) + line[:, None] * np.float32(np.sin(angle)) + 1.6 * bend
        return 0.75 * np.clip(np.sin(wave) * 2, 0, 1)
    sheet = cut(noise(8, 8), wide, wide, rng) if pattern == "spots" else bend
    return np.clip((sheet - rng.uniform(0.1, 0.7)) * 6, 0, 1)


def _contrast(base: Array, other: Array) -> Array:
    """The other colour, moved away from the first where the two are hard to tell apart."""
    if abs(float(base.mean() - other.mean())) > 0.15:
        return other
    return base * np.float32(0.45) if base.mean() > 0.35 else np.clip(base + np.float32(0.4), 0, 1)
