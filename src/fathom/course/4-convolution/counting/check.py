"""What must hold of counts."""

from fathom.learning.trial import Trial, prop

LENET = [
    ("conv", 6, 5, 1, 2), ("bias",), ("pool", 2, 2, 0), ("conv", 16, 5, 1, 0), ("bias",), ("pool", 2, 2, 0),
    ("dense", 120), ("bias",), ("dense", 84), ("bias",), ("dense", 10), ("bias",),
]  # fmt: skip


def layer(t: Trial, kinds=("conv", "depthwise", "pool", "dense", "bias", "norm")):
    """A layer of one of these kinds."""
    kind = kinds[int(t.rng.integers(len(kinds)))]
    sizes = (t.dim(5), t.dim(3), t.dim(2, least=0))
    whole = {"conv": (t.dim(6), *sizes), "dense": (t.dim(9),), "bias": (), "norm": ()}
    return (kind, *whole.get(kind, sizes))


def shape(t: Trial):
    """Of maps that every window fits into."""
    return t.dim(6), 5 + t.dim(9)


@prop("what comes out", trials=20)
def out(t: Trial) -> None:
    t.same("output", layer(t), shape(t))


@prop("what is learned", trials=20)
def learned(t: Trial) -> None:
    t.same("weights", layer(t), shape(t))


@prop("what is multiplied", trials=20)
def products(t: Trial) -> None:
    t.same("multiplications", layer(t), shape(t))


@prop("each kind by itself", trials=6)
def each(t: Trial) -> None:
    for kind in ("conv", "depthwise", "pool", "dense", "bias", "norm"):
        for name in ("output", "weights", "multiplications"):
            t.same(name, layer(t, (kind,)), shape(t))


@prop("a net")
def net(t: Trial) -> None:
    layers = [layer(t, ("conv", "bias", "norm")) for _ in range(t.dim(3))]
    layers += [("depthwise", 3, 1, 1), ("pool", 2, t.dim(2), 0), ("dense", t.dim(5)), ("bias",)]
    t.same("total", layers, (t.dim(3), 40 + t.dim(9)))


@prop("LeNet-5, as it is taught today", trials=1, always=False)
def lenet(t: Trial) -> None:
    got = t.same("total", LENET, (1, 28))
    t.equal(got, (61_706, 416_520), "LeNet-5 has 61,706 weights and 416,520 multiplications")
