"""What must hold of BLEU."""

from fathom.learning.trial import Trial, prop

WORDS = ["the", "cat", "is", "on", "a", "mat"]


def sentence(t: Trial, least: int = 1, most: int = 9, words: int = 4) -> list[str]:
    """Of few words, so that n-grams occur more than once."""
    return t.rng.choice(WORDS[:words], t.dim(most, least=least)).tolist()


def near(t: Trial, reference: list[str]) -> list[str]:
    """A translation that shares much with a reference."""
    words = [w if t.rng.random() < 0.85 else t.rng.choice(WORDS[:4]).item() for w in reference]
    cut = int(t.rng.integers(0, 3))
    return words[: max(1, len(words) - cut)] if t.rng.random() < 0.6 else words + sentence(t, most=3)


def corpus(t: Trial, least: int = 1):
    """Translations, and one to three references for each."""
    references = [[sentence(t, 5, 12) for _ in range(t.pick(1, 2, 3))] for _ in range(t.dim(4, least=least))]
    return [near(t, refs[int(t.rng.integers(len(refs)))]) for refs in references], references


@prop("n-grams are counted")
def counted(t: Trial) -> None:
    t.same("ngrams", sentence(t, words=2), t.pick(1, 2, 3))


@prop("what is longer than the sentence does not occur", trials=3)
def long(t: Trial) -> None:
    words = sentence(t, most=3)
    t.same("ngrams", words, len(words) + t.pick(1, 2))


@prop("an n-gram counts at most as often as in one reference", trials=14)
def clip(t: Trial) -> None:
    references = [sentence(t, words=2, most=6) for _ in range(t.dim(3))]
    t.same("clipped", sentence(t, words=2), references, t.pick(1, 2))


@prop("the reference of the nearest length", trials=14)
def length(t: Trial) -> None:
    n = 1 + t.dim(7, least=3)
    lengths = t.rng.integers(max(1, n - 3), n + 4, t.dim(4, least=2))
    t.same("closest", ["a"] * n, [["b"] * int(k) for k in lengths])


@prop("of equally near lengths the shorter", trials=4)
def tied(t: Trial) -> None:
    n, off = 4 + t.dim(4), t.pick(1, 2)
    refs = [["b"] * (n + off), ["b"] * (n - off)]
    t.same("closest", ["a"] * n, refs if t.rng.random() < 0.5 else refs[::-1])


@prop("BLEU of a corpus", trials=20)
def whole(t: Trial) -> None:
    t.same("bleu", *corpus(t), t.pick(2, 1, 4))


@prop("the counts are summed before they are divided", trials=12)
def summed(t: Trial) -> None:
    t.same("bleu", *corpus(t, least=2), t.pick(1, 2))


@prop("without a number n goes to 4", trials=12)
def four(t: Trial) -> None:
    t.same("bleu", *corpus(t))


@prop("a translation that is too short loses, one that is too long does not", trials=6)
def brevity(t: Trial) -> None:
    reference = sentence(t, 6, 10, words=6)
    t.same("bleu", [reference[: t.pick(5, 4)]], [[reference]], 2)
    t.same("bleu", [[*reference, *reference[:2]]], [[reference]], 2)
    t.equal(t.mine("bleu", [reference], [[sentence(t), reference]]), 1.0, "a reference itself has a BLEU of 1")


@prop("0 where no n-gram is found", trials=4)
def none(t: Trial) -> None:
    t.same("bleu", [["x", "y", "z", "x"]], [[["a", "b", "c", "d"]]])
    t.same("bleu", [["a", "c"]], [[["a", "b", "c"]]], 2)
