"""A decoder that looks at an encoded sentence: one step after the other, and its loss under teacher forcing."""

import numpy as np


def softmax(z):
    """Of each row, (…, classes). (Given.)"""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def context(h, states, lengths, wa):
    """What the decoder takes from the source: the mean of its states by weights that sum to 1.

    h: (batch, units), the decoder's state. states: (batch, source, features), one for each word of the source; of
    example i only the first lengths[i] are words, the rest is padding and gets weight 0. wa: (units, features). The
    score of a word is h wa times its state. Returns the contexts (batch, features) and the weights (batch, source).
    """
    z = np.einsum("bf,bsf->bs", h @ wa, states)
    words = np.arange(states.shape[1]) < lengths[:, None]
    weights = softmax(np.where(words, z, -np.inf))
    return np.einsum("bs,bsf->bf", weights, states), weights


def forced(targets, begin):
    """What the decoder is fed when it is taught: begin, then the right words, without the last, (batch, target).

    targets: (batch, target), whole numbers.
    """
    return np.concatenate([np.full((len(targets), 1), begin), targets[:, :-1]], axis=1)


def logits(h, states, lengths, inputs, net):
    """The logits of each next word, (batch, target, vocabulary).

    h: (batch, units), the first state. inputs: (batch, target), the words that the decoder is fed. net: a dict;
    "embed" (vocabulary, width), "wa" (units, features), "wx" (width, units), "wc" (features, units), "wh" (units,
    units), "b" (units,), "out" (units + features, vocabulary). In each step the context is taken with the state
    before; the new state is tanh(x wx + context wc + h wh + b); the logits are [new state, context] times out.
    """
    steps = []
    for word in inputs.T:
        seen = context(h, states, lengths, net["wa"])[0]
        h = np.tanh(net["embed"][word] @ net["wx"] + seen @ net["wc"] + h @ net["wh"] + net["b"])
        steps.append(np.concatenate([h, seen], axis=1) @ net["out"])
    return np.stack(steps, axis=1)


def loss(z, targets, lengths):
    """The mean of −log p(word) over all words of all targets; of target i only the first lengths[i] are words.

    z: (batch, target, vocabulary). targets: (batch, target).
    """
    p = np.take_along_axis(softmax(z), targets[:, :, None], axis=2)[:, :, 0]
    words = np.arange(targets.shape[1]) < lengths[:, None]
    return float(-np.log(p[words]).mean())
