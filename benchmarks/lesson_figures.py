"""The figures of the sections "The problem" of parts 1 and 2: nets of NumPy on the small sets of scikit-learn.

    python -m benchmarks.lesson_figures          all (two minutes on one core)
    python -m benchmarks.lesson_figures dropout  one

Digits: 1,797 pictures of 8 × 8 pixels, ten classes; 1,000 drawn with seed 0 are train, the other 797 dev.
Where a net has batch norm, dev is normalized by its own statistics, not by running averages.
"""

from __future__ import annotations

import sys
import warnings
from itertools import pairwise

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

warnings.simplefilter("ignore")


def digits(few=1000):
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    x, y = data.data[order] / 16, data.target[order]
    mean, deviation = x[:1000].mean(0), x[:1000].std(0)
    x = (x - mean) / np.where(deviation == 0, 1, deviation)
    return x[:few], y[:few], x[1000:], y[1000:]


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def cross_entropy(z, y):
    z = z - z.max(1, keepdims=True)
    return -(z - np.log(np.exp(z).sum(1, keepdims=True)))[np.arange(len(y)), y].mean()


def made(widths, rng, scale=None):
    return [
        [rng.normal(0, np.sqrt(2 / a) if scale is None else scale, (a, b)), np.zeros(b)] for a, b in pairwise(widths)
    ]


def forward(x, layers, drop=0.0, rng=None, norm=False, slope="relu"):
    kept, a = [], x
    for number, (w, b) in enumerate(layers):
        z = a @ w + b
        last = number == len(layers) - 1
        told = {"a": a}
        if norm and not last:
            told["deviation"] = np.sqrt(z.var(0) + 1e-5)
            z = told["normal"] = (z - z.mean(0)) / told["deviation"]
        out = z if last else (np.maximum(z, 0) if slope == "relu" else 1 / (1 + np.exp(-z)))
        if not last:
            told["slope"] = z > 0 if slope == "relu" else out * (1 - out)
            if drop and rng is not None:
                mask = (rng.random(out.shape) >= drop) / (1 - drop)
                out, told["slope"] = out * mask, told["slope"] * mask
        kept.append(told)
        a = out
    return a, kept


def gradients(x, y, layers, wrong="", **how):
    z, kept = forward(x, layers, **how)
    g = softmax(z)
    g[np.arange(len(y)), y] -= 1
    g /= len(y)
    found = []
    for number in reversed(range(len(layers))):
        told = kept[number]
        if number < len(layers) - 1:
            g = g * (1 if wrong == "no slope" else told["slope"])
            if "normal" in told:
                n = told["normal"]
                g = (g - g.mean(0) - n * (g * n).mean(0)) / told["deviation"]
        found.append((told["a"].T @ g, g.sum(0)))
        g = g @ layers[number][0].T
    return cross_entropy(z, y), found[::-1]


