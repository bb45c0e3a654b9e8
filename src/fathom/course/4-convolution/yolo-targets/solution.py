"""What a detector with a grid and anchors is asked to predict, and how its answer becomes boxes again."""

import numpy as np


def best_anchor(sides, anchors):
    """The number of the anchor whose IoU with the box is largest when both have the same centre.

    sides: (2,), the box's width and height. anchors: (n, 2), widths and heights.
    """
    inter = np.minimum(sides, anchors).prod(axis=1)
    return int(np.argmax(inter / (sides.prod() + anchors.prod(axis=1) - inter)))


def targets(boxes, labels, anchors, size, cells, classes):
    """What should be predicted for a picture of size × size pixels, by a grid of cells × cells.

    boxes: (n, 4), each [left, top, right, bottom] in pixels. labels: (n,), class numbers. anchors: (m, 2) in pixels.
    A box belongs to the cell that its centre lies in, and there to its best anchor; of two boxes with the same cell and
    anchor the later one counts. Returns (cells, cells, m, 5 + classes): row of the grid, column of the grid, anchor,
    and then [1 where there is a box, x and y of the centre within the cell from 0 to 1, log of the width and of the
    height over the anchor's, 1 for its class]. Where there is no box, all are 0.
    """
    out = np.zeros((cells, cells, len(anchors), 5 + classes))
    for box, label in zip(boxes, labels):
        sides, centre = box[2:] - box[:2], (box[:2] + box[2:]) / 2 * cells / size
        column, row = np.floor(centre).astype(int)
        k = best_anchor(sides, anchors)
        out[row, column, k] = 0
        out[row, column, k, 0] = 1
        out[row, column, k, 1:3] = centre - [column, row]
        out[row, column, k, 3:5] = np.log(sides / anchors[k])
        out[row, column, k, 5 + label] = 1
    return out


def decode(predicted, anchors, size):
    """The boxes of a prediction of that form: those whose first number is above 0.5.

    predicted: (cells, cells, m, 5 + classes). Returns (found, 5): [left, top, right, bottom, class], in the order of
    rows, columns and anchors; the class is the one with the largest number.
    """
    row, column, k = np.nonzero(predicted[..., 0] > 0.5)
    t = predicted[row, column, k]  # (found, 5 + classes)
    centre = (t[:, 1:3] + np.stack([column, row], axis=1)) * size / len(predicted)
    half = anchors[k] * np.exp(t[:, 3:5]) / 2
    return np.column_stack([centre - half, centre + half, t[:, 5:].argmax(axis=1)])
