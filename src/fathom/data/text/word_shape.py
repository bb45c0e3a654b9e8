"""What a word looks like, whatever it says: letters of which case, digits, marks, and how long it is.

An encoder that reads lower-case pieces does not see that a name begins with a capital; these features tell it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

ASKED: tuple[Callable[[str], bool], ...] = (
    str.islower,
    str.isupper,
    lambda word: word[:1].isupper() and not word.isupper(),
    str.istitle,
    lambda word: any(c.isupper() for c in word[1:]) and not word.isupper(),
    lambda word: any(c.isdigit() for c in word),
    str.isdigit,
    lambda word: word.startswith("@"),
    lambda word: word.startswith("#"),
    lambda word: word.lower().startswith(("http", "www.")) or ".com" in word.lower(),
    lambda word: not any(c.isalnum() for c in word),
    lambda word: any(c in "-'." for c in word),
    lambda word: not word.isascii(),
    lambda word: len(word) == 1,
    lambda word: len(word) == 2,
    lambda word: len(word) == 3,
    lambda word: 3 < len(word) < 7,
    lambda word: len(word) > 6,
)
"""Questions to a word; the order is that of the features, and what was trained relies on it."""


def word_shape(word: str) -> NDArray[np.uint8]:
    """The answers to `ASKED`, 1 for yes: ``(len(ASKED),)``.

    >>> word_shape("Rome").nonzero()[0].tolist()  # a capital first, as in titles, and four to six characters
    [2, 3, 16]
    """
    return np.array([question(word) for question in ASKED], np.uint8)
