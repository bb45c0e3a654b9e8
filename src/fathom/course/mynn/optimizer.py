"""Adam, yours, over all weights of a net."""

import numpy as np

from .solved import optimizers

NEEDS = ("optimizers",)
__all__ = ["Adam"]


class Adam:
    """Steps of Adam; the rate may be changed between them."""

    def __init__(self, net, rate, beta1=0.9, beta2=0.999, eps=1e-8):
        self.net, self.rate, self.told, self.t = net, rate, (beta1, beta2, eps), 0
        self.kept = {}

    def step(self):
        """Move each weight."""
        self.t += 1
        for i, layer in enumerate(self.net.layers()):
            for name, g in layer.grads.items():
                m, v = self.kept.get((i, name), (np.zeros_like(g), np.zeros_like(g)))
                w, m, v = optimizers.adam(layer.weights[name], g, m, v, self.t, self.rate, *self.told)
                layer.weights[name], self.kept[i, name] = w, (m, v)