def train(x, y, layers, rate, epochs, batch=32, seed=0, decay=0.0, shuffle=True, schedule=None, **how):
    rng, losses = np.random.default_rng(seed), []
    steps, done = epochs * -(-len(x) // batch), 0
    for _ in range(epochs):
        order, seen = rng.permutation(len(x)) if shuffle else np.arange(len(x)), []
        for i in range(0, len(x), batch):
            part = order[i : i + batch]
            loss, found = gradients(x[part], y[part], layers, **how, **({"rng": rng} if how.get("drop") else {}))
            now = rate * (1 if schedule is None else schedule(done / steps))
            for (w, b), (d_w, d_b) in zip(layers, found):
                w -= now * (d_w + decay * w)
                b -= now * d_b
            seen.append(loss)
            done += 1
        losses.append(float(np.mean(seen)))
    return losses


def error(x, y, layers, **how):
    return 100 * float((forward(x, layers, **how)[0].argmax(1) != y).mean())


def after(few=1000, widths=(64, 64, 10), rate=0.1, epochs=30, scale=None, seeds=3, norm=False, **how):
    """Error on train and on dev, loss on train and dev, means over seeds."""
    x, y, dx, dy = digits(few)
    rows = []
    for seed in range(seeds):
        layers = made(list(widths), np.random.default_rng(seed), scale)
        losses = train(x, y, layers, rate, epochs, seed=seed, norm=norm, **how)
        use = {"norm": norm, "slope": how.get("slope", "relu")}
        z, dz = forward(x, layers, **use)[0], forward(dx, layers, **use)[0]
        rows.append(
            [
                error(x, y, layers, **use),
                error(dx, dy, layers, **use),
                cross_entropy(z, y),
                cross_entropy(dz, dy),
                losses[-1],
            ]
        )
    return np.mean(rows, 0).round(3)


def standardize():
    x = load_wine().data
    s = x.std(0)
    names = load_wine().feature_names
    print("deviations", dict(zip(names, s.round(3))))
    for label, z in (("centred", x - x.mean(0)), ("standardized", (x - x.mean(0)) / s)):
        values = np.linalg.eigvalsh(z.T @ z / len(z))
        print(label, "condition", f"{values[-1] / values[0]:.3g}")


def sigmoid_loss():
    data = load_breast_cancer()
    x, y = data.data, data.target
    w = np.random.default_rng(0).normal(0, 1, x.shape[1])
    z = x @ w
    p = 1 / (1 + np.exp(-z))
    print("scores", z.min(), z.max(), "probabilities exactly 0 or 1", ((p == 0) | (p == 1)).mean(), "of", len(x))
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    print("losses not finite", (~np.isfinite(loss)).sum(), "naive mean", loss.mean())
    print("stable mean", (np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))).mean())


def logistic_regression():
    data = load_breast_cancer()
    order = np.random.default_rng(0).permutation(len(data.target))
    x, y = data.data[order], data.target[order]
    x = (x - x[:400].mean(0)) / x[:400].std(0)
    w, b = np.zeros(x.shape[1]), 0.0
    for step in range(501):
        p = 1 / (1 + np.exp(-(x[:400] @ w + b)))
        if step in (0, 1, 10, 100, 500):
            wrong = ((x[400:] @ w + b > 0) != y[400:]).sum()
            print(
                step,
                "loss",
                -np.log(np.where(y[:400] == 1, p, 1 - p)).mean().round(4),
                "wrong",
                wrong,
                "of",
                len(y) - 400,
            )
        w, b = w - 0.1 * x[:400].T @ (p - y[:400]) / 400, b - 0.1 * (p - y[:400]).mean()
    print("always yes: wrong", (y[400:] == 0).sum())


def softmax_cross_entropy():
    x, y, *_ = digits()
    for scale in (0.0, 0.01, 1.0):
        z = x @ np.random.default_rng(0).normal(0, scale, (64, 10))
        print("scale", scale, "loss", cross_entropy(z, y).round(3), "largest score", np.abs(z).max().round(1))


def deep_network():
    x, y, dx, dy = digits()
    for widths in ((64, 2), (64, 64, 2)):
        layers = made(widths, np.random.default_rng(0))
        train(x, y % 2, layers, 0.1, 60)
        print(
            "odd or even",
            widths,
            "error on train",
            error(x, y % 2, layers),
            "on dev",
            round(error(dx, dy % 2, layers), 1),
        )


def training_loop():
    x, y, dx, dy = digits()
    order = np.argsort(y, kind="stable")
    for label, batch, rate, shuffle in (
        ("full", 1000, 0.1, True),
        ("batch 32", 32, 0.1, True),
        ("sorted, 32", 32, 0.1, False),
    ):
        layers = made([64, 64, 10], np.random.default_rng(0))
        train(x[order], y[order], layers, rate, 10, batch, shuffle=shuffle)
        print(
            label,
            "dev error",
            round(error(dx, dy, layers), 1),
            "train loss",
            cross_entropy(forward(x, layers)[0], y).round(3),
        )


