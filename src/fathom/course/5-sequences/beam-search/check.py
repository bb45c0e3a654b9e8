"""What must hold of beam search: against all sentences, on random models."""

from itertools import product

import numpy as np

from fathom.learning.trial import Code, Trial, prop


def model(t: Trial, words: int):
    """A random model whose next word depends on all that came before."""
    seed = int(t.rng.integers(2**31))
    return Code(
        f"lambda w: (lambda s: s - np.log(np.exp(s).sum()))(np.random.default_rng([{seed}, len(w), *map(int, w)]).normal(size={words}) * 2)"
    )


def alive(code: Code):
    """The function itself."""
    return eval(code.source, {"np": np})


def planned(rows: dict[tuple[int, ...], dict[int, float]]) -> Code:
    """A model of six words: after these beginnings these are likely, the rest alike; after all others every word is."""
    table = {}
    for words, likely in rows.items():
        rest = (1 - sum(likely.values())) / (6 - len(likely))
        table[words] = [likely.get(word, rest) for word in range(6)]
    return Code(f"lambda w: np.log(np.array({table}.get(tuple(w), [1 / 6] * 6)))")


@prop("a finished sentence stays in the contest")
def stays(t: Trial) -> None:
    end, a, x, *_ = t.rng.permutation(6).tolist()
    code = planned({(): {end: 0.6, a: t.uniform(0.3, 0.36)}, (a,): {x: 0.5}})
    t.same("beam", code, end, 2, t.pick(3, 4))


@prop("two of those that are kept may have the same beginning")
def brothers(t: Trial) -> None:
    end, a, b, x, y, z = t.rng.permutation(6).tolist()
    begun = {(): {a: 0.55, b: t.uniform(0.3, 0.36)}, (a,): {x: 0.43, y: t.uniform(0.38, 0.42)}, (b,): {z: 0.5}}
    t.same("beam", planned({**begun, (a, y): {end: 0.9}, (b, z): {end: 0.9}}), end, 2, t.pick(3, 4))


@prop("the sums decide what is kept, not the sums divided by the lengths")
def sums(t: Trial) -> None:
    end, a, x, y, *_ = t.rng.permutation(6).tolist()
    # By its mean each of the two grown ones is better than the finished sentence, by its sum none is.
    begun = {(): {end: t.uniform(0.38, 0.42), a: 0.55}, (a,): {x: 0.46, y: t.uniform(0.43, 0.45)}}
    t.same("beam", planned({**begun, (a, y): {end: 0.5}}), end, 2, t.pick(4, 3))


@prop("a finished sentence takes a place among those that are kept")
def places(t: Trial) -> None:
    end, a, x, y, z, _ = t.rng.permutation(6).tolist()
    # With a beam of two, the finished one leaves one place: the second beginning of a would have led further.
    begun = {(): {end: 0.6, a: t.uniform(0.37, 0.39)}, (a,): {x: 0.5, y: t.uniform(0.45, 0.47)}}
    t.same("beam", planned({**begun, (a, y): {z: 0.98}, (a, y, z): {end: 0.98}}), end, 2, t.pick(4, 5))


@prop("what a beam finds", trials=50)
def found(t: Trial) -> None:
    words = 1 + t.dim(4)
    t.same("beam", model(t, words), int(t.rng.integers(words)), t.dim(4), t.dim(4))


@prop("a beam of one is greedy")
def greedy(t: Trial) -> None:
    code = model(t, 3)
    log_p, words = alive(code), []
    while len(words) < 4 and (not words or words[-1] != 0):
        words.append(int(np.argmax(log_p(words))))
    t.equal(list(t.mine("beam", code, 0, 1, 4)[0]), words, "the likeliest word at each step")


@prop("a beam wide enough finds the best of all", trials=4, always=False)
def best(t: Trial) -> None:
    code, longest = model(t, 3), t.dim(3)
    log_p, scores = alive(code), {}
    for path in product(range(3), repeat=longest):
        words, total = [], 0.0
        for word in path:
            total += float(log_p(words)[word])
            words.append(word)
            if word == 0:
                break
        scores[tuple(words)] = total
    expected = max(scores, key=lambda w: scores[w] / len(w))
    got, total = t.mine("beam", code, 0, 1000, longest)
    t.equal(list(got), list(expected), "a better sentence was missed")
    t.equal(total, scores[expected], "its sum")
