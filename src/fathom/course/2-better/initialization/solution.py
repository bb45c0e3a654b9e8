"""Initial weights that keep the size of what passes through."""

import numpy as np


def scale(inputs, activation):
    """The deviation of the weights of a layer with so many inputs.

    activation: "relu" (He), or "tanh" or "linear" (Xavier, by the inputs alone). Returns a number.
    """
    return np.sqrt((2.0 if activation == "relu" else 1.0) / inputs)


def initialize(widths, activation, rng):
    """Random weights of normal distribution, and biases of 0, for each layer.

    widths: [features, hidden, …, outputs]. rng: a NumPy Generator.
    Returns a list of pairs w, (inputs, outputs), and b, (outputs,).
    """
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        w = rng.normal(0, scale(inputs, activation), (inputs, outputs))
        layers.append((w, np.zeros(outputs)))
    return layers
