"""The solutions on calibration and on the end of a training, against SciPy, scikit-learn and fathom's own."""

from __future__ import annotations

import numpy as np
import polars as pl
import torch
from hypothesis import given
from hypothesis import strategies as st
from references import fast, normal, same, seeds, sizes, solution
from scipy.optimize import minimize_scalar
from sklearn.linear_model import Lasso
from torch.nn import functional as F

from fathom.diagnosis.calibration import calibration


@fast
@given(st.integers(2, 60), st.integers(2, 5), st.integers(1, 12), st.floats(0.2, 5), seeds)
def test_calibration_error(n: int, classes: int, bins: int, temperature: float, seed: int) -> None:
    mine = solution("calibration")
    (z,) = normal(seed, (n, classes))
    labels = np.random.default_rng(seed).integers(0, classes, n)
    p = mine.probabilities(z, temperature)
    same(p, (torch.tensor(z) / temperature).softmax(1))
    wrong = (p.argmax(1) != labels).astype(int)
    theirs = calibration(pl.DataFrame({"stat_wrong": wrong, "confidence": p.max(1)}), bins)
    assert theirs is not None
    same(mine.calibration_error(p, labels, bins), theirs.ece)


@fast
@given(st.integers(20, 60), seeds)
def test_the_best_temperature(n: int, seed: int) -> None:
    (z,) = normal(seed, (n, 3))
    labels = np.random.default_rng(seed).integers(0, 3, n)
    t, y = torch.tensor(z), torch.tensor(labels)
    cost = lambda u: F.cross_entropy(t * u, y).item()  # noqa: E731
    found = minimize_scalar(cost, bounds=(1 / 20, 1 / 0.05), method="bounded", options={"xatol": 1e-9})
    mine = solution("calibration").fit(z, labels, 0.05, 20.0)
    assert cost(1 / mine) <= found.fun + 1e-9
    if 0.06 < found.x < 19:
        np.testing.assert_allclose(1 / mine, found.x, rtol=1e-4, atol=1e-5)


@fast
@given(st.lists(st.integers(0, 9), min_size=1, max_size=15), sizes)
def test_the_end_of_a_training(errors: list[int], patience: int) -> None:
    mine = solution("early-stopping")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=patience - 1, threshold=0.0, cooldown=0)
    end = len(errors) - 1
    for epoch, error in enumerate(errors):
        plateau.step(float(error))
        if optimizer.param_groups[0]["lr"] < 1:  # the first time that it lost patience
            end = epoch
            break
    assert mine.stop(errors, patience, 0.0) == (end, int(np.argmin(errors[: end + 1])))


@fast
@given(st.integers(1, 30), st.floats(0.05, 0.95), seeds)
def test_a_running_average(n: int, keep: float, seed: int) -> None:
    (errors,) = normal(seed, (n,))
    theirs = pl.Series(errors).ewm_mean(alpha=1 - keep, adjust=False)
    same(np.array(solution("early-stopping").smoothed(errors.tolist(), keep)), theirs.to_numpy())


@fast
@given(sizes, sizes, sizes, st.integers(1, 3), seeds)
def test_augmented_pictures(n: int, rows: int, columns: int, width: int, seed: int) -> None:
    mine, rng = solution("augmentation"), np.random.default_rng(seed)
    x, other = normal(seed, (n, 2, rows, columns), (n, 2, rows, columns))
    t = torch.tensor(x)
    chosen = rng.random(n) < 0.5
    same(mine.flip(x, chosen), torch.where(torch.tensor(chosen)[:, None, None, None], t.flip(3), t))
    padded = F.pad(t, (width,) * 4)
    tops, lefts = rng.integers(0, 2 * width + 1, (2, n))
    for found, one, i, j in zip(mine.crop(x, tops, lefts, width), padded, tops, lefts):
        same(found, one[:, i : i + rows, j : j + columns])
    share, at, labels = rng.random(n), rng.integers(0, n, n), rng.integers(0, 3, n)
    pictures, mixed = mine.mixup(x, np.eye(3)[labels], share, at)
    s = torch.tensor(share)
    same(pictures, torch.lerp(t[at], t, s[:, None, None, None]))
    logits = torch.tensor(other.reshape(n, -1)[:, :2] @ rng.normal(size=(2, 3)))
    each = lambda y: F.cross_entropy(logits, torch.tensor(y), reduction="none")  # noqa: E731
    theirs = (s * each(labels) + (1 - s) * each(labels[at])).mean()
    same(F.cross_entropy(logits, torch.tensor(mixed)).item(), theirs)


@fast
@given(st.integers(5, 30), sizes, st.floats(0.05, 1.0), seeds)
def test_the_lasso(n: int, features: int, strength: float, seed: int) -> None:
    mine = solution("l1-sparsity")
    x, noise, w, g = normal(seed, (n, features), (n,), (features,), (features,))
    y = x @ np.where(np.arange(features) % 2, 0.0, 2.0) + noise
    same(mine.soft(w, strength), F.softshrink(torch.tensor(w), strength))
    same(mine.step(w, g, 0.1, strength), F.softshrink(torch.tensor(w - 0.1 * g), 0.1 * strength))
    rate = float(1 / np.linalg.eigvalsh(x.T @ x / n).max())
    theirs = Lasso(strength, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(x, y).coef_
    found = mine.lasso(x, y, strength, rate, 3000)
    cost = lambda v: ((x @ v - y) ** 2).mean() / 2 + mine.penalty(v, strength)  # noqa: E731
    assert cost(found) <= cost(theirs) + 1e-7


@fast
@given(st.integers(2, 12), sizes, st.integers(1, 50), seeds)
def test_the_noise_of_gradients(n: int, weights: int, size: int, seed: int) -> None:
    mine = solution("batch-size")
    (g,) = normal(seed, (n, weights))
    g = g + 1
    t = torch.tensor(g)
    spread = t.var(dim=0, correction=1).sum()
    same(mine.noise(g), np.trace(np.atleast_2d(np.cov(g, rowvar=False))))
    same(mine.error(g, size), spread / size)
    gram = (t @ t.T).numpy()
    length = (gram.sum() - np.trace(gram)) / (n * (n - 1))  # products of different examples: no noise in them
    if abs(length) > 1e-3:
        np.testing.assert_allclose(mine.noise_scale(g), spread.item() / length if length > 0 else np.inf, rtol=1e-6)
    told = [1.7 + spread.item() / b for b in (size, 3 * size)]
    np.testing.assert_allclose(mine.from_two_sizes(size, 3 * size, *told), spread.item() / 1.7, rtol=1e-6)
