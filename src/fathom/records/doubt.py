"""What of an input could not be used as it stands, so that what is said of it deserves doubt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_TOLD = 12
"""Sentences about doubtful inputs at most: a table may have hundreds of columns that another has not."""


class DoubtKind(StrEnum):
    """What is the matter with a part of an input."""

    MISSING = "is missing"
    RENAMED = "has another name"
    UNREADABLE = "is no number"
    UNDATED = "is no date"
    UNSEEN = "was not seen in training"
    RESPELT = "is spelt otherwise"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that the net could not use as it stands.

    Attributes:
        part: of the input: the column, as it was called in training.
        kind: what is the matter.
        value: what stands there; of a column its name there, or one like it; "" where nothing does.
        taken: what the value was taken for, or "".
    """

    part: str
    kind: DoubtKind
    value: str = ""
    taken: str = ""

    def sentence(self) -> str:
        """``district: 'moon' was not seen in training``."""
        return sentence([self])


def sentence(doubts: Sequence[Doubt], where: str = "") -> str:
    """What is the matter, once for several inputs.

    Args:
        doubts: of one part and one kind, one or more.
        where: how many inputs have it, to stand in the sentence: "in 2 of 3".
    """
    first = doubts[0]
    values = list(dict.fromkeys(d.value for d in doubts if d.value))
    shown = ", ".join(repr(v) for v in values[:3]) + (" …" if len(values) > 3 else "")
    place = f" {where}" if where else ""
    match first.kind:
        case DoubtKind.MISSING:
            return f"the column {first.part!r} is missing{place}" + (f": did you mean {shown}?" if values else "")
        case DoubtKind.RENAMED:
            return f"the column {shown} is taken for {first.part!r}{place}"
        case DoubtKind.RESPELT:
            taken = ", ".join(dict.fromkeys(repr(d.taken) for d in doubts[:3]))
            return f"{first.part}: {shown} {'is' if len(values) == 1 else 'are'} taken for {taken}{place}"
    plural = first.kind.replace("was ", "were ")
    if first.kind is not DoubtKind.UNSEEN:
        plural = first.kind.replace("is ", "are ") + "s"
    return f"{first.part}: {shown} {first.kind if len(values) == 1 else plural}{place}"


def doubt_lines(doubts: Sequence[Sequence[Doubt]], what: str = "inputs") -> list[str]:
    """What could not be used as it stands, a sentence for each part and kind, with how many inputs have it.

    Args:
        doubts: of each input that was answered.
        what: the inputs are called.
    """
    together: dict[tuple[DoubtKind, str], list[Doubt]] = defaultdict(list)
    for own in doubts:
        for doubt in own:
            together[doubt.kind, doubt.part].append(doubt)
    count = len(doubts)
    told = []
    for some in together.values():
        where = "" if count == 1 else f"in all {count:,} {what}" if len(some) == count else ""
        told.append(sentence(some, where or ("" if count == 1 else f"in {len(some):,} of {count:,} {what}")))
    return told[:MAX_TOLD] + ([f"and so of {len(told) - MAX_TOLD:,} more columns"] if len(told) > MAX_TOLD else [])
