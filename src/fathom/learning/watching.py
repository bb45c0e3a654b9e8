"""Waits for an exercise's file to be saved: by looking at it, since file systems differ in what they announce."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from fathom.interrupts import interrupts
from fathom.learning.course import Exercise
from fathom.learning.workspace import Workspace

PAUSE = 0.15
"""Seconds between looks."""


def watched(workspace: Workspace, which: str | None, stop: Callable[[], bool] | None = None) -> Iterator[Exercise]:
    """Yield the exercise whenever its file has changed; without a name the current one, whichever that is by then.

    Args:
        workspace: the learner's.
        which: the exercise.
        stop: asked between looks.
    """
    seen: tuple[str, float, int] | None = None
    while not (stop() if stop is not None else interrupts.asked):
        workspace.progress = type(workspace.progress)(workspace.progress.path) if seen is None else workspace.progress
        one = workspace.which(which)
        path = workspace.path(one)
        try:
            stat = path.stat()
        except OSError:  # an editor is just replacing it
            time.sleep(PAUSE)
            continue
        now = (one.id, stat.st_mtime, stat.st_size)
        if now != seen:
            seen = now
            yield one
        time.sleep(PAUSE)
