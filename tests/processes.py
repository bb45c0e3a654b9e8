"""Processes that hear what they are sent, however the tests themselves were started."""

from __future__ import annotations

import signal


def hear() -> None:
    """Heed Ctrl-C and a closed terminal, as a `preexec_fn`.

    What ignores a signal hands that on to its children: in the background of a shell SIGINT is ignored, under nohup
    SIGHUP.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
