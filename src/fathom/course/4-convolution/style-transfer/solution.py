"""Style transfer: what a picture shows, in the manner of another; both measured on the features of a net."""

import numpy as np


def gram(f):
    """Which channels are active together: (channels, channels), the mean over all places of the products.

    f: (channels, rows, columns), features of a picture.
    """
    flat = f.reshape(len(f), -1)
    return flat @ flat.T / flat.shape[1]


def content_loss(f, content):
    """The mean of the squared differences of the features to those of the content picture, of the same shape."""
    return ((f - content) ** 2).mean()


def style_loss(f, style):
    """The mean of the squared differences of the Gram matrix to that of the style picture's features.

    style: (channels, rows', columns'): of another size, perhaps.
    """
    return ((gram(f) - gram(style)) ** 2).mean()


def gradient(f, content, style, weight):
    """The gradient of content_loss + weight · style_loss with respect to f, of the shape of f."""
    flat = f.reshape(len(f), -1)
    pull = 2 * (f - content) / f.size
    push = 4 * (gram(f) - gram(style)) @ flat / (len(f) ** 2 * flat.shape[1])
    return pull + weight * push.reshape(f.shape)
