"""What must hold of freezing and of a new head."""

import numpy as np

from fathom.learning.trial import Code, Trial, prop

BODY = "lambda x: np.tanh(x @ np.random.default_rng(5).normal(size=(6, 24)))"
ONCE = (
    "(lambda c: lambda x: (_ for _ in ()).throw(RuntimeError('the body was called again: compute its features once'))"
    f" if c.append(0) or len(c) > 1 else ({BODY})(x))([])"
)


@prop("what is not frozen moves, what is frozen stays, bit for bit")
def moved(t: Trial) -> None:
    names = ["conv1", "conv2", "norm", "head"][: t.dim(4)]
    params = {name: t.normal(t.dim(3), t.dim(3)) for name in names}
    grads = {name: t.normal(*p.shape) for name, p in params.items()}
    frozen = [name for name in names if t.rng.random() < 0.5]
    got = t.same("step", params, grads, frozen, t.uniform(0.1, 0.9), t.uniform(0.1, 0.9))
    t.true(all(np.array_equal(got[name], params[name]) for name in frozen), "what is frozen has moved")


@prop("decay leaves what is frozen alone")
def decayed(t: Trial) -> None:
    params = {"body": t.normal(2, 2), "head": t.normal(2, t.dim(3))}
    zero = {name: 0 * p for name, p in params.items()}
    t.same("step", params, zero, ["body"], 0.5, t.uniform(0.1, 0.9))


@prop("the head after some steps")
def head(t: Trial) -> None:
    n, classes = 2 + t.dim(6), 1 + t.dim(3)
    x, y = t.normal(n, 6), t.labels(n, classes)
    t.same("train_head", Code(ONCE), x, y, classes, t.dim(5, least=0), t.uniform(0.2, 1.0), t.uniform(0.0, 0.2))


@prop("large features do not overflow")
def large(t: Trial) -> None:
    x, y = t.normal(4, 3) * 500, t.labels(4, 2)
    t.same("train_head", Code("lambda x: x"), x, y, 2, 3, 1.0, 0.0)


@prop("the head learns, on three seeds", trials=3)
def learned(t: Trial) -> None:
    truth = t.rng.normal(size=(24, 3))
    body = lambda x: np.tanh(x @ np.random.default_rng(5).normal(size=(6, 24)))  # noqa: E731
    x, fresh = t.rng.normal(size=(300, 6)), t.rng.normal(size=(300, 6))
    y, expected = (body(x) @ truth).argmax(1), (body(fresh) @ truth).argmax(1)
    given = Code(ONCE), x, y, 3, 300, 1.0, 0.0
    theirs, mine = (
        float(np.mean((body(fresh) @ np.asarray(w)).argmax(1) != expected))
        for w in (t.right("train_head", *given), t.mine("train_head", *given))
    )
    t.true(mine < theirs + 0.05, f"{100 * mine:.0f} % wrong on new examples; the solution has {100 * theirs:.0f} %")
