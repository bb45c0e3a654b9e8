"""What something that takes a while tells whoever waits for it, and how that person asks it to stop.

Every part that reads, trains or evaluates takes a `Watcher` and calls it; the terminal, a notebook or a test overrides
what it wants to show. It stands below all else and imports no torch, so that nobody who is told loads what tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fathom.metrics import Metric


class Watcher:
    """Is told how the work goes; this one shows nothing and never asks to stop."""

    def summary_line(self, label: str, text: str) -> None:
        """A line of the summary is known.

        Args:
            label: a word that says what the line is about, such as ``"data"``; empty where it continues the one before.
            text: the line itself.
        """

    def begin_stage(self, name: str, total: int) -> None:
        """Something that takes a while begins, and what went on before it has ended.

        Args:
            name: what is done, in a word or two.
            total: units that `advance` will count; 0 where that is unknown.
        """

    def advance(self, n: int = 1) -> None:
        """So many more units of the stage are done: steps of a training, else examples, pairs or trials.

        Args:
            n: how many since the last call.
        """

    def end_epoch(self, record: dict[str, Any], metric: Metric) -> None:
        """An epoch is finished.

        Args:
            record: the epoch's line of the history: ``epoch``, ``step``, ``train_loss``, ``lr``, ``seconds`` and, where
                there is a dev split, ``dev_loss`` and ``dev_metric``.
            metric: whose units ``dev_metric`` has.
        """

    def stop_requested(self) -> bool:
        """Whether the user asked to stop; who is told so saves its state and raises `Interrupted`."""
        return False


class ForwardingWatcher(Watcher):
    """Passes everything on to another; subclasses override what they add or hold back.

    Args:
        inner: who is told.
    """

    def __init__(self, inner: Watcher) -> None:
        self.inner = inner

    def summary_line(self, label: str, text: str) -> None:
        """Pass the line on."""
        self.inner.summary_line(label, text)

    def begin_stage(self, name: str, total: int) -> None:
        """Pass on that a stage begins."""
        self.inner.begin_stage(name, total)

    def advance(self, n: int = 1) -> None:
        """Pass on how many units are done."""
        self.inner.advance(n)

    def end_epoch(self, record: dict[str, Any], metric: Metric) -> None:
        """Pass the epoch on."""
        self.inner.end_epoch(record, metric)

    def stop_requested(self) -> bool:
        """Ask the other one."""
        return self.inner.stop_requested()


class QuietWatcher(Watcher):
    """Shows nothing of its work, and yet passes on the wish to stop: for a training inside another stage.

    Args:
        inner: who knows whether the user asked to stop.
    """

    def __init__(self, inner: Watcher) -> None:
        self.inner = inner

    def stop_requested(self) -> bool:
        """Ask the other one."""
        return self.inner.stop_requested()


class Interrupted(Exception):  # noqa: N818 (it is no error)
    """The user asked to stop; everything is saved."""
