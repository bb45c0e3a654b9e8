"""Examples encoded once, kept as memory-mapped arrays, gathered by index.

A store is a folder in the cache, named by the fingerprint of everything that its contents follow from:

    store.json           version, ids, skipped, and the type and shape of each field
    NAME.npy             the values of a field, one example after the other
    NAME.offsets.npy     where each example begins, for a field whose first axis differs from example to example
    used                 touched when opened, and locked while in use, so that the oldest can be told and thrown away

It is written beside its place and renamed into it, so that what is there is whole; what is damaged or of another
version is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import math
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fathom.data.files import reason
from fathom.errors import FathomError, Unreadable, UserError
from fathom.records import Example, Examples, Skipped

if TYPE_CHECKING:
    import torch

VERSION = 1
CAP = 20 * 10**9
"""Bytes that the stores may take together; ``FATHOM_CACHE_GB`` says otherwise."""

MEND = "make room there, or set FATHOM_CACHE to a folder that can be written"
_HEADER = 128  # bytes kept free for the header of an .npy file until its length is known
_CHUNK = 256  # examples encoded ahead
_STALE = 24 * 3600  # seconds after which an unfinished folder is nobody's

Encode = Callable[[Example], Mapping[str, NDArray[Any]]]
Progress = Callable[[int], None]


def fingerprint(parts: Any) -> str:
    """A stable name for what JSON can write (also paths, arrays, tuples and mappings in any order)."""
    text = json.dumps(parts, sort_keys=True, default=_plain, ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def fingerprint_of_each(parts: Iterable[Any]) -> str:
    """The `fingerprint` of the list of all parts, of which only one need be in memory at a time."""
    encode = json.JSONEncoder(sort_keys=True, default=_plain, separators=(",", ":")).encode
    digest = hashlib.blake2b(b"[", digest_size=16)
    for i, part in enumerate(parts):
        digest.update(f"{',' if i else ''}{encode(part)}".encode())
    digest.update(b"]")
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).hexdigest()
        return ["array", value.dtype.str, list(value.shape), digest]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"no stable fingerprint for {type(value).__name__}")


class Store:
    """The encoded examples; open one with `build_store`.

    Attributes:
        ids: the examples, in the order of the indices.
        fields: name to (dtype, shape of one example); a ragged field has None as its first axis.
        folder: where it lies.
    """

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / "store.json").read_text(encoding="utf-8"))
        if about["version"] != VERSION:
            raise ValueError("another version")
        self.folder = folder
        self.ids: tuple[str, ...] = tuple(about["ids"])
        self.skipped = tuple(Skipped(name, reason) for name, reason in about["skipped"])
        self.fields: dict[str, tuple[np.dtype[Any], tuple[int | None, ...]]] = {}
        self._values: dict[str, NDArray[Any]] = {}
        self._offsets: dict[str, NDArray[np.int64]] = {}
        self._tensors: dict[str, torch.Tensor] = {}
        self._index: dict[str, int] | None = None
        for name, field in about["fields"].items():
            if not name.isidentifier():
                raise ValueError("no name of a field")
            dtype, shape = np.dtype(field["dtype"]), tuple(field["shape"])
            # copy-on-write, since torch wants memory that could be written; nothing here writes
            values = np.load(folder / f"{name}.npy", mmap_mode="c" if field["size"] else None, allow_pickle=False)
            length = len(self.ids)
            if field["ragged"]:
                offsets = np.load(folder / f"{name}.offsets.npy", allow_pickle=False)
                if offsets.shape != (len(self.ids) + 1,) or offsets[0] != 0 or (np.diff(offsets) < 0).any():
                    raise ValueError("offsets do not fit")
                self._offsets[name] = offsets
                length, shape = int(offsets[-1]), (None, *shape)
            plain = tuple(n for n in shape if n is not None)
            if values.dtype != dtype or values.shape != (length, *plain):
                raise ValueError("values do not fit")
            self.fields[name] = (dtype, shape)
            self._values[name] = np.asarray(values)
        self._lock = _use(folder)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return sum(values.nbytes for values in self._values.values())

    def subset(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The indices of these ids, in this order; ids that the store has not (skipped ones) are left out."""
        if self._index is None:
            self._index = {name: i for i, name in enumerate(self.ids)}
        found = (self._index.get(name) for name in ids)
        return np.fromiter((i for i in found if i is not None), dtype=np.int64)

    def lengths(self, name: str) -> NDArray[np.int64]:
        """The length of each example in a field: ``(n,)``; they may happen to be equal."""
        if name in self._offsets:
            return np.diff(self._offsets[name])
        return np.full(len(self), self._values[name].shape[1])

    def gather(self, indices: Sequence[int] | NDArray[np.int64] | torch.Tensor) -> dict[str, torch.Tensor]:
        """The examples at these indices as tensors: (batch, …).

        A ragged field is padded with zeros to the longest of the batch, (batch, length, …), and comes with
        ``NAME_length``, (batch,).
        """
        import torch

        chosen = np.asarray(indices, dtype=np.int64)
        if chosen.ndim != 1:
            raise ValueError("indices have one axis")
        if len(chosen) and (chosen.min() < -len(self) or chosen.max() >= len(self)):
            raise IndexError(f"the store has {len(self)} examples")
        chosen = np.where(chosen < 0, chosen + len(self), chosen)
        index = torch.from_numpy(chosen)
        batch: dict[str, torch.Tensor] = {}
        for name, values in self._values.items():
            if name not in self._offsets:
                if name not in self._tensors:
                    self._tensors[name] = torch.from_numpy(values)
                batch[name] = self._tensors[name].index_select(0, index)
                continue
            offsets = self._offsets[name]
            starts, ends = offsets[chosen], offsets[chosen + 1]
            lengths = ends - starts
            longest = int(lengths.max()) if len(lengths) else 0
            padded = np.zeros((len(chosen), longest, *values.shape[1:]), dtype=values.dtype)
            for row, start, end in zip(padded, starts, ends):
                row[: end - start] = values[start:end]
            batch[name] = torch.from_numpy(padded)
            batch[f"{name}_length"] = torch.from_numpy(lengths)
        return batch


