"""The course's cat recognizer, entered by nets that know shapes and by what has learned nothing of the kind.

    python -m benchmarks.cats           all entries: which pass?
    python -m benchmarks.cats deep 3    the fourth of the deep ones alone

Shallow entries (linear models, neighbours, kernels) and dense nets on pixels should fail; nets of patches should pass.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from fathom.learning import cat_recognizer

HEAD = """import numpy as np


def squares(x, k):
    return x.reshape(len(x), 24 // k, k, 24 // k, k, 3).mean((2, 4))


def flat(x):
    return x.reshape(len(x), -1)


def both(x, y):
    return np.concatenate([x, x[:, :, ::-1]]), np.concatenate([y, y])


def scaled(a, b):
    m, s = a.mean(0), a.std(0) + 1e-9
    return (a - m) / s, (b - m) / s


def logistic(a, y, b, decay=0.01, steps=300, rate=0.02):
    w, v, c = np.zeros(a.shape[1]), np.zeros(a.shape[1]), 0.0
    for _ in range(steps):
        g = (1 / (1 + np.exp(-(a @ w + c))) - y) / len(y)
        v = 0.9 * v + a.T @ g + decay * w
        w, c = w - rate * v, c - 10 * rate * g.sum()
    return (b @ w + c > 0).astype(int)


def ridge(a, y, b, decay):
    w = np.linalg.solve(a.T @ a + decay * len(a) * np.eye(a.shape[1]), a.T @ (2 * y - 1.0))
    return (b @ w > 0).astype(int)


def axes(a, n):
    return np.linalg.svd(a, full_matrices=False)[2][:n].T


def recognize(x, y, x_new, rng):
    p, q = squares(x, 1), squares(x_new, 1)
BODY
"""

SHALLOW = {
    "logistic regression on pixels": "return logistic(*scaled(flat(p), flat(q))[:1], y, scaled(flat(p), flat(q))[1])",
    "on means of 2 × 2": "a, b = scaled(flat(squares(x, 2)), flat(squares(x_new, 2))); return logistic(a, y, b)",
    "on means of 3 × 3": "a, b = scaled(flat(squares(x, 3)), flat(squares(x_new, 3))); return logistic(a, y, b)",
    "on means of 2 × 2, mirrored": (
        "z, y = both(squares(x, 2), y); a, b = scaled(flat(z), flat(squares(x_new, 2))); return logistic(a, y, b)"
    ),
    "on grey": "a, b = scaled(flat(p.mean(3)), flat(q.mean(3))); return logistic(a, y, b)",
    "ridge regression on pixels": "a, b = scaled(flat(p), flat(q)); return ridge(a, y, b, 3.0)",
    "ridge on means of 2 × 2, mirrored": (
        "z, y = both(squares(x, 2), y); a, b = scaled(flat(z), flat(squares(x_new, 2))); return ridge(a, y, b, 0.5)"
    ),
    "nearest mean": (
        "m = [flat(p)[y == k].mean(0) for k in (0, 1)]; "
        "return (((flat(q) - m[1]) ** 2).sum(1) < ((flat(q) - m[0]) ** 2).sum(1)).astype(int)"
    ),
    "nine nearest neighbours on 40 axes": (
        "a, b = scaled(flat(p), flat(q)); v = axes(a, 40); a, b = a @ v, b @ v; "
        "d = (b**2).sum(1)[:, None] + (a**2).sum(1) - 2 * b @ a.T; "
        "return (y[np.argsort(d, 1)[:, :9]].mean(1) > 0.5).astype(int)"
    ),
    "logistic regression on 60 axes": (
        "a, b = scaled(flat(p), flat(q)); v = axes(a, 60); return logistic(*scaled(a @ v, b @ v)[:1], y, "
        "scaled(a @ v, b @ v)[1])"
    ),
    "histograms of colours": (
        "h = lambda z: np.stack([((z >= i / 8) & (z < (i + 1) / 8)).mean((1, 2)) for i in range(8)], 1); "
        "a, b = scaled(flat(h(p)), flat(h(q))); return logistic(a, y, b)"
    ),
    "a Gaussian kernel on pixels": (
        "a, b = scaled(flat(squares(x, 2)), flat(squares(x_new, 2))); n = a.shape[1]; "
        "k = lambda s, t: np.exp(-((s**2).sum(1)[:, None] + (t**2).sum(1) - 2 * s @ t.T) / n / 2); "
        "w = np.linalg.solve(k(a, a) + 0.3 * np.eye(len(a)), 2 * y - 1.0); return (k(b, a) @ w > 0).astype(int)"
    ),
}
"""What has not learned shapes, by its name: the body of `recognize`, after pixels p and q as (pictures, 24, 24, 3)."""

NET = """import numpy as np

LAYERS, HIDDEN, EPOCHS, RATE, MIRROR, ADAM, DROP, GREY = SETTINGS


def windows(x, k):
    v = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))
    return np.moveaxis(v, 3, 5).reshape(*v.shape[:3], k * k * x.shape[3])


