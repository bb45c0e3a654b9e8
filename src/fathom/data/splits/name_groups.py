"""Files that are versions of one thing by their names: a tune in full, its chords and its melody; a clip and its noise.

    full/waltz.mid  chords/waltz.mid  melody/waltz.mid        waltz.mid  waltz_chords.mid
    clean/ann-1.wav  noisy/ann-1.wav                          ann-1.wav  ann-1_noisy.wav  ann-1.mp3

A model that has seen one has seen the others, so that they must not fall on both sides of a split. That two files have
the same name means nothing by itself (``low/001.wav`` and ``high/001.wav``): they are versions only where nearly all
files come in the same few versions, and only those with the same target.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from fathom.data.table.split_column import SPLIT_NAMES
from fathom.records import Example, Examples

_SUFFIX = re.compile(r"(?P<base>.*\w)[_\-. ]+(?P<suffix>[^\W\d_]{2,})")
_MOST_VERSIONS = 6
_FEWEST_GROUPS = 5
_COVERED = 0.7
"""Share of the files that come in versions, from which on names are taken to tell it."""

Alike = Callable[[Sequence[Sequence[Example]]], bool]


def keep_versions_together(examples: Examples, asked: str | None, alike: Alike | None = None) -> Examples:
    """The examples, those that are versions of one thing by their names as a group.

    Args:
        examples: of files, whose ids are paths; where any has a group already, they are left as they are.
        asked: what ``--group`` said; ``none`` leaves them as they are.
        alike: whether groups whose names are mere numbers are of the same content; None: they never are.

    Returns:
        the same examples; `Examples.together` says why they have groups.
    """
    items = examples.items
    if asked is not None or any(e.group is not None for e in items):
        return examples
    for name in (_stem, _base):
        groups = _groups(items, name)
        if groups and (not _are_numbers(groups) or (alike is not None and alike(list(groups.values())))):
            named = {e.id: key for key, members in groups.items() for e in members}
            kept = tuple(replace(e, group=named.get(e.id)) for e in items)
            return replace(examples, items=kept, together="versions of one name")
    return examples


def _stem(e: Example) -> tuple[str, str]:
    """What a file is a version of, and which version it is: by its folder and its ending."""
    path = PurePosixPath(e.id)
    return path.stem, f"{_folder(e)} {path.suffix}"


def _base(e: Example) -> tuple[str, str]:
    """The same, where a word at the end of its name says which version it is."""
    path = PurePosixPath(e.id)
    found = _SUFFIX.fullmatch(path.stem)
    base, suffix = (found["base"], found["suffix"]) if found else (path.stem, "")
    return base, f"{_folder(e)} {suffix} {path.suffix}"


def _folder(e: Example) -> str:
    """The folders that a file lies in, but those that are its class or its split."""
    parts = PurePosixPath(e.id).parts[:-1]
    if e.split is not None:
        said = [i for i, part in enumerate(parts) if SPLIT_NAMES.get(part.lower()) == e.split]
        at = said[0] if said else 0
        parts = parts[:at] + parts[at + 1 :]
    return "/".join(part for part in parts if part != str(e.target))


def _groups(items: Sequence[Example], name: Callable[[Example], tuple[str, str]]) -> Mapping[str, Sequence[Example]]:
    """The files by what they are versions of; nothing where most come in one version, or in too many."""
    groups: dict[tuple[str, str], list[Example]] = defaultdict(list)
    versions: set[str] = set()
    for e in items:
        key, version = name(e)
        groups[key, str(e.target)].append(e)
        versions.add(version)
    several = {f"{key}\x1f{target}": members for (key, target), members in groups.items() if len(members) > 1}
    classes = Counter(target for _, target in groups)
    enough = len(groups) >= _FEWEST_GROUPS and (3 * len(classes) > len(groups) or min(classes.values()) >= 3)
    few = 1 < len(versions) <= _MOST_VERSIONS and max(map(len, several.values()), default=9) <= len(versions)
    return several if few and enough and sum(map(len, several.values())) > _COVERED * len(items) else {}


def _are_numbers(groups: Mapping[str, object]) -> bool:
    """Whether names are mere numbers, which files in different folders share by chance."""
    return sum(not re.search(r"[^\W\d_]", key.partition("\x1f")[0]) for key in groups) > len(groups) / 2
