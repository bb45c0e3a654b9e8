"""What must hold of a convolution as a matrix product."""

import numpy as np

from fathom.learning.trial import Trial, prop


def picture(t: Trial):
    """Pictures, a width of the window and a stride that fit."""
    k = t.dim(3)
    return t.normal(t.dim(3), t.dim(3), k + t.dim(3, least=0), k + t.dim(4, least=0)), k


@prop("a window is a row")
def windows(t: Trial) -> None:
    t.same("im2col", *picture(t), 1)


@prop("with a stride")
def strided(t: Trial) -> None:
    t.same("im2col", *picture(t), t.dim(3))


@prop("the convolution")
def product(t: Trial) -> None:
    x, k = picture(t)
    f = t.dim(3)
    t.same("convolve", x, t.normal(f, x.shape[1], k, k), t.normal(f), t.dim(3))


@prop("the way back adds up")
def back(t: Trial) -> None:
    x, k = picture(t)
    stride = t.dim(3)
    t.same("col2im", t.normal(*t.right("im2col", x, k, stride).shape), x.shape, k, stride)


@prop("a pixel of several windows gets from each", trials=4)
def shared(t: Trial) -> None:
    n = t.dim(3)
    t.same("col2im", t.normal(6 * n, 4), (n, 1, 3, 4), 2, 1)


@prop("col2im is the gradient of im2col", trials=3, always=False)
def gradient(t: Trial) -> None:
    x, k = picture(t)
    upstream = t.normal(*t.right("im2col", x, k, 1).shape)
    got = t.mine("col2im", upstream, x.shape, k, 1)
    t.gradient(got, lambda x: t.right("im2col", x, k, 1), x, upstream, "the gradient with respect to x")


@prop("how many times as many numbers")
def memory(t: Trial) -> None:
    x, k = picture(t)
    t.same("growth", x.shape, k, t.dim(3))


@prop("a large picture costs nearly k² times as much", trials=3, always=False)
def large(t: Trial) -> None:
    k = t.dim(4, least=2)
    t.same("growth", (2, 5, 200, 300), k, 1)
    t.same("growth", (2, 5, 200, 300), k, k)


@prop("no step of Python for each picture", trials=1, always=False)
def whole(t: Trial) -> None:
    few, many = t.normal(2, 2, 5, 5), t.normal(60, 2, 5, 5)
    t.whole("im2col", [few, 2, 1], [many, 2, 1], 58, "the batch is not cut at once")
