"""Confident learning: which labels are flagged, by what nets say of them that have not seen them.

How sure a net is, on average, of each class where it is given; what is more like another class by that measure is
flagged (Northcutt, Jiang and Chuang 2021, *Confident Learning: Estimating Uncertainty in Dataset Labels*, by the
library cleanlab).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.records import Examples

MIN_CONFIDENCE = 0.97
"""Of another class than the given one: nets that are so sure of it flag the label whatever cleanlab's rule says."""
CLEANLAB_FILTER = "low_self_confidence"
"""cleanlab's rule: as many of each class as the confident joint counts, those of the least probability."""
MIN_MASK_SHARE = 0.1
"""Share of a mask's judged pixels that must be flagged for the mask to be."""

LabelProbabilities = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Of one example: labels ``(items,)``, -1 where unknown, and probabilities ``(items, classes)``."""


@dataclass(frozen=True)
class Suspect:
    """A label that is probably wrong.

    Attributes:
        id: of the example.
        given: its label.
        suggested: what the nets think; of a sentence or a mask the part that they doubt.
        doubt: 1 minus the probability that the nets give to the label, or to the least probable part of it.
        split: where it is, in words of the split that a training would make.
    """

    id: str
    given: str
    suggested: str
    doubt: float
    split: str = ""


def flag_suspects(
    examples: Examples,
    judged: Mapping[str, LabelProbabilities],
    classes: Sequence[str],
    learn: Collection[str],
    pixels: bool,
) -> list[Suspect]:
    """The suspects, the most doubtful first.

    Those among what was learned from are told by it alone, those beside it by all.

    Args:
        examples: all that were judged.
        judged: what nets say of the labels of each that have not seen them.
        classes: names of the classes, in the order of the probabilities.
        learn: ids of what nets learned from, and that was judged in turn.
        pixels: what has several labels is a mask, else a sentence.
    """
    suspects = _flag(examples, {name: one for name, one in judged.items() if name in learn}, classes, pixels)
    if not judged.keys() <= set(learn):
        suspects += [one for one in _flag(examples, judged, classes, pixels) if one.id not in learn]
    return sorted(suspects, key=lambda s: (-s.doubt, s.id))


def _flag(
    examples: Examples, judged: Mapping[str, LabelProbabilities], classes: Sequence[str], pixels: bool
) -> list[Suspect]:
    """The suspects, the most doubtful first; `pixels`: what has several labels is a mask, else a sentence."""
    from cleanlab.filter import find_label_issues

    ids = [e.id for e in examples.items if e.id in judged]
    owner = np.concatenate([np.full(len(judged[name][0]), i) for i, name in enumerate(ids)])
    labels = np.concatenate([judged[name][0] for name in ids])
    probabilities = np.concatenate([judged[name][1] for name in ids]).astype(np.float64)
    known = labels >= 0
    place = np.concatenate([np.arange(len(judged[name][0])) for name in ids])
    owner, labels, probabilities, place = owner[known], labels[known], probabilities[known], place[known]
    there = np.unique(labels)  # the library takes classes without gaps
    probabilities = probabilities[:, there] / np.maximum(probabilities[:, there].sum(1, keepdims=True), 1e-12)
    dense = np.searchsorted(there, labels)
    wrong = np.asarray(find_label_issues(dense, probabilities, filter_by=CLEANLAB_FILTER, n_jobs=1))
    given = probabilities[np.arange(len(dense)), dense]
    # where nets are equally sure of all examples of a class, its mean confidence parts them by chance: half are missed
    wrong |= (given <= 1 - MIN_CONFIDENCE) & (probabilities.max(1) >= MIN_CONFIDENCE)
    by_id = {e.id: e for e in examples.items}
    suspects = []
    several = len(owner) > len(np.unique(owner))
    masks = several and pixels
    count = np.bincount(owner, minlength=len(ids))
    bad = np.bincount(owner, weights=wrong, minlength=len(ids))
    for i in np.unique(owner[wrong]).tolist():
        if masks and bad[i] < MIN_MASK_SHARE * count[i]:
            continue
        mine = np.flatnonzero((owner == i) & wrong)
        worst = mine[given[mine].argmin()]
        label, better = classes[there[dense[worst]]], classes[there[probabilities[worst].argmax()]]
        if masks:
            better = f"{better} on {100 * bad[i] / count[i]:.0f} % of the picture"
        elif several:
            words: Any = by_id[ids[i]].input
            at = int(place[worst])
            word = words[at] if isinstance(words, list | tuple) and at < len(words) else f"number {at + 1}"
            label, better = f"{word}: {label}", f"{better} ({len(mine)} of {count[i]})" if len(mine) > 1 else better
        suspects.append(Suspect(ids[i], label, better, float(1 - given[worst])))
    return sorted(suspects, key=lambda s: (-s.doubt, s.id))
