"""Folders that hold nothing but one other, as unpacking leaves them: ``archive/data/cat``, ``archive/data/dog``."""

from __future__ import annotations

from pathlib import Path

from fathom.data.audio.waveform import is_recording
from fathom.data.image.image_file import is_picture
from fathom.data.splits.split_folders import split_word

_MOST = 8
"""Wrappers one in the other."""


def unwrapped(folder: Path) -> Path:
    """The folder that has the data, below its wrappers; the folder itself where it has none.

    No wrapper is what is called as a split, what is a link, and what has only pictures, recordings or texts in it: that
    is the folder of a class.

    Args:
        folder: that the user has named.
    """
    place = folder
    for _ in range(_MOST):
        inside = _visible(place)
        if len(inside) != 1 or not inside[0].is_dir() or inside[0].is_symlink() or split_word(inside[0].name):
            break
        if all(_is_loose(one) for one in _visible(inside[0])):
            break
        place = inside[0]
    return place


def _visible(folder: Path) -> list[Path]:
    """What lies in a folder, but for what is hidden; nothing where it may not be read."""
    try:
        return [one for one in folder.iterdir() if not one.name.startswith(".") and one.name != "__MACOSX"]
    except OSError:
        return []


def _is_loose(path: Path) -> bool:
    """Whether it is an example of a class by itself."""
    ending = path.suffix.lower()
    return path.is_file() and (is_picture(path) or is_recording(path) or ending in (".txt", ".mid", ".midi"))
