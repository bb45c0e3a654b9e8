"""Practice data: real files to learn on, made on the spot, the same each time.

``practice:cats?n=2000&label_noise=0.1`` names a set and its parameters; `make` writes it as folders of pictures or a
CSV file, exactly what users have of their own, so that nothing after it knows the difference. Each set is one module
with one function ``write(folder, *, parameters with defaults) -> path of what it wrote``; other packages add theirs by
the entry-point group ``fathom.practice``, whose entries point at such a function.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from fathom.data.cache import build_once
from fathom.data.practice.parameters import Write, checked, parameters, split_request
from fathom.errors import UserError
from fathom.spelling import did_you_mean

__all__ = ["GROUP", "NAMES", "available", "make"]

NAMES: Mapping[str, str] = {
    "cats": "pictures of cats and of other animals, drawn by fathom",
    "digits": "handwritten digits of 8 by 8 pixels",
    "spoken-digits": "recordings of the ten digits, said by espeak-ng in many voices",
    "wine": "a table: wines of three growers",
    "breast-cancer": "a table: malignant and benign tumours",
    "iris": "a table: flowers of three species",
    "diabetes": "a table: the progression of a disease, a number",
    "moods": "short sentences, and the emoji that fits each",
    "dates": "dates as people write them in twelve languages, and each in ISO form",
    "names": "people's names in twelve languages",
    "chorales": "Bach's chorales, as chords of MIDI numbers",
}
"""The built-in sets, and what each is; the module of a set has its name with _ for -."""

GROUP = "fathom.practice"
"""The entry-point group by which other packages add sets."""

_VERSION = "2"
"""Part of the folder's name; a release that draws other pictures raises it, so that no old ones are reused."""


def available() -> list[str]:
    """All sets there are, ours first."""
    return [*NAMES, *sorted({entry.name for entry in entry_points(group=GROUP)} - set(NAMES))]


def make(text: str, cache: Path) -> Path:
    """Make the practice data that was asked for, or find it made.

    Args:
        text: ``"cats?n=2000&seed=0"``; a leading ``practice:`` is allowed.
        cache: the folder that keeps what can be made again; files come to lie in its ``practice`` folder.

    Returns:
        The folder or file that holds the data.

    Raises:
        UserError: there is no such set or parameter, or a value is of the wrong type or out of range.
    """
    name, pairs = split_request(text)
    write = _find(name)
    values = checked(name, pairs, parameters(write))
    place = Path(cache) / "practice" / _folder_name(name, values)
    return build_once(place, lambda folder: write(folder, **values))


def _find(name: str) -> Write:
    """The `write` of a set."""
    if name in NAMES:
        module = import_module(f"{__name__}.{name.replace('-', '_')}")
        return module.write  # type: ignore[no-any-return,unused-ignore]
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            return entry.load()  # type: ignore[no-any-return,unused-ignore]
    raise UserError(
        f"there is no practice data '{name}'{did_you_mean(name, available())}: the sets are {', '.join(available())}"
    )


def _folder_name(name: str, values: Mapping[str, Any]) -> str:
    """One name for one request, whatever the order and the spelling in which it was typed."""
    parts = [f"{key}={''.join(c if c.isalnum() or c in '.-' else '_' for c in str(v))}" for key, v in values.items()]
    return ",".join([name, f"v{_VERSION}", *parts])
