"""What must hold of tokens of music: there and back."""

from fathom.learning.trial import Trial, prop


def tune(t: Trial, far: int = 40):
    """Notes in any order, with chords and rests; no two are the same."""
    found = {
        (t.dim(127, least=0) + int(t.rng.integers(0, 5)), int(t.rng.integers(0, far)), 1 + t.dim(31, least=0))
        for _ in range(t.dim(6, least=0))
    }
    return sorted(found, key=lambda _: t.rng.random())


@prop("the tokens")
def there(t: Trial) -> None:
    t.same("encode", tune(t, 4))
    t.same("encode", [(60, 0, 4 + t.dim(5)), (50, 0, 1), (60, 0, t.dim(3))])


@prop("the tokens of tunes with long rests")
def rests(t: Trial) -> None:
    t.same("encode", tune(t, 150))
    t.same("encode", [(60, 32 * t.dim(3), 32), (61, 32 * t.dim(3), 1)])


@prop("the order in which notes are given does not matter")
def order(t: Trial) -> None:
    notes = tune(t)
    t.equal(t.mine("encode", notes[::-1]), t.right("encode", notes), "it does")


@prop("the notes of tokens")
def notes(t: Trial) -> None:
    t.same("decode", t.right("encode", tune(t, 80)))


@prop("there and back", always=False)
def back(t: Trial) -> None:
    notes = tune(t, 100)
    got = t.mine("decode", t.mine("encode", notes))
    t.equal(sorted(map(tuple, got)), sorted(notes), "what comes back is not what went in")


@prop("tokens that make no sense are left out")
def nonsense(t: Trial) -> None:
    t.same(
        "decode",
        t.rng.choice([0, 60, 61, 127, 128, 129, 160, 161, 164, 192, 193, 300, -1], t.dim(12, least=0)).tolist(),
    )
    t.same("decode", [160 + t.dim(9), 62])
    t.same("decode", [128, 160 + t.dim(9)])
    t.same("decode", [60, 132, 164, 61, t.pick(163, 160, 192, 193), 164, 127, 161, 128, 62, 162])
    t.same("decode", [0, 161, 129, 127, 192, 160, 0, 161])
