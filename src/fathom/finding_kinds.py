"""What may be found: each kind of finding is declared once, in the file of the check that makes it.

A declaration says all that holds of the finding whatever the data: its severity, its lesson, its texts, and how it
stands to other findings. The check adds the title, with the figures, and the evidence. The list of all kinds is made
of the declarations (`declared`); there is no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any

from fathom.records import Finding, Severity

SEVERITIES: tuple[Severity, ...] = ("problem", "warning", "note", "good")
"""From the most severe to the least."""


class Role(IntEnum):
    """What a finding is to the error of a model: causes before symptoms, in the order in which they are told."""

    TRAINING = 0
    """The steps of the training went wrong."""
    DATA = 1
    """It makes what is measured, or what can be learned, another thing than it seems."""
    ERROR = 2
    """It is the largest part of the error."""
    SYMPTOM = 3
    """It shows what follows from something else, or concerns parts of the data."""
    NOTHING_WRONG = 4
    """It names nothing that is wrong."""


@dataclass(frozen=True)
class FindingKind:
    """One kind of finding, declared by the check that makes it.

    Attributes:
        name: of the finding; no two kinds share one.
        severity: of the finding.
        lesson: the course page that explains it.
        meaning: what it means, in plain words; a template.
        advice: what to do; a template.
        role: where it stands between cause and symptom.
        rank: among findings as severe the lower is told first: what concerns the whole before what concerns a part.
        unlearned: something is wrong, however near to what people reach the figure is.
        separate: it took trainings of its own, so that nothing that lies in a run says it anew.
        refutable: it cannot be where new examples are answered better than by chance.
        replaces: kinds that say less of the same, or follow from it; they are left out beside it.

    Raises:
        ValueError: another kind of this name is declared.
    """

    name: str
    severity: Severity
    lesson: str
    meaning: str
    advice: str
    role: Role = Role.SYMPTOM
    rank: int = 0
    unlearned: bool = False
    separate: bool = False
    refutable: bool = False
    replaces: tuple[FindingKind, ...] = ()

    def __post_init__(self) -> None:
        if self.name and _DECLARED.setdefault(self.name, self) != self:
            raise ValueError(f"two checks declare a finding {self.name!r}: give one of them another name")

    def found(self, title: str, evidence: Mapping[str, Any], **fields: Any) -> Finding:
        """Make a finding of this kind.

        Args:
            title: one line, with the figures in it.
            evidence: numbers and ids that show it.
            fields: what its templates ask for.

        Returns:
            The finding, its texts filled.

        Raises:
            KeyError: a template asks for a field that is not given.
        """
        return Finding(
            name=self.name,
            severity=self.severity,
            title=title,
            evidence=dict(evidence),
            meaning=self.meaning.format(**fields),
            advice=self.advice.format(**fields),
            lesson=self.lesson,
        )


_DECLARED: dict[str, FindingKind] = {}
_UNKNOWN = FindingKind(name="", severity="note", lesson="", meaning="", advice="")
"""Without a name it is no member of the list."""


def kind_of(name: str) -> FindingKind:
    """The kind of a finding.

    Args:
        name: of the finding.

    Returns:
        Its declaration; of a name that nothing here declares (that of another version, or of a package that is not
        installed any more) one that says nothing particular.
    """
    return _DECLARED.get(name, _UNKNOWN)


def declared() -> Mapping[str, FindingKind]:
    """All kinds that the loaded modules declare, by name; see `fathom.finding_catalogue` for those of all of fathom."""
    return MappingProxyType(_DECLARED)
