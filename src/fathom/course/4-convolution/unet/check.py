"""What must hold of the wiring of a U-Net."""

from fathom.learning.child import Code
from fathom.learning.trial import Trial, prop


class Lists:
    """Blocks that say what they did: each multiplies by a number of its own and mixes the channels."""

    def __init__(self, t: Trial, depth: int) -> None:
        def block(a: float, channels: int) -> Code:
            return Code(
                f"lambda x: np.stack([(x * np.arange(1, len(x) + 1)[:, None, None]).sum(0) * {a} + i for i in range({channels})])"
            )

        self.down = [block(0.3 + i, 2 + i) for i in range(depth)]
        self.bottom = block(0.21, 3)
        self.up = [block(0.17 * (i + 1), 2 + i) for i in range(depth)]


@prop("the shapes at the joins")
def joined(t: Trial) -> None:
    depth = t.dim(4, least=0)
    t.same("shapes", t.dim(16), 2**depth * t.dim(5), depth)


@prop("down, through the bottom, and up")
def wired(t: Trial) -> None:
    depth = t.dim(3)
    blocks = Lists(t, depth)
    x = t.normal(t.dim(3), 2**depth * t.dim(2), 2**depth * t.dim(3))
    t.same("forward", x, blocks.down, blocks.bottom, blocks.up)


@prop("without levels only the bottom is left")
def flat(t: Trial) -> None:
    t.same("forward", t.normal(1, t.dim(3), t.dim(3)), [], Lists(t, 0).bottom, [])


@prop("what is seen on the way down comes back in its place")
def place(t: Trial) -> None:
    x = t.normal(1, 4, 8)
    nothing = Code("lambda x: 0 * x")
    same_ = Code("lambda x: x")
    across = Code("lambda x: x[len(x) // 2:]")
    got = t.mine("forward", x, [same_, same_], nothing, [across, across])
    t.equal(got, x, "with blocks that let only the kept half through, the picture itself comes back")
