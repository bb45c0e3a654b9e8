"""A folder of train that says by its name that its examples have no label: ``unsup`` beside ``pos`` and ``neg``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from fathom.data import repairs
from fathom.records import Example

_NAME = re.compile(r"(unsup|unsupervised|unlabell?ed)([_\- ]?(data|files|set|texts|reviews))?", re.IGNORECASE)
_FEWEST = 2
"""Classes that are left at least, in train and in the split that is held against it."""


def without_unlabelled(root: Path, items: Sequence[Example]) -> list[Example]:
    """The examples without those of such a folder, which is told.

    A class of that name may be meant: it stays where a ready-made split has it, too, or where there is no such split.

    Args:
        root: where the folders lie, for the sentence.
        items: of which the target is the name of their folder.
    """
    of = {split: {str(e.target) for e in items if e.split == split} for split in {e.split for e in items}}
    train, others = of.get("train", set()), set().union(*(names for split, names in of.items() if split != "train"))
    odd = {name for name in train - others if _NAME.fullmatch(name)}
    if not odd or None in of or len(train - odd) < _FEWEST or len(others & train) < _FEWEST:
        return list(items)
    kept = [e for e in items if str(e.target) not in odd]
    n = len(items) - len(kept)
    repairs.tell(
        f"{', '.join(sorted(odd))} is left out, with {n:,} example{'s' * (n > 1)}: "
        "its name says that they have no label",
        root,
    )
    return kept
