"""A short training of a case, one that is stopped or killed on its way, and its weights to compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fathom
from fathom.metrics import Metric
from fathom.progress import Watcher
from fathom.testing.case import Case


class StopAt(Watcher):
    """Asks to stop after some steps of training, as Ctrl-C does.

    Args:
        steps: after how many.
    """

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.training = False

    def advance(self, n: int = 1) -> None:
        """Count."""
        self.left -= n if self.training else 0

    def begin_stage(self, name: str, total: int) -> None:
        """Count in training only."""
        self.training = name == "train"

    def stop_requested(self) -> bool:
        """Whether it is time."""
        return self.training and self.left <= 0


class Killed(BaseException):
    """The process is gone, as far as the run folder can tell: nothing more is written."""


class KillAtEpochEnd(Watcher):
    """Ends a training at the end of its first epoch without a word, as ``kill -9`` does."""

    def end_epoch(self, record: dict[str, Any], metric: Metric) -> None:
        """End it; the checkpoint of this epoch lies there.

        Raises:
            Killed: always.
        """
        raise Killed


def train(data: Path, out: Path, case: Case, **more: Any) -> fathom.Run:
    """Train as the case asks, two epochs where nothing else is said.

    Args:
        data: the folder or file that the case made.
        out: the run folder.
        case: whose settings are used.
        more: settings that stand before the case's.

    Returns:
        the finished run.
    """
    return fathom.train(data, out=out, **{"epochs": 2, **case.asked, **more})


def weights(run: fathom.Run | Path) -> bytes:
    """The weights of a run, to compare bit for bit.

    Args:
        run: a run, or its folder.

    Returns:
        the bytes of the file.
    """
    return ((run if isinstance(run, Path) else run.path) / "weights.safetensors").read_bytes()
