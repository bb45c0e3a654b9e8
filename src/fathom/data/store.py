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

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.files import reason
from fathom.data.store_eviction import evict, lock_store
from fathom.data.store_writer import VERSION, Encode, Progress, write_store
from fathom.errors import UserError
from fathom.records import Example, Examples, Skipped

if TYPE_CHECKING:
    import torch

_ADVICE = "make room there, or set FATHOM_CACHE to a folder that can be written"


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
        self._lock = lock_store(folder)

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
            write_store(items, encode, temporary, progress, max(1, workers))
            store = _move_into_place(temporary, place)
        except OSError as error:
            failed = Path(error.filename or folder)
            if folder not in (failed, *failed.parents) and failed not in folder.parents:
                raise  # it is not the cache that failed
            raise UserError(f"the cache {folder} cannot be written ({reason(error)}): {_ADVICE}") from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        evict(folder, place)
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


def _move_into_place(temporary: Path, place: Path) -> Store:
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
    raise UserError(f"the cache {place.parent} cannot be written: {_ADVICE}")
