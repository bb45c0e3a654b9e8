"""Where a token stands: waves that are added, and pairs of numbers that are turned."""

import numpy as np


def sinusoidal(places, width, base):
    """One row for each place from 0, (places, width): the sine and the cosine of waves of growing length.

    Column 2i is sin(place · rate), column 2i + 1 the cosine of the same, with rate = base^(−2i / width); width is even.
    """
    rate = base ** (-np.arange(0, width, 2) / width)  # (width / 2,)
    angle = np.arange(places)[:, None] * rate  # (places, width / 2)
    return np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(places, width)


def rotate(x, places, base):
    """Turn pairs of numbers by angles that grow with the place (rotary encoding).

    x: (tokens, width), width even. places: (tokens,), where each stands. Number i of the first half and number i of the
    second half are a pair (a, b); it becomes (a cos − b sin, a sin + b cos) of place · base^(−2i / width).
    """
    width = x.shape[1]
    angle = places[:, None] * base ** (-np.arange(0, width, 2) / width)  # (tokens, width / 2)
    a, b = x[:, : width // 2], x[:, width // 2 :]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)], axis=1)


def rotate_backward(upstream, places, base):
    """The gradient with respect to x of rotate, given that of its output, (tokens, width)."""
    return rotate(upstream, -places, base)
