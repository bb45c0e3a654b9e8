"""What a training says of its data before it begins: the warnings of ``fathom check`` that are found at once."""

from __future__ import annotations

from fathom import checking
from fathom.progress import Watcher
from fathom.records import Source
from fathom.runs.prepare import Prepared

_SHOWN = 2


def warn_of_data(prepared: Prepared, source: Source, watcher: Watcher) -> None:
    """Tell the worst that is wrong with the data, a line each, and how many things more there are.

    Args:
        prepared: the data of the training.
        source: where it came from.
        watcher: is told.
    """
    profile = checking.profile_of_training(prepared.task, source, prepared.examples, prepared.splits)
    serious = [f for f in checking.check_quickly(profile) if f.severity in ("problem", "warning")]
    for i, finding in enumerate(serious[:_SHOWN]):
        watcher.summary_line("check" if i == 0 else "", finding.title)
    if len(serious) > _SHOWN:
        watcher.summary_line("", f"{len(serious) - _SHOWN} more: fathom check {source.text}")
