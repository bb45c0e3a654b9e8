"""Files written whole or not at all, and read only where that is safe.

What is written lies under another name first and takes its place in one instant, so that a full disk, a kill or a
power cut leaves the old file or the new one, never half of one. What is read may come from a stranger: it must be a
plain file (a pipe would wait for ever, a device never ends), and small enough for what it can be.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.errors import UserError
from fathom.library_reasons import reason_of
from fathom.validation import MAX_CELLS, MAX_CELLS_PER_BYTE, MAX_TEXT_BYTES, bounded

if TYPE_CHECKING:
    import polars as pl

ADVICE = "make room, or choose a folder that can be written"
INNER = ("encoder", "checkpoint", "outputs")
"""Folders inside a run."""

CHECKPOINT = "checkpoint/state.safetensors"
"""What a training that was stopped goes on from, in its run; as long as it lies there, the training is not finished."""

WAITING = "fathom-tmp"
"""Stands in the names of files that are being written, so that nobody else's are ever taken for ours."""

_WAITING_NAME = re.compile(rf"(?<![^/\\\s'\"(])\.([^/\\]*?)\.\d+\.{WAITING}")
_MAX_ENTRIES = 100_000
"""Files and folders below a run at most: a stranger's may hold millions."""


@contextlib.contextmanager
def replacing(path: Path, advice: str = ADVICE, *, durable: bool = True) -> Iterator[Path]:
    """Give a path to write to; when the block ends well it takes the place of `path`, else it is thrown away.

    Args:
        path: the file to write; its folder is made.
        advice: how to mend it when it cannot be written.
        durable: wait until the disk has it, so that a power cut does not leave an empty file.

    Raises:
        UserError: the disk is full, the folder cannot be written, or is a link to somewhere else.
    """
    waiting = path.with_name(f".{path.stem}.{os.getpid()}.{WAITING}{path.suffix}")
    try:
        if path.parent.name in INNER and path.parent.is_symlink():
            raise UserError(f"{path.parent} is a link to another folder: put a folder in its place")
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting.unlink(missing_ok=True)  # a link of that name would lead the writing elsewhere
        yield waiting
        if durable:
            with waiting.open("rb+") as file:
                os.fsync(file.fileno())
        waiting.replace(path)
    except OSError as error:
        raise UserError(own_names(f"{path} cannot be written ({reason(error)}): {advice}")) from None
    except UserError as error:
        raise UserError(own_names(str(error))) from None
    finally:
        with contextlib.suppress(OSError):
            waiting.unlink(missing_ok=True)


def own_names(text: str) -> str:
    """A text with the names that files have once they are written, in place of those under which `replacing` writes.

    Args:
        text: of an error, or a path.

    >>> own_names("runs/a/.report.4711.fathom-tmp.html cannot be written")
    'runs/a/report.html cannot be written'
    """
    while (found := _WAITING_NAME.sub(r"\1", text)) != text:  # a file may be written under the name of such a one
        text = found
    return text


def write_text(path: Path, text: str, advice: str = ADVICE, *, durable: bool = True) -> None:
    """Write a text file, whole or not at all; halves of surrogates (odd file names) are kept as JSON escapes them."""
    with replacing(path, advice, durable=durable) as waiting:
        waiting.write_bytes(text.encode("utf-8", "backslashreplace"))


def is_waiting(name: str) -> bool:
    """Whether a name is one that `replacing` writes under: what a process that was killed left half-written."""
    return name.startswith(".") and f".{WAITING}" in name


def refuse_existing(out: Path, *, folder: bool = False) -> None:
    """Refuse to write where something lies already: it may be what was given to read, or hours of somebody's work.

    Args:
        out: the file that is asked for.
        folder: it is a folder to write into, which may be there if it is empty.

    Raises:
        UserError: it exists, or the folder holds something.
    """
    if not os.path.lexists(out):
        return
    if not folder or not out.is_dir():
        raise UserError(f"{out} exists already: give another name, or delete it")
    if any(out.iterdir()):
        raise UserError(f"the folder {out} is not empty: give a new one")


