"""The solutions on Transformers and their kin against PyTorch, and against fathom's own nets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from references import fast, leaves, normal, same, seeds, sizes, solution
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize
from torch import nn
from torch.nn import functional as F

from fathom.exported.sampling import probabilities
from fathom.nets.text.gpt import turned


@fast
@given(sizes, sizes, sizes, seeds)
def test_gru(batch: int, features: int, units: int, seed: int) -> None:
    mine = solution("gru")
    x, h, wx, wh, b, g = normal(
        seed, (batch, features), (batch, units), (features, 3 * units), (units, 3 * units), (3 * units,), (batch, units)
    )
    cell = nn.GRUCell(features, units).double()
    with torch.no_grad():
        for name, value in {"weight_ih": wx.T, "weight_hh": wh.T, "bias_ih": b, "bias_hh": 0 * b}.items():
            getattr(cell, name).copy_(torch.tensor(value))
    tx, th = leaves(x, h)
    new = cell(tx, th)
    new.backward(torch.tensor(g))
    same(mine.step(x, h, wx, wh, b), new)
    expected = [tx.grad, th.grad, cell.weight_ih.grad.T, cell.weight_hh.grad.T, cell.bias_ih.grad]
    same(list(mine.backward(g, x, h, wx, wh, b)), expected)


@fast
@given(sizes, sizes, st.integers(1, 4), st.integers(1, 4), seeds)
def test_multi_head_attention(queries: int, keys: int, heads: int, d: int, seed: int) -> None:
    mine, width = solution("multi-head-attention"), heads * d
    x, memory, wq, wk, wv, wo, g = normal(
        seed, (queries, width), (keys, width), *[(width, width)] * 4, (queries, width)
    )
    allowed = np.random.default_rng(seed).random((queries, keys)) < 0.5
    allowed[:, 0] = True
    theirs = nn.MultiheadAttention(width, heads, bias=False, batch_first=True).double()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.tensor(np.concatenate([wq.T, wk.T, wv.T])))
        theirs.out_proj.weight.copy_(torch.tensor(wo.T))
    out, weights = theirs(
        *(torch.tensor(a)[None] for a in (x, memory, memory)),
        attn_mask=torch.tensor(~allowed),
        average_attn_weights=False,
    )
    out[0].backward(torch.tensor(g))
    same(list(mine.attend(x, memory, wq, wk, wv, wo, heads, allowed)), [out[0], weights[0]])
    expected = [theirs.in_proj_weight.grad[2 * width :].T, theirs.out_proj.weight.grad.T]
    same(list(mine.backward(g, x, memory, wq, wk, wv, wo, heads, allowed)), expected)


@fast
@given(sizes, sizes, seeds)
def test_rotary_positions(tokens: int, pairs: int, seed: int) -> None:
    mine = solution("positional-encoding")
    x, g = normal(seed, (tokens, 2 * pairs), (tokens, 2 * pairs))
    places = np.arange(tokens)
    (tx,) = leaves(x)
    out = turned(tx)
    out.backward(torch.tensor(g))
    # fathom's net keeps its angles in float32
    np.testing.assert_allclose(mine.rotate(x, places, 10_000.0), out.detach(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(mine.rotate_backward(g, places, 10_000.0), tx.grad, rtol=1e-5, atol=1e-5)
    apart = mine.rotate(x, places, 50.0)
    i, j = np.random.default_rng(seed).integers(0, tokens, 2)
    both = mine.rotate(x, places + 7, 50.0)
    same(float(apart[i] @ apart[j]), float(both[i] @ both[j]))


@fast
@given(sizes, sizes, seeds)
def test_sinusoidal_positions(places: int, pairs: int, seed: int) -> None:
    base = 10.0 ** np.random.default_rng(seed).uniform(1, 4)
    found = solution("positional-encoding").sinusoidal(places, 2 * pairs, base)
    steps = torch.arange(places, dtype=torch.float64)
    for i in range(pairs):
        wave = steps / base ** (i / pairs)
        same([found[:, 2 * i], found[:, 2 * i + 1]], [wave.sin(), wave.cos()])


@fast
@given(sizes, sizes, st.integers(2, 8), seeds)
def test_layer_norm_and_rms_norm(batch: int, tokens: int, features: int, seed: int) -> None:
    mine = solution("layer-norm")
    x, gamma, beta, g = normal(seed, (batch, tokens, features), (features,), (features,), (batch, tokens, features))
    parts = leaves(x, gamma, beta)
    out = F.layer_norm(parts[0], (features,), parts[1], parts[2], 1e-5)
    out.backward(torch.tensor(g))
    same(mine.layer_forward(x, gamma, beta, 1e-5), out)
    same(list(mine.layer_backward(g, x, gamma, 1e-5)), [p.grad for p in parts])
    parts = leaves(x, gamma)
    out = F.rms_norm(parts[0], (features,), parts[1], 1e-5)
    out.backward(torch.tensor(g))
    same(mine.rms_forward(x, gamma, 1e-5), out)
    same(list(mine.rms_backward(g, x, gamma, 1e-5)), [p.grad for p in parts])


def block_of(p: dict[str, Any], width: int, inner: int, heads: int) -> nn.Module:
    """PyTorch's block with these weights."""
    gelu = nn.GELU(approximate="tanh")
    theirs = nn.TransformerEncoderLayer(width, heads, inner, 0.0, gelu, norm_first=True, batch_first=True).double()
    values = {
        "norm1.weight": p["norm_1"][0], "norm1.bias": p["norm_1"][1], "norm2.weight": p["norm_2"][0],
        "norm2.bias": p["norm_2"][1], "self_attn.in_proj_weight": p["qkv"].T, "self_attn.in_proj_bias": p["qkv_bias"],
        "self_attn.out_proj.weight": p["mix"].T, "self_attn.out_proj.bias": p["mix_bias"],
        "linear1.weight": p["up"].T, "linear1.bias": p["up_bias"],
        "linear2.weight": p["down"].T, "linear2.bias": p["down_bias"],
    }  # fmt: skip
    theirs.load_state_dict({name: torch.tensor(value) for name, value in values.items()})
    return theirs