def initialization():
    x, *_ = digits()
    for label, scale in (("0.01", 0.01), ("1", 1.0), ("He", None)):
        layers = made([64] + [100] * 20, np.random.default_rng(0), scale)
        a, sizes = x, []
        for w, _ in layers:
            a = np.maximum(a @ w, 0)
            sizes.append(np.sqrt((a**2).mean()))
        print(
            label,
            "size after 1, 5, 10, 20 layers",
            [f"{sizes[i]:.3g}" for i in (0, 4, 9, 19)],
            "largest",
            max(sizes).round(2),
        )
    deep = (64, *[100] * 10, 10)
    for label, scale in (("0.01", 0.01), ("He", None)):
        print(
            label, "ten layers, train loss and errors", after(widths=deep, rate=0.05, epochs=10, scale=scale, seeds=2)
        )


def weight_decay():
    for decay in (0.0, 0.01, 0.03, 0.1):
        print(decay, after(few=60, widths=(64, 10), rate=0.1, epochs=300, decay=decay, seeds=3))


def dropout():
    for drop in (0.0, 0.3, 0.5, 0.8):
        print(drop, after(few=100, widths=(64, 200, 10), rate=0.1, epochs=150, drop=drop, seeds=5))


def batch_norm():
    deep = (64, *[64] * 8, 10)
    for norm in (False, True):
        for rate in (0.01, 0.1, 0.5):
            for scale in (None, 0.05):
                print(
                    "norm",
                    norm,
                    "rate",
                    rate,
                    "scale",
                    scale,
                    after(widths=deep, rate=rate, epochs=5, scale=scale, norm=norm, seeds=2),
                )


def schedules():
    for rate in (0.0001, 0.001, 0.01, 0.1, 1.0, 3.0):
        print("constant", rate, after(rate=rate, epochs=10))


def random_search():
    rng = np.random.default_rng(0)
    rates = 10 ** rng.uniform(-4, 1, 25)
    linear = rng.uniform(1e-4, 10, 25)
    for label, tried in (("log", rates), ("linear", linear)):
        errors = [after(rate=r, epochs=10, seeds=1)[1] for r in tried]
        print(label, "best", min(errors), "within 2 points of the best of both", sum(e < 5 for e in errors))


def gradient_checking():
    for wrong in ("", "no slope"):
        print("wrong:", wrong or "nothing", after(epochs=30, wrong=wrong))
    x, y, *_ = digits()
    layers = made([64, 64, 10], np.random.default_rng(0))
    for wrong in ("", "no slope"):
        _, found = gradients(x[:8], y[:8], layers, wrong=wrong)
        w, numeric = layers[0][0], []
        places = [(i, j) for i in range(2, 64, 9) for j in range(0, 64, 9)]
        for at in places:
            old = w[at]
            w[at] = old + 1e-5
            up = cross_entropy(forward(x[:8], layers)[0], y[:8])
            w[at] = old - 1e-5
            down = cross_entropy(forward(x[:8], layers)[0], y[:8])
            w[at] = old
            numeric.append((up - down) / 2e-5)
        a, n = np.array([found[0][0][at] for at in places]), np.array(numeric)
        print(
            wrong or "right",
            "relative difference",
            f"{np.linalg.norm(a - n) / (np.linalg.norm(a) + np.linalg.norm(n)):.2g}",
        )


FIGURES = {
    one.__name__.replace("_", "-"): one
    for one in (
        standardize, sigmoid_loss, logistic_regression, softmax_cross_entropy, deep_network, training_loop,
        initialization, weight_decay, dropout, batch_norm, schedules, random_search, gradient_checking,
    )
}  # fmt: skip

if __name__ == "__main__":
    for name in sys.argv[1:] or FIGURES:
        print(f"--- {name}", flush=True)
        FIGURES[name]()
