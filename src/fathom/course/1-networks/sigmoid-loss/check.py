"""What must hold of the sigmoid and its loss."""

import numpy as np

from fathom.learning.sandbox import Broken
from fathom.learning.trial import Code, Trial, prop

STRICT = """
class Strict(np.ndarray):
    # Arithmetic on it raises where NumPy would only warn; what is computed from it is strict again, single numbers too.

    def __array_ufunc__(self, ufunc, method, *given, **more):
        def bare(x):
            return np.asarray(x) if isinstance(x, Strict) else tuple(map(bare, x)) if isinstance(x, tuple) else x

        with np.errstate(over="raise", invalid="raise", divide="raise"):
            found = getattr(ufunc, method)(*map(bare, given), **{k: bare(v) for k, v in more.items()})
        return more["out"][0] if more.get("out") else np.asarray(found).view(Strict)

    def __getitem__(self, at):
        return np.asarray(super().__getitem__(at)).view(Strict)
"""


def strict(values) -> Code:
    """An array in whose arithmetic an overflow is an error, although the learner's process keeps warnings quiet."""
    made = f"(lambda s: (exec({STRICT!r}, s), s['Strict'])[1])(dict(np=np))"
    return Code(f"np.array({values!r}).view({made})")


@prop("the sigmoid")
def squeezed(t: Trial) -> None:
    s = t.normal(t.dim(5), scale=3)
    p = t.same("sigmoid", s)
    t.equal(np.asarray(p) + t.mine("sigmoid", -s), np.ones(len(s)), "σ(s) + σ(−s) is 1")


@prop("the sigmoid of large scores, without nan")
def far(t: Trial) -> None:
    t.same("sigmoid", np.array([t.pick(-1000.0, 1000.0), t.normal(1)[0], 800.0, -800.0]))


@prop("and without an overflow on the way", trials=2)
def quiet(t: Trial) -> None:
    s = [t.pick(-1000.0, 1000.0), t.uniform(-3.0, 3.0), 800.0, -800.0]
    expected = t.right("sigmoid", np.array(s))
    try:
        got = t.mine("sigmoid", strict(s))
    except Broken as error:
        if "overflow" not in str(error):
            raise
        raise Broken(f"{error}. The values come out right, but of scores such as ±800 some exp is too large") from None
    t.equal(got, expected, "the values differ")


@prop("the sigmoid of arrays of any shape")
def shaped(t: Trial) -> None:
    t.same("sigmoid", t.normal(t.dim(3), t.dim(3)))


@prop("the loss is the mean surprise")
def surprise(t: Trial) -> None:
    n = t.dim(6)
    t.same("loss", t.normal(n, scale=3), t.labels(n, 2).astype(float))


@prop("being surely wrong costs the score, and no more")
def wrong(t: Trial) -> None:
    s = np.array([-1000.0, 1000.0, -40.0, t.normal(1)[0]])
    y = np.array([1.0, 0.0, 1.0, t.pick(0.0, 1.0)])
    got = t.mine("loss", s, y)
    t.true(
        np.isfinite(got), "it is not finite: exp(1000) is inf, and log(0) −inf; join the two formulas on paper first"
    )
    t.equal(got, t.right("loss", s, y), "the values differ")


@prop("being surely right costs nothing")
def sure(t: Trial) -> None:
    s, y = np.array([-1000.0, 1000.0, t.normal(1)[0]]), np.array([0.0, 1.0, t.pick(0.0, 1.0)])
    t.same("loss", s, y, says="it must be 0 where the score is −1000 and the label 0: 0 · log(0) is nan")
