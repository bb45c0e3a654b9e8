"""What must hold of splits."""

from fathom.learning.trial import Trial, prop


def names(t: Trial, n: int):
    """Names of groups, some repeated, some with letters beyond ASCII."""
    return [t.pick("patient", "Jürgen", "李") + str(int(t.rng.integers(0, max(1, n // 2)))) for _ in range(n)]


@prop("the place of a name")
def placed(t: Trial) -> None:
    name = names(t, 9)[0]
    got = t.same("place", name)
    # 2^32 - 1 differs in the tenth digit only, and gives one name in four billion the place 1.
    t.true(
        got == t.right("place", name), "the last digits differ: it is the hash over 2^32, so that 1 is never reached"
    )
    u = t.mine("place", "".join(names(t, 5)))
    t.true(0 <= u < 1, "it is not between 0 and 1")


@prop("the split of each example")
def parted(t: Trial) -> None:
    t.same("split", names(t, 20 * t.dim(5)), t.uniform(0.2, 0.4), t.uniform(0.1, 0.3))


@prop("what belongs together stays together, and nothing moves when more comes")
def together(t: Trial) -> None:
    groups = names(t, 30)
    got = t.mine("split", groups, 0.3, 0.3)
    of = {}
    for name, s in zip(groups, got):
        t.true(of.setdefault(name, s) == s, f"{name} is in {of[name]} and in {s}")
    order = t.rng.permutation(30)
    more = t.mine("split", [f"new {i}" for i in range(5)] + [groups[i] for i in order], 0.3, 0.3)
    t.equal(more[5:], [got[i] for i in order], "with more data, in another order, the old ones move")


@prop("the shares are about what was asked for", trials=2, always=False)
def shares(t: Trial) -> None:
    got = t.mine("split", [f"{int(t.rng.integers(2**40))}" for _ in range(2000)], 0.2, 0.1)
    for word, share in (("dev", 0.2), ("test", 0.1), ("train", 0.7)):
        t.true(abs(got.count(word) / 2000 - share) < 0.05, f"{got.count(word) / 2000:.2f} are in {word}")


@prop("copies across the splits are found")
def copies(t: Trial) -> None:
    n = t.dim(12, least=0) + 2
    contents = [t.pick("a cat", "A cat", " a cat ", "dog", "a  cat", "bird") + t.pick("", " ", "1") for _ in range(n)]
    t.same("leaks", contents, [t.pick("train", "dev", "test") for _ in range(n)])
    t.same("leaks", ["x", "X ", "y", "y", "z", "Z"], ["train", t.pick("dev", "test"), "dev", "test", "train", "train"])
    t.same("leaks", ["a b", t.pick("ab", "a  b"), " A B"], ["train", "dev", t.pick("dev", "test", "train")])
