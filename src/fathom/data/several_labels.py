"""Several labels an example where one is learned: as a list in a cell, or as a column of 0 and 1 for each.

Each combination of a list would be a class of its own, so it is refused. Of columns the one that is named is learned,
and the others are no inputs: nobody knows them of a new example.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data import repairs
from fathom.data.label_sets import say_yes_or_no
from fathom.data.listed_labels import labels_in
from fathom.data.one_hot import last_one_hot, last_yes_or_no, one_hot
from fathom.data.table.competition import competition_of
from fathom.data.table.table_files import column_called, shorten_names
from fathom.data.table.target_column import TARGET_NAMES, has_sentences
from fathom.errors import UserError
from fathom.records import Example

if TYPE_CHECKING:
    import polars as pl

_FEWEST, _FEWEST_BESIDE_OTHERS = 3, 5
"""Columns that are labels of a text at least, where nothing else is beside it, and where other inputs are."""


def refuse_several_labels(items: Sequence[Example], target: str, path: Path | str, of: str) -> None:
    """Refuse examples whose labels are lists of several.

    Args:
        items: with what stands in the column of labels as target.
        target: the column.
        path: of the table.
        of: what an example is: "text", "row".

    Raises:
        UserError: there are such examples.
    """
    found = [(one.target, labels_in(one.target)) for one in items]
    several = [labels for _, labels in found if labels is not None and len(labels) > 1]
    if several:
        first = ", ".join(map(str, several[0][:5]))
        raise UserError(
            f"{column_called(target)} of {path} gives {len(several):,} of {len(items):,} {of}s several labels ({first},"
            f" for example), and several labels a {of} are not learned here: give each {of} one"
        )


def labels_together(frame: pl.DataFrame, target: str, path: Path, apart: Collection[str] = ()) -> list[str]:
    """The columns of 0 and 1 that are labels of one example, of which none is more the target than another.

    Args:
        frame: the table.
        target: the column that would be predicted, were one alone.
        path: of the table.
        apart: columns that are neither inputs nor targets.

    Returns:
        two or more, the target among them; none where a name tells the target, or they are the classes of one target.
    """
    _, asked = _targets(frame, target, path, apart)
    plain = target.lower() not in TARGET_NAMES and len(asked) > 1 and target in asked
    return asked if plain and say_yes_or_no(frame, asked) and one_hot(frame, asked) is None else []


def other_labels(
    frame: pl.DataFrame, target: str, path: Path, apart: Collection[str] = (), *, named: bool = True
) -> list[str]:
    """The columns that are targets like the one that is predicted: none of them is an input.

    They are what the test table of a competition lacks, the classes of one target, each in a column, or of a table of
    texts the columns of 0 and 1 that end it.

    Args:
        frame: the table.
        target: that is predicted.
        path: of the table.
        apart: columns that are neither inputs nor targets.
        named: somebody has named the target; else columns of 0 and 1 are refused, since any may be meant.

    Raises:
        UserError: the target is one of several columns of 0 and 1, and nobody has named it.
    """
    if not named and (labels := labels_together(frame, target, path, apart)):
        raise UserError(
            f"{path} gives each row several labels ({shorten_names(labels[:4])}{' …' if labels[4:] else ''}), "
            "which are learned together of texts alone: name one with `target`"
        )
    return [c for c in _targets(frame, target, path, apart)[0] if c != target]


def tell_other_labels(columns: Sequence[str], target: str, path: Path) -> None:
    """Tell which columns are no inputs.

    Args:
        columns: that are left out.
        target: that is predicted.
        path: of the table.
    """
    if columns:
        are = "is" if len(columns) == 1 else "are"
        repairs.tell(
            f"{shorten_names(columns)} {are} left out: unknown of new rows, as {target} is (--target names another "
            "target, --task table --set keep=NAME an input)",
            path,
        )


def _targets(frame: pl.DataFrame, target: str, path: Path, apart: Collection[str]) -> tuple[Sequence[str], list[str]]:
    """The columns that are targets like this one, and those of them that are asked for."""
    told = competition_of(path, [c for c in frame.columns if c not in apart])
    if target in told.lacking:
        return told.lacking, list(told.asked)
    if target.lower() in TARGET_NAMES:
        return [], []
    classes = last_one_hot(frame, [c for c in frame.columns if c not in apart])
    if classes and target in classes.columns:  # the others give it away
        return classes.columns, list(classes.columns)
    labels = _labels_of_texts(frame, target, apart)
    return labels, labels


def _labels_of_texts(frame: pl.DataFrame, target: str, apart: Collection[str]) -> list[str]:
    """The columns of 0 and 1 that stand together at the end of a table of texts, where the target is one of them."""
    columns = [c for c in frame.columns if c not in apart]
    block = last_yes_or_no(frame, columns)
    others = [c for c in columns if c not in block]
    if target not in block or len(block) < _FEWEST or not any(has_sentences(frame[c]) for c in others):
        return []
    alone = all(has_sentences(frame[c]) or frame[c].n_unique() in (1, frame.height) for c in others)
    return block if (alone or len(block) >= _FEWEST_BESIDE_OTHERS) and say_yes_or_no(frame, block) else []
