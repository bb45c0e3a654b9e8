"""What the user pointed at, before any of it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fathom.split_kinds import SplitBy, parse_split_by


@dataclass(frozen=True)
class Source:
    """What the user pointed at, before any of it is read.

    Attributes:
        text: what was typed, e.g. ``"photos/"`` or ``"practice:cats?n=500"``.
        path: the file or folder that holds the data; practice data is made there first.
        dev: a file or folder whose examples are all for dev, or None.
        test: likewise for test.
        target: the name of the column to predict, where the user gave one.
        group: the name of the column that says what belongs together (patient, speaker, video), or None.
        no_dev: the user asked for no dev split (``--dev none``): nothing is held out, the last weights are kept.
        source: the name of the column that says where an example was collected, or None.
        split_by: how to split, where asked: ``time=COLUMN``, ``column=COLUMN``, ``source=NAME``; None: at random.
        annotators: the columns that hold what several people said of an example.
        exclude: a list of examples that are left out or whose label is corrected, or None.
        synthesize: kinds of altered copies that are added to train.
        noise: a folder of recorded noise for them, or None.
    """

    text: str
    path: Path
    dev: Path | None = None
    test: Path | None = None
    target: str | None = None
    group: str | None = None
    no_dev: bool = False
    source: str | None = None
    split_by: str | None = None
    annotators: tuple[str, ...] = ()
    exclude: Path | None = None
    synthesize: tuple[str, ...] = ()
    noise: Path | None = None

    @property
    def apart(self) -> frozenset[str]:
        """The columns that are known of an example and are not to be learned from."""
        asked = parse_split_by(self.split_by)
        of_rule = asked[1] if asked and asked[0] is not SplitBy.SOURCE else None
        return frozenset(c for c in (self.group, self.source, of_rule, *self.annotators) if c is not None)