def sweep(folder: Path) -> None:
    """Remove what processes left half-written in a folder when they were killed; a link is not followed."""
    if folder.is_symlink():
        return
    with contextlib.suppress(OSError):
        for left in [p for p in folder.iterdir() if is_waiting(p.name)]:
            with contextlib.suppress(OSError):
                left.unlink()


def refuse_links(folder: Path) -> None:
    """Refuse a folder below which anything is a link: reading, writing or deleting would leave the folder.

    Args:
        folder: of a run, perhaps a stranger's. It may be a link itself, which its owner has set.

    Raises:
        UserError: there is a link, or more than any run has.
    """
    entries = 0
    for where, folders, names in os.walk(folder):
        entries += len(folders) + len(names)
        if entries > _MAX_ENTRIES:
            raise UserError(f"{folder} holds more than {_MAX_ENTRIES:,} files: give the folder of one run")
        for name in (*folders, *names):
            path = Path(where, name)
            if path.is_symlink():
                raise UserError(f"{path} is a link, which would lead out of the run: put the file itself in its place")


def reason(error: OSError) -> str:
    """What the system says of an error, in words."""
    return reason_of(error)


def is_file(name: str) -> bool:
    """Whether a file has that name, which may be no name at all."""
    try:
        return bool(name.strip()) and Path(name).is_file()
    except (OSError, ValueError):  # longer than a name can be
        return False


def is_folder(name: str) -> bool:
    """Whether a folder has that name, which may be no name at all."""
    try:
        return bool(name.strip()) and Path(name).is_dir()
    except (OSError, ValueError):
        return False


def read_text(path: Path) -> str:
    """Read a text file whole.

    Raises:
        OSError: it is not there, or is no plain file.
        ValueError: it is no UTF-8, or larger than any such file.
    """
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise OSError("it is no file")
    if about.st_size > MAX_TEXT_BYTES:
        raise ValueError(f"it has {about.st_size:,} bytes")
    with path.open(encoding="utf-8", newline="") as file:  # as it is: a name may have a carriage return in it
        return file.read()


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        FileNotFoundError: it is not there.
        UserError: it is damaged.
    """
    try:
        return bounded(json.loads(read_text(path)), "it")
    except FileNotFoundError:
        raise
    except UserError as error:
        raise UserError(f"{path} cannot be read ({error}): restore the file or train again") from None
    except RecursionError:
        raise UserError(f"{path} cannot be read (it is nested too deeply): restore the file or train again") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({reason(error)}): restore the file or train again") from None
    except (ValueError, MemoryError) as error:
        why = reason_of(error)
        raise UserError(f"{path} cannot be read ({why}): restore the file or train again") from None


def read_parquet(path: Path) -> pl.DataFrame:
    """Read a table whole, unless it claims to be much more than can be in so few bytes.

    Raises:
        FileNotFoundError: it is not there.
        UserError: it is damaged.
    """
    import polars as pl

    damaged = f"{path} cannot be read (%s): restore the file or train again"
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise UserError(damaged % "it is no file")
        lazy = pl.scan_parquet(path, glob=False)
        columns = lazy.collect_schema()
        rows = int(lazy.select(pl.len()).collect().item())
        if any(kind.is_nested() for kind in columns.dtypes()):
            raise UserError(damaged % "it holds lists")
        cells = rows * len(columns)
        if cells > MAX_CELLS and cells > MAX_CELLS_PER_BYTE * about.st_size:
            raise UserError(damaged % f"{rows:,} rows cannot be in {about.st_size:,} bytes")
        return lazy.collect()
    except FileNotFoundError:
        raise
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, MemoryError) as error:
        why = reason_of(error)
        raise UserError(damaged % why) from None
