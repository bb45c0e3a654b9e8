"""The wiring of a U-Net; what the blocks compute is given."""

import numpy as np


def shapes(channels, size, depth):
    """The shape at each join, from the deepest level to the first, as a list of (channels, rows, columns).

    channels: of level 0; each level below has twice as many, and half the size. depth: how many levels there are above
    the bottom. What is joined is what comes up from below and what was kept.
    """
    return [(channels * 2 ** (l + 1) + channels * 2**l, size // 2**l, size // 2**l) for l in range(depth - 1, -1, -1)]


def forward(x, down, bottom, up):
    """Go down, through the bottom, and up again with what was kept.

    x: (channels, rows, columns), rows and columns divisible by 2 to the number of levels.
    down, up: lists of functions, one for each level from the first; bottom: a function. All take and return
    (channels, rows, columns), and keep rows and columns. Returns what up[0] returns.
    """
    kept = []
    for block in down:
        kept.append(block(x))
        c, rows, columns = kept[-1].shape
        x = kept[-1].reshape(c, rows // 2, 2, columns // 2, 2).max(axis=(2, 4))
    x = bottom(x)
    for block, across in zip(reversed(up), reversed(kept)):
        x = x.repeat(2, axis=1).repeat(2, axis=2)
        x = block(np.concatenate([x, across]))
    return x
