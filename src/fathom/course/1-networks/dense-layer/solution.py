"""A dense layer: the forward pass, and the gradients of a loss."""

import numpy as np


def forward(x, w, b):
    """Each output is a weighted sum of all inputs.

    x: (examples, inputs). w: (inputs, outputs). b: (outputs,). Returns (examples, outputs).
    """
    return x @ w + b


def backward(upstream, x, w, b):
    """The gradients of a loss, given its gradient with respect to the outputs: upstream, (examples, outputs).

    Returns three arrays: d_x like x, d_w like w, d_b like b.
    """
    return upstream @ w.T, x.T @ upstream, upstream.sum(axis=0)
