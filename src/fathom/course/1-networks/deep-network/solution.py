"""A network of any depth: dense layers with a relu after each but the last."""

import numpy as np


def forward(x, layers):
    """Compute the outputs.

    x: (examples, features). layers: a list of pairs w, (inputs, outputs), and b, (outputs,).
    Returns the activations, a list: x, then what each layer puts out, after its relu; the last has none.
    """
    activations = [x]
    for number, (w, b) in enumerate(layers):
        z = activations[-1] @ w + b
        activations.append(z if number == len(layers) - 1 else np.maximum(z, 0))
    return activations


def backward(upstream, activations, layers):
    """The gradients of all weights, given that of the outputs, (examples, outputs), and what forward returned.

    Returns a list of pairs d_w and d_b, in the order of the layers.
    """
    grads, g = [], upstream
    for number in reversed(range(len(layers))):
        a = activations[number]
        grads.append((a.T @ g, g.sum(axis=0)))
        g = (g @ layers[number][0].T) * (a > 0)
    return grads[::-1]