def build_store(
    examples: Examples | Sequence[Example],
    encode: Encode,
    fingerprint: str,
    folder: Path,
    progress: Progress | None = None,
    workers: int = 2,
) -> tuple[Store, tuple[Skipped, ...]]:
    """Encodes each example once, or opens the store where that was done before.

    Args:
        examples: what to encode.
        encode: one example to arrays by name; types and all axes but the first must be the same for all examples.
        fingerprint: names everything that `encode` depends on; another fingerprint is another store.
        folder: the folder of all stores, in the user's cache.
        progress: called with how many more are done, now and then.
        workers: threads that encode.

    Returns:
        the store, and the examples that `encode` could not read.

    Raises:
        FathomError: nothing could be read, or the arrays do not fit together.
        UserError: the cache cannot be written.
    """
    items = examples.items if isinstance(examples, Examples) else tuple(examples)
    # ids and contents belong to the name, so that a caller cannot mix up two sets of examples
    everyone = hashlib.blake2b(fingerprint.encode(), digest_size=16)
    for e in items:
        everyone.update(f"\x1e{e.id}\x1f{e.content}".encode("utf-8", "surrogatepass"))
    place = folder / everyone.hexdigest()
    store = _open(place)
    if store is None:
        temporary = folder / f".making-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            temporary.mkdir(parents=True)
            _write(items, encode, temporary, progress, max(1, workers))
            store = _settle(temporary, place)
        except OSError as error:
            if not str(error.filename or folder).startswith(str(folder)):
                raise  # it is not the cache that failed
            raise UserError(f"the cache {folder} cannot be written ({reason(error)}): {MEND}") from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        _evict(folder, place)
    elif progress is not None:
        progress(len(items))
    own = {e.id: e.id for e in items}
    store.ids = tuple(own.get(name, name) for name in store.ids)  # the same strings, not copies of them
    return store, store.skipped


def _open(place: Path) -> Store | None:
    try:
        return Store(place)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, RecursionError, MemoryError):
        return None  # not there, damaged, or of another version: it is made anew


def _settle(temporary: Path, place: Path) -> Store:
    """Moves what was made into its place, unless somebody else was faster."""
    for _ in range(3):
        try:
            temporary.rename(place)
        except OSError:
            store = _open(place)
            if store is not None:
                return store
            old = place.with_name(f".making-old-{uuid.uuid4().hex[:8]}")
            try:
                place.rename(old)
            except OSError:
                continue
            shutil.rmtree(old, ignore_errors=True)
            continue
        return Store(place)
    raise UserError(f"the cache {place.parent} cannot be written: {MEND}")


class _Writer:
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


def _write(items: Sequence[Example], encode: Encode, folder: Path, progress: Progress | None, workers: int) -> None:
    writers: dict[str, _Writer] = {}
    ids: list[str] = []
    skipped: list[tuple[str, str]] = []
    told = 0
    try:
        for done, (example, arrays) in enumerate(_encoded(items, encode, workers), 1):
            if isinstance(arrays, Unreadable):
                skipped.append((example.id, str(arrays)))
            else:
                if not ids:
                    writers = {name: _Writer(folder, name, values) for name, values in arrays.items()}
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


def _use(folder: Path) -> IO[bytes] | None:
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


def _in_use(folder: Path) -> bool:
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


def _evict(folder: Path, keep: Path) -> None:
    """Throws away the stores that were not used for longest, until the rest fits; never one in use."""
    cap = CAP
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
        if place != keep and not _in_use(place):
            shutil.rmtree(place, ignore_errors=True)
            total -= size
