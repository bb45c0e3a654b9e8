"""A folder that is there whole or not at all; what a killed process left of one is cleared away by the next."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fathom.data import files
from fathom.errors import UserError
from fathom.runs.lock import is_locked, locked


@contextmanager
def made_whole(out: Path) -> Iterator[Path]:
    """A folder to write into, which takes its name when the block ends well, and is thrown away else.

    Args:
        out: the name.

    Raises:
        UserError: it is taken, or nothing can be written there.
    """
    files.refuse_existing(out)
    waiting = out.with_name(f".{out.name}.{os.getpid()}.{files.WAITING}")
    try:
        _sweep(out)
        shutil.rmtree(waiting, ignore_errors=True)
        waiting.mkdir(parents=True)
        with locked(waiting):
            yield waiting
        files.refuse_existing(out)
        waiting.rename(out)
    except OSError as error:
        raise UserError(f"{out} cannot be written ({files.reason(error)}): give another place with `out`") from None
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _sweep(out: Path) -> None:
    """Remove what exports to the same place left when they were killed; nobody holds the lock of it any more."""
    if not out.parent.is_dir():
        return
    for left in out.parent.iterdir():
        ours = left.name.startswith(f".{out.name}.") and files.is_waiting(left.name)
        if ours and left.is_dir() and not left.is_symlink() and not is_locked(left):
            shutil.rmtree(left, ignore_errors=True)
