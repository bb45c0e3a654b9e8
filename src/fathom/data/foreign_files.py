"""Files that are not read, told by how they begin or by their names: what they are, and what to do with them."""

from __future__ import annotations

import json
from pathlib import Path

from fathom.library_reasons import reason_of

_MAX_JSON = 64 << 20
"""Bytes of a JSON file that is read to find out what is wrong with it."""
_SHEET = "a spreadsheet: save its sheet as CSV, and give that"
_PICKLE = (
    "a pickle, which may run any code when it is read and is never opened: save the data as CSV or Parquet, or "
    "pictures as files in a folder for each class"
)
_ARRAYS = (
    "arrays without names of columns: save them as one table, CSV or Parquet, with the target as a column, or pictures "
    "as files in a folder for each class"
)
_OF_PROGRAM = "a file of another program: export the table in it as CSV"
_NAMES = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers"), _SHEET),
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".p", ".pt", ".pth"), _PICKLE),
    **dict.fromkeys((".npy", ".npz", ".mat", ".h5", ".hdf5"), _ARRAYS),
    ".bin": "bytes that nothing describes: save what they hold as pictures in a folder for each class, or as a table",
    **dict.fromkeys((".sav", ".dta", ".sas7bdat", ".rds", ".rdata", ".db", ".sqlite", ".sqlite3", ".mdb"), _OF_PROGRAM),
    **dict.fromkeys((".doc", ".docx", ".pdf", ".odt", ".rtf"), "a document: save its text as .txt, its table as CSV"),
    **dict.fromkeys((".xml", ".html", ".htm"), "a marked-up document: save the table in it as CSV, its text as .txt"),
    ".json": 'JSON but no table: write a list of rows, such as [{"age": 39}, {"age": 50}]',
    ".tfrecord": "of TensorFlow: save the data as a folder of files, or as a table",
}
_MAGIC = {
    b"PK\x03\x04": "a spreadsheet or zip file, not text: save it as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet, not text: save it as CSV",
    b"\x1f\x8b": "compressed: unpack it, and give what was in it",
    b"BZh": "compressed: unpack it, and give what was in it",
    b"\xfd7zXZ\x00": "compressed: unpack it, and give what was in it",
    **dict.fromkeys((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"), _PICKLE),
    b"PAR1": "a Parquet file: give it a name that ends in .parquet",
    b"ARROW1": "an Arrow file: give it a name that ends in .feather",
    b"%PDF": "a PDF, not a table: save the table as CSV",
    b"\x93NUMPY": "a NumPy array: save it as CSV or Parquet, with a name for each column",
    b"SQLite format 3\x00": "a database: save the table in it as CSV",
    b"\x89HDF": "an HDF5 file: save the table in it as CSV or Parquet",
}
"""How files begin that are no text, and what they are."""


def magic_of(data: bytes) -> str | None:
    """What bytes are that are no text, and what to do with them; None where they do not say."""
    return next((what for magic, what in _MAGIC.items() if data.startswith(magic)), None)


def foreign(path: Path) -> str | None:
    """What a file is that nothing reads, and what to do with it; None where neither its name nor its content says."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(32)
    except (OSError, ValueError):
        return None
    if path.suffix.lower() == ".json" and (why := _no_json(path)):
        return f"no JSON ({why}): correct it there, or save it again"
    return _NAMES.get(path.suffix.lower()) or magic_of(head)


def _no_json(path: Path) -> str:
    """Why a file is no JSON; "" where it is, or is too large to look."""
    if path.stat().st_size > _MAX_JSON:
        return ""
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError) as error:
        return reason_of(error)
    return ""
