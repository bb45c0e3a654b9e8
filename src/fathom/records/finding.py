"""Something worth telling of a run or of its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["problem", "warning", "note", "good"]


@dataclass(frozen=True)
class Finding:
    """Something worth telling.

    Attributes:
        name: of its kind, which the check that makes it declares (`fathom.finding_kinds`).
        severity: problem, warning, note or good.
        title: one line, with the figures in it.
        evidence: numbers (with intervals) and example ids that show it.
        meaning: what it means, in plain words.
        advice: what to do.
        lesson: where to learn more: the course page's name.
    """

    name: str
    severity: Severity
    title: str
    evidence: Mapping[str, Any]
    meaning: str
    advice: str
    lesson: str
