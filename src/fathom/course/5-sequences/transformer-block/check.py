"""What must hold of a Transformer block and of a GPT."""

import numpy as np

from fathom.learning.trial import Trial, prop


def weights(t: Trial, width: int) -> dict:
    """What one block learns."""
    inner = 1 + t.dim(4)

    def pair():
        return t.normal(width), t.normal(width)

    return {
        "norm_1": pair(), "qkv": t.normal(width, 3 * width), "qkv_bias": t.normal(3 * width),
        "mix": t.normal(width, width), "mix_bias": t.normal(width), "norm_2": pair(),
        "up": t.normal(width, inner), "up_bias": t.normal(inner),
        "down": t.normal(inner, width), "down_bias": t.normal(width),
    }  # fmt: skip


def net(t: Trial, scale: float = 0.7):
    """Tokens, a net of one to three blocks, and the number of heads."""
    heads = t.pick(1, 2)
    width, words, n = heads * t.dim(3, least=2), t.dim(5, least=3), t.dim(5, least=2)
    made = {
        "embed": t.normal(words, width, scale=scale), "place": t.normal(n + t.dim(2, least=0), width),
        "blocks": [weights(t, width) for _ in range(t.pick(2, 1, 3))], "norm": (t.normal(width), t.normal(width)),
    }  # fmt: skip
    return t.labels(n, words), made, heads


@prop("one block")
def one(t: Trial) -> None:
    heads = t.pick(1, 2)
    width = heads * t.dim(3, least=2)
    t.same("block", t.normal(t.dim(4), width), weights(t, width), heads)


@prop("the logits")
def logits(t: Trial) -> None:
    t.same("gpt", *net(t))


@prop("what comes later changes nothing before it", trials=4)
def causal(t: Trial) -> None:
    tokens, made, heads = net(t)
    other = tokens.copy()
    other[-1] = (other[-1] + 1) % len(made["embed"])
    before, after = t.mine("gpt", tokens, made, heads), t.mine("gpt", other, made, heads)
    t.equal(np.asarray(after)[:-1], np.asarray(before)[:-1], "another last token moves the logits before it")


@prop("the loss")
def losses(t: Trial) -> None:
    t.same("loss", *net(t))


@prop("logits of any size have a loss", trials=3)
def large(t: Trial) -> None:
    t.same("loss", *net(t, scale=5000.0))


@prop("how many numbers are learned")
def learned(t: Trial) -> None:
    t.same("count", 2 + t.dim(50), 4 * t.dim(8), t.dim(6), 3 + t.dim(30))


@prop("GPT-2 has 124,439,808", trials=1)
def known(t: Trial) -> None:
    t.equal(
        t.mine("count", 50257, 768, 12, 1024), 124_439_808, "vocabulary 50,257, width 768, 12 blocks, context 1,024"
    )
