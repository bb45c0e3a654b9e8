"""What must hold of automatic differentiation: values and gradients on random graphs."""

import numpy as np

from fathom.learning.trial import Trial, prop


def graph(t: Trial, *operations: str):
    """An input, then further inputs and random operations on earlier nodes, mixed; some are used often, some never."""
    n = t.dim(3)
    kinds = ["input"] * (n - 1) + [str(operation) for operation in t.rng.choice(operations, t.dim(7))]
    last = kinds.pop()  # an operation, or there would be nothing to differentiate
    nodes: list[tuple] = [("input",)]
    for operation in [*t.rng.permutation(kinds), last]:
        if operation == "input":
            nodes.append(("input",))
            continue
        parents = t.rng.integers(0, len(nodes), 2 if operation in ("add", "multiply") else 1)
        nodes.append((str(operation), *map(int, parents)))
    return nodes, [float(x) for x in t.normal(n, scale=0.7)]


def value_of(nodes, inputs):
    """The last value, by other means than the solution's."""
    found = []
    given = iter(inputs)
    for operation, *p in nodes:
        a = [found[i] for i in p]
        found.append(
            {"input": lambda: next(given), "add": lambda a=a: sum(a), "multiply": lambda a=a: np.prod(a),
             "tanh": lambda a=a: np.tanh(a[0]), "exp": lambda a=a: np.exp(a[0])}[operation]()
        )  # fmt: skip
    return found[-1]


@prop("the values of sums and products")
def plain(t: Trial) -> None:
    t.same("forward", *graph(t, "add", "multiply"))


@prop("the values of all operations")
def values(t: Trial) -> None:
    t.same("forward", *graph(t, "add", "multiply", "tanh", "exp", "tanh"))


@prop("the gradients of sums")
def sums(t: Trial) -> None:
    nodes, inputs = graph(t, "add")
    t.same("backward", nodes, t.right("forward", nodes, inputs))


@prop("the gradients of sums and products")
def products(t: Trial) -> None:
    nodes, inputs = graph(t, "multiply", "add")
    t.same("backward", nodes, t.right("forward", nodes, inputs))
    square = [("input",), ("multiply", 0, 0)]
    t.same("backward", square, t.right("forward", square, [float(t.normal(1)[0]) + 9]))


@prop("the gradients of one function")
def single(t: Trial) -> None:
    nodes = [("input",), (t.pick("tanh", "exp"), 0), (t.pick("exp", "tanh"), 1)]
    t.same("backward", nodes, t.right("forward", nodes, [float(t.normal(1)[0])]))


@prop("the gradients of all operations agree with central differences", always=False)
def numeric(t: Trial) -> None:
    nodes, inputs = graph(t, "tanh", "add", "multiply", "exp")
    values = t.right("forward", nodes, inputs)
    if max(map(abs, values)) > 30:  # differences of such numbers say little
        nodes, inputs = [("input",), ("tanh", 0)], [0.5]
        values = t.right("forward", nodes, inputs)
    got = t.mine("backward", nodes, values)
    x = np.array(inputs)
    of_inputs = [g for g, (operation, *_) in zip(got, nodes) if operation == "input"]
    t.gradient(np.array(of_inputs), lambda v: value_of(nodes, v), x, 1.0, "the gradient of the inputs")
