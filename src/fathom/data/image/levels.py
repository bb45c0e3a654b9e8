"""Values of pixels that are no bytes, as bytes: 12 bits in a file of 16, depths, temperatures, fractions.

Such a picture does not say which of its values is black and which is white, and two pictures of one set must be read
alike: the brightness between them may be what tells their classes apart. So a training learns one scale from its
training pictures (`fathom.data.image.learned_levels`) and keeps it; pictures of bytes are left as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Levels:
    """How values become bytes.

    Attributes:
        low: the value that is black; None where the type of a picture decides, as for a picture of its own.
        high: the value that is white; likewise.
        background: grey, 0 to 255, of what lies behind clear pixels.
    """

    low: float | None = None
    high: float | None = None
    background: int = 255

    def as_bytes(self, array: NDArray[Any]) -> NDArray[np.uint8]:
        """The values from `low` to `high` as 0 to 255; those outside are cut, and what is no number is black.

        Args:
            array: of any shape; bytes are left as they are.
        """
        if array.dtype == np.uint8:
            return np.ascontiguousarray(array)
        if self.low is None or self.high is None:
            return _by_type(array)
        scaled = (array.astype(np.float64) - self.low) * (255.0 / (self.high - self.low))
        return np.clip(np.rint(np.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0)), 0, 255).astype(np.uint8)


BY_TYPE = Levels()
"""For a picture of which no training has learned a scale."""


def _by_type(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Scaled to 0–255: from 16 bits, from 0–1 for fractions; of wider types what the values need."""
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype.kind == "f":
        values = np.nan_to_num(array.astype(np.float32), nan=0.0, posinf=255.0, neginf=0.0)
        top = float(values.max())
        values *= 255.0 if top <= 1.0 else 1.0 if top <= 255.0 else 255.0 / max(top, 65535.0)
        return np.clip(np.rint(values), 0, 255).astype(np.uint8)
    if array.dtype == np.uint16:  # 65535 is white: divided by 257, rounded
        return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    top = int(array.max())
    if top > 255:
        return _by_type(np.clip(array, 0, None).astype(np.float32) * np.float32(65535 / max(top, 65535)))
    return np.clip(array, 0, 255).astype(np.uint8)
