"""The solutions against PyTorch, SciPy and scikit-learn: what the checks hold a learner to is what the field computes.

The checks themselves do without these: importing one alone would take longer than an answer may.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from references import fast, leaves, normal, same, seeds, sizes, solution
from scipy.signal import ShortTimeFFT
from scipy.stats import binomtest
from sklearn.metrics import f1_score
from torch import Tensor, nn
from torch.nn import functional as F


@fast
@given(sizes, sizes, st.floats(0.1, 1000), seeds)
def test_softmax_cross_entropy(n: int, classes: int, size: float, seed: int) -> None:
    mine = solution("softmax-cross-entropy")
    scores = size * normal(seed, (n, classes))[0]
    labels = np.random.default_rng(seed).integers(0, classes, n)
    (s,) = leaves(scores)
    loss = F.cross_entropy(s, torch.tensor(labels))
    loss.backward()
    same(mine.softmax(scores), s.softmax(1))
    same(mine.cross_entropy(scores, labels), loss)
    same(mine.gradient(scores, labels), s.grad)


@fast
@given(sizes, st.floats(0.1, 1000), seeds)
def test_binary_cross_entropy(n: int, size: float, seed: int) -> None:
    mine = solution("sigmoid-loss")
    s = size * normal(seed, (n,))[0]
    y = np.random.default_rng(seed).integers(0, 2, n).astype(float)
    same(mine.sigmoid(s), torch.tensor(s).sigmoid())
    same(mine.loss(s, y), F.binary_cross_entropy_with_logits(torch.tensor(s), torch.tensor(y)))


@fast
@given(sizes, sizes, sizes, seeds)
def test_dense_and_residual(n: int, inputs: int, outputs: int, seed: int) -> None:
    x, w, b, v, g, h = normal(
        seed, (n, inputs), (inputs, outputs), (outputs,), (outputs, inputs), (n, outputs), (n, inputs)
    )
    dense, residual = solution("dense-layer"), solution("residual-block")
    parts = leaves(x, w, b)
    out = F.linear(parts[0], parts[1].T, parts[2])
    out.backward(torch.tensor(g))
    same(dense.forward(x, w, b), out)
    same(dense.backward(g, x, w, b), [p.grad for p in parts])
    parts = leaves(x, w, v)
    out = parts[0] + (parts[0] @ parts[1]).relu() @ parts[2]
    out.backward(torch.tensor(h))
    same(residual.forward(x, w, v), out)
    same(residual.backward(h, x, w, v), [p.grad for p in parts])


@fast
@given(st.lists(sizes, min_size=2, max_size=5), sizes, seeds)
def test_deep_network(widths: list[int], n: int, seed: int) -> None:
    mine = solution("deep-network")
    layers = [tuple(normal(seed + i, (a, b), (b,))) for i, (a, b) in enumerate(pairwise(widths))]
    x, g = normal(seed, (n, widths[0]), (n, widths[-1]))
    parts = [leaves(*layer) for layer in layers]
    out = torch.tensor(x)
    for i, (w, b) in enumerate(parts):
        out = out @ w + b
        out = out.relu() if i < len(parts) - 1 else out
    out.backward(torch.tensor(g))
    activations = mine.forward(x, layers)
    same(activations[-1], out)
    for found, (w, b) in zip(mine.backward(g, activations, layers), parts, strict=True):
        same(list(found), [w.grad, b.grad])


@fast
@given(st.integers(2, 8), sizes, seeds)
def test_batch_norm(n: int, features: int, seed: int) -> None:
    mine = solution("batch-norm")
    x, gamma, beta, g = normal(seed, (n, features), (features,), (features,), (n, features))
    parts = leaves(x, gamma, beta)
    out = F.batch_norm(parts[0], None, None, parts[1], parts[2], training=True, eps=1e-5)
    out.backward(torch.tensor(g))
    found, mean, variance = mine.forward(x, gamma, beta, 1e-5)
    same(found, out)
    same(list(mine.backward(g, x, gamma, 1e-5)), [p.grad for p in parts])
    used = F.batch_norm(*(torch.tensor(a) for a in (x, mean, variance, gamma, beta)), training=False, eps=1e-5)
    same(mine.use(x, gamma, beta, mean, variance, 1e-5), used)


@fast
@given(sizes, st.integers(1, 8), seeds)
def test_optimizers(size: int, steps: int, seed: int) -> None:
    mine = solution("optimizers")
    start, *grads = normal(seed, *[(size,)] * (steps + 1))
    makers = {
        "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-8),
        "adam": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-8),
    }
    for name, make in makers.items():
        (p,) = leaves(start)
        optimizer = make([p])
        w, m, v = start, np.zeros(size), np.zeros(size)
        for t, g in enumerate(grads, 1):
            p.grad = torch.tensor(g)
            optimizer.step()
            if name == "momentum":
                w, v = mine.momentum(w, g, v, 0.1, 0.9)
            elif name == "rmsprop":
                w, v = mine.rmsprop(w, g, v, 0.01, 0.9, 1e-8)
            else:
                w, m, v = mine.adam(w, g, m, v, t, 0.01, 0.8, 0.95, 1e-8)
        same(w, p)


@fast
@given(sizes, sizes, seeds)
def test_decoupled_weight_decay(inputs: int, outputs: int, seed: int) -> None:
    mine = solution("weight-decay")
    w, b, g, h = normal(seed, (inputs, outputs), (outputs,), (inputs, outputs), (outputs,))
    p, q = leaves(w, b)
    p.grad, q.grad = torch.zeros_like(p), torch.zeros_like(q)  # so that what AdamW does is the decay alone
    torch.optim.AdamW([{"params": [p]}, {"params": [q], "weight_decay": 0.0}], lr=0.1, weight_decay=0.3).step()
    ((found_w, found_b),) = mine.step([(w, b)], [(0 * g, 0 * h)], 0.1, 0.3)
    same([found_w, found_b], [p, q])
    (v,) = leaves(w)
    (0.3 / 2 * v.square().sum()).backward()
    ((d_w, d_b),) = mine.gradient([(g, h)], [(w, b)], 0.3)
    same([d_w, d_b], [torch.tensor(g) + v.grad, h])


@pytest.mark.parametrize("warmup", [0, 5])
def test_cosine_schedule(warmup: int) -> None:
    mine = solution("schedules")
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20 - warmup)
    for step in range(warmup, 20):
        same(mine.rate_at(step, 20, 0.3, warmup), schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()


@fast
@given(sizes, sizes, st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), seeds)
def test_convolution(channels: int, filters: int, kh: int, kw: int, stride: int, width: int, seed: int) -> None:
    x, w, b = normal(seed, (2, channels, kh + 3, kw + 2), (filters, channels, kh, kw), (filters,))
    parts = leaves(x, w, b)
    out = F.conv2d(*parts, stride=stride, padding=width)
    (g,) = normal(seed, tuple(out.shape))
    out.backward(torch.tensor(g))
    one, both = solution("convolution"), solution("convolution-backward")
    same(one.convolve(x[0], w, b, stride, width), out[0])
    same(both.forward(x, w, b, stride, width), out)
    same(list(both.backward(g, x, w, stride, width)), [p.grad for p in parts])
    assert solution("receptive-field").output_size(kh + 3, [(kh, stride, width)]) == out.shape[2]


@fast
@given(sizes, sizes, sizes, st.integers(1, 3), seeds)
def test_pooling(channels: int, rows: int, columns: int, k: int, seed: int) -> None:
    mine = solution("pooling")
    (x,) = normal(seed, (channels, rows * k, columns * k))
    (g,) = normal(seed, (channels, rows, columns))
    for pool, backward in ((F.max_pool2d, mine.max_backward), (F.avg_pool2d, mine.average_backward)):
        (t,) = leaves(x)
        out = pool(t[None], k)[0]
        out.backward(torch.tensor(g))
        same(backward(g, x, k), t.grad)
    same(mine.max_forward(x, k), F.max_pool2d(torch.tensor(x)[None], k)[0])


@fast
@given(sizes, sizes, sizes, sizes, seeds)
def test_attention(queries: int, keys: int, d: int, values: int, seed: int) -> None:
    mine = solution("attention")
    q, k, v, g = normal(seed, (queries, d), (keys, d), (keys, values), (queries, values))
    allowed = np.random.default_rng(seed).random((queries, keys)) < 0.5
    allowed[:, 0] = True
    parts = leaves(q, k, v)
    out = F.scaled_dot_product_attention(*(p[None] for p in parts), attn_mask=torch.tensor(allowed)[None])[0]
    out.backward(torch.tensor(g))
    same(mine.attention(q, k, v, allowed)[0], out)
    same(list(mine.backward(g, q, k, v, allowed)), [p.grad for p in parts])


@fast
@given(sizes, sizes, sizes, sizes, seeds)
def test_rnn(time: int, batch: int, features: int, units: int, seed: int) -> None:
    mine = solution("rnn")
    xs, h0, wx, wh, b, g = normal(
        seed, (time, batch, features), (batch, units), (features, units), (units, units), (units,), (time, batch, units)
    )
    net = nn.RNN(features, units).double()
    with torch.no_grad():
        for name, value in {"weight_ih_l0": wx.T, "weight_hh_l0": wh.T, "bias_ih_l0": b, "bias_hh_l0": 0 * b}.items():
            getattr(net, name).copy_(torch.tensor(value))
    (h,) = leaves(h0)
    out, _ = net(torch.tensor(xs), h[None])
    out.backward(torch.tensor(g))
    states = mine.forward(xs, h0, wx, wh, b)
    same(states, out)
    expected = [net.weight_ih_l0.grad.T, net.weight_hh_l0.grad.T, net.bias_ih_l0.grad, h.grad]
    same(list(mine.backward(g, xs, h0, states, wx, wh)), expected)


@fast
@given(sizes, sizes, sizes, seeds)
def test_lstm(batch: int, features: int, units: int, seed: int) -> None:
    mine = solution("lstm")
    x, h, c, wx, wh, b, d_h, d_c = normal(
        seed,
        (batch, features),
        *[(batch, units)] * 2,
        (features, 4 * units),
        (units, 4 * units),
        (4 * units,),
        *[(batch, units)] * 2,
    )

    def theirs(a: Any) -> Any:
        """Input, forget, output, candidate → PyTorch's input, forget, candidate, output; along the last axis."""
        i, f, o, g = np.split(a, 4, axis=-1)
        return np.concatenate([i, f, g, o], axis=-1)

    cell = nn.LSTMCell(features, units).double()
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(theirs(wx).T))
        cell.weight_hh.copy_(torch.tensor(theirs(wh).T))
        cell.bias_ih.copy_(torch.tensor(theirs(b)))
        cell.bias_hh.zero_()
    tx, th, tc = leaves(x, h, c)
    new_h, new_c = cell(tx, (th, tc))
    torch.autograd.backward([new_h, new_c], [torch.tensor(d_h), torch.tensor(d_c)])
    same(list(mine.step(x, h, c, wx, wh, b)), [new_h, new_c])
    d_x, d_h0, d_c0, d_z = mine.backward(d_h, d_c, x, h, c, wx, wh, b)
    same([d_x, d_h0, d_c0], [tx.grad, th.grad, tc.grad])
    same([theirs(x.T @ d_z), theirs(h.T @ d_z)], [cell.weight_ih.grad.T, cell.weight_hh.grad.T])


