"""The name that was probably meant: one function for every name that is not there."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

_SIGNS = re.compile(r"[\W_]+")
_ALIKE = 0.62
"""How alike two names must be (`difflib`), from 0 to 1."""
_OF_A_WORD = 0.95
_LONGEST = 200
"""Characters of a name that are compared."""


def plain_name(name: str) -> str:
    """A name without what people write differently: case, blanks and signs.

    Args:
        name: of anything.

    >>> plain_name(" Petal_Length (cm)"), plain_name("petal length cm")
    ('petal length cm', 'petal length cm')
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return _SIGNS.sub(" ", text).strip() or text.strip()


def nearest(name: str, there: Iterable[str], most: int = 1, alike: float = _ALIKE) -> list[str]:
    """The names that are most like one that is not there, the most alike first; none where none is.

    Args:
        name: that is missing.
        there: those among which it may be.
        most: so many at most.
        alike: how alike they must be, from 0 to 1.

    >>> nearest("size", ["sise", "rooms"])
    ['sise']
    >>> nearest("noize", ["size", "label_noise"])
    ['label_noise']
    """
    wanted = plain_name(name[:_LONGEST])
    found = sorted((-_likeness(wanted, plain_name(one[:_LONGEST])), i, one) for i, one in enumerate(there))
    return list(dict.fromkeys(one for score, _, one in found if -score >= alike))[:most]


def _likeness(wanted: str, name: str) -> float:
    """From 0 to 1: of the whole names, or a little less where a word of the name is what is alike."""
    words = [word for word in name.split() if len(word) > 2] if " " in name else []
    return max(_ratio(wanted, name), *(_OF_A_WORD * _ratio(wanted, word) for word in words), 0.0)


def _ratio(a: str, b: str) -> float:
    matcher = difflib.SequenceMatcher(None, b, a)
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0


def did_you_mean(name: str, there: Iterable[str]) -> str:
    """A hint for a sentence, with a blank before it; "" where no name is near.

    Args:
        name: that is missing.
        there: those among which it may be.

    >>> did_you_mean("resent", ["mlp", "resnet"])
    ' (did you mean resnet?)'
    >>> did_you_mean("tree", ["mlp", "resnet"])
    ''
    """
    found = nearest(str(name), there)
    return f" (did you mean {' '.join(found[0].split())[:60]}?)" if found else ""


def near_file(path: Path | str) -> str:
    """The same for a file or folder that is not there, among those that lie where it should.

    Args:
        path: that is missing.
    """
    wanted = Path(path)
    try:
        there = sorted(one.name for one in wanted.parent.iterdir() if not one.name.startswith("."))
    except (OSError, ValueError):
        return ""
    found = nearest(wanted.name, there)
    return f" (did you mean {wanted.parent / found[0]}?)" if found else ""


def choice(name: str, there: Iterable[str]) -> str:
    """What to say behind a name that is not there: the nearest one, and those that are.

    Args:
        name: that is missing.
        there: all that it may be.

    >>> choice("resent", ["mlp", "resnet"])
    ' (did you mean resnet?): choose one of mlp, resnet'
    """
    known = list(there)
    return f"{did_you_mean(name, known)}: choose one of {', '.join(known)}"
