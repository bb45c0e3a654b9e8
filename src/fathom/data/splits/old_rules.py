"""Splits files of before version 2 have the rule as a sentence only: here, and nowhere else, one is read back."""

from __future__ import annotations

import re
from collections.abc import Collection

from fathom.records import SPLITS
from fathom.split_kinds import SplitKind, SplitRule, Strata

_STRATA = {
    "random": Strata.NONE,
    "stratified": Strata.CLASS,
    "stratified by ranges": Strata.RANGE,
    "stratified by the rarest label": Strata.RAREST_LABEL,
}
_REST = re.compile(r"ready-made (.+), the rest is train")
_MADE = re.compile(r"(?:ready-made (.+); )?(dev|test|dev and test) (from train|held out), (.+)")
_HASHED = re.compile(r"(.+), seed -?[0-9]+")


def from_sentence(text: str, names: Collection[str]) -> SplitRule:
    """The rule that an old splits file tells.

    Args:
        text: what it says, such as ``"ready-made test; dev from train, stratified, seed 0"``. A sentence that no
            version wrote is a person's, of splits that a person made.
        names: the splits that have examples.
    """
    no_dev, text = text.endswith(", no dev"), text.removesuffix(", no dev")
    if rest := _REST.fullmatch(text):
        given = _ordered(rest[1].split(" and "))
        return SplitRule(SplitKind.READY_MADE, ready_made=given, no_dev=no_dev)
    made = _MADE.fullmatch(text)
    given = _ordered((made[1] or "").split(" and ")) if made else ()
    held_out = _ordered(made[2].split(" and ") if made else {"dev", "test"} & set(names))
    kind, strata = _choice(made[4] if made else text)
    return SplitRule(kind, strata, given, held_out, carved=bool(made and made[3] == "from train"), no_dev=no_dev)


def _choice(text: str) -> tuple[SplitKind, Strata]:
    """By what was chosen, and within which strata; a held-out source was told as if it had come ready-made."""
    if text == "the newest held out":
        return SplitKind.BY_TIME, Strata.NONE
    hashed = _HASHED.fullmatch(text)
    if hashed and hashed[1] in _STRATA:
        return SplitKind.RANDOM, _STRATA[hashed[1]]
    return SplitKind.EXPLICIT, Strata.NONE


def _ordered(names: Collection[str]) -> tuple[str, ...]:
    """Names of splits in the order of `SPLITS`."""
    return tuple(name for name in SPLITS if name in names)
