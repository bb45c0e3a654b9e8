"""A Transformer block, and a small GPT made of such blocks."""

import numpy as np


def layer_norm(x, gamma, beta):
    """Each token normalized over its features, (tokens, width). (Given.)"""
    deviation = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    return gamma * (x - x.mean(axis=1, keepdims=True)) / deviation + beta


def gelu(x):
    """A smooth ReLU, in the form by tanh. (Given.)"""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def attention(x, p, heads):
    """Causal attention of several heads, with the matrix that mixes them: (tokens, width) to the same. (Given.)"""
    tokens, width = x.shape
    parts = (x @ p["qkv"] + p["qkv_bias"]).reshape(tokens, 3, heads, width // heads)
    q, k, v = parts.transpose(1, 2, 0, 3)  # (heads, tokens, width / heads) each
    z = q @ k.transpose(0, 2, 1) / np.sqrt(width / heads)
    z = np.where(np.tril(np.ones((tokens, tokens), bool)), z, -np.inf)
    e = np.exp(z - z.max(axis=2, keepdims=True))
    out = e / e.sum(axis=2, keepdims=True) @ v
    return out.transpose(1, 0, 2).reshape(tokens, width) @ p["mix"] + p["mix_bias"]


def block(x, p, heads):
    """One block with the norms in front: attention, then a dense net, each added to what came in.

    x: (tokens, width). p: a dict; "norm_1" and "norm_2" are pairs (gamma, beta); what attention needs; and of the dense
    net, which widens, applies gelu and narrows, "up" (width, inner), "up_bias", "down" (inner, width), "down_bias".
    """
    x = x + attention(layer_norm(x, *p["norm_1"]), p, heads)
    inner = gelu(layer_norm(x, *p["norm_2"]) @ p["up"] + p["up_bias"])
    return x + inner @ p["down"] + p["down_bias"]


def gpt(tokens, net, heads):
    """The logits of the next token after each token, (tokens, vocabulary).

    tokens: (tokens,), whole numbers. net: a dict; "embed" (vocabulary, width), "place" (context, width), "blocks", a
    list of dicts, and "norm", a pair for the end. The logits are the products with the rows of "embed".
    """
    x = net["embed"][tokens] + net["place"][: len(tokens)]
    for p in net["blocks"]:
        x = block(x, p, heads)
    return layer_norm(x, *net["norm"]) @ net["embed"].T


def loss(tokens, net, heads):
    """The mean of −log p(token | those before it) over all tokens but the first; two tokens at least."""
    z = gpt(tokens[:-1], net, heads)
    top = z.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(z - top).sum(axis=1)) + top[:, 0]
    return float(np.mean(log_sum - z[np.arange(len(z)), tokens[1:]]))


def count(vocabulary, width, blocks, context):
    """How many numbers such a net learns, the dense nets being four times as wide inside, and every bias counted."""
    attend = 4 * width * width + 4 * width
    dense = 2 * width * 4 * width + 4 * width + width
    norms = 2 * 2 * width
    return (vocabulary + context) * width + blocks * (attend + dense + norms) + 2 * width
