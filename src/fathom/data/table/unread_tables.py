"""Tables that lie beside those that are read, and are left out: said, since their rows may have been meant, too."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from fathom.data import repairs
from fathom.data.table.table_files import EXTENSIONS

_ENDINGS = EXTENSIONS | {".data", ".dat", ".test", ".train"}
"""Of tables, with those that older collections give theirs."""
_MAX_TOLD = 5


def tell_unread(folder: Path, used: Collection[Path]) -> None:
    """Tell which tables of a folder are not read.

    Args:
        folder: that was given.
        used: the tables in it that are read.
    """
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in _ENDINGS and p.name[0] != "." and p.is_file())
    rest = [path.name for path in files if path not in used]
    if rest:
        more = f" and {len(rest) - _MAX_TOLD:,} more" if len(rest) > _MAX_TOLD else ""
        are = "are" if len(rest) > 1 else "is"
        names = ", ".join(path.name for path in used)
        repairs.tell(f"{', '.join(rest[:_MAX_TOLD])}{more} {are} not read, beside {names}", folder)
