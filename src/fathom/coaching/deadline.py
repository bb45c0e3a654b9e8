"""Watchers that end work when the time is up, or when the user asks for it."""

from __future__ import annotations

import time

from fathom.progress import ForwardingWatcher, Interrupted, Watcher


class Deadline(ForwardingWatcher):
    """Asks to stop where the other one does, and when the time is up.

    Args:
        inner: who is told.
        until: when that is, by the monotonic clock.
    """

    def __init__(self, inner: Watcher, until: float) -> None:
        super().__init__(inner)
        self.until = until

    def stop_requested(self) -> bool:
        """Whether it is over."""
        return time.monotonic() > self.until or super().stop_requested()


class Punctual(Deadline):
    """Ends the work itself once it is over, wherever units are counted or a stage begins."""

    def begin_stage(self, name: str, total: int) -> None:
        """Pass on that a stage begins, unless it is over.

        Raises:
            Interrupted: it is over.
        """
        self.check()
        super().begin_stage(name, total)

    def advance(self, n: int = 1) -> None:
        """Pass on how many units are done.

        Raises:
            Interrupted: it is over.
        """
        super().advance(n)
        self.check()

    def check(self) -> None:
        """Go on, unless it is over.

        Raises:
            Interrupted: it is over.
        """
        if self.stop_requested():
            raise Interrupted
