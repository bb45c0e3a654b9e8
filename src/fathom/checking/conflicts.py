"""Copies with different labels: one of the labels must be wrong, or the input does not tell."""

from __future__ import annotations

from collections import Counter

from fathom.checking.look import Look, Set
from fathom.diagnosis.registry import finding
from fathom.records import Finding


def check(look: Look) -> list[Finding]:
    """Tell of examples with the same content, or nearly so, but different classes."""
    if look.classes is None:
        return []
    found = []
    n, kind = len(look.examples.items), look.examples.kind
    if exact := [names for names in look.same if len(_targets(look, names)) > 1]:
        count = sum(len(names) for names in exact)
        wrong = sum(len(names) - max(_targets(look, names).values()) for names in exact)
        evidence = {"count": count, "least_error": wrong / n, "sets": exact, "targets": _named(look, exact)}
        if look.rows:
            title = (
                f"{count:,} of {n:,} rows have the same input as another row but another {look.examples.target}: "
                f"any model is wrong on at least {wrong:,} of them"
            )
            found.append(finding("contradictory_rows", title, evidence))
        else:
            title = f"{count:,} {kind} have copies with another label"
            found.append(finding("conflicting_labels", title, evidence, kind=kind))
    if near := [names for names in look.near_sets if len(_targets(look, names)) > 1]:
        count = sum(len(names) for names in near)
        title = f"{count:,} {kind} have another label than others {look.likeness}"
        evidence = {"count": count, "sets": near, "targets": _named(look, near)}
        found.append(finding("near_conflicting_labels", title, evidence, kind=kind))
    return found


def _targets(look: Look, names: Set) -> Counter[str]:
    return Counter(str(look.by_id[name].target) for name in names)


def _named(look: Look, sets: list[Set]) -> list[list[str]]:
    return [[str(look.by_id[name].target) for name in names] for names in sets]
