"""Tensors of PyTorch: types, axes, broadcasting, and the device on which they lie."""

import torch


def prepare(pictures, mean, deviation):
    """Make pictures from a file into what a convolutional net takes.

    pictures: (batch, rows, columns, channels), torch.uint8, 0 to 255. mean, deviation: (channels,), torch.float32, of
    pictures between 0 and 1. Returns (batch, channels, rows, columns), torch.float32: each channel divided by 255, its
    mean taken away, divided by its deviation.
    """
    x = pictures.permute(0, 3, 1, 2).float() / 255
    return (x - mean[:, None, None]) / deviation[:, None, None]


def mask(lengths, longest):
    """True where a sequence has a step, False where it is padded.

    lengths: (batch,), torch.int64. longest: a number. Returns (batch, longest), torch.bool, on the device of lengths.
    """
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


def mean_of_steps(x, valid):
    """The mean over the steps that are valid; what is padded may be anything, nan among it.

    x: (batch, steps, features). valid: (batch, steps), torch.bool. Returns (batch, features), of the type of x; zeros
    for a sequence without a valid step.
    """
    total = x.masked_fill(~valid[:, :, None], 0).sum(dim=1)
    return total / valid.sum(dim=1, keepdim=True).clamp(min=1)


def place_of_mask(lengths, longest):
    """(Given.) The device of a mask where new tensors lie on another one, "meta", if nothing else is said."""
    with torch.device("meta"):
        try:
            return str(mask(lengths, longest).device)
        except NotImplementedError:  # it was made elsewhere, and then moved: that is right, too
            return "cpu"
