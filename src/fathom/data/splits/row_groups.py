"""A column of a table that names whom several rows are of: a patient, a subject, a user.

Who has seen one row of a patient has seen the others, so that they stay on one side of the split, and the column is no
input: new rows are of others. A column is no such where no value is repeated (it numbers the rows), where values are
few or words (it is a category), and where another column of identifiers comes again as well: who rates which film is a
question of both, and only told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fathom.data import repairs
from fathom.data.splits.group_column import can_be_dealt, cells_of, column_values, comes_again
from fathom.data.splits.time_series import in_order_of_time
from fathom.data.splits.whom import names_somebody, names_the_unseen, says_number
from fathom.declared_options import Source
from fathom.records import Example, Examples, InputKind

_ANY_ID = re.compile(r"(?i:^id[_ .-]|[_ .-]id$)|[a-z](?:Id|ID)$")
_LOOKED_AT = 500
"""Rows by which the columns are told."""
_FEWEST = 10
"""Different values below which a column of identifiers is one of categories."""


def keep_rows_together(examples: Examples, source: Source) -> Examples:
    """The rows, or texts, with the groups that a column of them names; `Examples.together` says of what.

    Args:
        examples: as they were read.
        source: what was said of them: any group or rule of the split leaves them as they are.
    """
    items = examples.items
    if examples.inputs not in (InputKind.OTHER, InputKind.TEXT) or source.group is not None or source.split_by:
        return examples
    if any(e.group is not None for e in items) or all(e.split is not None for e in items):
        return examples
    names = list(dict.fromkeys(name for e in items[:_LOOKED_AT] for name in cells_of(e)))
    known = {c: column_values(items, c) for c in names if names_somebody(c)}
    fit = {c: own for c, own in known.items() if _name_somebody(c, own) and can_be_dealt(items, own)}
    if in_order_of_time(examples).times:
        return examples
    if not fit:
        unseen = (c for c in known if names_the_unseen(c) and says_number(c))
        few = next((c for c in unseen if comes_again(known[c])), None)
        if few is not None:
            repairs.tell(
                f"{examples.kind} of one {few} may lie in several splits, since there are too few of them to deal: "
                f"--group {few} keeps them together, and what is told of new ones is then of a few"
            )
        return examples
    column = min(fit, key=lambda c: (not names_the_unseen(c), len(set(fit[c]))))
    others = [c for c in names if c not in fit and _ANY_ID.search(c) and _comes_often(column_values(items, c))]
    if others and not names_the_unseen(column):
        repairs.tell(
            f"{examples.kind} of one {column} may lie in several splits, since {others[0]} comes again as well: "
            f"--group {column} keeps them"
        )
        return examples
    grouped = tuple(replace(set_apart(e, column), group=group) for e, group in zip(items, fit[column]))
    return replace(examples, items=grouped, together=f"{examples.kind} of one {column}")


def set_apart(e: Example, column: str) -> Example:
    """The example with a column beside it that is no input any longer.

    Args:
        e: a row, or anything with a table beside it.
        column: its name.
    """
    if not isinstance(e.input, Mapping) or column not in e.input:
        return e
    rest = {name: value for name, value in e.input.items() if name != column}
    return replace(e, input=rest, metadata={column: e.input[column], **e.metadata})


def _name_somebody(column: str, values: Sequence[str | None]) -> bool:
    """Whether values come again, and are identifiers: by the name of the column, or with a digit in most."""
    digits = sum(any(sign.isdigit() for sign in value) for value in values if value)
    return comes_again(values) and (says_number(column) or 2 * digits > len(values))


def _comes_often(values: Sequence[str | None]) -> bool:
    return 2 * len(set(values)) < len(values) and len(set(values)) >= _FEWEST
