"""Gradients of a whole net kept short, by your clip."""

from .solved import clip_and_sample

NEEDS = ("clip-and-sample",)
__all__ = ["clip_gradients", "sample"]

sample = clip_and_sample.sample


def clip_gradients(net, largest):
    """Shorten all gradients together."""
    places = [(layer, name) for layer in net.layers() for name in layer.grads]
    for (layer, name), g in zip(places, clip_and_sample.clip([layer.grads[name] for layer, name in places], largest)):
        layer.grads[name] = g
