"""What must hold of figures and choices."""

from fathom.learning.trial import Trial, prop


@prop("F1 of a class")
def harmonic(t: Trial) -> None:
    n, k = t.dim(12), t.dim(3)
    t.same("f1", t.labels(n, k).tolist(), t.labels(n, k).tolist(), 0)


@prop("F1 does not change when truth and prediction change places", trials=4, always=False)
def turned(t: Trial) -> None:
    truth, said = t.labels(8, 3).tolist(), t.labels(8, 3).tolist()
    t.equal(t.mine("f1", truth, said, 1), t.mine("f1", said, truth, 1), "it does")


@prop("a class that is neither there nor said")
def absent(t: Trial) -> None:
    t.same("f1", [0] * t.dim(4), [0] * 1, 5)
    t.same("f1", [1, 1, 0], [1, 0, 1], 1)
    t.same("f1", [1, 0], [1, 1], 1)
    t.same("f1", [1] * 5 + [0] * 2, [1] * 3 + [0] * 2 + [1] * 2, 1)


@prop("the choice")
def chosen(t: Trial) -> None:
    models = [
        {"error": float(t.rng.integers(1, 5)), "ms": float(t.rng.integers(1, 6)), "mb": float(t.rng.integers(1, 4))}
        for _ in range(t.dim(6))
    ]
    limits = {name: float(t.rng.integers(1, 6)) for name in ("ms", "mb") if t.rng.random() < 0.7}
    t.same("choose", models, "error", limits)
    t.same("choose", models, t.pick("ms", "error"), {"mb": 2.0})


@prop("better than a limit is worth nothing, and none may be left")
def enough(t: Trial) -> None:
    e = t.uniform(0.1, 0.2)
    t.same("choose", [{"error": e, "ms": 99.0}, {"error": e + 0.01, "ms": 1.0}], "error", {"ms": 100.0})
    t.same(
        "choose",
        [{"error": e, "ms": 99.0, "mb": 9.0}, {"error": e + 0.01, "ms": 1.0, "mb": 1.0}],
        "error",
        {"ms": 100.0, "mb": 5.0},
    )
    t.same("choose", [{"error": e, "ms": 101.0}], "error", {"ms": 100.0})
    t.same("choose", [{"error": e, "ms": 100.0}], "error", {"ms": 100.0})
