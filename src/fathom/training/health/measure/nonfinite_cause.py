"""What made a loss no number: the operation that can, and the line of the program where it stands.

The loss of the step at which it happened is read backwards, from the loss to the weights: the first operation with a
hole in it, as a logarithm or a root has at 0, is the likeliest. PyTorch remembers no lines; so anomaly mode is on for
the one step that follows, in which the same program runs through the same lines.
"""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor

from fathom.training.health.measure.autograd_graph import kind, parameter_of, parents, walk
from fathom.training.health.measure.loss_structure import divergence_of

HOLES = {
    "Log": "a logarithm (of 0 it is minus infinity)", "Log2": "a logarithm (of 0 it is minus infinity)",
    "Log10": "a logarithm (of 0 it is minus infinity)",
    "Log1P": "a logarithm of 1 and a number (of -1 it is minus infinity, and below that no number)",
    "Sqrt": "a square root (at 0 its slope is infinite)",
    "Rsqrt": "one over a square root (at 0 it is infinite)", "Div": "a division (by 0 it is infinite)",
    "Reciprocal": "one over a number (of 0 it is infinite)", "Pow": "a power (at 0 it, or its slope, may be infinite)",
    "Acos": "an arc cosine (at 1 its slope is infinite)", "Asin": "an arc sine (at 1 its slope is infinite)",
    "Atanh": "an inverse tanh (of 1 it is infinite)", "LinalgVectorNorm": "a norm (at 0 its slope is undefined)",
    "Norm": "a norm (at 0 its slope is undefined)",
    "Logit": "a logit (of 0 and of 1 it is infinite)", "Acosh": "an inverse cosh (at 1 its slope is infinite)",
    "Erfinv": "an inverse error function (of 1 it is infinite)", "Xlogy": "an x · log(y) (at y = 0 it may be infinite)",
    "Exp": "an exponential (beyond 88 it is infinite)",
    "CtcLoss": "a ctc_loss (infinite where an input has fewer frames than its target asks for)",
    "Softmax": "a softmax (of a row that is masked throughout it is no number)",
    "Expm1": "an exponential (beyond 88 it is infinite)",
}  # fmt: skip
"""Operations that make infinity, or an infinite slope, of a finite number; in words."""

LIKELIEST = (
    "CtcLoss", "Log", "Log2", "Log10", "Log1P", "Logit", "Xlogy", "Sqrt", "Rsqrt", "Acos", "Asin", "Atanh",
    "LinalgVectorNorm", "Norm", "Reciprocal",
)  # fmt: skip
"""Those that are named before the others: most divisions and powers are by what is never 0."""

HALF = "half precision (float16), where what is above 65,504 is infinite and what is below 0.00000003 is 0"
"""What overflows there, or underflows, in words."""

DIVERGENCE = "a kl_div whose target is below 0: it takes the logarithm of it (of logarithms with log_target=True)"
"""Of a target that is no probability."""

MAX_NODES = 300
"""Of the graph that are looked at."""

LINE = re.compile(r'File "([^"]+)", line (\d+)')


def likeliest_hole(loss: Tensor, at_once: bool = False) -> Any:
    """The node of the operation that most likely made the loss no number; None where none can have.

    Args:
        loss: with its graph.
        at_once: this was so at the first step, so that it may be the target.
    """
    if loss.grad_fn is None:
        return None
    nodes = list(walk(loss.grad_fn, MAX_NODES))
    is_infinite = bool(torch.isinf(loss).any())
    found = [node for node in nodes if kind(node) in HOLES and not _is_harmless(node, is_infinite)]
    likely = [node for node in found if kind(node) in LIKELIEST]
    half = [node for node in nodes if is_half(node)]
    divergence = [node for node in nodes if kind(divergence_of(node) or node) == "LogSoftmax" and kind(node) == "Sub"]
    return next(iter(likely or half or found or (divergence if at_once else [])), None)


def is_half(node: Any) -> bool:
    """Whether a node's result is in float16.

    Args:
        node: of the graph.
    """
    found = getattr(node, "_input_metadata", None)
    return found is not None and len(found) > 0 and found[0].dtype == torch.float16


def words_of(node: Any) -> str:
    """What an operation is, in words.

    Args:
        node: of the graph.
    """
    if kind(node) not in HOLES and not is_half(node):
        return DIVERGENCE
    if not is_half(node):
        return HOLES[kind(node)]
    what = HOLES.get(kind(node), "").partition(" (")[0]
    return f"{what} in {HALF}" if what else HALF


def line_of(node: Any) -> str:
    """The line of the program, outside of PyTorch, at which an operation stands: ``file:line``; "" if not known.

    Args:
        node: of a graph that was made in anomaly mode.
    """
    traces = node.metadata.get("traceback_", [])
    lines = [found for part in traces for found in LINE.findall(part)]
    inside = ("/torch/", "\\torch\\", "/fathom/")
    own = [(path, line) for path, line in lines if not any(one in path for one in inside)]
    return f"{own[-1][0].replace(chr(92), '/').rpartition('/')[2]}:{own[-1][1]}" if own else ""


def _is_harmless(node: Any, is_infinite: bool) -> bool:
    """Whether an operation is none that can have made this loss no number.

    Args:
        node: of the graph.
        is_infinite: the loss is infinite, and not NaN.
    """
    if kind(node) == "CtcLoss":
        return not is_infinite
    if kind(node) == "Softmax":
        masks = ("MaskedFill", "Where", "Add", "Baddbmm")
        return is_infinite or not any(kind(parent) in masks for parent in parents(node))
    return _is_by_a_number(node)


def _is_by_a_number(node: Any) -> bool:
    """A division by, or a power of, what was not computed from the weights; a power of 2 and more has no hole."""
    if kind(node) == "Pow":
        exponent = getattr(node, "_saved_exponent", None)
        return isinstance(exponent, (int, float)) and exponent >= 1
    if kind(node) != "Div":
        return False
    below = node.next_functions[1][0] if len(node.next_functions) > 1 else None
    return below is None or parameter_of(below) is not None or not parents(below)


class AnomalyStep:
    """Anomaly mode for one step of somebody's training; the switch is left as it was found."""

    def __init__(self) -> None:
        self.pending = False  # it is to be on for the next step
        self.was_on: bool | None = None  # how it was found, while it is on

    def begin(self) -> None:
        """The net is called: switch it on, if that is due; what it finds is not raised."""
        if self.pending:
            self.pending, self.was_on = False, torch.is_anomaly_enabled()
            if not self.was_on:
                torch.autograd.set_detect_anomaly(True, check_nan=False)

    def end(self) -> bool:
        """The step is done: switch it off.

        Returns:
            whether it was on.
        """
        if self.was_on is None:
            return False
        if not self.was_on:
            torch.autograd.set_detect_anomaly(False)
        self.was_on = None
        return True
