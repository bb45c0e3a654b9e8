"""How often is it right that a net's error is as low as can be? Asked on data whose least error is known.

Each trial draws a law (classes given columns), rows, and a net that is good, slow, tiny, overfitting or linear. The bounds
of `fathom.coaching.bayes_error` were chosen on `TUNED_ON`; `SCORED_ON` are laws that they have not seen. *Right* is a claim
where the net, on 20,000 fresh rows, is above the least error by no more than 2 points or a fifth.

python -m benchmarks.coach.floors        about twenty minutes, with two processes
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.coach import together

KEPT = Path(__file__).parents[1] / "results" / "floors.json"
TRIALS = {"tuned on": 600, "scored on": 1200}
FRESH = 20_000
ABOVE = 0.2

Floats = NDArray[np.float64]
Rows = tuple[Floats, NDArray[np.int64], Floats]
"""Columns ``(rows, columns)``, classes ``(rows,)``, and the error of the best guess for each row ``(rows,)``."""


def _two(x: Floats, odds: Floats, rng: np.random.Generator) -> Rows:
    """Two classes, with these log-odds."""
    p = 1 / (1 + np.exp(-odds))
    return x, (rng.random(len(x)) < p).astype(np.int64), np.minimum(p, 1 - p)


def _wrongly(x: Floats, y: NDArray[np.int64], share: float, rng: np.random.Generator) -> Rows:
    """Two classes, that share of them swapped."""
    return x, np.where(rng.random(len(y)) < share, 1 - y, y), np.full(len(y), share)


def _of_densities(x: Floats, y: NDArray[np.int64], densities: Floats) -> Rows:
    """Classes drawn alike, with densities ``(classes, rows)`` at the rows."""
    return x, y, 1 - densities.max(0) / (densities.sum(0) + 1e-300)


def linear(rng: np.random.Generator, n: int) -> Rows:
    """Log-odds that are linear in 2 to 20 columns."""
    x = rng.normal(size=(n, int(rng.integers(2, 21))))
    w = rng.normal(size=x.shape[1])
    return _two(x, rng.uniform(1, 4) * x @ w / np.linalg.norm(w), rng)


def sine(rng: np.random.Generator, n: int) -> Rows:
    """A wave through 2 to 8 columns."""
    x = rng.normal(size=(n, int(rng.integers(2, 9))))
    w = rng.normal(size=x.shape[1]) / np.sqrt(x.shape[1])
    return _two(x, rng.uniform(1.5, 6) * np.sin(rng.uniform(1, 4) * x @ w), rng)


def product(rng: np.random.Generator, n: int) -> Rows:
    """Log-odds that are a product of two or three of the columns."""
    x = rng.normal(size=(n, int(rng.integers(3, 9))))
    return _two(x, rng.uniform(2, 8) * np.prod(x[:, : int(rng.integers(2, 4))], 1), rng)


def rings(rng: np.random.Generator, n: int) -> Rows:
    """Rings around each other, that overlap."""
    classes, spread = int(rng.integers(2, 6)), rng.uniform(0.2, 0.6)
    y, angle = rng.integers(0, classes, n), rng.uniform(0, 2 * np.pi, n)
    radius = 1 + y + rng.normal(0, spread, n)
    densities = np.exp(-0.5 * ((radius - 1 - np.arange(classes)[:, None]) / spread) ** 2)  # (classes, rows)
    plane = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return _of_densities(plane @ rng.normal(size=(2, int(rng.integers(2, 9)))), y, densities)


def soft(rng: np.random.Generator, n: int) -> Rows:
    """The classes that a small net of random weights draws."""
    columns, classes, width = int(rng.integers(3, 16)), int(rng.integers(2, 8)), 12
    x = rng.normal(size=(n, columns))
    w = rng.normal(size=(columns, width)) * rng.uniform(0.5, 1.5) / np.sqrt(columns)
    z = np.tanh(x @ w) @ rng.normal(size=(width, classes)) * rng.uniform(1, 4)
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    return x, (p.cumsum(1) < rng.random((n, 1))).sum(1).clip(0, classes - 1), 1 - p.max(1)


def rules(rng: np.random.Generator, n: int) -> Rows:
    """Six rules of two columns each, of which half are whole numbers."""
    x = rng.normal(size=(n, int(rng.integers(4, 13))))
    x[:, ::2] = np.round(x[:, ::2] * rng.uniform(1, 3))
    odds = np.zeros(n)
    for i in range(6):
        a, b = rng.integers(0, x.shape[1], 2)
        odds += (-1) ** i * 3.0 * ((x[:, a] > rng.normal()) & (x[:, b] > rng.normal()))
    return _two(x, rng.uniform(0.5, 2) * (odds - np.median(odds) + 0.3), rng)


def checkers(rng: np.random.Generator, n: int) -> Rows:
    """A board of checkers in two of the columns, some of it painted wrongly."""
    x = rng.uniform(-2, 2, size=(n, int(rng.integers(2, 5))))
    y = (np.floor(x[:, :2] * rng.uniform(0.5, 2.5)).sum(1) % 2).astype(np.int64)
    return _wrongly(x, y, rng.uniform(0.02, 0.25), rng)


def parity(rng: np.random.Generator, n: int) -> Rows:
    """Whether an even number of two to four columns is above zero."""
    x = rng.normal(size=(n, int(rng.integers(4, 10))))
    y = ((x[:, : int(rng.integers(2, 5))] > 0).sum(1) % 2).astype(np.int64)
    return _wrongly(x, y, rng.uniform(0.02, 0.25), rng)


def wide(rng: np.random.Generator, n: int) -> Rows:
    """15 to 40 columns, of which three say something."""
    x = rng.normal(size=(n, int(rng.integers(15, 40))))
    return _two(x, rng.uniform(1.5, 6) * (x[:, 0] * x[:, 1] + x[:, 2]), rng)


def tailed(rng: np.random.Generator, n: int) -> Rows:
    """Clouds with heavy tails, of uneven widths and sizes."""
    classes, columns, freedom = int(rng.integers(2, 6)), int(rng.integers(2, 12)), 4.0
    share, spread = rng.dirichlet(np.full(classes, 2.0)), rng.uniform(0.4, 1.6, classes)
    centres = rng.normal(size=(classes, columns)) * rng.uniform(0.5, 2) / np.sqrt(columns / 2)
    y = rng.choice(classes, n, p=share)
    x = centres[y] + spread[y][:, None] * rng.standard_t(freedom, size=(n, columns))
    apart = (x[None] - centres[:, None]) / spread[:, None, None]  # (classes, rows, columns)
    logs = np.log(share / spread**columns)[:, None] - (freedom + 1) / 2 * np.log1p(apart**2 / freedom).sum(2)
    return _of_densities(x, y, np.exp(logs - logs.max(0)))


Law = Callable[[np.random.Generator, int], Rows]
TUNED_ON: Mapping[str, Law] = {law.__name__: law for law in (linear, sine, product, rings, soft, rules)}
SCORED_ON: Mapping[str, Law] = {law.__name__: law for law in (checkers, parity, wide, tailed)}
PARTS: Mapping[str, Mapping[str, Law]] = {"tuned on": TUNED_ON, "scored on": SCORED_ON}
NETS: Mapping[str, Mapping[str, Any]] = {
    "good": {"hidden_layer_sizes": (64, 64), "max_iter": 40, "alpha": 1e-2, "early_stopping": True},
    "slow": {"hidden_layer_sizes": (64,), "learning_rate_init": 1e-4, "max_iter": 10},
    "tiny": {"hidden_layer_sizes": (2,), "max_iter": 60},
    "overfitting": {"hidden_layer_sizes": (128, 128), "max_iter": 200, "alpha": 0},
    "linear": {},
}


def trial(law: Law, seed: int) -> dict[str, Any]:
    """Draw, train, and compare what is said with what is so."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    from fathom.coaching.bayes_error import others, used_up, worth_asking

    warnings.simplefilter("ignore")
    rng = np.random.default_rng([seed, 14])
    n = int(rng.choice([500, 1000, 2000, 4000]))
    m = max(250, n // 4)
    x, y, least = law(rng, n + m + FRESH)
    x = StandardScaler().fit(x[:n]).transform(x)
    style = str(rng.choice(["good", "good", *NETS]))
    net: Any = LogisticRegression() if style == "linear" else MLPClassifier(random_state=0, **NETS[style])
    guess = net.fit(x[:n], y[:n]).predict(x)
    dev = slice(n, n + m)
    wrong = guess[dev] != y[dev]
    said = worth_asking(wrong, y[dev] != np.bincount(y[:n]).argmax())
    if said:
        whole, half = (others(x[:k], y[:k], x[dev], y[dev]) for k in (n, n // 2))
        said = used_up(wrong, whole, half)
    error, best = float((guess[n + m :] != y[n + m :]).mean()), float(least.mean())
    return {"said": said, "so": error - best <= max(0.02, ABOVE * error), "error": error, "least": best, "net": style}


def jobs() -> together.Jobs:
    """How each trial is measured, by the part that it counts for, its law and its seed."""
    found: dict[str, Callable[[], dict[str, Any]]] = {}
    for part, laws in PARTS.items():
        for i in range(TRIALS[part]):
            law = list(laws)[i % len(laws)]
            found[f"{part} | {law} | {i}"] = partial(trial, laws[law], i)
    return found


def rows() -> list[str]:
    """What is kept, as Markdown."""
    if not KEPT.exists():
        return []
    lines = ["| laws | trials | as low as can be | said so | of these right |", "|---|---|---|---|---|"]
    for part, one in json.loads(KEPT.read_text("utf-8")).items():
        laws = ", ".join(TUNED_ON if part == "tuned on" else SCORED_ON)
        lines.append(f"| {part}: {laws} | {one['trials']} | {one['so']} | {one['said']} | {one['right']} |")
    return lines


def main() -> None:
    """Measure, keep, and print."""
    kept: dict[str, Any] = {}
    trials = list(together.measured(jobs, (), list(jobs()), together.WORKERS))
    for part in PARTS:
        done = [one for one in trials if one["key"].startswith(part)]
        said = [one for one in done if one["said"]]
        kept[part] = {
            "trials": len(done), "so": sum(one["so"] for one in done),
            "said": len(said), "right": sum(one["so"] for one in said),
            "wrong": [one for one in said if not one["so"]],
        }  # fmt: skip
        print(part, {name: value for name, value in kept[part].items() if name != "wrong"}, flush=True)
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
