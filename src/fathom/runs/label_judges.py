"""Are the nets that judge labels good enough for it? Where they are not, nothing is flagged.

A net that contradicts a label has found a wrong one, or is wrong itself, and both look alike. Two things tell them
apart. Nets that agree with the labels little better than chance does are no judges, whatever they contradict. And
labels are wrong wherever they are wrong, also where the nets are surest; mistakes of the nets' own are rare there. So
if they contradict fewer of the labels that they are surest about than were flagged among all, what was flagged is
mostly the nets' mistakes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from fathom.runs.confident_learning import LabelProbabilities

FAIR = 0.4
"""Cohen's kappa up to which agreement is called fair at best (Landis and Koch 1977)."""
SUREST = 0.5
"""Share of the labels about which the nets are surest."""
LEVEL = 0.05
"""Probability below which so few contradictions there are no chance."""


def why_not_judged(judged: Mapping[str, LabelProbabilities], learn: Collection[str], flagged: Collection[str]) -> str:
    """Why nothing should be flagged, or "".

    Args:
        judged: what nets say of the labels of each example that have not seen them.
        learn: ids of what nets learned from, and that was judged in turn; by others nothing is decided.
        flagged: ids of the examples whose labels were flagged.

    Returns:
        a reason, with the figures that it follows from.
    """
    from scipy.stats import poisson
    from sklearn.metrics import cohen_kappa_score

    names = [name for name in judged if name in learn]
    labels = np.concatenate([judged[name][0] for name in names])
    probabilities = np.concatenate([judged[name][1] for name in names])
    labels, probabilities = labels[labels >= 0], probabilities[labels >= 0]
    said = probabilities.argmax(1)
    kappa = float(cohen_kappa_score(labels, said))
    if kappa <= FAIR:
        return (
            f"the nets that judge agree with the labels so little (kappa {kappa:.2f}) that what they contradict is as "
            "well their mistake"
        )
    if len(labels) > len(names):  # of a sentence or a mask some places are flagged, and their number is not known
        return ""
    surest = np.argsort(-probabilities.max(1), kind="stable")[: round(SUREST * len(labels))]
    contradicted = int((said[surest] != labels[surest]).sum())
    share = sum(name in flagged for name in names) / max(1, len(names))
    if poisson.cdf(contradicted, share * len(surest)) >= LEVEL:
        return ""
    return (
        f"of the {len(surest):,} labels about which nets are surest they contradict {contradicted:,}, and wrong labels "
        f"would be {share * len(surest):.1f} there: what they contradict is mostly their mistake"
    )
