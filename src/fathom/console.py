"""What the terminal shows while a training runs: summary lines on stdout, a progress bar on stderr.

Ctrl-C is taken as a wish: the loop finishes its step, saves, and leaves; a second one leaves at once.
"""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType, TracebackType
from typing import Any

from rich.console import Console as Rich
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from fathom.training import distributed
from fathom.training.loop import Interrupted, Watcher

LABEL = 10
"""Width of the labels, in columns."""


class Console(Watcher):
    """A watcher with a face; a context manager."""

    def __init__(self) -> None:
        self.out = Rich(file=sys.stdout, highlight=False, soft_wrap=True)
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=Rich(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self.task: TaskID | None = None
        self.stage_name = ""
        self.note = ""
        self.asked_to_stop = False
        self.last_line = time.monotonic()

    def __enter__(self) -> Console:
        alone = distributed.is_main()  # of several processes, the main one hears the wish and tells the others
        self.before = signal.signal(signal.SIGINT, self._on_interrupt if alone else signal.SIG_IGN)
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()
        signal.signal(signal.SIGINT, self.before)
        if isinstance(error, Interrupted):
            print("fathom: stopped and saved; go on with fathom train --resume RUN", file=sys.stderr)
            raise SystemExit(130) from None

    def _on_interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if self.asked_to_stop or self.stage_name != "train":
            raise KeyboardInterrupt
        self.asked_to_stop = True
        print("\nfathom: finishing this step, then saving (Ctrl-C again leaves at once)", file=sys.stderr)

    def interrupted(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self.asked_to_stop

    def line(self, label: str, text: str) -> None:
        """Print a line of the summary."""
        self.out.print(Text.assemble((f"{label:<{LABEL}}", "bold cyan"), text))

    def stage(self, name: str, total: int) -> None:
        """Show a new bar."""
        if self.task is not None:
            self.bar.remove_task(self.task)
        self.stage_name, self.note = name, ""
        self.task = self.bar.add_task(f"{name:<{LABEL}}", total=total or None, note="")

    def advance(self, n: int = 1) -> None:
        """Move the bar on."""
        if self.task is not None:
            self.bar.advance(self.task, n)

    def epoch(self, record: dict[str, Any]) -> None:
        """Show the epoch's figures beside the bar; without a terminal, as a line every few seconds."""
        note = f"epoch {record['epoch']}   loss {record['train_loss']:.4g}"
        if "dev_metric" in record:
            note += f"   dev {record['dev_metric']:.4g}"
        if self.task is not None:
            self.bar.update(self.task, note=note)
        if self.bar.disable and time.monotonic() - self.last_line > 5:
            print(note, file=sys.stderr)
            self.last_line = time.monotonic()
