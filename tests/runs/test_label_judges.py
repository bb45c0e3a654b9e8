"""Whose word counts: nets that judge labels are asked first whether they know the matter."""

from __future__ import annotations

import numpy as np
import pytest

from fathom.runs.confident_learning import LabelProbabilities
from fathom.runs.label_judges import why_not_judged


def judged(n: int, noise: float, slope: float, seed: int) -> tuple[dict[str, LabelProbabilities], set[str]]:
    """Two classes along a line: what a net of this slope says, labels of which a share was turned, and which."""
    rng = np.random.default_rng(seed)
    z = slope * rng.normal(size=n)
    p = 1 / (1 + np.exp(-z))
    truth = rng.random(n) < p  # the net is calibrated: it is wrong as often as it says
    turned = rng.random(n) < noise
    labels = (truth ^ turned).astype(np.int64)
    both = np.stack([1 - p, p], 1).astype(np.float32)
    return {str(i): (labels[i : i + 1], both[i : i + 1]) for i in range(n)}, {str(i) for i in np.flatnonzero(turned)}


def contradicted(found: dict[str, LabelProbabilities]) -> set[str]:
    return {name for name, (label, p) in found.items() if p[0].argmax() != label[0] and p.max() > 0.7}


@pytest.mark.parametrize("seed", range(5))
def test_nets_that_know_the_matter_may_judge(seed: int) -> None:
    found, turned = judged(600, 0.15, 12.0, seed)
    flagged = contradicted(found)
    assert len(flagged & turned) >= 0.8 * len(flagged)
    assert why_not_judged(found, set(found), flagged) == ""


@pytest.mark.parametrize("seed", range(5))
def test_nets_that_hardly_agree_with_the_labels_may_not(seed: int) -> None:
    found, _ = judged(600, 0.0, 0.9, seed)
    flagged = contradicted(found)
    assert flagged
    assert "kappa" in why_not_judged(found, set(found), flagged)


@pytest.mark.parametrize("seed", range(5))
def test_what_nets_contradict_only_where_they_are_unsure_is_their_mistake(seed: int) -> None:
    found, _ = judged(900, 0.0, 4.0, seed)
    flagged = {name for name, (label, p) in found.items() if p[0].argmax() != label[0]}
    assert "surest" in why_not_judged(found, set(found), flagged)


def test_what_was_not_learned_from_decides_nothing() -> None:
    found, turned = judged(600, 0.15, 12.0, 0)
    learn = {str(i) for i in range(400)}
    flagged = contradicted(found)
    others = {name: (1 - label, p) if name not in learn else (label, p) for name, (label, p) in found.items()}
    assert why_not_judged(found, learn, flagged) == why_not_judged(others, learn, flagged) == ""
    assert turned