class Conv:
    def __init__(self, k, c, f, pool, rng):
        self.k, self.pool = k, pool
        self.p = [rng.normal(0, (2 / (k * k * c)) ** 0.5, (k * k * c, f)).astype(np.float32), np.zeros(f, np.float32)]

    def forward(self, x):
        self.x, self.cols = x, windows(x, self.k)
        z = np.maximum(self.cols @ self.p[0] + self.p[1], 0)
        n, h, w, f = z.shape
        self.shape, m = z.shape, self.pool
        self.cut = z[:, : h // m * m, : w // m * m].reshape(n, h // m, m, w // m, m, f)
        out = self.cut.max((2, 4))
        self.best = self.cut == out[:, :, None, :, None]
        return out

    def backward(self, g):
        n, h, w, f = self.shape
        m = self.pool
        d = np.zeros(self.shape, np.float32)
        d[:, : h // m * m, : w // m * m] = (
            (self.best & (self.cut > 0)) * g[:, :, None, :, None]
        ).reshape(n, h // m * m, w // m * m, f)
        flat = d.reshape(-1, f)
        self.g = [self.cols.reshape(len(flat), -1).T @ flat, flat.sum(0)]
        if self.x.shape[1] == 24:
            return None
        dx, back = np.zeros_like(self.x), (flat @ self.p[0].T).reshape(n, h, w, self.k, self.k, -1)
        for i in range(self.k):
            for j in range(self.k):
                dx[:, i : i + h, j : j + w] += back[:, :, :, i, j]
        return dx


class Dense:
    def __init__(self, n, m, last, rng):
        self.last = last
        self.p = [rng.normal(0, (2 / n) ** 0.5, (n, m)).astype(np.float32), np.zeros(m, np.float32)]

    def forward(self, x):
        self.inner = x.shape
        self.x = x.reshape(len(x), -1)
        z = self.x @ self.p[0] + self.p[1]
        self.open = z > 0
        return z if self.last else z * self.open

    def backward(self, g):
        g = g if self.last else g * self.open
        self.g = [self.x.T @ g, g.sum(0)]
        return (g @ self.p[0].T).reshape(self.inner)


def recognize(x, y, x_new, rng):
    mean, deviation = x.mean(), x.std()
    x, x_new = (((z - mean) / deviation).reshape(-1, 24, 24, 3).astype(np.float32) for z in (x, x_new))
    if GREY:
        x, x_new = x.mean(3, keepdims=True), x_new.mean(3, keepdims=True)
    net, side, c = [], 24, x.shape[3]
    for k, f, pool in LAYERS:
        net.append(Conv(k, c, f, pool, rng))
        side, c = (side - k + 1) // pool, f
    n = side * side * c
    if HIDDEN:
        net.append(Dense(n, HIDDEN, False, rng))
        n = HIDDEN
    net.append(Dense(n, 1, True, rng))
    moments = [[(np.zeros_like(p), np.zeros_like(p)) for p in layer.p] for layer in net]
    t = 0
    for epoch in range(EPOCHS):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = rng.permutation(len(x))
        for at in range(0, len(x), 32):
            i, t = order[at : at + 32], t + 1
            out = x[i][:, :, ::-1] if MIRROR and rng.random() < 0.5 else x[i]
            for layer in net:
                out = layer.forward(out)
                if DROP and layer is net[-2]:
                    keep = (rng.random(out.shape) >= DROP).astype(np.float32) / (1 - DROP)
                    out = out * keep
            g = ((1 / (1 + np.exp(-out[:, 0])) - y[i]) / len(i)).astype(np.float32)[:, None]
            for layer in reversed(net):
                if DROP and layer is net[-2]:
                    g = g * keep
                g = layer.backward(g)
            for layer, kept in zip(net, moments):
                for j, (p, d) in enumerate(zip(layer.p, layer.g)):
                    m, v = kept[j]
                    d = d + 1e-3 * p
                    if ADAM:
                        m, v = 0.9 * m + 0.1 * d, 0.99 * v + 0.01 * d * d
                        p -= rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
                    else:
                        m = 0.9 * m + d
                        p -= rate * m
                    kept[j] = (m, v)
    out = x_new
    for layer in net:
        out = layer.forward(out)
    return (out[:, 0] > 0).astype(int)
"""

TWO = [(5, 8, 2), (3, 16, 2)]
DEEP = {
    "one layer of patches": ([(5, 16, 4)], 0, 15, 0.003, True, True, 0, False),
    "patches and a hidden layer": ([(5, 16, 4)], 32, 15, 0.002, True, True, 0, False),
    "two layers of patches": (TWO, 0, 15, 0.003, True, True, 0, False),
    "two, by momentum": (TWO, 0, 15, 0.02, True, False, 0, False),
    "two, not mirrored": (TWO, 0, 10, 0.003, False, True, 0, False),
    "two, with dropout": (TWO, 32, 15, 0.003, True, True, 0.3, False),
    "two, small filters": ([(3, 12, 2), (3, 24, 2)], 0, 15, 0.003, True, True, 0, False),
    "two, large filters": ([(7, 8, 2), (3, 16, 2)], 0, 15, 0.003, True, True, 0, False),
    "three layers": ([(3, 8, 2), (3, 16, 2), (3, 24, 1)], 0, 15, 0.003, True, True, 0, False),
    "two, on grey": (TWO, 0, 15, 0.003, True, True, 0, True),
}
"""Nets that share weights over places: layers as (width of a patch, filters, width of the pool), hidden units, epochs,
rate, mirrored, Adam or momentum, dropout, grey."""

DENSE = {
    "64 hidden units on pixels": ([], 64, 20, 0.001, True, True, 0, False),
    "128 hidden units, with dropout": ([], 128, 20, 0.001, True, True, 0.3, False),
}
"""Nets on pixels, which know no shapes."""


def entries() -> dict[str, dict[str, str]]:
    """The source of each entry, by its group and name."""
    nets = {"deep": DEEP, "dense": DENSE}
    made = {group: {name: NET.replace("SETTINGS", repr(one)) for name, one in of.items()} for group, of in nets.items()}
    indented = {name: "\n".join("    " + part.strip() for part in body.split("; ")) for name, body in SHALLOW.items()}
    return {"shallow": {name: HEAD.replace("BODY", body) for name, body in indented.items()}, **made}


def main() -> None:
    """Check what is asked for, and tell of each entry whether it passes."""
    group, number = (*sys.argv[1:], None, None)[:2]
    for kind, of in entries().items():
        for i, (name, source) in enumerate(of.items()):
            if group not in (None, kind) or number not in (None, str(i)):
                continue
            with tempfile.TemporaryDirectory() as place:
                (Path(place) / cat_recognizer.FILE).write_text(source, "utf-8")
                began = time.monotonic()
                *_, (holds, said) = cat_recognizer.check(Path(place))
            print(
                f"{kind:8} {name:36} {'passes' if holds else 'fails':7} {time.monotonic() - began:4.0f} s  {said}",
                flush=True,
            )


if __name__ == "__main__":
    main()
