"""Changes to pictures that leave their meaning as it is, and labels that change with them."""

import numpy as np


def flip(x, chosen):
    """Exchange left and right of the chosen pictures.

    x: (batch, channels, rows, columns). chosen: (batch,), booleans.
    """
    return np.where(chosen[:, None, None, None], x[:, :, :, ::-1], x)


def flip_boxes(boxes, columns):
    """The boxes of a picture with so many columns after it was flipped. boxes: (n, 4), [left, top, right, bottom]."""
    left, top, right, bottom = boxes.T
    return np.stack([columns - right, top, columns - left, bottom], axis=1)


def crop(x, tops, lefts, width):
    """Put so many zeros around each picture, and cut a window of the old size out of it.

    tops, lefts: (batch,), the row and the column of the enlarged picture at which the window begins, from 0 to
    2 · width. Returns an array of the shape of x.
    """
    rows, columns = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (width, width), (width, width)))
    return np.stack([one[:, i : i + rows, j : j + columns] for one, i, j in zip(padded, tops, lefts)])


def mixup(x, y, share, other):
    """Fade each picture into another, and its label with it.

    y: (batch, classes), one-hot. share: (batch,), how much each keeps of itself. other: (batch,), the number of the
    picture that it is mixed with. Returns pictures and labels of the same shapes.
    """
    kept = share[:, None, None, None]
    return kept * x + (1 - kept) * x[other], share[:, None] * y + (1 - share[:, None]) * y[other]
