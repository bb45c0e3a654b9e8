"""A health check that stumbles ends the watch, and never the training that is watched.

Nets do what nobody has thought of: tensors without storage, gradients that are sparse, layers that return what no layer
returned before. A hook that fails there would raise within somebody's forward or backward pass. So hooks are shielded:
what one raises is told as a warning, once, and from then on none of them does anything.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol


class WatchEnded(UserWarning):
    """The health checks have ended themselves; the training goes on."""


class Shield(Protocol):
    """Makes of a hook one that raises nothing."""

    def __call__(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """The hook, shielded."""


def unshielded(hook: Callable[..., Any]) -> Callable[..., Any]:
    """The hook as it is: for those who want to see what it raises."""
    return hook


class Guard:
    """Of one watch.

    Attributes:
        trouble: what a hook raised, after which none does anything.
    """

    def __init__(self) -> None:
        self.trouble: Exception | None = None

    def shield(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """A hook that does as this one until one of them has failed, and then nothing.

        Args:
            hook: of any arguments; None is what it returns where it has nothing to change.
        """

        def shielded(*args: Any, **kwargs: Any) -> Any:
            if self.trouble is not None:
                return None
            try:
                return hook(*args, **kwargs)
            except Exception as error:
                self.fail(error)
                return None

        return shielded

    def fail(self, error: Exception) -> None:
        """Tell it, and end."""
        self.trouble = error
        said = (str(error).splitlines() or [""])[0]
        warnings.warn(
            f"the health checks ended themselves ({type(error).__name__}: {said}); the training goes on, and what was "
            "seen before can be asked: please report it",
            WatchEnded,
            stacklevel=3,
        )
