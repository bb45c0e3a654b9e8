"""Wrong answers as learners write them, other than the solution with an edit: each is called by its name."""

from __future__ import annotations

import textwrap

import pytest

from fathom.learning.checking import verify
from fathom.learning.course import exercises, find
from fathom.learning.sandbox import Inside

ANSWERS: dict[str, list[tuple[str, str]]] = {
    "standardize": [
        ("min and range", """
            def fit(x):
                low, high = np.min(x, axis=0), np.max(x, axis=0)
                width = high - low
                width[width == 0] = 1
                return low, width
        """),
        ("one mean and one deviation for everything", """
            def fit(x):
                return np.mean(x), np.std(x) or 1.0
        """),
        ("divided by n − 1", """
            def fit(x):
                m = x.sum(0) / len(x)
                s = np.sqrt(((x - m) ** 2).sum(0) / (len(x) - 1))
                return m, np.where(s == 0, 1.0, s)
        """),
    ],
    "sigmoid-loss": [
        ("a guard inside the logarithm", """
            def loss(s, y):
                p = np.clip(sigmoid(s), 1e-7, 1 - 1e-7)
                return np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p))
        """),
        ("the squared error", """
            def loss(s, y):
                return ((y - sigmoid(s)) ** 2).sum() / len(y)
        """),
        ("the logarithm of a rounded probability", """
            def loss(s, y):
                p = sigmoid(s)
                return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / y.size
        """),
        ("the logarithm of a rounded probability; and the sum instead of the mean", """
            def loss(s, y):
                p = sigmoid(s)
                return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
        """),
    ],
    "logistic-regression": [
        ("label minus probability", """
            def gradients(x, y, w, b):
                error = y - predict(x, w, b)
                return np.dot(x.T, error) / y.shape[0], np.sum(error) / y.shape[0]
        """),
        ("the sum instead of the mean", """
            def gradients(x, y, w, b):
                error = predict(x, w, b) - y
                return np.dot(error, x), error.sum()
        """),
    ],
    "dense-layer": [
        ("the bias's gradient keeps an axis", """
            def backward(upstream, x, w, b):
                return np.dot(upstream, w.T), np.dot(x.T, upstream), np.sum(upstream, axis=0, keepdims=True)
        """),
        ("means for weights and bias", """
            def backward(upstream, x, w, b):
                m = x.shape[0]
                return upstream @ w.T, 1 / m * x.T @ upstream, 1 / m * np.sum(upstream, axis=0)
        """),
    ],
    "softmax-cross-entropy": [
        ("the wrong axis", """
            def softmax(scores):
                z = scores - np.max(scores, axis=0)
                return np.exp(z) / np.sum(np.exp(z), axis=0)
        """),
        ("no maximum taken away", """
            def softmax(scores):
                e = np.exp(scores)
                return e / np.sum(e, axis=1)[:, None]
        """),
        ("every label's column for every row", """
            def gradient(scores, labels):
                p = softmax(scores)
                p[:, labels] -= 1
                return p / len(scores)
        """),
        ("a guard inside the logarithm", """
            def cross_entropy(scores, labels):
                p = softmax(scores)
                onehot = np.eye(scores.shape[1])[labels]
                return -np.mean(np.sum(onehot * np.log(p + 1e-9), axis=1))
        """),
        ("the gradient of the sum", """
            def gradient(scores, labels):
                return softmax(scores) - np.eye(scores.shape[1])[labels]
        """),
        ("the mean over all numbers", """
            def gradient(scores, labels):
                d = softmax(scores)
                for i, k in enumerate(labels):
                    d[i, k] -= 1
                return d / scores.size
        """),
    ],
    "initialization": [
        ("all zero", """
            def initialize(widths, activation, rng):
                return [(np.zeros((a, b)), np.zeros(b)) for a, b in zip(widths[:-1], widths[1:])]
        """),
        ("small numbers, whatever the width", """
            def initialize(widths, activation, rng):
                return [(0.01 * rng.standard_normal((a, b)), np.zeros(b)) for a, b in zip(widths[:-1], widths[1:])]
        """),
        ("the variance for the deviation", """
            def scale(inputs, activation):
                return 2 / inputs if activation == "relu" else 1 / inputs
        """),
    ],
    "dropout": [
        ("p is taken for the share that is kept", """
            def forward(x, p, training, rng):
                if not training or p == 0:
                    return x, np.ones_like(x)
                mask = rng.binomial(1, p, x.shape) / p
                return x * mask, mask
        """),
        ("not made larger", """
            def forward(x, p, training, rng):
                mask = rng.uniform(size=x.shape) > p if training else np.ones(x.shape)
                return x * mask, mask * 1.0
        """),
    ],
    "batch-norm": [
        ("normalized over the features", """
            def forward(x, gamma, beta, eps):
                mu, var = np.mean(x, axis=1, keepdims=True), np.var(x, axis=1, keepdims=True)
                return gamma * ((x - mu) / np.sqrt(var + eps)) + beta, mu, var
        """),
        ("mean and deviation taken for constants", """
            def backward(upstream, x, gamma, eps):
                s = (x.var(0) + eps) ** 0.5
                z = (x - x.mean(0)) / s
                return upstream * gamma / s, (upstream * z).sum(0), upstream.sum(0)
        """),
    ],
    "optimizers": [
        ("no correction of the start", """
            def adam(w, g, m, v, t, rate, beta1, beta2, eps):
                m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
                return w - rate * m / (v**0.5 + eps), m, v
        """),
        ("an average in momentum", """
            def momentum(w, g, v, rate, beta):
                v = beta * v + (1 - beta) * g
                w = w - rate * v
                return w, v
        """),
    ],
    "metrics": [
        ("exactly at the limit is too much", """
            def choose(models, optimize, limits):
                best = None
                for i, m in enumerate(models):
                    if all(m[k] < limits[k] for k in limits) and (best is None or m[optimize] < models[best][optimize]):
                        best = i
                return best
        """),
    ],
    "convolution": [
        ("the height for the columns", """
            def convolve(x, weights, bias, stride, width):
                x = pad(x, width)
                f, c, kh, kw = weights.shape
                n = (x.shape[1] - kh) // stride + 1
                out = np.zeros((f, n, n))
                for k in range(f):
                    for i in range(n):
                        for j in range(n):
                            part = x[:, i * stride : i * stride + kh, j * stride : j * stride + kw]
                            out[k, i, j] = np.sum(part * weights[k]) + bias[k]
                return out
        """),
        ("the filter is turned round", """
            def convolve(x, weights, bias, stride, width):
                x, w = pad(x, width), np.flip(weights, (2, 3))
                rows = range(0, x.shape[1] - w.shape[2] + 1, stride)
                columns = range(0, x.shape[2] - w.shape[3] + 1, stride)
                cut = [[x[:, i : i + w.shape[2], j : j + w.shape[3]] for j in columns] for i in rows]
                return np.einsum("ijcuv,fcuv->fij", np.array(cut), w) + bias[:, None, None]
        """),
    ],
    "boxes": [
        ("boxes read as left, top, width, height", """
            def iou(a, b):
                out = np.zeros((len(a), len(b)))
                for i, (x, y, w, h) in enumerate(a):
                    for j, (u, v, s, t) in enumerate(b):
                        over = max(0, min(x + w, u + s) - max(x, u)) * max(0, min(y + h, v + t) - max(y, v))
                        out[i, j] = over / (w * h + s * t - over)
                return out
        """),
        ("one pixel more", """
            def iou(a, b):
                low, high = np.maximum(a[:, None, :2], b[:, :2]), np.minimum(a[:, None, 2:], b[:, 2:])
                over = np.prod(np.maximum(high - low + 1, 0), axis=-1)
                area = lambda c: (c[:, 2] - c[:, 0] + 1) * (c[:, 3] - c[:, 1] + 1)
                return over / (area(a)[:, None] + area(b) - over)
        """),
    ],
    "rnn": [
        ("the state before the first is the last", """
            def backward(upstream, xs, h0, states, wx, wh):
                d_wx, d_wh, d_b, later = 0 * wx, 0 * wh, np.zeros(wh.shape[0]), 0 * h0
                for t in range(len(xs) - 1, -1, -1):
                    d = (upstream[t] + later) * (1 - states[t] * states[t])
                    d_wx, d_wh, d_b = d_wx + xs[t].T @ d, d_wh + states[t - 1].T @ d, d_b + d.sum(0)
                    later = d @ wh.T
                return d_wx, d_wh, d_b, later
        """),
    ],
    "lstm": [
        ("the order of another library", """
            def step(x, h, c, wx, wh, b):
                z, n = x @ wx + h @ wh + b, h.shape[1]
                i, f, g, o = (z[:, k * n : (k + 1) * n] for k in range(4))
                c = c * sigmoid(f) + sigmoid(i) * np.tanh(g)
                return np.tanh(c) * sigmoid(o), c
        """),
    ],
    "attention": [
        ("the slope of a sigmoid for the softmax", """
            def backward(upstream, q, k, v, allowed):
                w = attention(q, k, v, allowed)[1]
                d = (upstream @ v.T) * w * (1 - w) / np.sqrt(q.shape[1])
                return d @ k, d.T @ q, w.T @ upstream
        """),
        ("not scaled", """
            def attention(q, k, v, allowed):
                s = q @ k.T
                s[~allowed] = -np.inf
                e = np.exp(s - s.max(1)[:, None])
                w = e / e.sum(1)[:, None]
                return w @ v, w
        """),
    ],
    "clip-and-sample": [
        ("each array by itself", """
            def clip(grads, largest):
                out = []
                for g in grads:
                    size = np.linalg.norm(g)
                    out.append(g * largest / size if size > largest else g)
                return out
        """),
    ],
    "beam-search": [
        ("finished sentences take no place", """
            def beam(log_p, end, width, longest):
                alive, done = [([], 0.0)], []
                for _ in range(longest):
                    new = [(w + [k], s + float(p)) for w, s in alive for k, p in enumerate(log_p(w))]
                    new = sorted(new, key=lambda one: one[1], reverse=True)[:width]
                    done += [one for one in new if one[0][-1] == end]
                    alive = [one for one in new if one[0][-1] != end]
                return max(done + alive, key=lambda one: one[1] / len(one[0]))
        """),
    ],
}  # fmt: skip

CASES = [
    pytest.param(exercise, name, code, id=f"{exercise}: {name}")
    for exercise, answers in ANSWERS.items()
    for name, code in answers
]


@pytest.mark.parametrize(("exercise", "name", "code"), CASES)
def test_a_common_mistake_is_named(exercise: str, name: str, code: str) -> None:
    one = find(exercise)
    learner = Inside(f"{one.solution}\n\n{textwrap.dedent(code)}")
    named = []
    for seed in (1, 2, 3):
        failure = verify(one, learner, seed).failure
        assert failure is not None
        named.append(failure.mistake)
    assert set(named) <= {name, ""}, named
    assert named.count(name) >= 2, named


def test_there_are_mistakes_for_every_exercise() -> None:
    assert all(len({mistake.name for mistake in one.mistakes}) >= 8 for one in exercises())
    assert sum(len(one.mistakes) for one in exercises()) >= 700
