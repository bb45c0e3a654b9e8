"""What libraries say of their own accord does not reach the terminal; what fathom says does.

Warnings of scipy, scikit-learn or torch are about code that the user has not written. Their errors are another matter:
those are raised, and told with their reason. Who wants the warnings asks Python for them (``python -W default``).
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import Any


def silence_libraries() -> None:
    """Let warnings and logs of libraries go nowhere, in this process; the log of fathom goes to stderr, a line each.

    Filters would not do: some libraries set their own when they are loaded.
    """
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # read when torch is loaded
    if sys.warnoptions:
        return
    warnings.showwarning = _unheard
    logging.lastResort = None  # it would print the warnings of every logger that nobody has set up
    logging.raiseExceptions = False  # stderr may be closed, or full
    logging.getLogger("fathom").addHandler(_Lines())


class _Lines(logging.Handler):
    """A line on stderr, as it is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message alone."""
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except (OSError, ValueError):
            self.handleError(record)


def _unheard(*_: Any, **__: Any) -> None:
    """In place of `warnings.showwarning`."""