@fast
@given(st.integers(2, 6), st.integers(1, 3), st.integers(2, 4), st.integers(1, 3), seeds)
def test_gpt_of_blocks(tokens: int, heads: int, d: int, blocks: int, seed: int) -> None:
    mine, width = solution("transformer-block"), heads * d
    inner, words = 4 * width, 7
    shapes = {
        "qkv": (width, 3 * width), "qkv_bias": (3 * width,), "mix": (width, width), "mix_bias": (width,),
        "up": (width, inner), "up_bias": (inner,), "down": (inner, width), "down_bias": (width,),
    }  # fmt: skip
    made = []
    for i in range(blocks):
        one = dict(zip(shapes, normal(seed + i, *shapes.values())))
        pairs = normal(seed + 50 + i, *[(width,)] * 4)
        made.append({**one, "norm_1": tuple(pairs[:2]), "norm_2": tuple(pairs[2:])})
    embed, place, gamma, beta = normal(seed, (words, width), (tokens + 1, width), (width,), (width,))
    net = {"embed": embed, "place": place, "blocks": made, "norm": (gamma, beta)}
    text = np.random.default_rng(seed).integers(0, words, tokens)
    x = torch.tensor(embed[text] + place[:tokens])[None]
    mask = nn.Transformer.generate_square_subsequent_mask(tokens, dtype=torch.float64)
    for i, p in enumerate(made):
        x = block_of(p, width, inner, heads)(x, src_mask=mask)
        if i == 0:
            same(mine.block(embed[text] + place[:tokens], p, heads), x[0])
    z = F.layer_norm(x[0], (width,), torch.tensor(gamma), torch.tensor(beta), 1e-5) @ torch.tensor(embed).T
    same(mine.gpt(text, net, heads), z)
    same(mine.loss(text, net, heads), F.cross_entropy(z[:-1], torch.tensor(text[1:])))
    learned = sum(p.numel() for one in made for p in block_of(one, width, inner, heads).parameters())
    assert mine.count(words, width, blocks, tokens + 1) == learned + embed.size + place.size + 2 * width


@fast
@given(st.integers(0, 5), sizes, sizes, sizes, seeds)
def test_kv_cache(before: int, new: int, width: int, d: int, seed: int) -> None:
    mine = solution("kv-cache")
    x, wq, wk, wv = normal(seed, (before + new, width), *[(width, d)] * 3)
    q, k, v = (torch.tensor(x @ w)[None] for w in (wq, wk, wv))
    whole = F.scaled_dot_product_attention(q, k, v, is_causal=True)[0]
    cache = (x[:before] @ wk, x[:before] @ wv)
    out, longer = mine.extend(x[before:], cache, wq, wk, wv)
    same(out, whole[before:])
    same(list(longer), [k[0], v[0]])


