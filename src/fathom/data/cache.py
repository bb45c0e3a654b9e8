"""What is made once and kept in the cache: written beside its place, then moved there in one step."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from fathom.data.files import reason
from fathom.errors import UserError

_DONE = ".complete"


def build_once(place: Path, write: Callable[[Path], Path]) -> Path:
    """Find what was made before, or make it; of several writers at once the first wins.

    Args:
        place: the folder that it has in the cache.
        write: is given an empty folder; writes there, and returns the file or folder in it that holds the data.

    Returns:
        What `write` returned, below `place`.

    Raises:
        UserError: the cache cannot be written.
    """
    if not (place / _DONE).is_file():
        try:
            _build(place, write)
        except OSError as error:
            raise UserError(
                f"{place.parent} cannot be written ({reason(error)}): make room, or set FATHOM_CACHE to another folder"
            ) from error
    return place / (place / _DONE).read_text(encoding="utf-8")


def _build(place: Path, write: Callable[[Path], Path]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=place.parent))
    try:
        made = write(draft)
        (draft / _DONE).write_text(made.relative_to(draft).as_posix(), encoding="utf-8")
        draft.chmod(0o755)
        if place.exists() and not (place / _DONE).is_file():
            shutil.rmtree(place)
        os.rename(draft, place)  # noqa: PTH104 - Path.rename says the same, but here the OSError is what we want
    except OSError:
        if not (place / _DONE).is_file():
            raise
    except UserError as error:  # it names what lies there for a moment
        error.args = (str(error).replace(str(draft), str(place)),)
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
