"""What a class is called: the only way from a cell, a folder's name or a byte to the name of a class.

People write one class in several ways: 1 in one file and 1.0 in another, True in a CSV and true in JSON, 07 before a
spreadsheet opened the file and 7 after. A class has one name, a text, whatever was read:

    1, 1.0, "1", " 1 ", +1      1
    True, "true", "TRUE"        as it is mostly spelt; so are 1 and 0 beside true and false
    "07" in train, "7" in dev   07; where both stand in one part they are codes, and differ
    Yes, yes                    two classes: letters differ so, too; ``fathom check`` asks
    ["pos"], ['pos'], pos       pos: a list of one label, in JSON or as Python writes it, is that label
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fathom.data import repairs
from fathom.data.blanks import BLANKS
from fathom.data.listed_labels import labels_in
from fathom.data.table.split_column import SPLIT_NAMES
from fathom.errors import UserError
from fathom.records import SPLITS, Examples

_WHOLE = re.compile(r"([+-]?)([0-9]+)(?:\.0*)?")
_EXACT = 2.0**53
"""From here on a float stands for several whole numbers."""
_BOOLEANS = {"true": "1", "false": "0"}
_MAX_TOLD = 3


def class_name(value: Any) -> str:
    """The name of one class, where nothing is known of the others.

    Args:
        value: what was read; anything but None.

    >>> [class_name(v) for v in (1, 1.0, " 1.00", "-0", "007", 0.5, True, "True ", '["pos"]')]
    ['1', '1', '1', '0', '007', '0.5', 'True', 'True', 'pos']
    """
    if (listed := labels_in(value)) is not None and len(listed) == 1:
        value = listed[0]
    if isinstance(value, float) and not (value.is_integer() and abs(value) < _EXACT):
        return repr(float(value)).removesuffix(".0")  # named again it is the same
    text = unicodedata.normalize("NFC", str(value)).strip(BLANKS)
    found = _WHOLE.fullmatch(text) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    if found is None:
        return str(int(value)) if isinstance(value, float) else text
    sign = "-" if found[1] == "-" and found[2].strip("0") else ""
    return sign + found[2]


def class_key(name: str) -> str:
    """What names have in common that may stand for one class.

    Args:
        name: as `class_name` gave it.

    >>> [class_key(name) for name in ("007", "7", "TRUE", "00", "Yes")]
    ['7', '7', 'true', '0', 'Yes']
    """
    if (found := _WHOLE.fullmatch(name)) is not None:
        return found[1] + (found[2].lstrip("0") or "0")
    return name.lower() if name.lower() in _BOOLEANS else name


def find_class(said: Any, classes: Collection[str]) -> str | None:
    """The class that is meant, among those that there are.

    Args:
        said: how somebody wrote it: in an option, a list of corrections, another file.
        classes: their names.

    Returns:
        the name of the one class that this can be; None where it is none, or several.

    >>> find_class("1.0", ["0", "1"]), find_class("true", ["False", "True"]), find_class("7", ["07", "007"])
    ('1', 'True', None)
    """
    name = class_name(said)
    if said in classes or name in classes:
        return str(said) if said in classes else name
    key = class_key(name)
    alike = [one for one in classes if class_key(class_name(one)) == key]
    keys = {class_key(class_name(one)) for one in classes}
    if not alike and (keys <= set(_BOOLEANS) or (key in _BOOLEANS and keys <= set(_BOOLEANS.values()))):
        number = _BOOLEANS.get(key, key)
        alike = [one for one in classes if _BOOLEANS.get(found := class_key(class_name(one)), found) == number]
    return alike[0] if len(alike) == 1 else None


def name_classes(values: Sequence[Any], parts: Sequence[str | None]) -> tuple[list[str | None], list[str]]:
    """The name of the class of each example.

    Args:
        values: what was read of each; None where nothing is known.
        parts: the ready-made split that each came in, or None.

    Returns:
        the names, None where the value is; and what was taken for one class though it is spelt in several ways.
    """
    names = [None if value is None else class_name(value) for value in values]
    counts: dict[str, Counter[str]] = defaultdict(Counter)  # of the spellings, by what they have in common
    for name in names:
        if name is not None:
            counts[class_key(name)][name] += 1
    whole = {key for key in counts if _WHOLE.fullmatch(key)}
    padded = [key for key in whole if len(counts[key]) > 1]
    if padded and _stand_together(names, parts, padded):
        counts = _apart(counts, padded)
    if counts.keys() & set(_BOOLEANS) and counts.keys() <= {*_BOOLEANS, *_BOOLEANS.values()}:
        for word, number in _BOOLEANS.items():
            if word in counts:
                counts[word].update(counts.pop(number, {}))
    if all(len(spellings) == 1 for spellings in counts.values()):
        return names, []
    of_train = [name for name, part in zip(names, parts, strict=True) if part in (None, SPLITS[0])]
    chosen = _chosen(counts, Counter(of_train))
    several = {a: b for a, b in chosen.items() if a != b}
    told = [f"{a!r} and {b!r}" for a, b in sorted(several.items())]
    return [None if name is None else chosen[name] for name in names], told


def with_class_names(examples: Examples) -> Examples:
    """The same examples, their targets the names of their classes; what was taken for one class is said.

    Args:
        examples: of a task whose targets are classes.

    Raises:
        UserError: they lie in folders for dev and test, and in none for training.
    """
    items = examples.items
    if examples.by_folder:
        _refuse_splits({str(e.target) for e in items})
    names, told = name_classes([e.target for e in items], [e.split for e in items])
    if told:
        more = f" and {len(told) - _MAX_TOLD:,} more pairs" if len(told) > _MAX_TOLD else ""
        repairs.tell(f"{'; '.join(told[:_MAX_TOLD])}{more} are taken for one class{'' if len(told) < 2 else ' each'}")
    if all(name is e.target for name, e in zip(names, items, strict=True)):
        return examples
    return replace(examples, items=tuple(replace(e, target=name) for name, e in zip(names, items, strict=True)))


def _refuse_splits(folders: Collection[str]) -> None:
    if folders and all(name.lower() in SPLIT_NAMES for name in folders):
        told = " and ".join(sorted(folders))
        raise UserError(
            f"the folders {told} are no classes, and none of them is for training: add a folder train, or name the "
            "folder to be learned from, and the others with `dev` and `test`"
        )


def called_as(examples: Examples, classes: Collection[str]) -> Examples:
    """The same examples, their targets called as the classes of a run that was trained under other names: 1.0 for 1.

    Args:
        examples: as they are read today.
        classes: as the run has learned them.
    """
    if all(class_name(name) == name for name in classes):
        return examples
    known: dict[str, str] = {}
    for e in examples.items:
        if isinstance(e.target, str) and e.target not in known:
            known[e.target] = find_class(e.target, classes) or e.target
    items = (replace(e, target=known[e.target]) if isinstance(e.target, str) else e for e in examples.items)
    return replace(examples, items=tuple(items))


def _stand_together(names: Iterable[str | None], parts: Iterable[str | None], keys: Collection[str]) -> bool:
    """Whether two spellings of a whole number stand in one part, so that they are codes: 7 and 007."""
    seen: dict[tuple[str | None, str], str] = {}
    for name, part in zip(names, parts, strict=True):
        if name is not None and (key := class_key(name)) in keys and seen.setdefault((part, key), name) != name:
            return True
    return False


def _apart(counts: Mapping[str, Counter[str]], keys: Collection[str]) -> dict[str, Counter[str]]:
    """The spellings of some numbers each for itself."""
    kept = {key: spellings for key, spellings in counts.items() if key not in keys}
    return kept | {name: Counter({name: n}) for key in keys for name, n in counts[key].items()}


def _chosen(counts: Mapping[str, Counter[str]], of_train: Counter[str | None]) -> dict[str, str]:
    """Spelling → the name of its class: the spelling that train has most often, words before numbers."""
    chosen = {}
    for key, spellings in counts.items():
        words = [name for name in spellings if key not in _BOOLEANS or class_key(name) == key]
        best = min(words, key=lambda name: (-of_train[name], -spellings[name], name))
        chosen.update(dict.fromkeys(spellings, best))
    return chosen
