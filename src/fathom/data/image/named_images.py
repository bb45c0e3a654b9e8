"""The class of a picture from the beginning of its name, where the pictures of all classes lie in one folder.

cat.0.jpg  dog.12.jpg                      the class stands before the first dot
subject01.glasses  subject01.wink          likewise; such files need not say that they are pictures
beagle_7.jpg  great_dane_12.jpg            the class stands before a number at the end
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePath

from fathom.data.image import image_file

_NUMBERED = re.compile(r"(?P<label>.*?[^\d_\-. ])[_\-. ]*\d+|(?P<number>\d+)[_\-]\d+")
_ANY = frozenset({
    "img", "image", "pic", "picture", "photo", "dsc", "dscn", "dscf", "p", "frame", "scan", "screenshot", "file", "im",
    "train", "test", "val", "valid", "dev",
})  # fmt: skip
"""What cameras and people call pictures of anything, in lower case."""
_MIN_PICTURES = 3
"""Pictures of a class, on average, below which beginnings of names are no classes."""


def class_rule(names: Sequence[str]) -> Callable[[str], str] | None:
    """How the class of each picture is read from its file's name; None where the names say none.

    >>> rule = class_rule(["cat.0.jpg", "cat.1.jpg", "cat.2.jpg", "dog.0.jpg", "dog.1.jpg", "dog.2.jpg"])
    >>> rule and rule("dog.3.jpg")
    'dog'

    Args:
        names: of the files, without folders.
    """
    for rule in (_before_dot, _before_number):
        counts = Counter(map(rule, names))
        enough = 1 < len(counts) <= len(names) / _MIN_PICTURES
        if enough and "" not in counts and not {one.lower() for one in counts} & _ANY:
            return rule
    return None


def _before_dot(name: str) -> str:
    return name.partition(".")[0]


def _before_number(name: str) -> str:
    stem = PurePath(name).stem if image_file.is_picture(name) else name
    match = _NUMBERED.fullmatch(stem)
    return "" if match is None else match["label"] or match["number"]
