"""What must hold of style transfer."""

import numpy as np

from fathom.learning.trial import Trial, prop


def features(t: Trial, channels: int):
    """Of a small picture."""
    return t.normal(channels, t.dim(3), t.dim(4))


@prop("which channels are active together")
def together(t: Trial) -> None:
    t.same("gram", features(t, t.dim(4)))


@prop("places may be shuffled", trials=3)
def shuffled(t: Trial) -> None:
    f = t.normal(3, 2, 4)
    mixed = f.reshape(3, 8)[:, t.rng.permutation(8)].reshape(3, 4, 2)
    t.equal(t.mine("gram", mixed), t.right("gram", f), "shuffled places give another Gram matrix")


@prop("the content")
def content(t: Trial) -> None:
    f = features(t, t.dim(4))
    t.same("content_loss", f, t.normal(*f.shape))


@prop("the style of a picture of another size")
def style(t: Trial) -> None:
    c = t.dim(4)
    t.same("style_loss", features(t, c), features(t, c))


@prop("the gradient")
def slope(t: Trial) -> None:
    f = features(t, t.dim(4))
    t.same("gradient", f, t.normal(*f.shape), features(t, len(f)), t.uniform(0.1, 5))


@prop("against central differences", trials=3, always=False)
def numeric(t: Trial) -> None:
    f = features(t, 2)
    c, s, weight = t.normal(*f.shape), features(t, 2), t.uniform(0.1, 5)
    got = t.mine("gradient", f, c, s, weight)

    def total(x: np.ndarray) -> float:
        return t.right("content_loss", x, c) + weight * t.right("style_loss", x, s)

    t.gradient(got, total, f, 1.0, "the gradient of both")


@prop("at the aim nothing is left to do", trials=2)
def aim(t: Trial) -> None:
    f = features(t, 3)
    t.same("gradient", f, f.copy(), f.copy(), 2.0)