@fast
@given(st.lists(st.integers(1, 3), max_size=3), st.integers(1, 4), seeds)
def test_ctc(text: list[int], extra: int, seed: int) -> None:
    mine = solution("ctc")
    repeats = sum(a == b for a, b in pairwise(text))
    (scores,) = normal(seed, (len(text) + repeats + extra, 4))
    log_p = torch.tensor(scores).log_softmax(1)
    lost = F.ctc_loss(log_p[:, None], torch.tensor([text]), [len(log_p)], [len(text)], blank=0, reduction="none")
    np.testing.assert_allclose(-np.log(mine.score(log_p.exp().numpy(), text)), lost.item(), rtol=1e-8)


@fast
@given(st.lists(sizes, min_size=1, max_size=4), st.floats(0.1, 10), seeds)
def test_clipping(shape: list[int], largest: float, seed: int) -> None:
    grads = normal(seed, *[(n, 2) for n in shape])
    parts = [nn.Parameter(torch.zeros(n, 2, dtype=torch.float64)) for n in shape]
    for p, g in zip(parts, grads):
        p.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_norm_(parts, largest)
    for found, p in zip(solution("clip-and-sample").clip(grads, largest), parts, strict=True):
        np.testing.assert_allclose(found, p.grad, rtol=1e-5)  # PyTorch adds 1e-6 to the norm


