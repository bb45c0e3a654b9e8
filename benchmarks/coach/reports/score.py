"""Which finding counts as what: pure functions of what a program says of itself and of what the coach said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["first", "later", "misleading", "symptom", "silent"]
Alarm = Literal["none", "unfinished", "alarm"]


@dataclass(frozen=True)
class Said:
    """One finding: its name, and the sentences that a user reads."""

    name: str
    title: str
    advice: str = ""

    @property
    def text(self) -> str:
        """Title and advice."""
        return f"{self.title} {self.advice}"


UNFINISHED = re.compile(r"^unfinished$")
"""The name of the finding that says no more than that the training could go on."""


def has(words: str, said: Said) -> bool:
    """Whether a finding's sentences hold one of the words; no words are in no sentence."""
    return bool(words) and re.search(words, said.text, re.IGNORECASE) is not None


def verdict(accept: str, symptom: str, said: Sequence[Said]) -> Verdict:
    """What the findings of a faulty program are worth.

    Args:
        accept: words of which a right finding has one.
        symptom: words of which a mere symptom has one.
        said: the findings, the most important first.

    Returns:
        ``first`` if the first is right; ``later`` if only another one is; ``symptom`` if none is and the first names
        a mere symptom; ``misleading`` if none is and the first names something else; ``silent`` without findings.
    """
    if not said:
        return "silent"
    if has(accept, said[0]):
        return "first"
    if any(has(accept, s) for s in said[1:]):
        return "later"
    return "symptom" if is_symptom(symptom, said[0]) else "misleading"


def is_symptom(symptom: str, said: Said) -> bool:
    """A finding that could go on, or that has one of the words."""
    return bool(UNFINISHED.search(said.name)) or has(symptom, said)


def misled(accept: str, symptom: str, said: Sequence[Said]) -> bool:
    """Whether the first finding names another cause, be a later one right or not."""
    return bool(said) and not has(accept, said[0]) and not is_symptom(symptom, said[0])


def alarm(said: Iterable[Said]) -> Alarm:
    """What the findings of a healthy program are: none, only that it could go on, or a false alarm."""
    names = [s.name for s in said]
    if any(not UNFINISHED.search(name) for name in names):
        return "alarm"
    return "unfinished" if names else "none"
