"""Weights as CTranslate2 writes them: one binary file of named arrays, read without that library.

    uint32 version · name of the model · uint32 revision · uint32 number of arrays
    each array: name · uint8 rank · uint32 of each axis · uint8 kind of number · uint32 bytes · the numbers
    uint32 number of aliases · each: name · name of the array that it stands for

Numbers are little-endian; a name is a uint16 length, the letters and a zero. Every length is checked against what is
left of the file, so that a damaged one is refused and never believed.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fathom.errors import UserError

VERSION = 6
KINDS = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}
"""Kinds of numbers, as numpy calls them."""
MOST_BYTES = 2**30
MOST_AXES = 8


class DamagedWeightsError(ValueError):
    """The bytes are no such file, or end too early."""


class _Reader:
    """Takes the parts of a file one after the other, never more than there are."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = memoryview(data), 0

    def take(self, count: int) -> memoryview:
        if count > len(self.data) - self.at:
            raise DamagedWeightsError(f"{count:,} bytes are promised at byte {self.at:,}, which the file has not")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")

    def name(self) -> str:
        letters = bytes(self.take(self.number(2)))
        if not letters.endswith(b"\0") or not letters[:-1].isascii():
            raise DamagedWeightsError(f"no name ends at byte {self.at:,}")
        return letters[:-1].decode("ascii")


def parse_weights(data: bytes) -> dict[str, NDArray]:
    """The arrays of a file by name, aliases included; they are views of the file's bytes.

    Args:
        data: the whole file.

    Raises:
        DamagedWeightsError: it is no such file, of another version, or damaged.
    """
    reader = _Reader(data)
    if (version := reader.number(4)) != VERSION:
        raise DamagedWeightsError(f"version {version}, where {VERSION} is known")
    reader.name(), reader.number(4)
    arrays: dict[str, NDArray] = {}
    for _ in range(reader.number(4)):
        name, rank = reader.name(), reader.number(1)
        if rank > MOST_AXES:
            raise DamagedWeightsError(f"{name} has {rank} axes")
        shape = tuple(reader.number(4) for _ in range(rank))
        kind, count = KINDS.get(reader.number(1)), reader.number(4)
        if kind is None or math.prod(shape) * np.dtype(kind).itemsize != count:
            raise DamagedWeightsError(f"{name} has numbers of an unknown kind, or not as many as its axes say")
        arrays[name] = np.frombuffer(reader.take(count), kind).reshape(shape)
    for _ in range(reader.number(4)):
        alias, name = reader.name(), reader.name()
        if name not in arrays:
            raise DamagedWeightsError(f"{alias} stands for {name}, which is not there")
        arrays[alias] = arrays[name]
    if reader.at != len(data):
        raise DamagedWeightsError(f"{len(data) - reader.at:,} bytes are left over")
    return arrays


def read_known(path: Path, sha256: str) -> bytes:
    """The bytes of a file whose digest is known.

    Args:
        path: of the file.
        sha256: of all its bytes, in hexadecimal digits.

    Raises:
        UserError: it cannot be read, or is another file than the one meant.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path} is too large to be the file that is meant: install its package again")
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): install its package again") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise UserError(f"{path} is not the file that is known (its SHA-256 differs): install its package again")
    return data


def read_weights(path: Path, sha256: str) -> dict[str, NDArray]:
    """The arrays of a file whose digest is known.

    Args:
        path: of the file.
        sha256: as for `read_known`.

    Raises:
        UserError: it cannot be read, is another file than the one meant, or damaged.
    """
    try:
        return parse_weights(read_known(path, sha256))
    except DamagedWeightsError as error:
        raise UserError(f"{path} is damaged ({error}): install its package again") from None
