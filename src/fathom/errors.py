"""What can go wrong, and whose fault it is.

    FathomError              exit code 1: ours
    └─ UserError             exit code 2: one sentence that says what, where and how to mend it
       └─ MissingExtra       a library that an optional part needs is not installed
    Unreadable               one example cannot be read: it is skipped, counted and listed, never fatal

A `UserError` is shown as its sentence alone, without a traceback; anything else that escapes is a defect of
fathom and is shown as one.
"""

from __future__ import annotations


class FathomError(Exception):
    """Base of every error that fathom raises on purpose."""

    exit_code = 1


class UserError(FathomError):
    """Something the user can mend; the message is one sentence: what, where, how to mend it."""

    exit_code = 2


class MissingExtra(UserError):
    """An optional library is not installed.

    Args:
        what: what the library is needed for, e.g. ``"the pretrained net"``.
        extra: the name of the extra that brings it, e.g. ``"pretrained"``.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}': pip install 'fathom-dl[{extra}]'")


class Unreadable(FathomError):
    """One example cannot be read; the message is the reason, written to ``skipped.csv``."""


class TooLarge(Unreadable):
    """It may well be what it should be, and is larger or longer than is read."""
