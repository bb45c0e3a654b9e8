"""The terms that a loss is the sum of: which weights each trains, and whether the whole is divided by a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fathom.training.health.measure.autograd_graph import kind, parameter_of, parents, shape_of, walk

MEANS = (
    "MseLoss",
    "NllLoss",
    "NllLoss2D",
    "BinaryCrossEntropyWithLogits",
    "BinaryCrossEntropy",
    "SmoothL1Loss",
    "Mean",
)
"""Losses, or the mean of such, that a number may divide."""

MAX_TERMS, MAX_NODES = 8, 600
"""Terms of a loss, and nodes of each, that are looked at; of a larger graph nothing is said."""

SPREADS = ("Exp", "Softplus", "Log")
SQUARES = ("Pow",)
WITH_TARGETS = ("MseLoss", "NllLoss", "NllLoss2D", "BinaryCrossEntropyWithLogits", "LogSoftmax", "SmoothL1Loss")
"""Functions that a divergence from a bell has, and those of losses that know a target."""


def is_scaled_mean(root: Any) -> bool:
    """Whether a loss is a mean loss that was divided, or multiplied, by a number.

    Args:
        root: node of the loss.
    """
    given = parents(root)
    return kind(root) in ("Div", "Mul") and shape_of(root) == () and len(given) == 1 and kind(given[0]) in MEANS


def trained_by_divergence_alone(root: Any, names: Mapping[int, str]) -> list[str]:
    """Names of weights that no other term trains than a divergence, while the other terms train other weights.

    Args:
        root: node of the loss.
        names: of the net's weights, by their ids.
    """
    terms = _terms(root)
    if not 2 <= len(terms) <= MAX_TERMS:
        return []
    found = [one for one in (_weights_and_kinds(term, names) for term in terms) if one is not None]
    if len(found) < len(terms):
        return []
    alone: set[str] = set()
    others: set[str] = set()
    for weights, kinds in found:
        (alone if _is_divergence(kinds) else others).update(weights)
    return sorted(alone) if others and not alone & others else []


def _is_divergence(kinds: set[str]) -> bool:
    return bool(kinds & set(SPREADS)) and bool(kinds & set(SQUARES)) and not kinds & set(WITH_TARGETS)


def _terms(root: Any) -> list[Any]:
    """What is added up to a loss, each perhaps multiplied by a number."""
    found: list[Any] = []
    waiting = [root]
    while waiting and len(found) <= MAX_TERMS:
        node = waiting.pop()
        if (kind(node) in ("Add", "Sub") and shape_of(node) == ()) or (
            kind(node) in ("Mul", "Div", "Neg") and shape_of(node) == () and len(parents(node)) == 1
        ):
            waiting += parents(node)
        else:
            found.append(node)
    return found


def _weights_and_kinds(term: Any, names: Mapping[int, str]) -> tuple[set[str], set[str]] | None:
    """The matrices that a term trains, and its functions before the first of them; None of a large graph."""
    weights: set[str] = set()
    kinds: set[str] = set()
    seen = 0
    for node in walk(term, MAX_NODES):
        seen += 1
        p = parameter_of(node)
        if p is None:
            kinds |= {kind(node)} if not weights else set()
        elif p.ndim > 1:
            weights.add(names.get(id(p), ""))
    return None if seen >= MAX_NODES else (weights - {""}, kinds)
