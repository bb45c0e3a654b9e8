"""How the folder of a store is written: each example encoded once, its arrays appended field by field."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fathom.errors import FathomError, Unreadable
from fathom.records import Example

VERSION = 1
"""Of what is written; a store of another version is made anew."""

_HEADER = 128  # bytes kept free for the header of an .npy file until its length is known
_CHUNK = 256  # examples encoded ahead

Encode = Callable[[Example], Mapping[str, NDArray[Any]]]
Progress = Callable[[int], None]


class _FieldWriter:
    """Appends the values of one field to its file, and notes their lengths."""

    def __init__(self, folder: Path, name: str, first: NDArray[Any]) -> None:
        if not name.isidentifier():
            raise FathomError(f"{name!r} cannot be the name of a field")
        if first.dtype.hasobject:
            raise FathomError(f"the field {name!r} holds objects, not numbers")
        self.path = folder / f"{name}.npy"
        self.name = name
        self.dtype = first.dtype
        self.scalar = first.ndim == 0
        self.rest = first.shape[1:]
        self.lengths: list[int] = []
        self.file: IO[bytes] = self.path.open("wb")
        self.file.write(b"\0" * _HEADER)

    def add(self, values: NDArray[Any]) -> None:
        """Append one example's values.

        Raises:
            FathomError: type or shape differ from the first's.
        """
        if values.dtype != self.dtype or (values.ndim == 0) != self.scalar or values.shape[1:] != self.rest:
            raise FathomError(
                f"the field {self.name!r} is {values.dtype} {values.shape} in one example "
                f"and {self.dtype} (…, {self.rest}) in another"
            )
        self.lengths.append(1 if self.scalar else values.shape[0])
        self.file.write(np.ascontiguousarray(values).tobytes())

    def close(self) -> dict[str, Any]:
        """Writes the header, and the offsets of a ragged field."""
        ragged = len(set(self.lengths)) > 1
        if self.scalar:
            shape: tuple[int, ...] = ()
        elif ragged:
            shape = self.rest
            offsets = np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)
            np.save(self.path.with_suffix(".offsets.npy"), offsets)
        else:
            shape = (self.lengths[0], *self.rest)
        first = sum(self.lengths) if ragged else len(self.lengths)
        whole = (first, *shape)
        header = io.BytesIO()
        described = {"descr": npy.dtype_to_descr(self.dtype), "fortran_order": False, "shape": whole}
        npy.write_array_header_1_0(header, described)  # as long for any number of examples
        if len(header.getbuffer()) != _HEADER:
            raise FathomError(f"the field {self.name!r} has too many axes")
        self.file.seek(0)
        self.file.write(header.getbuffer())
        self.file.close()
        return {"dtype": self.dtype.str, "shape": list(shape), "ragged": ragged, "size": math.prod(whole)}


def _encoded(
    items: Sequence[Example], encode: Encode, workers: int
) -> Iterator[tuple[Example, Mapping[str, NDArray[Any]] | Unreadable]]:
    """Each example with its arrays, or with why it has none, in order; only a chunk of them is in memory."""

    def one(example: Example) -> Mapping[str, NDArray[Any]] | Unreadable:
        try:
            return {name: np.asarray(values) for name, values in encode(example).items()}
        except Unreadable as error:
            return error

    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(items), _CHUNK):
            chunk = items[start : start + _CHUNK]
            yield from zip(chunk, pool.map(one, chunk))


def write_store(
    items: Sequence[Example], encode: Encode, folder: Path, progress: Progress | None, workers: int
) -> None:
    """Encode each example once and write what a `Store` reads.

    Raises:
        FathomError: nothing could be read, or the arrays do not fit together.
    """
    writers: dict[str, _FieldWriter] = {}
    ids: list[str] = []
    skipped: list[tuple[str, str]] = []
    told = 0
    try:
        for done, (example, arrays) in enumerate(_encoded(items, encode, workers), 1):
            if isinstance(arrays, Unreadable):
                skipped.append((example.id, str(arrays)))
            else:
                if not ids:
                    writers = {name: _FieldWriter(folder, name, values) for name, values in arrays.items()}
                if arrays.keys() != writers.keys():
                    raise FathomError(f"{example.id} has the fields {sorted(arrays)}, others have {sorted(writers)}")
                for name, values in arrays.items():
                    writers[name].add(values)
                ids.append(example.id)
            if progress is not None and (done % 64 == 0 or done == len(items)):
                progress(done - told)
                told = done
        if not ids:
            why = f": {skipped[0][0]} is {skipped[0][1]}" if skipped else ""
            raise FathomError(f"none of {len(items)} examples could be read{why}")
        fields = {name: writer.close() for name, writer in writers.items()}
    finally:
        for writer in writers.values():
            writer.file.close()
    about = {"version": VERSION, "fields": fields, "skipped": skipped, "ids": ids}
    (folder / "store.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / "used").touch()
