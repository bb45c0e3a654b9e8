"""What must hold of fine-tuning."""

from fathom.learning.trial import Tensor, Trial, prop


@prop("a new head, and nothing else", trials=4)
def headed(t: Trial) -> None:
    t.same("head_of", t.dim(4), t.dim(5), int(t.rng.integers(1000)))


@prop("the body is frozen, and set free again", trials=4)
def frozen(t: Trial) -> None:
    t.same("frozen_in", t.dim(4), bool(t.pick(False, True)), int(t.rng.integers(1000)))


@prop("a frozen batch normalization stays in the mode of use", trials=4)
def moded(t: Trial) -> None:
    t.same("modes", t.dim(4), bool(t.pick(True, False)), int(t.rng.integers(1000)))


@prop("groups with rates and decay of their own")
def grouped(t: Trial) -> None:
    free = bool(t.pick(False, False, True))
    t.same(
        "grouped",
        t.dim(4),
        free,
        t.uniform(0.01, 0.1),
        t.uniform(0.1, 0.5),
        t.uniform(0.01, 0.2),
        int(t.rng.integers(1000)),
    )


@prop("head first, then all", trials=5)
def tuned(t: Trial) -> None:
    n, classes = t.dim(5, least=3), t.dim(4, least=2)
    x, labels = t.tensor(n, t.dim(4), scale=2.0), Tensor(t.labels(n, classes), "int64")
    t.same(
        "tuned",
        x,
        labels,
        classes,
        t.uniform(0.1, 0.5),
        t.uniform(0.1, 0.5),
        t.uniform(0.1, 0.3),
        int(t.rng.integers(1000)),
    )
