"""What of a training is kept while it runs: in the folder of a run, or, for a net that is only judged, in memory.

A run may be killed at any moment and must go on; so its state is written after each epoch, and its health with it. A
probe of the coach, or a net that judges labels, is trained within seconds and thrown away: where nets are small,
to write would take as long as to train, and nobody would read it.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.data import files
from fathom.training import checkpoint_file, distributed
from fathom.training.checkpoint_file import State
from fathom.training.health.observer import Watch

SHARE = 0.02
"""Of the time of a training that may go into writing its state."""

Restored = tuple[dict[str, Any], State]
"""The fields of a `TrainingState`, and what the net carries from batch to batch."""


class Checkpointer(Protocol):
    """Keeps the state to go on from, and the weights of the best epoch."""

    where: Path | None
    """The state; None where nothing outlives the training, so that nobody will ask how healthy it was either."""

    def restore(self, net: nn.Module, optimizers: list[Optimizer], health: Watch) -> Restored | None:
        """Take up the weights of the same training; return its progress and what the net carries, or None."""

    def save(
        self, net: nn.Module, optimizers: list[Optimizer], progress: dict[str, Any], state: State, health: Watch
    ) -> None:
        """Keep the state, and with it what was seen of its health."""

    def save_health(self, health: Watch, *, at_once: bool) -> None:
        """Keep what was seen of its health; if it need not be at once, only where the last time was a while ago."""

    def save_best(self, net: nn.Module) -> None:
        """Keep these weights, the best so far."""

    def restore_best(self, net: nn.Module, optimizers: list[Optimizer], *, broken: bool) -> None:
        """Give the net the best weights; where none were kept and it is broken, the last good ones if there are any."""


class Spacing:
    """When the state is written again: what is lost by a kill is at most `1 / SHARE` times what writing it takes."""

    def __init__(self) -> None:
        self._last, self._seconds = time.monotonic(), 0.0

    def is_due(self, seconds: float = 0.0) -> bool:
        """Whether the last time is long ago.

        Args:
            seconds: that must have gone by at least.
        """
        return time.monotonic() - self._last >= max(seconds, self._seconds / SHARE)

    def saved(self, began: float) -> None:
        """It was written just now.

        Args:
            began: when the writing began, by the monotonic clock.
        """
        self._last = time.monotonic()
        self._seconds = self._last - began

    def at_once(self) -> None:
        """It is due, whatever it takes."""
        self._last = -math.inf


class DiskCheckpointer:
    """On disk: ``checkpoint/state.safetensors``, ``weights.safetensors`` and ``health.json``, by the main process."""

    def __init__(self, folder: Path) -> None:
        self.where: Path | None = folder / files.CHECKPOINT
        self.state, self.weights, self.health = self.where, folder / "weights.safetensors", folder / "health.json"

    def restore(self, net: nn.Module, optimizers: list[Optimizer], health: Watch) -> Restored | None:
        """Read the checkpoint, if there is one."""
        if not self.state.exists():
            return None
        progress, carried = checkpoint_file.load_checkpoint(self.state, net, optimizers)
        seen = checkpoint_file.load_health(self.state)
        if seen is None and self.health.exists():
            seen = files.read_json(self.health)
        if progress["step"]:
            health.resume(seen, progress["step"], str(self.state))
        return progress, carried

    def save(
        self, net: nn.Module, optimizers: list[Optimizer], progress: dict[str, Any], state: State, health: Watch
    ) -> None:
        """Write the checkpoint."""
        if distributed.is_main():
            checkpoint_file.save_checkpoint(self.state, net, optimizers, progress, state, health.to_memory())

    def save_health(self, health: Watch, *, at_once: bool) -> None:
        """Write what was seen."""
        if distributed.is_main():
            health.save(self.health, at_once=at_once)

    def save_best(self, net: nn.Module) -> None:
        """Write the weights."""
        if distributed.is_main():
            checkpoint_file.save_weights(net, self.weights)

    def restore_best(self, net: nn.Module, optimizers: list[Optimizer], *, broken: bool) -> None:
        """Read the weights, or those of the checkpoint."""
        if distributed.from_main(self.weights.exists):
            checkpoint_file.load_weights(net, self.weights)
        elif broken and distributed.from_main(self.state.exists):
            checkpoint_file.load_checkpoint(self.state, net, optimizers)
            self.save_best(net)


class MemoryCheckpointer:
    """Only the best weights, each process its own."""

    def __init__(self) -> None:
        self.where: Path | None = None
        self.weights: dict[str, Tensor] = {}

    def restore(self, net: nn.Module, optimizers: list[Optimizer], health: Watch) -> None:
        """It begins anew."""

    def save(
        self, net: nn.Module, optimizers: list[Optimizer], progress: dict[str, Any], state: State, health: Watch
    ) -> None:
        """Nothing."""

    def save_health(self, health: Watch, *, at_once: bool) -> None:
        """Nothing."""

    def save_best(self, net: nn.Module) -> None:
        """Copy the weights."""
        self.weights = {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}

    def restore_best(self, net: nn.Module, optimizers: list[Optimizer], *, broken: bool) -> None:
        """Put them back."""
        if self.weights:
            net.load_state_dict(self.weights)
