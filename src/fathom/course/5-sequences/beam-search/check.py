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


@prop("what a beam finds", trials=50)
def found(t: Trial) -> None:
    words = 1 + t.dim(4)
    t.same("beam", model(t, words), int(t.rng.integers(words)), t.dim(4), t.dim(4))


@prop("the sums decide what is kept, not the sums divided by the lengths")
def sums(t: Trial) -> None:
    words = t.rng.permutation(6).tolist()
    end, good, *_ = words
    first, second, third = np.full(6, 0.01), np.full(6, 0.02), np.full(6, 1 / 6)
    first[end], first[good] = t.uniform(0.38, 0.42), t.uniform(0.54, 0.56)
    # By its mean each of the two grown ones is better than the finished sentence, by its sum none is.
    second[words[2:4]] = t.uniform(0.44, 0.46), t.uniform(0.44, 0.46)
    table = [(p / p.sum()).tolist() for p in (first, second, third)]
    t.same("beam", Code(f"lambda w: np.log(np.array({table}[min(len(w), 2)]))"), end, 2, t.pick(4, 3))


@prop("two of those that are kept may have the same beginning")
def brothers(t: Trial) -> None:
    end, a, b, x, y, _ = t.rng.permutation(6).tolist()
    rows = {(): {a: 0.55, b: t.uniform(0.3, 0.36)}, (a,): {x: 0.43, y: t.uniform(0.38, 0.42)}, (a, y): {end: 0.9}}
    table = {}
    for words, likely in rows.items():
        rest = (1 - sum(likely.values())) / (6 - len(likely))
        table[words] = [likely.get(word, rest) for word in range(6)]
    t.same("beam", Code(f"lambda w: np.log(np.array({table}.get(tuple(w), [1 / 6] * 6)))"), end, 2, t.pick(3, 4))


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
