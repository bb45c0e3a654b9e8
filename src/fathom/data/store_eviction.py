"""Which stores of the cache are thrown away so that the rest fits: those not used for longest, never one in use."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path
from typing import IO

MAX_CACHE_BYTES = 20 * 10**9
"""Bytes that the stores may take together; ``FATHOM_CACHE_GB`` says otherwise."""

_STALE = 24 * 3600  # seconds after which an unfinished folder is nobody's


def lock_store(folder: Path) -> IO[bytes] | None:
    """Touches the store and holds a shared lock on it for as long as the returned file is open."""
    used = folder / "used"
    try:
        file = used.open("ab")
        os.utime(used)
    except OSError:
        return None  # a cache that may only be read is still a cache
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (ImportError, OSError):
        pass
    return file


def _is_in_use(folder: Path) -> bool:
    """Whether a process holds the store's lock; where there are no locks, whether it was opened within the hour."""
    used = folder / "used"
    try:
        with used.open("ab") as file:
            try:
                import fcntl
            except ImportError:
                return time.time() - used.stat().st_mtime < 3600
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
            return False
    except OSError:
        return False


def _size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.iterdir() if p.is_file())


def evict(folder: Path, keep: Path) -> None:
    """Throws away the stores that were not used for longest, until the rest fits; never one in use."""
    cap = MAX_CACHE_BYTES
    with contextlib.suppress(KeyError, ValueError):
        cap = int(float(os.environ["FATHOM_CACHE_GB"]) * 10**9)
    stores: list[tuple[float, int, Path]] = []
    for place in folder.iterdir():
        try:
            if place.name.startswith(".making-"):
                if time.time() - place.stat().st_mtime > _STALE:
                    shutil.rmtree(place, ignore_errors=True)
            elif (place / "store.json").is_file():
                stores.append(((place / "used").stat().st_mtime, _size(place), place))
        except OSError:
            continue  # somebody else threw it away
    total = sum(size for _, size, _ in stores)
    for _, size, place in sorted(stores):
        if total <= cap:
            break
        if place != keep and not _is_in_use(place):
            shutil.rmtree(place, ignore_errors=True)
            total -= size
