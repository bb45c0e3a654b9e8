"""Columns of free text as numbers: where each text lies among those of train, as a sentence encoder sees them.

A text is encoded by itself, so that it has the same numbers, to the last bit, alone and in a table of a million rows.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fathom.data.text.wordpiece import WordPieces, is_packaged
from fathom.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fathom.nets.text.minilm import MiniLM

PLACES = 32
"""Numbers of each text at most; less than one for ten training texts."""
LOOKED_AT = 2000
"""Training texts that the directions are found from."""
_LONGEST = 128
"""Pieces of a text that are read."""
_LOCK = threading.Lock()


@dataclass(frozen=True)
class TextPlaces:
    """The directions along which the texts of a column differ most.

    Attributes:
        mean: of their vectors, ``(384,)``.
        directions: ``(places, 384)``.
    """

    mean: list[float]
    directions: list[list[float]]

    def of(self, text: str) -> list[float]:
        """Where a text lies along each direction: ``(places,)``."""
        return (np.array(self.directions) @ (sentence_vector(text) - np.array(self.mean))).tolist()


def looked_at(texts: Sequence[str]) -> Sequence[str]:
    """Those of the texts of a column that its directions and the scales along them are found from."""
    return texts[:: -(-len(texts) // LOOKED_AT)]


def fit_places(texts: Sequence[str]) -> TextPlaces:
    """The principal directions of the texts of a column (Pearson 1901).

    Args:
        texts: of train.

    Raises:
        MissingExtra: the sentence encoder is not installed.
    """
    vectors = np.stack([sentence_vector(text) for text in looked_at(texts)]).astype(np.float64)
    mean = vectors.mean(0)
    _, _, directions = np.linalg.svd(vectors - mean, full_matrices=False)
    count = max(1, min(PLACES, len(texts) // 10))
    return TextPlaces(mean.round(6).tolist(), directions[:count].round(6).tolist())


@lru_cache(maxsize=2 * LOOKED_AT)
def sentence_vector(text: str) -> NDArray[np.float32]:
    """What the packaged sentence encoder makes of a text: ``(384,)``, of unit length.

    Raises:
        MissingExtra: it is not installed.
    """
    import torch

    pieces, encoder = _encoder()
    with _LOCK:  # the pieces of a word are kept when they are first met
        cut = pieces.cut(text)[: _LONGEST - 2]
    tokens = torch.from_numpy(pieces.encode(cut))[None]
    with torch.inference_mode():
        return encoder.embed(tokens, torch.tensor([tokens.shape[1]]))[0].numpy()


@cache
def _loaded() -> tuple[WordPieces, MiniLM]:
    from fathom.nets.text.minilm import MiniLM

    pieces = WordPieces.packaged()
    return pieces, MiniLM(len(pieces), 1).eval()


def _encoder() -> tuple[WordPieces, MiniLM]:
    if not is_packaged():
        raise MissingExtra("a column of free text", "text")
    with _LOCK:
        return _loaded()
