"""Ctrl-C, and a request to end, at any moment: nothing is lost, and no traceback is shown.

    nothing is written yet   leave at once
    while training           finish the step, save, leave; a second one leaves at once
    while serving            let the server end; a second one leaves at once
    else                     unwind, so that what is half-made is cleared away; more of them are not heard for a second

It imports next to nothing, so that it listens before the rest is loaded.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from typing import Any

CODE = 130
"""The exit code of a command that was interrupted."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
HANGUP = getattr(signal, "SIGHUP", None)
"""What a terminal sends that is closed."""
DEAF = 1.0
"""Seconds after which a signal is heard again by who is leaving already."""


class Stopped(BaseException):
    """The command ends because it was asked to; no `KeyboardInterrupt`, since libraries have ideas about that."""


class Interrupts:
    """What has been asked for by signals, and what is being done meanwhile.

    Attributes:
        writing: something is being made that must be cleared away.
        training: the loop runs, which looks at `asked` after each step.
        serving: an event loop runs, which looks at `asked` all the time: an exception in the midst of one of its
            callbacks would be swallowed there, or leave a lock held.
        then: what is done after the last step.
        asked: stop after this step.
        at_once: the process ends without taking itself apart, which threads of libraries may hold up.
        deaf: Ctrl-C is for another process, which will tell this one.
        leaving: when the exception was raised that ends the command.
        began: when the process began, about, by the monotonic clock: from then on a budget counts.
    """

    def __init__(self) -> None:
        self.writing = self.training = self.serving = self.asked = self.deaf = False
        self.at_once = False
        self.leaving: float | None = None
        self.then = "saving"
        self.began = time.monotonic()

    def watch(self) -> None:
        """Listen, in the main thread; a signal that the parent ignores (nohup) stays ignored."""
        sys.unraisablehook = _quiet
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is None or signal.getsignal(number) == signal.SIG_IGN:
                continue
            try:
                signal.signal(number, self._heard)
            except ValueError:  # another thread
                return

    def done(self) -> None:
        """Hear nothing more: what was to be done is done, and the interpreter is taking itself apart."""
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) == self._heard:
                signal.signal(number, signal.SIG_IGN)

    def _heard(self, number: int, _frame: Any) -> None:
        if self.deaf and number == signal.SIGINT:
            return
        if self.leaving is not None:
            if time.monotonic() - self.leaving > DEAF:
                os._exit(CODE)
            return
        if not self.writing:
            say("fathom: interrupted")
            os._exit(CODE)
        if self.serving:
            if self.asked:
                os._exit(CODE)
            self.asked = True
            return
        if self.training and not self.asked:
            self.asked = True
            say(f"fathom: finishing this step, then {self.then} (Ctrl-C again leaves at once)")
            return
        if self.training and number == HANGUP:  # a closed terminal says so twice: itself, and by its shell
            return
        self.leave()

    def leave(self) -> None:
        """End the command.

        Raises:
            Stopped: always.
        """
        self.leaving = self.leaving or time.monotonic()
        raise Stopped

    def check(self) -> None:
        """Raise again what somebody swallowed (an import, a finalizer), or what the loop came too late for."""
        if self.leaving is not None or (self.asked and not self.training):
            self.leave()


interrupts = Interrupts()
"""Of this process."""


def say(text: str) -> None:
    """Write a line to stderr, which may be gone; safe in a signal handler, where print is not."""
    with contextlib.suppress(OSError):
        os.write(2, f"\r{text}\n".encode() if os.isatty(2) else f"{text}\n".encode())


def _quiet(trouble: Any) -> None:
    """Nothing is told of an interrupt that came in a finalizer: `Interrupts.check` raises it again."""
    if not issubclass(trouble.exc_type, Stopped | KeyboardInterrupt):
        sys.__unraisablehook__(trouble)
