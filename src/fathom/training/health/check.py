"""The contract of a health check: one class, one method, in one file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding, Severity
from fathom.training.health.signals import Signals


@dataclass(frozen=True)
class Detection:
    """What a check has found.

    Attributes:
        title: a line with the figures and the layer in it.
        evidence: the numbers that show it, by name.
    """

    title: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


class Check(ABC):
    """One thing that may be wrong with a training.

    Attributes:
        name: of the finding, and of the check's file.
        severity: of the finding.
        lesson: that explains it.
        meaning: what it means, in a sentence or two.
        advice: what to do.
        broken: it looks at steps whose loss was no number, too; the others do not, since nothing holds there.
        cause: in words that stand before what was found, where that does not say it.
        explains: names of findings that are only what follows from this one; they are left out beside it.
        replaces: findings of the results that say less of the same; they are left out beside it, too.
        refutable: it cannot be where new examples are answered better than by chance.
    """

    name: ClassVar[str]
    severity: ClassVar[Severity] = "problem"
    lesson: ClassVar[str] = "training"
    meaning: ClassVar[str]
    advice: ClassVar[str]
    explains: ClassVar[tuple[str, ...]] = ()
    cause: ClassVar[str] = ""
    broken: ClassVar[bool] = False
    replaces: ClassVar[tuple[FindingKind, ...]] = ()
    refutable: ClassVar[bool] = False

    @property
    def kind(self) -> FindingKind:
        """What it says of its finding, as every check declares it; a note says something of the error only."""
        wrong = self.severity in ("problem", "warning")
        return FindingKind(
            name=self.name,
            severity=self.severity,
            lesson=self.lesson,
            meaning=self.meaning,
            advice=self.advice,
            role=Role.TRAINING if wrong else Role.ERROR,
            unlearned=wrong,
            refutable=self.refutable,
            replaces=self.replaces,
        )

    @abstractmethod
    def run(self, signals: Signals) -> Detection | None:
        """Judge one training.

        Args:
            signals: what was measured of it.

        Returns:
            What was found, or None where nothing is wrong or the signals cannot tell.
        """

    def finding(self, detection: Detection) -> Finding:
        """Put what was found beside what it means and what to do.

        Args:
            detection: from `run`.

        Returns:
            A finding of this check's name and severity.
        """
        title = f"{self.cause}: {detection.title}" if self.cause else detection.title
        return Finding(
            self.name, self.severity, title, dict(detection.evidence), self.meaning, self.advice, self.lesson
        )
