"""What the user asked of data that was read: which examples are left out or corrected, and by what they are split.

Whoever reads data goes through here, so that a check looks at just what a training would learn from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fathom.data import label_corrections, repairs
from fathom.data.splits.split_rules import apply_split_by
from fathom.errors import UserError
from fathom.records import Examples, Source


def read_as_asked(read: Callable[[Source], Examples], source: Source) -> Examples:
    """The examples as `exclude` and `split_by` want them, with what was repaired when they were read.

    Args:
        read: as a task does it (`Task.examples`).
        source: what was said of the data.

    Raises:
        UserError: what was asked does not suit the examples, or none are left.
    """
    with repairs.collected() as told:
        examples = read(source)
    examples = replace(examples, repairs=tuple(told))
    if source.exclude is not None:
        examples = label_corrections.apply_decisions(examples, source.exclude)
    examples = apply_split_by(examples, source)
    if not examples.items:
        raise UserError(f"{source.text} holds nothing that can be read: give a folder of {examples.kind}")
    return examples
