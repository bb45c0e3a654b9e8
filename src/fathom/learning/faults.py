"""What can be wrong with a training: a pool of faults, each with the signs by which its curves tell it from the others.

A sign is a sentence, what a training shows of it, and whether it holds there. All signs of a fault hold for a training
that has it, and for every other fault at least one does not: so an answer can be explained, whether right or wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fathom.learning.measured_training import Measured

Rng = np.random.Generator


@dataclass(frozen=True)
class Sign:
    """What can be seen.

    Attributes:
        says: what is to be seen, as half a sentence.
        shows: the figures of a training that tell.
        holds: whether it is so.
    """

    says: str
    shows: Callable[[Measured], str]
    holds: Callable[[Measured], bool]


@dataclass(frozen=True)
class Fault:
    """One thing that can be wrong.

    Attributes:
        name: of it.
        setting: that is not as usual.
        draw: a plausible wrong value.
        signs: of it.
        why: how it does what it does, in a sentence.
    """

    name: str
    setting: str
    draw: Callable[[Rng], Any]
    signs: tuple[Sign, ...]
    why: str


def figure(x: float) -> str:
    """``0.0021``, ``1.7``, ``99``, ``12,000``, ``2.1e+08``: at most nine letters."""
    if not np.isfinite(x):
        return "no number"
    if abs(x) < 10:
        return f"{x:.2g}"
    return f"{x:,.0f}" if abs(x) < 100_000 else f"{x:.1e}"


def percent(x: float) -> str:
    """``0.21 %``."""
    return f"{figure(100 * x)} %"


def _power(low: float, high: float) -> Callable[[Rng], float]:
    """Draws on a log scale, two digits."""
    return lambda rng: float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.1e}")


def _between(low: float, high: float, digits: int = 2) -> Callable[[Rng], float]:
    return lambda rng: round(float(rng.uniform(low, high)), digits)


def _one_of(*values: Any) -> Callable[[Rng], Any]:
    return lambda rng: values[int(rng.integers(len(values)))]


def _early(values: list[float]) -> float:
    return values[len(values) // 4]


def _gap(m: Measured) -> float:
    return m.dev_error[-1] - m.train_error[-1]


def _steps(m: Measured) -> str:
    return f"a step moves the weights by {percent(m.ratio[1])} in the first epoch"


def _ends(m: Measured) -> str:
    return f"error in the end {percent(m.train_error[-1])} on train, {percent(m.dev_error[-1])} on dev"


def _losses(m: Measured) -> str:
    return f"loss {figure(m.loss[0])} before the first step, {figure(m.loss[-1])} in the end"


def _sizes(m: Measured) -> str:
    return f"size of the weights {figure(m.weights[0])} at the start, {figure(m.weights[-1])} in the end"


def _start(m: Measured) -> str:
    return f"before the first step: activations {figure(m.size[0])}, gradient of the first layer {figure(m.first[0])}"


def _used(m: Measured) -> str:
    return f"gradient of a batch {figure(m.batch[1])} in the first epoch, of which {figure(m.used[1])} is used"


def _silent(m: Measured) -> str:
    return f"{percent(m.zeros[0])} of the activations are 0 before the first step"


def _units(m: Measured) -> str:
    return f"{m.different[-1]:.0f} units of the first layer differ"


def _per_epoch(m: Measured) -> str:
    return f"{m.steps} step{'s' * (m.steps != 1)} in each epoch"


def _epochs(m: Measured) -> str:
    n = len(m.loss) - 1
    return f"{n} epoch{'s' * (n != 1)}"


def _mixed(m: Measured) -> str:
    return f"gradient {figure(m.batch[0])} in a batch, {figure(m.whole[0])} over all of train"


MANY_STEPS = Sign("there are enough steps in an epoch", _per_epoch, lambda m: m.steps >= 8)
USUAL_START = Sign(
    "before the first step the loss is usual (2 to 4), for batches too",
    lambda m: f"loss {figure(m.loss[0])} on train, {figure(m.batch_loss[0])} in batches",
    lambda m: m.loss[0] < 5 and m.batch_loss[0] < 1.8 * m.loss[0],
)
WEIGHTS_GROW = Sign(
    "the weights grow to more than twice their size", _sizes, lambda m: m.weights[-1] > 2 * m.weights[0]
)

FAULTS = (
    Fault("learning rate too low", "lr", _power(5e-6, 5e-5), (
        Sign("each step is far shorter than usual (1 % of the weights)", _steps, lambda m: max(m.ratio[1:]) < 1e-3),
        Sign("the gradient is usual (above 0.3), and all of it is used", _used, lambda m: m.used[1] > 0.3),
    ), "the way is right, and the steps on it are too short to get anywhere"),
    Fault("learning rate too high", "lr", _between(0.4, 1.5), (
        USUAL_START,
        Sign("steps of the first epoch are longer than 6 % of the weights", _steps, lambda m: m.ratio[1] > 0.06),
        WEIGHTS_GROW,
    ), "a step lands further out than it began, so that the weights are thrown away"),
    Fault("trained too briefly", "epochs", _one_of(1, 2), (
        Sign("the curves end after a few epochs", _epochs, lambda m: len(m.loss) <= 4),
        Sign("the loss still falls at the end", _losses, lambda m: m.loss[-1] < 0.9 * m.loss[0]),
    ), "nothing is wrong with the way; it was left too early"),
    Fault("net too narrow", "hidden", _one_of([2], [2, 2], [3]), (
        Sign("the first layer has very few units", _units, lambda m: 2 <= m.different[0] <= 4),
        Sign("the train error stays high", _ends, lambda m: m.train_error[-1] > 0.1),
    ), "ten classes do not pass through so few numbers"),
    Fault("weight decay too strong", "weight_decay", _between(0.3, 1.0), (
        Sign("the weights shrink to a fraction", _sizes, lambda m: m.weights[-1] < 0.3 * m.weights[0]),
    ), "each step takes a share of the weights away, more than the gradient puts back"),
    Fault("dropout too strong", "dropout", _between(0.8, 0.92), (
        Sign("the loss of the batches, with dropout, is far above that on train without", lambda m: (
            f"before the first step {figure(m.batch_loss[0])} in batches, {figure(m.loss[0])} on train"
        ), lambda m: m.batch_loss[0] > 2 * m.loss[0]),
    ), "so few units remain in a step that what arrives is mostly noise"),
    Fault("weights start too small", "init", _power(0.005, 0.03), (
        Sign("before the first step the activations are nearly 0", _start, lambda m: 0 < m.size[0] < 1e-3),
        Sign("about half of the units are active all the same", _silent, lambda m: m.zeros[0] < 0.9),
    ), "each layer makes the signal smaller, and the gradient on its way back, too: it vanishes"),
    Fault("weights start too large", "init", _between(5, 15, 1), (
        Sign("the loss begins far above 2.3, that of a net that knows nothing", _losses, lambda m: m.loss[0] > 40),
        Sign("before the first step the activations are huge (usual: about 1)", _start, lambda m: m.size[0] > 40),
    ), "each layer makes the signal larger: the first answers are surely wrong, the first gradients explode"),
    Fault("weights start all equal", "init", _one_of(0.0), (
        Sign("all units of the first layer are copies of one", _units, lambda m: m.different[-1] == 1),
    ), "equal units receive equal gradients and stay equal: a layer of many units is one"),
    Fault("inputs not standardized", "scale_inputs", _one_of(False), (
        Sign("before the first step activations and the first layer's gradient are several times too large", _start,
             lambda m: 2.5 < m.size[0] < 40 and m.first[0] > 5),
        Sign("the weights themselves begin with the usual size (0.2 to 0.4)", _sizes, lambda m: m.weights[0] < 0.5),
    ), "inputs from 0 to 16 make everything behind them larger, and the usual rate is too high for that"),
    Fault("batches not shuffled", "shuffle", _one_of(False), (
        Sign("a batch's gradient is more than twice that of all of train, before the first step", _mixed,
             lambda m: m.batch[0] > 2 * m.whole[0] > 2),
        USUAL_START,
    ), "files lie in the order of their classes, so that each batch pulls the net to one class"),
    Fault("batches too large", "batch", _one_of(300, 400, 600), (
        Sign("there are only one or two steps in an epoch", _per_epoch, lambda m: m.steps <= 2),
        Sign("train and dev are equally bad", _ends, lambda m: _gap(m) < 0.12 and m.train_error[-1] > 0.06),
    ), "an epoch costs the same, and brings one or two steps instead of nineteen"),
    Fault("sigmoids between the layers", "activation", _one_of("sigmoid"), (
        Sign("no unit is silent (relus are, half of the time)", lambda m: (
            f"{percent(m.zeros[-1])} of the activations are still"
        ), lambda m: max(m.zeros) < 0.2),
        Sign("the first layer's gradient is a small part of the last one's", lambda m: (
            f"before the first step {figure(m.first[0])} in the first layer, {figure(m.last[0])} in the last"
        ), lambda m: 0 < m.first[0] < 0.3 * m.last[0]),
    ), "a sigmoid's slope is at most 1/4, and the gradient is multiplied by it at every layer"),
    Fault("too few examples", "examples", _one_of(60, 80, 100, 120), (
        Sign("dev is far worse than train", _ends, lambda m: _gap(m) > 0.12),
        Sign("an epoch has very few steps of the usual batch", _per_epoch, lambda m: 2 <= m.steps <= 4),
    ), "the net learns these examples by heart, and they are too few to stand for all digits"),
    Fault("labels wrong", "label_noise", _between(0.4, 0.6), (
        Sign("dev is better than train", lambda m: (
            f"after some epochs {percent(_early(m.train_error))} wrong on train, {percent(_early(m.dev_error))} on dev"
        ), lambda m: _early(m.dev_error) < _early(m.train_error) - 0.06),
        Sign("the curves are long enough", _epochs, lambda m: len(m.loss) > 4),
        Sign("train is learned in part", _ends, lambda m: m.train_error[-1] < 0.6),
        Sign("a batch's gradient is about that of all of train, before the first step", _mixed,
             lambda m: m.batch[0] < 2 * m.whole[0]),
        MANY_STEPS,
    ), "what is learned from wrong labels is mostly right by the majority, and each wrong one counts as an error"),
    Fault("units start dead", "bias", _between(-5.0, -2.5, 1), (
        Sign("nearly all activations are 0 before the first step", _silent, lambda m: m.zeros[0] > 0.95),
    ), "a relu that is negative for every example passes no gradient"),
    Fault("momentum too high", "momentum", _between(0.996, 0.999, 4), (
        USUAL_START,
        Sign("the first epoch goes as usual", _steps, lambda m: 0.001 < m.ratio[1] < 0.06),
        WEIGHTS_GROW,
        Sign("the curves are long enough", _epochs, lambda m: len(m.loss) > 4),
        Sign("the first layer has more than a few units", _units, lambda m: m.different[0] > 4),
        MANY_STEPS,
    ), "steps of a thousand gradients add up: the weights roll through the valley and up the other side"),
    Fault("gradients clipped too hard", "clip", _power(5e-4, 5e-3), (
        Sign("of the gradient a small part is used", lambda m: (
            f"before the first step {figure(m.batch[0])} in a batch, of which {figure(m.used[0])} is used"
        ), lambda m: 0 < m.used[0] < 0.05 * m.batch[0]),
    ), "clipping is for the rare explosion; here it shortens every step"),
    Fault("dev prepared otherwise than train", "scale_dev", _one_of(False), (
        Sign("train is learned", _ends, lambda m: m.train_error[-1] < 0.02),
        Sign("dev is far worse", _ends, lambda m: _gap(m) > 0.1),
        MANY_STEPS,
    ), "the net is asked in other units than it has learned in"),
)  # fmt: skip
"""The pool."""
