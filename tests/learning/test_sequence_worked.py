"""The worked numbers of the lessons from the GRU on are what the solutions compute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from fathom.learning.course import find
from fathom.learning.sandbox import Inside


def call(name: str, function: str, *args: Any) -> Any:
    return Inside(find(name).solution).call(function, *args)


def told(values: object, digits: int) -> list[str]:
    """Numbers as lessons write them: with a true minus."""
    return [f"{v:.{digits}f}".replace("-", "−") for v in np.ravel(np.asarray(values, float))]


def gru() -> Iterable[str]:
    x, h = np.array([[0.5]]), np.array([[0.8]])
    wx, wh, b = np.array([[0.0, 0, 1]]), np.array([[0.0, 0, 2]]), np.array([0.0, np.log(3), 0])
    yield from told(call("gru", "step", x, h, wx, wh, b), 4)
    _, d_h, _, _, d_b = call("gru", "backward", np.ones((1, 1)), x, h, wx, wh, b)
    yield from [*told(d_h, 4), *told(d_b, 4)]


def multi_head_attention() -> Iterable[str]:
    x, eye = np.array([[1.0, 0, 0, 2], [0, 1, 2, 0]]), np.eye(4)
    out, weights = call("multi-head-attention", "attend", x, x, eye, eye, eye, eye, 2, np.ones((2, 2), bool))
    yield from [*told(out[0], 3), *told(weights[:, 0], 3)]
    _, wide = call("multi-head-attention", "attend", x, x, eye, eye, eye, eye, 1, np.ones((2, 2), bool))
    yield from told(wide[0, 0], 3)


def positional_encoding() -> Iterable[str]:
    table = call("positional-encoding", "sinusoidal", 3, 4, 100.0)
    yield from [*told(table[1], 3), *told(table[2], 3)]
    q, k = np.array([[1.0, 2, 0, 1]]), np.array([[0.0, 1, 1, 0]])

    def turned(x: Any, place: float) -> Any:
        return call("positional-encoding", "rotate", x, np.array([place]), 100.0)[0]

    yield from told(turned(q, 3), 3)
    assert np.isclose(turned(q, 3) @ turned(k, 1), turned(q, 7) @ turned(k, 5))
    yield from told([turned(q, 3) @ turned(k, 1), turned(q, 3) @ turned(k, 5)], 3)


def layer_norm() -> Iterable[str]:
    x, one, g = np.array([[[4.0, 2, 0]]]), np.ones(3), np.array([[[1.0, 0, 0]]])
    yield from told(call("layer-norm", "layer_forward", x, one, 0 * one, 0.0)[0, 0, ::2], 3)
    yield from told(call("layer-norm", "rms_forward", x, one, 0.0)[0, 0, :2], 3)
    yield from told(call("layer-norm", "layer_backward", g, x, one, 0.0)[0], 3)
    yield from told(call("layer-norm", "rms_backward", g, x, one, 0.0)[0][0, 0, :2], 3)


def transformer_block() -> Iterable[str]:
    yield f"{call('transformer-block', 'count', 50257, 768, 12, 1024):,}"
    yield f"{call('transformer-block', 'count', 0, 768, 12, 0) - 2 * 768:,}"
    yield from told(np.log(np.exp([2, 0, 1]).sum()) - 2, 3)


def kv_cache() -> Iterable[str]:
    w, kept = np.ones((1, 1)), np.array([[1.0], [2.0]])
    out, _ = call("kv-cache", "extend", np.array([[0.0], [3.0]]), (kept, kept), w, w, w)
    assert np.isclose(out[0, 0], 1)
    yield from told(out[1], 4)
    without, with_cache = call("kv-cache", "rows", 500, 500)
    yield from (f"{without:,}", f"Only {with_cache} different", f"{100 * (1 - with_cache / without):.1f} %")
    assert call("kv-cache", "rows", 4, 3) == (15, 6)
    yield f"{call('kv-cache', 'memory', 12, 12, 64, 1024, 1, 2):,}"


def sampling() -> Iterable[str]:
    z = np.array([2.0, 1, 0, -1])
    sharp = call("sampling", "tempered", z, 0.5)
    yield from [*told(call("sampling", "tempered", z, 1.0), 3), *told(sharp, 3)]
    yield from told(call("sampling", "top_k", sharp, 3)[:3], 3)
    yield from told(call("sampling", "distribution", z, 0.5, 3, 0.9)[:2], 3)


def byte_pair_encoding() -> Iterable[str]:
    pairs = call("byte-pair-encoding", "learn", {"low": 5, "lower": 2, "newest": 6, "widest": 3}, 6)
    yield from (f"| {i} | {a} {b} |" for i, (a, b) in enumerate(pairs, 1))
    yield f"`{' '.join(call('byte-pair-encoding', 'encode', 'lowest', pairs))}`"


def bleu() -> Iterable[str]:
    said, meant = ["the", "cat", "sat", "on", "on", "the", "mat"], [["the", "cat", "is", "on", "the", "mat"]]
    for n in (1, 2):
        found, all_ = call("bleu", "clipped", said, meant, n)
        yield f"{found}/{all_}"
    yield from told(call("bleu", "bleu", [said], [meant], 2), 3)
    assert call("bleu", "bleu", [said], [meant]) == 0


def lora() -> Iterable[str]:
    x, w, a, b = np.array([[1.0, 2]]), np.eye(2), np.array([[1.0], [0.5]]), np.array([[0.2, -0.4]])
    yield from told(call("lora", "forward", x, w, a, b, 2.0), 1)
    d_x, d_a, _ = call("lora", "backward", np.ones((1, 2)), x, w, a, b, 2.0)
    yield from [*told(d_x, 1), *told(d_a, 1), *told(call("lora", "merged", w, a, b, 2.0), 1)]
    count, share = call("lora", "learned", 384, 1536, 8)
    yield from (f"{count:,}", f"{100 * share:.1f} %")


def encoder_decoder() -> Iterable[str]:
    states = np.array([[[1.0, 0], [0, 2], [7, 7]]])
    seen, weights = call("encoder-decoder", "context", np.array([[0.5]]), states, np.array([2]), np.array([[2.0, 1]]))
    assert np.allclose(weights, [[0.5, 0.5, 0]])
    assert np.allclose(seen, [[0.5, 1]])
    assert call("encoder-decoder", "forced", np.array([[4, 7, 2]]), 9).tolist() == [[9, 4, 7]]
    right = np.log([[0.5, 0.25, 0.5], [0.8, 0.1, 0.1]])
    z = np.stack([right, np.log1p(-np.exp(right))], axis=2)
    loss = call("encoder-decoder", "loss", z, np.zeros((2, 3), int), np.array([3, 1]))
    yield from [*told(loss, 3), *told(np.tanh(1), 3)]


def word2vec() -> Iterable[str]:
    inner, outer = np.array([[1.0, 2], [0, 0], [0, 0]]), np.array([[0, 0], [0.5, 0], [1, -1]])
    args = (np.array([0]), np.array([1]), np.array([[2]]), inner, outer)
    yield from told(call("word2vec", "loss", *args), 3)
    d_inner, d_outer = call("word2vec", "gradients", *args)
    yield from [*told(d_inner[0], 3), *told(d_outer[1:], 3)]
    yield from told(call("word2vec", "noise", np.array([16.0, 81])), 3)


def debiasing() -> Iterable[str]:
    pairs = np.array([[[2.0, 1], [0, 1]], [[1, 0], [-2, 0]]])
    axis = call("debiasing", "axis_of", pairs)
    assert np.allclose(axis, [1, 0])
    yield from told(call("debiasing", "direct", np.array([[3.0, 4], [-0.8, 0.6]]), axis, 1.0), 1)
    equal = call("debiasing", "equalize", np.array([0.6, 0.8]), np.array([-0.8, 0.6]), axis)
    yield from told([one[0] for one in equal], 3)


WORKED: dict[str, Callable[[], Iterable[str]]] = {
    "gru": gru, "multi-head-attention": multi_head_attention, "positional-encoding": positional_encoding,
    "layer-norm": layer_norm, "transformer-block": transformer_block, "kv-cache": kv_cache, "sampling": sampling,
    "byte-pair-encoding": byte_pair_encoding, "bleu": bleu, "lora": lora, "encoder-decoder": encoder_decoder,
    "word2vec": word2vec, "debiasing": debiasing,
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_what_a_reader_follows_by_hand_is_what_the_solution_gives(name: str) -> None:
    lesson = find(name).lesson
    assert [number for number in WORKED[name]() if number not in lesson] == []
