"""What a small GPT is made of: your attention, layer norm, dense layer and encoding of places."""

from .attention import Attention
from .dense import Dense
from .module import Module, Relu
from .norm import LayerNorm
from .solved import positional_encoding

NEEDS = ("attention", "layer-norm", "dense-layer", "initialization", "positional-encoding")
__all__ = ["Block", "Everywhere", "Places"]


class Everywhere(Dense):
    """A dense layer at every place: (time, batch, inputs) → (time, batch, outputs)."""

    def forward(self, x):
        """All places in one product."""
        self.shape = x.shape[:2]
        return super().forward(x.reshape(-1, x.shape[2])).reshape(*self.shape, -1)

    def backward(self, upstream):
        """The same way back."""
        return super().backward(upstream.reshape(-1, upstream.shape[2])).reshape(*self.shape, -1)


class Places(Module):
    """Adds waves that say where each token stands: (time, batch, width) → the same."""

    def forward(self, x):
        """By your sinusoidal."""
        return x + positional_encoding.sinusoidal(len(x), x.shape[2], 10_000.0)[:, None]

    def backward(self, upstream):
        """What is added changes no gradient."""
        return upstream


class Block(Module):
    """Attention, then two dense layers, each behind a norm and added to what came: (time, batch, width) → the same."""

    def __init__(self, width, inner, rng):
        super().__init__()
        self.parts = (
            LayerNorm(width),
            Attention(width, rng),
            LayerNorm(width),
            Everywhere(width, inner, rng),
            Relu(),
            Everywhere(inner, width, rng, "linear"),
        )

    def layers(self):
        """Those in it."""
        return list(self.parts)

    def forward(self, x):
        """Two branches, one after the other."""
        norm, look, *dense = self.parts
        x = x + look.forward(norm.forward(x).swapaxes(0, 1)).swapaxes(0, 1)
        y = x
        for part in dense:
            y = part.forward(y)
        return x + y

    def backward(self, upstream):
        """From the last to the first."""
        norm, look, *dense = self.parts
        g = upstream
        for part in reversed(dense):
            g = part.backward(g)
        upstream = upstream + g
        return upstream + norm.backward(look.backward(upstream.swapaxes(0, 1)).swapaxes(0, 1))


def examples(rng):
    """Layers and inputs for the tests."""
    yield Everywhere(3, 2, rng), rng.normal(size=(3, 2, 3))
    yield Places(), rng.normal(size=(3, 2, 4))
    yield Block(4, 6, rng), rng.normal(size=(3, 2, 4))
