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
    "lightning_callback",
    "load",
    "predict",
    "report",
    "test",
    "train",
    "trainer_callback",
    "transcribe",
    "tune",
    "watch",
]

if TYPE_CHECKING:
    from fathom.api import check, compare, diagnose, load, predict, report, test, train, transcribe, tune
    from fathom.errors import UserError
    from fathom.trained_run import Run
    from fathom.training.health.callbacks import lightning_callback, trainer_callback
    from fathom.training.health.observer import watch


def __getattr__(name: str) -> Any:
    if name == "UserError":
        from fathom.errors import UserError

        return UserError
    if name == "watch":
        from fathom.training.health import observer

        return observer.watch
    if name.endswith("_callback"):
        from fathom.training.health import callbacks

        return getattr(callbacks, name)
    if name in __all__:
        from fathom import api

        return getattr(api, name)
    raise AttributeError(f"module 'fathom' has no attribute {name!r}")
