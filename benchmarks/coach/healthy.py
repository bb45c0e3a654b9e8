"""Trainings in which nothing is wrong, of the kinds that earlier tools cried wolf at.

Among them are borders of zeros, accuracies over 95 %, standardized inputs far beyond ±1, plain gradient descent at a
rate of 0.1, classes of 1 : 3, small batches, wide nets, norms, dropout, tanh and sigmoid, annealed rates, and nets that
have learned their examples by heart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks.coach import data as sets
from benchmarks.coach import nets
from benchmarks.coach.training import Plan

RECIPES: Mapping[str, Mapping[str, Any]] = {
    "adam": {},
    "sgd 0.1": {"optimizer": "sgd", "lr": 0.1, "batch": 32},
    "momentum, cosine": {"optimizer": "momentum", "lr": 0.02, "annealed": True},
    "small batches": {"batch": 16, "lr": 5e-4},
    "long": {"epochs": 40},
}


def plans(scored: bool, seeds: int) -> Iterator[tuple[str, Callable[[], Plan]]]:
    """Each training by its name, to be made when it is wanted; `scored` are those that the table counts, the others are
    for tuning.
    """
    which = sets.SCORED_ON if scored else sets.TUNED_ON
    built = nets.ALSO_HEALTHY if scored else nets.TUNED_ON
    for seed in range(seeds):
        for i, (name, make) in enumerate(which.items()):
            for j, (net, build) in enumerate(built.items()):
                for k, (recipe, fields) in enumerate(RECIPES.items()):
                    if scored and (i + j + k + seed) % 3:  # a third of all pairs, each kind with each other
                        continue
                    yield f"{name} | {net} | {recipe} | {seed}", partial(plan_of, make, build, seed, fields)


def plan_of(make: Callable[[int], sets.Set], build: nets.Build, seed: int, fields: Mapping[str, Any]) -> Plan:
    """The training; of Gaussian clouds some classes are rarer."""
    data = make(seed)
    if data.name == "gaussians":
        data = uneven(data)
    torch.manual_seed(seed)
    return Plan(build(data), data.x, data.y, data, seed, fewest=600, **fields)


def uneven(data: sets.Set) -> sets.Set:
    """With classes as 1 : 3: of each second class a third is kept."""
    rng = np.random.default_rng(3)
    kept = [r[(data.y[r] % 2 == 0) | (rng.random(len(r)) < 1 / 3)] for r in (data.train, data.dev, data.test)]
    return sets.Set(data.name, data.raw, data.y, data.classes, *kept)
