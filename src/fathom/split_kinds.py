"""How splits were made, as facts that the program decides by; the sentence that a user reads is rendered from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SplitKind(StrEnum):
    """By what the examples that are held out were chosen."""

    READY_MADE = "ready-made"
    """Nothing was chosen: the examples came in their splits."""
    RANDOM = "random"
    """By a hash of the seed and the example, within strata."""
    BY_TIME = "by-time"
    """The newest are held out."""
    BY_SOURCE = "by-source"
    """What was collected in the place that was asked for is held out."""
    EXPLICIT = "explicit"
    """The program says of each example where it belongs: folds, parts of train."""


class SplitBy(StrEnum):
    """What a user may ask that examples are split by; it is written ``time=COLUMN`` and so on."""

    TIME = "time"
    """By a column of times: the newest are held out."""
    COLUMN = "column"
    """By a column that says train, dev or test."""
    SOURCE = "source"
    """By where examples were collected: what is of these sources is held out."""


RANDOM = "random"
"""What is asked where examples are to be dealt at random, whatever they are."""


def parse_split_by(text: str | None) -> tuple[SplitBy, str] | None:
    """What is asked, and the column or the sources; None where nothing is asked, or nothing that there is.

    >>> parse_split_by("time=day")
    (<SplitBy.TIME: 'time'>, 'day')

    Args:
        text: as it was given: ``time=COLUMN``, ``column=COLUMN`` or ``source=NAME``; None: nothing was.
    """
    kind, _, name = (text or "").partition("=")
    return (SplitBy(kind), name) if name and kind in tuple(SplitBy) else None


class Strata(StrEnum):
    """Within what the examples are ranked, so that each split gets its share of it."""

    NONE = "none"
    CLASS = "class"
    RANGE = "range"
    """Ranges of a numeric target."""
    RAREST_LABEL = "rarest-label"
    """Of several labels the rarest."""


_STRATA = {
    Strata.NONE: "random",
    Strata.CLASS: "stratified",
    Strata.RANGE: "stratified by ranges",
    Strata.RAREST_LABEL: "stratified by the rarest label",
}


@dataclass(frozen=True)
class SplitRule:
    """By which rule splits were made.

    Attributes:
        kind: by what the held-out examples were chosen.
        strata: within what they were ranked, where that was by a hash.
        ready_made: the splits that examples came in and that were not touched, in the order of `SPLITS`.
        held_out: the splits that were made, likewise.
        carved: what was held out came from a ready-made train.
        no_dev: the user asked for no dev.
        repeats: equal inputs were the rule, so that they may part.
        times: the column of times by which rows were held out though nobody asked for it; "" where that is none.
        together: which examples never part though nobody asked for groups, in words; "" where that is none.
    """

    kind: SplitKind
    strata: Strata = Strata.NONE
    ready_made: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    carved: bool = False
    no_dev: bool = False
    together: str = ""
    times: str = ""
    repeats: bool = False

    @property
    def dev_may_differ(self) -> bool:
        """Whether dev (test, where there is no dev) is no random part of what train is of."""
        measured = "test" if self.no_dev else "dev"
        return self.kind in (SplitKind.BY_TIME, SplitKind.BY_SOURCE) or measured in self.ready_made

    @property
    def held_out_may_differ(self) -> bool:
        """Whether dev or test is no random part of what train is of."""
        return bool(self.ready_made) or self.dev_may_differ

    def sentence(self, seed: int) -> str:
        """As a user reads it; nothing is decided by it.

        >>> SplitRule(SplitKind.RANDOM, Strata.CLASS, held_out=("dev", "test")).sentence(seed=0)
        'stratified, seed 0'

        Args:
            seed: of the hash that ranks examples.

        Returns:
            words for the screen and the report; nothing reads them back.
        """
        text, given = self._choice(seed), " and ".join(self.ready_made)
        if self.kind is SplitKind.READY_MADE:
            text = f"ready-made {given}, the rest is train"
        elif given or self.carved:
            text = f"{' and '.join(self.held_out)} {'from train' if self.carved else 'held out'}, {text}"
            text = f"ready-made {given}; {text}" if given else text
        text = f"{text}, {self.together} kept together (--group none parts them)" if self.together else text
        return f"{text}, no dev" if self.no_dev else text

    def _choice(self, seed: int) -> str:
        """By what was chosen."""
        if self.kind is SplitKind.RANDOM:
            return f"{_STRATA[self.strata]}, seed {seed}"
        if self.kind is SplitKind.BY_TIME:
            told = f" by {self.times!r}, being a series in time (--split-by {RANDOM} parts it)" if self.times else ""
            return f"the newest held out{told}"
        if self.kind is SplitKind.BY_SOURCE:
            return f"the held-out source is dev and test, seed {seed}"
        return "as given"
