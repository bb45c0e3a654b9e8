"""What must hold of datasets, batches and loaders."""

from fathom.learning.trial import Trial, prop


def texts(t: Trial, n: int):
    """Texts with unknown letters and empty ones, and labels that tell them apart."""
    made = ["".join(t.rng.choice(list("abcdx"), t.dim(6, least=0))) for _ in range(n)]
    return made, [10 + int(i) for i in t.rng.permutation(n)], "abcd"


@prop("each item is a text in numbers and its label")
def single(t: Trial) -> None:
    t.same("items", *texts(t, t.dim(4)))


@prop("a batch is padded to its longest text, with a mask")
def padded(t: Trial) -> None:
    n = t.dim(4)
    numbers = [[int(x) for x in t.rng.integers(0, 6, t.dim(6))] for _ in range(n)]
    t.same("batch", numbers, [int(x) for x in t.labels(n, 5)])


@prop("when judged all texts come, in their order", trials=6)
def judged(t: Trial) -> None:
    size = t.dim(4, least=2)
    t.same("epochs", *texts(t, size * t.dim(3, least=0) + 1), size, False, int(t.rng.integers(1000)))


@prop("in training they are shuffled, anew in each epoch, by the seed", trials=6)
def shuffled(t: Trial) -> None:
    size = t.dim(3)
    made = texts(t, 8 * size + t.dim(size, least=0) % size)
    t.same(
        "epochs",
        *made,
        size,
        True,
        int(t.rng.integers(1000)),
        says="shuffle by a torch.Generator with this seed alone; leave the smaller last batch out",
    )
