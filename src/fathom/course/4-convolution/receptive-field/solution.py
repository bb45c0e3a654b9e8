"""What a unit sees of the picture, and how large the outputs are."""

import numpy as np


def receptive_field(layers):
    """How many pixels across a unit of the last layer can see.

    layers: a list of (width of the window, stride), from the first to the last. Returns a whole number; 1 for
    no layers.
    """
    field, jump = 1, 1
    for k, stride in layers:
        field += (k - 1) * jump
        jump *= stride
    return field


def output_size(size, layers):
    """How many units across the last layer has. size: of the picture. layers: a list of (width, stride, padding)."""
    for k, stride, pad in layers:
        size = (size + 2 * pad - k) // stride + 1
    return size
