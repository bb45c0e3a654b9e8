"""What must hold of hooks."""

from fathom.learning.trial import Tensor, Trial, prop


@prop("the figures of each layer, by its name", trials=8)
def figures(t: Trial) -> None:
    x = t.tensor(t.dim(5), t.dim(4), scale=2.0)
    t.same("listened", x, t.dim(3, least=2), bool(t.pick(False, True)), int(t.rng.integers(1000)))


@prop("no graph is built, and no hook stays after an error", trials=3)
def tidy(t: Trial) -> None:
    t.same("graphs", t.tensor(t.dim(3), t.dim(3)), int(t.rng.integers(1000)))


@prop("the norm of each gradient, and .grad as it was", trials=8)
def normed(t: Trial) -> None:
    n, classes = t.dim(5), t.dim(4, least=2)
    x, labels = t.tensor(n, t.dim(4), scale=2.0), Tensor(t.labels(n, classes), "int64")
    t.same("norms", x, labels, classes, bool(t.pick(False, True)), bool(t.pick(False, True)), int(t.rng.integers(1000)))


@prop("units that are dead in all batches", trials=8)
def silent(t: Trial) -> None:
    features = t.dim(3)
    batches = [t.tensor(t.dim(2), features, scale=2.0) for _ in range(t.dim(5, least=2))]
    t.same("dead", batches, int(t.rng.integers(1000)))
