"""One process at a time works on a run; a process that died leaves nothing locked.

The lock is the operating system's own (``flock``), which ends with the process that holds it, however that ends. Where
there is none, the number of the process in the file tells whether it still lives.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from fathom.data.files import reason
from fathom.errors import UserError

FILE_NAME = ".lock"
"""The file in the run folder; the number of the process that holds it stands in it."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a run folder.

    Raises:
        UserError: another process holds it, or the folder cannot be written.
    """
    path = folder / FILE_NAME
    try:
        file = _taken(path)
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({reason(error)}): copy the run to where it can be") from None
    if file is None:
        raise UserError(f"{folder} is in use by process {_owner(path) or 'another'}: wait until it ends, or stop it")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()  # while it is still held, so that nobody's is removed
        os.close(file)


def is_locked(folder: Path) -> bool:
    """Whether a living process works on this run."""
    path = folder / FILE_NAME
    try:
        with contextlib.ExitStack() as stack:
            file = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
            stack.callback(os.close, file)
            return not _lock(file, path)
    except OSError:
        return False


def _taken(path: Path) -> int | None:
    """The open file, locked, with our number in it; None where another process has it."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            if not _lock(file, path):
                os.close(file)
                return None
            try:
                same = os.path.samestat(os.fstat(file), os.stat(path))  # noqa: PTH116 - beside fstat
            except FileNotFoundError:
                same = False
            if same:  # else its owner removed it between our opening and locking it
                os.ftruncate(file, 0)
                os.write(file, str(os.getpid()).encode())
                return file
        except OSError:
            os.close(file)
            raise
        os.close(file)


def _lock(file: int, path: Path) -> bool:
    """Lock an open file, if nobody else has."""
    try:
        import fcntl
    except ImportError:
        return not _lives(_owner(path))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS):  # a file system without locks
            return not _lives(_owner(path))
        raise
    return True


def _owner(path: Path) -> int | None:
    """The number in the file."""
    try:
        text = path.read_bytes()[:20].decode("ascii")
        return int(text)
    except (OSError, ValueError):
        return None


def _lives(process: int | None) -> bool:
    """Whether a process of that number lives, and is not this one."""
    if process is None or process <= 0 or process == os.getpid():
        return False
    if os.name == "nt":  # there os.kill would end it
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, process)  # type: ignore[attr-defined,unused-ignore]
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)  # type: ignore[attr-defined,unused-ignore]
        return bool(handle)
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