@fast
@given(st.integers(2, 12), st.floats(0.2, 3.0), st.integers(0, 14), st.floats(0.05, 0.99), seeds)
def test_sampling(classes: int, temperature: float, k: int, share: float, seed: int) -> None:
    mine = solution("sampling")
    (z,) = normal(seed, (classes,))
    same(mine.distribution(z, temperature, k, share), probabilities(z, temperature, k, share))
    same(mine.tempered(z, temperature), torch.tensor(z / temperature).softmax(0))
    if 0 < k <= classes:
        p = torch.tensor(z).softmax(0)
        kept, at = p.topk(k)
        theirs = torch.zeros(classes, dtype=torch.float64).scatter(0, at, kept / kept.sum())
        same(mine.top_k(p.numpy(), k), theirs)
    same(mine.tempered(z, 0), probabilities(z, 0))


@fast
@given(st.dictionaries(st.text("abc", min_size=1, max_size=7), st.integers(1, 5), min_size=1), st.integers(0, 9))
def test_byte_pair_encoding(counts: dict[str, int], merges: int) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    mine = solution("byte-pair-encoding")
    pairs = mine.learn(counts, merges)
    assert len(pairs) <= merges
    pieces = dict.fromkeys([*"abc", *(a + b for a, b in pairs)])
    theirs = tokenizers.models.BPE({piece: i for i, piece in enumerate(pieces)}, pairs)
    for word in counts:
        assert mine.encode(word, pairs) == [token.value for token in theirs.tokenize(word)]


def test_byte_pair_encoding_learns_the_pairs_of_the_paper() -> None:
    counts = {"low_": 5, "lower_": 2, "newest_": 6, "widest_": 3}
    found = solution("byte-pair-encoding").learn(counts, 4)
    assert found == [("e", "s"), ("es", "t"), ("est", "_"), ("l", "o")]  # Sennrich et al. 2016, algorithm 1


@fast
@given(st.integers(1, 4), st.integers(1, 3), seeds)
def test_bleu(sentences: int, references: int, seed: int) -> None:
    sacrebleu = pytest.importorskip("sacrebleu")
    rng = np.random.default_rng(seed)
    refs = [
        [rng.choice(["a", "b", "c", "d"], rng.integers(4, 14)).tolist() for _ in range(references)]
        for _ in range(sentences)
    ]
    said = [[w if rng.random() < 0.8 else "a" for w in one[0]][: rng.integers(4, 14)] for one in refs]
    streams = [[" ".join(one[i]) for one in refs] for i in range(references)]
    theirs = sacrebleu.corpus_bleu(
        [" ".join(s) for s in said], streams, smooth_method="none", tokenize="none", force=True
    )
    np.testing.assert_allclose(solution("bleu").bleu(said, refs), theirs.score / 100, rtol=1e-8, atol=1e-12)


def test_bleu_counts_as_the_paper_does() -> None:
    mine = solution("bleu")
    refs = [text.split() for text in ("the cat is on the mat", "there is a cat on the mat")]
    assert mine.clipped(["the"] * 7, refs, 1) == (2, 7)  # Papineni et al. 2002, example 2
    assert mine.clipped(["the"] * 7, refs, 2) == (0, 6)


@fast
@given(sizes, sizes, sizes, st.integers(1, 4), st.floats(0.5, 20), seeds)
def test_lora(n: int, inputs: int, outputs: int, rank: int, alpha: float, seed: int) -> None:
    mine = solution("lora")
    x, w, a, b, g = normal(seed, (n, inputs), (inputs, outputs), (inputs, rank), (rank, outputs), (n, outputs))
    parts = leaves(x, a, b)
    whole = torch.tensor(w) + alpha / rank * (parts[1] @ parts[2])
    out = F.linear(parts[0], whole.T)
    out.backward(torch.tensor(g))
    same(mine.forward(x, w, a, b, alpha), out)
    same(list(mine.backward(g, x, w, a, b, alpha)), [p.grad for p in parts])
    same(mine.merged(w, a, b, alpha), whole)
    assert mine.learned(inputs, outputs, rank)[0] == a.size + b.size


