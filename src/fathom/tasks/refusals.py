"""What is said of data that no task can make anything of: what lies there, and what the nearest task would need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from fathom.data.audio import waveform
from fathom.data.file_scan import find_files
from fathom.data.foreign_files import foreign
from fathom.data.image import image_file
from fathom.data.table import tables
from fathom.records import Source

_MOST_FILES = 10_000
"""Files that are counted at most; a folder may hold millions."""
_MAX_TOLD = 5
"""Files that are named."""
_DOCUMENTS = frozenset({".pdf", ".doc", ".docx", ".odt", ".rtf", ".html", ".htm", ".md", ".ppt", ".pptx"})
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar"})


@dataclass(frozen=True)
class _Kind:
    """Files of one kind, and what would make data of them."""

    one: str
    many: str
    holds: Callable[[str], bool]
    needs: str


def _ends(endings: frozenset[str]) -> Callable[[str], bool]:
    return lambda name: Path(name).suffix.lower() in endings


_KINDS = (
    _Kind("picture", "pictures", image_file.is_picture,
          "image-classification needs a folder of pictures for each class, or a CSV with the columns path and label"),
    _Kind("recording", "recordings", waveform.is_recording,
          "spoken-words needs a folder of recordings for each word, or a CSV with the columns path and label"),
    _Kind("table", "tables", _ends(tables.EXTENSIONS),
          "table needs one file of rows and columns, or a folder with train.csv, dev.csv and test.csv"),
    _Kind("text", "texts", _ends(frozenset({".txt"})),
          "text-classification needs a folder of .txt files for each class, and language-model .txt files alone"),
    _Kind("MIDI file", "MIDI files", _ends(frozenset({".mid", ".midi"})), "music needs whole MIDI files"),
    _Kind("archive", "archives", _ends(_ARCHIVES), "unpack them first, and give the folder that was in them"),
    _Kind("document", "documents", _ends(_DOCUMENTS),
          "text-classification needs the texts as .txt files in a folder for each class, or a CSV of text and label"),
)  # fmt: skip
_ANYTHING = "give a folder of pictures, recordings, MIDI files or .txt files, or a table such as a CSV"


def nothing_recognized(source: Source) -> str:
    """One sentence: what lies there, the nearest task, and what it would need.

    Args:
        source: which every task has declined.
    """
    if source.path.is_file():
        if what := foreign(source.path):
            return f"{source.text} is {what}"
        kind = next((k for k in _KINDS if k.holds(source.path.name)), None)
        ending = source.path.suffix.lower()
        what = f"a {kind.one}" if kind else f"a {ending} file" if ending else "a file whose name has no ending"
        return f"{source.text} is {what}, of which alone nothing can be learned: {kind.needs if kind else _ANYTHING}"
    names = list(islice(find_files(source.path, bool), _MOST_FILES))
    if not names:
        return f"{source.text} is a folder without files, so that nothing can be learned from it: {_ANYTHING}"
    if len(read := [Path(name) for name in names if _is_table(Path(name))]) > 1 and len(names) < _MOST_FILES:
        told = ", ".join(str(path.relative_to(source.path)) for path in read[:_MAX_TOLD])
        more = f" and {len(read) - _MAX_TOLD:,} more" if len(read) > _MAX_TOLD else ""
        return (
            f"{source.text} has {len(read):,} tables, {told}{more}, and none is called train: give one of them, or "
            "call them train, dev and test"
        )
    counts = Counter(_kind_of(name) for name in names)
    told = " and ".join(_counted(kind, n) for kind, n in counts.most_common(2))
    more = f" and {rest:,} other files" if (rest := len(names) - sum(n for _, n in counts.most_common(2))) else ""
    at_least = "at least " if len(names) == _MOST_FILES else ""
    if (odd := _most_foreign(names, counts)) is not None:
        return f"{source.text} has {at_least}{told}{more}, of which nothing can be learned as they lie: {odd}"
    nearest = next((kind.needs for kind, _ in counts.most_common() if isinstance(kind, _Kind)), _ANYTHING)
    return f"{source.text} has {at_least}{told}{more}, of which nothing can be learned as they lie: {nearest}"


def _most_foreign(names: Sequence[str], counts: Counter[_Kind | str]) -> str | None:
    """What the files are that most are like, and what to do with them; None where they are of a known kind."""
    most = counts.most_common(1)[0][0]
    first = next(name for name in sorted(names) if _kind_of(name) == most)
    what = None if isinstance(most, _Kind) else foreign(Path(first))
    return None if what is None else f"{Path(first).name} is {what}"


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in tables.EXTENSIONS or (path.suffix.lower() == ".data" and tables.is_table(path))


def _kind_of(name: str) -> _Kind | str:
    """The kind of a file by its name, else its ending."""
    return next((kind for kind in _KINDS if kind.holds(name)), Path(name).suffix.lower())


def _counted(kind: _Kind | str, n: int) -> str:
    if isinstance(kind, _Kind):
        return f"{n:,} {kind.one if n == 1 else kind.many}"
    endings = f"{kind} file" if kind else "file without an ending"
    return f"{n:,} {endings}" if n == 1 else f"{n:,} {endings.replace('file', 'files')}"
