"""What must hold of byte-pair encoding."""

from fathom.learning.trial import Trial, prop


def word(t: Trial, letters: str, most: int = 8) -> str:
    """A word of these letters."""
    return "".join(t.rng.choice(list(letters), t.dim(most)).tolist())


def counted(t: Trial, letters: str = "abc") -> dict[str, int]:
    """Words and how often each occurs; some letters occur twice in a row."""
    return {word(t, letters): int(t.rng.integers(1, 7)) for _ in range(1 + t.dim(5))}


@prop("pairs are joined from left to right", trials=14)
def joined(t: Trial) -> None:
    pieces = t.rng.choice(["a", "b", "ab"], t.dim(9)).tolist()
    a, b = t.rng.choice(["a", "b", "ab"], 2).tolist()
    t.same("merge", pieces, (a, b))


@prop("pieces that spell the same are not the same", trials=6)
def spelt(t: Trial) -> None:
    before = t.rng.choice(["a", "bc", "ab", "c"], t.dim(4)).tolist()
    t.same("merge", [*before, "a", "bc"], t.pick(("ab", "c"), ("a", "bc")))


@prop("three in a row are a pair and one left over", trials=4)
def overlapping(t: Trial) -> None:
    t.same("merge", ["a"] * (2 + t.dim(5)), ("a", "a"))
    t.same("merge", ["b", *["a"] * (1 + t.dim(5)), "b"], ("a", "a"))


@prop("the pairs that are learned", trials=14)
def learned(t: Trial) -> None:
    t.same("learn", counted(t), t.dim(8))


@prop("words count as often as they occur", trials=6)
def frequent(t: Trial) -> None:
    many = int(t.rng.integers(9, 30))
    t.same("learn", {"xy": many, "ab": 2, "abc": 3, "cab": 1, "b": 50}, t.pick(1, 2, 4))


@prop("of equally frequent pairs the first in their order", trials=6)
def ties(t: Trial) -> None:
    words = [a + b for a, b in zip("dbcae", "aecbd")]
    t.rng.shuffle(words)
    t.same("learn", dict.fromkeys(words, int(t.rng.integers(1, 4))), t.pick(2, 3, 5))


@prop("it ends when nothing is left to join")
def ended(t: Trial) -> None:
    t.same("learn", {word(t, "ab", 4): 3, "b": 1}, 20)
    t.same("learn", {"a": 4, "b": 2}, 3)
    t.same("learn", {word(t, "ab", 3) + "ab": 1}, 4)


@prop("words are encoded by the pairs in their order", trials=14)
def encoded(t: Trial) -> None:
    pairs = t.right("learn", counted(t), 2 + t.dim(8))
    t.same("encode", word(t, "abcd", 10), pairs)


@prop("the pieces put together are the word", always=False)
def together(t: Trial) -> None:
    one = word(t, "abc", 10)
    got = t.mine("encode", one, t.right("learn", counted(t), 2 + t.dim(8)))
    t.equal("".join(got), one, "letters are lost, or there are too many")


@prop("an earlier pair comes before a later one", trials=6)
def ordered(t: Trial) -> None:
    pairs = [("b", "c"), ("a", "b"), ("a", "bc"), ("c", "a"), ("bc", "bc")]
    t.same("encode", word(t, "abc", 9), pairs)
    t.same("encode", t.pick("abc", "abcabc", "cabcbc"), pairs[:2])