@fast
@given(sizes, sizes, st.integers(1, 4), st.integers(1, 4), sizes, seeds)
def test_decoder_with_attention(n: int, source: int, units: int, features: int, target: int, seed: int) -> None:
    mine, words, width = solution("encoder-decoder"), 5, 3
    rng = np.random.default_rng(seed)
    h, states, wa, embed, wx, wc, wh, b, out = normal(
        seed, (n, units), (n, source, features), (units, features), (words, width), (width, units), (features, units),
        (units, units), (units,), (units + features, words),
    )  # fmt: skip
    lengths, right = rng.integers(1, source + 1, n), rng.integers(0, words, (n, target))
    ends = rng.integers(1, target + 1, n)
    net = {"embed": embed, "wa": wa, "wx": wx, "wc": wc, "wh": wh, "b": b, "out": out}
    cell = nn.RNNCell(width + features, units).double()
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(np.concatenate([wx, wc]).T))
        cell.weight_hh.copy_(torch.tensor(wh.T))
        cell.bias_ih.copy_(torch.tensor(b))
        cell.bias_hh.zero_()
    seen = torch.arange(source) < torch.tensor(lengths)[:, None]
    state, known, steps = torch.tensor(h), torch.tensor(states), []
    inputs = mine.forced(right, 0)
    assert (inputs[:, 0] == 0).all()
    assert (inputs[:, 1:] == right[:, :-1]).all()
    for word in inputs.T:
        query = (state @ torch.tensor(wa))[:, None]
        c = F.scaled_dot_product_attention(query, known, known, attn_mask=seen[:, None], scale=1.0)[:, 0]
        same(mine.context(state.detach().numpy(), states, lengths, wa)[0], c)
        state = cell(torch.cat([torch.tensor(embed[word]), c], 1), state)
        steps.append(torch.cat([state, c], 1) @ torch.tensor(out))
    z = torch.stack(steps, 1)
    same(mine.logits(h, states, lengths, inputs, net), z)
    marked = np.where(np.arange(target) < ends[:, None], right, -100)
    same(mine.loss(z.detach().numpy(), right, ends), F.cross_entropy(z.flatten(0, 1), torch.tensor(marked).flatten()))


@fast
@given(st.integers(2, 8), sizes, sizes, st.integers(1, 5), seeds)
def test_word2vec(words: int, width: int, n: int, k: int, seed: int) -> None:
    mine = solution("word2vec")
    rng = np.random.default_rng(seed)
    centres, neighbours = rng.integers(0, words, (2, n))
    wrong = rng.integers(0, words, (n, k))
    inner, outer = normal(seed, (words, width), (words, width))
    a, b = leaves(inner, outer)
    v = F.embedding(torch.tensor(centres), a)
    right = (v * F.embedding(torch.tensor(neighbours), b)).sum(1)
    others = torch.bmm(F.embedding(torch.tensor(wrong), b), v[:, :, None])[:, :, 0]
    loss = -(F.logsigmoid(right) + F.logsigmoid(-others).sum(1)).mean()
    loss.backward()
    same(mine.loss(centres, neighbours, wrong, inner, outer), loss)
    same(list(mine.gradients(centres, neighbours, wrong, inner, outer)), [a.grad, b.grad])


@fast
@given(st.integers(2, 6), st.integers(2, 6), seeds)
def test_bias_of_word_vectors(n: int, features: int, seed: int) -> None:
    mine = solution("debiasing")
    pairs, xs, ys, a, b = normal(seed, (n, 2, features), *[(n, features)] * 4)
    differences = pairs[:, 0] - pairs[:, 1]
    mirrored = np.concatenate([differences, -differences])  # so that their mean is 0
    theirs = PCA(1).fit(mirrored).components_[0]
    found = mine.axis_of(pairs)
    same(float(abs(found @ theirs)), 1.0)
    assert (differences @ found).sum() >= 0
    same(mine.direct(xs, found, 1.0), float(np.abs(cosine_similarity(xs, found[None])).mean()))
    one, other = (cosine_similarity(m, a).mean(1) - cosine_similarity(m, b).mean(1) for m in (xs, ys))
    both = np.concatenate([one, other])
    same(mine.effect(xs, ys, a, b), float((one.mean() - other.mean()) / both.std(ddof=1)))
    u, v = normalize(pairs[0])
    equal = np.array(mine.equalize(u, v, found))
    off = equal - np.outer(equal @ found, found)
    same(off[0], off[1])
    same(np.linalg.norm(equal, axis=1), np.ones(2))
    same(float(equal[0] @ found), -float(equal[1] @ found))
