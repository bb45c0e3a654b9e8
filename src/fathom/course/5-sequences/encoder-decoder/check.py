"""What must hold of a decoder with attention."""

import numpy as np

from fathom.learning.trial import Trial, prop


def source(t: Trial):
    """A decoder's state, an encoded source with padding, and the weights of attention."""
    n, s, u, f = t.dim(3), t.dim(5), t.dim(3), t.dim(3)
    return t.normal(n, u), t.normal(n, s, f), t.rng.integers(1, s + 1, n), t.normal(u, f)


def case(t: Trial):
    """A source, words that are fed, and a net."""
    h, states, lengths, wa = source(t)
    (n, u), f, words, width = h.shape, states.shape[2], t.dim(5, least=3), t.dim(3)
    net = {
        "embed": t.normal(words, width), "wa": wa, "wx": t.normal(width, u), "wc": t.normal(f, u),
        "wh": t.normal(u, u), "b": t.normal(u), "out": t.normal(u + f, words),
    }  # fmt: skip
    return h, states, lengths, t.rng.integers(0, words, (n, t.dim(4))), net


def taught(t: Trial):
    """Logits, the right words, and how many of them are words."""
    n, m, words = t.dim(4), t.dim(5), t.dim(5, least=2)
    return t.normal(n, m, words, scale=2), t.rng.integers(0, words, (n, m)), t.rng.integers(1, m + 1, n)


@prop("the context and the weights")
def seen(t: Trial) -> None:
    _, weights = t.same("context", *source(t))
    t.equal(np.sum(weights, 1), np.ones(len(weights)), "the weights of each example sum to 1")


@prop("padding gets no weight")
def padded(t: Trial) -> None:
    h, states, lengths, wa = source(t)
    more = np.concatenate([states, 9 * t.normal(len(h), 2, states.shape[2])], axis=1)
    got = t.mine("context", h, more, lengths, wa)[0]
    t.equal(got, t.right("context", h, states, lengths, wa)[0], "what stands behind the words changes the context")


@prop("what is fed is one step behind what is right")
def fed(t: Trial) -> None:
    t.same("forced", t.rng.integers(0, 6, (t.dim(3), t.dim(5))), int(t.rng.integers(6, 9)))


@prop("the logits of all steps")
def steps(t: Trial) -> None:
    t.same("logits", *case(t))


@prop("a later word changes nothing before it", trials=4)
def causal(t: Trial) -> None:
    h, states, lengths, inputs, net = case(t)
    inputs = np.concatenate([inputs, inputs[:, :1]], axis=1)
    other = inputs.copy()
    other[:, -1] = (other[:, -1] + 1) % len(net["embed"])
    before, after = t.mine("logits", h, states, lengths, inputs, net), t.mine("logits", h, states, lengths, other, net)
    t.equal(np.asarray(after)[:, :-1], np.asarray(before)[:, :-1], "another last word changes the logits before it")


@prop("the loss", trials=14)
def told(t: Trial) -> None:
    t.same("loss", *taught(t))


@prop("words behind the end of a target do not count")
def ended(t: Trial) -> None:
    z, targets, lengths = taught(t)
    more = np.concatenate([z, 5 * t.normal(*z[:, :1].shape)], axis=1)
    longer = np.concatenate([targets, targets[:, :1]], axis=1)
    t.equal(t.mine("loss", more, longer, lengths), t.right("loss", z, targets, lengths), "padding changes the loss")
