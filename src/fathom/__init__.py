"""fathom: learn deep learning by doing it, then do it on your own data.

The verbs of the command line are functions here: ``run = fathom.train("photos/")``, ``run.diagnose()``,
``run.predict("cat.jpg")``. They are loaded when first used, so that ``import fathom`` stays instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fathom.version import __version__

__all__ = [
    "Run",
    "UserError",
    "__version__",
    "check",
    "compare",
    "diagnose",
    "generate",
    "load",
    "predict",
    "report",
    "test",
    "train",
]

if TYPE_CHECKING:
    from fathom.api import Run, check, compare, diagnose, load, predict, report, test, train
    from fathom.errors import UserError


def __getattr__(name: str) -> Any:
    if name == "UserError":
        from fathom.errors import UserError

        return UserError
    if name in __all__:
        from fathom import api

        return getattr(api, name)
    raise AttributeError(f"module 'fathom' has no attribute {name!r}")
