"""What the terminal shows while a training runs: summary lines on stdout, a progress bar on stderr.

Ctrl-C is taken as a wish (`fathom.interrupts`): the loop finishes its step, saves, and leaves. Who stops reading the
lines does not stop the training.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from types import TracebackType
from typing import Any, TextIO, cast

from rich.console import Console as Rich
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from fathom.interrupts import Stopped, interrupts
from fathom.metrics import Metric
from fathom.number_format import significant
from fathom.progress import Interrupted, Watcher
from fathom.reporting.report_data import printable
from fathom.training import distributed

LABEL = 10
"""Width of the labels, in columns."""


class Lines(Rich):
    """Prints lines as long as somebody reads them."""

    def on_broken_pipe(self) -> None:
        """Go on in silence."""
        self.quiet = True
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


class WhileItLasts:
    """A stream to a terminal that may be closed meanwhile: what is written after that is lost, and nothing else.

    Args:
        stream: of the terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write, if it is still there."""
        with contextlib.suppress(OSError):
            self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if it is still there."""
        with contextlib.suppress(OSError):
            self.stream.flush()


FINISHED = {"train": "saving", "probe": "telling what is known"}
"""Stages that, asked to stop, finish their step and keep what they have, and what they do then."""


class Console(Watcher):
    """A watcher with a face; a context manager."""

    def __init__(self) -> None:
        self.out = Lines(file=sys.stdout, highlight=False, soft_wrap=True)
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=Lines(file=cast(TextIO, WhileItLasts(sys.stderr))),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self.task: TaskID | None = None
        self.stage_name = ""
        self.note = ""
        self.last_line = time.monotonic()

    def __enter__(self) -> Console:
        interrupts.writing = True
        interrupts.deaf = not distributed.is_main()  # the main process hears the wish and tells the others
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        interrupts.training = False
        self.bar.stop()
        if isinstance(error, Interrupted):
            stopped = Stopped()
            for note in ("all is saved", *getattr(error, "__notes__", ("go on with fathom train --resume RUN",))):
                stopped.add_note(note)
            raise stopped from None

    def stop_requested(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return interrupts.asked or interrupts.leaving is not None

    def summary_line(self, label: str, text: str) -> None:
        """Print a line of the summary."""
        interrupts.check()
        try:
            self.out.print(Text.assemble((f"{label:<{LABEL}}", "bold cyan"), printable(text)))
        except OSError:  # a full disk behind stdout: the lines are lost, the training is not
            self.out.quiet = True

    def begin_stage(self, name: str, total: int) -> None:
        """Show a new bar."""
        interrupts.training, interrupts.then = name in FINISHED, FINISHED.get(name, "saving")
        interrupts.check()
        if self.task is not None:
            self.bar.remove_task(self.task)
        self.stage_name, self.note = name, ""
        self.task = self.bar.add_task(f"{name:<{LABEL}}", total=total or None, note="")

    def advance(self, n: int = 1) -> None:
        """Move the bar on."""
        if not interrupts.training:
            interrupts.check()
        if self.task is not None:
            self.bar.advance(self.task, n)

    def end_epoch(self, record: dict[str, Any], metric: Metric) -> None:
        """Show the epoch's figures beside the bar; without a terminal, as a line every few seconds."""
        note = f"epoch {record['epoch']}   loss {significant(record['train_loss'])}"
        if "dev_metric" in record:
            note += f"   dev {metric.label} {metric.show(record['dev_metric'])}"
        if self.task is not None:
            self.bar.update(self.task, note=note)
        if self.bar.disable and time.monotonic() - self.last_line > 5:
            self._tell(note)
            self.last_line = time.monotonic()

    @staticmethod
    def _tell(text: str) -> None:
        """A line on stderr, if somebody reads it."""
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr, flush=True)
