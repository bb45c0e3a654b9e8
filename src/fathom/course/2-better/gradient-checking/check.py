"""A checker must pass what is right, and catch what is wrong."""

import numpy as np

from fathom.learning.trial import Code, Trial, prop

RIGHT = {
    "lambda x: (x ** 3).sum()": "lambda x: 3 * x ** 2",
    "lambda x: np.sin(x).sum() * 10": "lambda x: 10 * np.cos(x)",
    "lambda x: np.exp(-(x ** 2).sum() / 9)": "lambda x: -2 / 9 * x * np.exp(-(x ** 2).sum() / 9)",
    "lambda x: 1e-4 * (x ** 2).sum()": "lambda x: 2e-4 * x",
    "lambda x: np.tanh(x).sum() ** 2": "lambda x: 2 * np.tanh(x).sum() * (1 - np.tanh(x) ** 2)",
}


@prop("central differences, at any h")
def differences(t: Trial) -> None:
    f = Code(t.pick(*RIGHT))
    x = t.normal(t.dim(3), t.dim(3))
    t.same("numeric", f, x, t.pick(0.1, 0.01, 0.5))


@prop("arrays of any shape")
def shapes(t: Trial) -> None:
    x = t.normal(*[t.dim(2) for _ in range(t.dim(4))])
    t.same("numeric", Code("lambda x: (x ** 3).sum()"), x, 0.1)


@prop("what is right agrees, of any size")
def right(t: Trial) -> None:
    for f, g in RIGHT.items():
        t.equal(t.mine("agrees", Code(f), Code(g), np.abs(t.normal(t.dim(3), t.dim(2))) + 0.5), True, f"{g} is right")


@prop("what is wrong does not, also where it is small")
def wrong(t: Trial) -> None:
    x = np.abs(t.normal(2, t.dim(3))) + 0.5
    for f, g in RIGHT.items():
        for damage in (
            "* 1.001",
            "+ 0.5 * np.abs(G(x))",
            "* np.where(np.arange(x.size).reshape(x.shape) == 0, 0, 1)",
            "* -1",
        ):
            bad = f"lambda x: (G(x)) {damage}".replace("G(x)", f"({g})(x)")
            t.equal(t.mine("agrees", Code(f), Code(bad), x), False, f"{bad} is wrong")


@prop("mistakes that cancel in a sum are found")
def cancel(t: Trial) -> None:
    x = t.normal(2, 2) + 3
    bad = Code("lambda x: 2 * x + np.array([[0.5, -0.5], [-0.5, 0.5]])")
    t.equal(
        t.mine("agrees", Code("lambda x: (x ** 2).sum()"), bad, x),
        False,
        "the sum of the gradient is right, the parts are not",
    )


@prop("zero agrees with zero, and with nothing else")
def zero(t: Trial) -> None:
    x = t.normal(t.dim(3), 1)
    f = Code("lambda x: 7.0")
    t.equal(t.mine("agrees", f, Code("lambda x: 0 * x"), x), True, "the gradient of a constant is 0")
    t.equal(t.mine("agrees", f, Code("lambda x: 0 * x + 1"), x), False, "1 is not the gradient of a constant")


@prop("the bound is one in a million", trials=4)
def bound(t: Trial) -> None:
    x = np.abs(t.normal(2, 2)) + 1
    f = Code("lambda x: (x ** 2).sum()")
    t.equal(
        t.mine("agrees", f, Code("lambda x: 2 * x * (1 + 1.5e-6)"), x), True, "1.5e-6 off is 0.75e-6 by this measure"
    )
    t.equal(
        t.mine("agrees", f, Code("lambda x: 2 * x * (1 + 2.6e-6)"), x),
        False,
        "2.6e-6 off is 1.3e-6 by this measure (np.allclose has other bounds)",
    )
