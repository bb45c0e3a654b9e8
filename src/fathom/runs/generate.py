"""``fathom generate``: what the trained net writes by itself, from a run folder alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from fathom.errors import UserError
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_net, load_task
from fathom.task import Generates


def generate(run: RunFolder, module: nn.Module | None = None, **asked: Any) -> Iterator[str]:
    """The text, in parts as they come.

    Args:
        run: a run of a task that can write.
        module: the user's own net, where the run was trained with one.
        **asked: as the task's ``generate`` takes it: prompt, temperature, top_k, top_p, length and seed.

    Raises:
        UserError: the run's task writes nothing, or something asked cannot be.
    """
    task = load_task(run)
    if not isinstance(task, Generates):
        raise UserError(
            f"{run.path} is of the task {task.name}, which writes nothing: give a run of language-model or music"
        )
    yield from task.generate(load_net(run, task, module), **asked)
