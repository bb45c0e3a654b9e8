"""What a task learned, as JSON and back: the attributes whose names end in ``_``, as the class declares them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_type_hints

from fathom.errors import UserError
from fathom.task import Task
from fathom.typed import conform


def state_of(task: Task) -> dict[str, Any]:
    """Each attribute whose name ends in ``_``."""
    return {name: value for name, value in vars(task).items() if name.endswith("_") and not name.startswith("_")}


def declared(task: Task) -> list[str]:
    """The names that end in ``_`` among those that the class declares with a type."""
    return [name for name in get_type_hints(type(task)) if name.endswith("_")]


def take_up(task: Task, state: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Set the attributes that these keys stand for, if each is there and of the type that its class declares.

    Args:
        task: whose attributes; that of the key ``size`` or ``size_`` is ``size_``.
        state: as JSON gave it.
        keys: what it must have.

    Raises:
        UserError: a key is missing, or its value of another type.
    """
    hints = get_type_hints(type(task))
    conform(state, dict, "the encoder")
    for key in keys:
        if key not in state:
            raise UserError(f"it has no '{key}'")
        name = key.removesuffix("_") + "_"
        setattr(task, name, conform(state[key], hints[name], key))
