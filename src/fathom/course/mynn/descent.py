"""Plain gradient descent, for as long as your optimizers are not written. (Given.)"""

NEEDS = ()
__all__ = ["Descent"]


class Descent:
    """Steps against the gradient; the rate may be changed between them."""

    def __init__(self, net, rate):
        self.net, self.rate = net, rate

    def step(self):
        """Move each weight."""
        for layer in self.net.layers():
            for name, g in layer.grads.items():
                layer.weights[name] = layer.weights[name] - self.rate * g
