"""The contract of a health check: one class, one method, in one file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fathom.records import Finding, Severity
from fathom.training.health.signals import Signals


@dataclass(frozen=True)
class Seen:
    """What a check has seen: a line with the figures and the layer in it, and the numbers that show it."""

    title: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


class Check(ABC):
    """One thing that may be wrong with a training.

    Attributes:
        name: of the finding.
        severity: of the finding.
        lesson: that explains it.
        meaning: what it means, in a sentence or two.
        advice: what to do.
        broken: it looks at steps whose loss was no number, too; the others do not, since nothing holds there.
        cause: in words, told before what was seen, where that does not say it.
        explains: names of findings that are only what follows from this one; they are left out beside it.
    """

    name: ClassVar[str]
    severity: ClassVar[Severity] = "problem"
    lesson: ClassVar[str] = "training"
    meaning: ClassVar[str]
    advice: ClassVar[str]
    explains: ClassVar[tuple[str, ...]] = ()
    cause: ClassVar[str] = ""
    broken: ClassVar[bool] = False

    @abstractmethod
    def look(self, signals: Signals) -> Seen | None:
        """Say what is seen, or None where nothing is wrong or the signals cannot tell."""

    def finding(self, seen: Seen) -> Finding:
        """As a finding."""
        evidence = dict(seen.evidence)
        title = f"{self.cause}: {seen.title}" if self.cause else seen.title
        return Finding(self.name, self.severity, title, evidence, self.meaning, self.advice, self.lesson)