@fast
@given(st.integers(4, 16), st.integers(1, 8), seeds)
def test_spectrogram(width: int, hop: int, seed: int) -> None:
    (x,) = normal(seed, (50,))
    window = np.hanning(width)
    theirs = torch.stft(
        torch.tensor(x), width, hop, width, torch.tensor(window), center=False, return_complex=True
    ).abs()
    same(solution("spectrogram").spectrogram(x, window, hop), (theirs**2).T)

    reference = ShortTimeFFT(window, hop, fs=1.0, phase_shift=None)
    for i, found in enumerate(solution("spectrogram").spectrogram(x, window, hop)):
        one = reference.stft(x[i * hop : i * hop + width], p0=0, p1=1, k_offset=width // 2)
        same(found, np.abs(one[:, 0]) ** 2)


@fast
@given(st.integers(1, 300), st.floats(0, 1), seeds)
def test_wilson(n: int, share: float, seed: int) -> None:
    wrong = round(n * share)
    theirs = binomtest(wrong, n).proportion_ci(0.95, method="wilson")
    found = solution("bias-and-variance").wilson(wrong, n, 1.959963984540054)
    np.testing.assert_allclose(found, [theirs.low, theirs.high], rtol=1e-7, atol=1e-12)


@fast
@given(st.integers(1, 40), seeds)
def test_f1(n: int, seed: int) -> None:
    truth, said = np.random.default_rng(seed).integers(0, 3, (2, n)).tolist()
    theirs = f1_score(truth, said, labels=[0, 1, 2], average=None, zero_division=0)
    same([solution("metrics").f1(truth, said, c) for c in range(3)], list(theirs))


@fast
@given(sizes, sizes, seeds)
def test_masked_multi_task_loss(n: int, tasks: int, seed: int) -> None:
    mine = solution("multi-task")
    rng = np.random.default_rng(seed)
    y = rng.choice([0.0, 1.0, np.nan], size=(n, tasks))
    y[0, 0] = 1.0
    scores = 30 * rng.normal(size=(n, tasks))
    (s,) = leaves(scores)
    known = torch.tensor(~np.isnan(y))
    loss = F.binary_cross_entropy_with_logits(s[known], torch.tensor(y)[known])
    loss.backward()
    same(mine.loss(scores, y), loss)
    same(mine.gradient(scores, y), s.grad)


@fast
@given(st.integers(0, 3), seeds)
def test_autograd(activations: int, seed: int) -> None:
    mine = solution("autograd")
    rng = np.random.default_rng(seed)
    nodes: list[tuple[Any, ...]] = [("input",), ("input",)]
    for _ in range(4 + activations):
        i, j = (int(a) for a in rng.integers(0, len(nodes), 2))
        nodes.append([("add", i, j), ("multiply", i, j), ("tanh", i)][rng.integers(0, 3)])
    inputs = leaves(*rng.normal(size=2))
    values: list[Tensor] = []
    for operation, *parents in nodes:
        a = [values[p] for p in parents]
        values.append(
            inputs[len(values)]
            if operation == "input"
            else a[0] + a[1]
            if operation == "add"
            else a[0] * a[1]
            if operation == "multiply"
            else a[0].tanh()
        )
    values[-1].backward()
    found = mine.forward(nodes, [x.item() for x in inputs])
    same(found, [v.item() for v in values])
    same(mine.backward(nodes, found)[:2], [0.0 if x.grad is None else x.grad.item() for x in inputs])
