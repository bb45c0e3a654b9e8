"""Reverse-mode automatic differentiation on a list of scalar operations."""

import numpy as np


def forward(nodes, inputs):
    """Compute the value of each node.

    nodes: a list of tuples, an operation and the numbers of the nodes that it uses, all earlier:
    ("input",), ("add", i, j), ("multiply", i, j), ("tanh", i), ("exp", i).
    inputs: the values of the input nodes, in order. Returns a list of numbers, one for each node.
    """
    values, left = [], list(inputs)
    for operation, *parents in nodes:
        a = [values[i] for i in parents]
        if operation == "input":
            values.append(left.pop(0))
        elif operation == "add":
            values.append(a[0] + a[1])
        elif operation == "multiply":
            values.append(a[0] * a[1])
        else:
            values.append(float(np.tanh(a[0]) if operation == "tanh" else np.exp(a[0])))
    return values


def backward(nodes, values):
    """The derivative of the last node with respect to each node, as a list of numbers."""
    grads = [0.0] * len(nodes)
    grads[-1] = 1.0
    for n in reversed(range(len(nodes))):
        (operation, *parents), value, g = nodes[n], values[n], grads[n]
        if operation == "add":
            grads[parents[0]] += g
            grads[parents[1]] += g
        elif operation == "multiply":
            grads[parents[0]] += g * values[parents[1]]
            grads[parents[1]] += g * values[parents[0]]
        elif operation == "tanh":
            grads[parents[0]] += g * (1 - value**2)
        elif operation == "exp":
            grads[parents[0]] += g * value
    return grads
