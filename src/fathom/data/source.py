"""From what the user typed to a `Source`: a path that exists, or data that is laid out in the cache first."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fathom.data.table.table_files import is_table
from fathom.declared_options import PLACES, Source
from fathom.errors import UserError
from fathom.spelling import nearest

_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")


def cache_folder() -> Path:
    """Where fathom keeps what it can make again: ``$FATHOM_CACHE``, else ``$XDG_CACHE_HOME/fathom``, else ~/.cache."""
    if own := os.environ.get("FATHOM_CACHE"):
        return Path(own).expanduser()
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared).expanduser() / "fathom"
    return Path.home() / ".cache" / "fathom"


def resolve(text: str, **said: Any) -> Source:
    """What the user pointed at.

    Args:
        text: a path, ``practice:NAME?key=value``, ``hf:NAME`` or ``hf:FOLDER``.
        **said: what was said besides, by the names of `DataOptions`; ``dev="none"`` asks for no dev split at all.

    Raises:
        UserError: nothing is there, or the kind of source is not supported.
    """
    if (header := said.get("header")) not in (None, "yes", "no"):
        raise UserError(f"`header={header}` says nothing: write yes or no")
    dev = said.get("dev")
    no_dev = dev is not None and str(dev).strip().lower() == "none"
    said = {**said, "dev": None if no_dev else dev}
    places = {name: _place(said[name]) for name in PLACES if said.get(name) is not None}
    several = {name: tuple(value) for name, value in said.items() if isinstance(value, list)}
    return Source(text, _place(text), no_dev, **{**said, **several, **places})


def _place(text: str | Path) -> Path:
    text = str(text)
    if not text.strip():
        raise UserError("no data was named: give a folder, a file, practice:NAME or hf:NAME")
    if text.startswith("hf:"):
        from fathom.data import hub

        return hub.fetch(text, cache_folder())
    if text.startswith("practice:"):
        from fathom.data import practice

        return Path(practice.make(text, cache_folder()))  # type: ignore[attr-defined,unused-ignore]
    if "://" in text:
        raise UserError(f"{text} is an address, and nothing is fetched from one: download it, and name the file")
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # `~name` of nobody
        path = Path(text)
    if _holds(path.exists):
        return _from_hub(_check_readable(path)) or _unwrapped(path)
    if _holds(path.is_symlink):
        raise UserError(f"{text} is a link to {path.readlink()}, which does not exist: mend the link, or name another")
    raise UserError(f"{text} does not exist{_suggest_name(path)}")


def _from_hub(path: Path) -> Path | None:
    """The cached layout of a folder that came from the Hugging Face hub; None of any other.

    Raises:
        UserError: it is a file that holds pictures or sounds.
    """
    from fathom.data import hub, hub_folders

    if path.is_dir():
        return hub.fetch(f"hf:{path}", cache_folder()) if hub_folders.is_hub_folder(path) else None
    if path.suffix.lower() == ".parquet" and hub_folders.holds_files(path):
        raise UserError(f"{path} holds whole pictures or sounds: give the folder that it lies in, {path.parent}")
    return None


def _unwrapped(path: Path) -> Path:
    """A file as it is, and of a folder that which has the data."""
    if not path.is_dir():
        return path
    from fathom.data import wrappers  # which asks what pictures are called; a table needs none of that

    return wrappers.unwrapped(path)


def _check_readable(path: Path) -> Path:
    """The path, where it can be read and is no archive.

    Raises:
        UserError: it is one, or may not be read.
    """
    folder = path.is_dir()
    if not os.access(path, os.R_OK | (os.X_OK if folder else 0)):
        raise UserError(f"{path} may not be read: give yourself permission to")
    if not folder and not path.is_file():
        raise UserError(f"{path} is neither a file nor a folder: give one of these")
    if not folder and path.suffix.lower() in _ARCHIVES and not is_table(path):
        raise UserError(f"{path} is an archive: unpack it, and give the folder or file that was in it")
    return path


def _suggest_name(path: Path) -> str:
    """A hint at names like the missing one, or at what to check."""
    folder = path.parent
    try:
        names = [] if not _holds(folder.is_dir) else [p.name for p in folder.iterdir() if not p.name.startswith(".")]
    except OSError:
        names = []
    if close := nearest(path.name, sorted(names)):
        return ": did you mean " + " or ".join(str(folder / name) for name in close) + "?"
    if not _holds(folder.is_dir):
        return f": there is no folder {folder} either"
    return f": check the name, or look into {folder.resolve()}"


def _holds(asked: Callable[[], bool]) -> bool:
    """What the disk says of a path; no, where it can have no path of this name (it is too long, or holds a NUL)."""
    try:
        return asked()
    except (OSError, ValueError):
        return False
