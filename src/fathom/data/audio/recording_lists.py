"""Text files beside folders of words that say the split of each recording, and the folder of noise beside them.

Speech Commands comes so: ``validation_list.txt`` and ``testing_list.txt`` name the recordings of dev and of test, a
line each; what neither names is train. ``_background_noise_`` holds minutes of noise to mix in, and no word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fathom.data import repairs
from fathom.data.audio import waveform
from fathom.data.audio.listed_recording import ListedRecording
from fathom.data.listed_names import ListedNames
from fathom.data.splits.split_folders import splits_by_name
from fathom.data.text.text_file import read_text
from fathom.errors import Unreadable
from fathom.records import Skipped

NOISE_FOLDER = "_background_noise_"
"""What holds noise beside the folders of words."""


def without_noise(root: Path, listed: Sequence[ListedRecording]) -> list[ListedRecording]:
    """The recordings without the folder of noise, which is told; where two words are left at least.

    Args:
        root: where the folders lie, for the sentence.
        listed: all recordings.
    """
    kept = [entry for entry in listed if entry.word.casefold() != NOISE_FOLDER]
    if len(kept) == len(listed) or len({entry.word for entry in kept}) < 2:
        return list(listed)
    n = len(listed) - len(kept)
    repairs.tell(
        f"{NOISE_FOLDER} is left out, with {n:,} recording{'s' * (n > 1)}: it is noise to mix in, and no word "
        "(a folder of another name would be a class)",
        root,
    )
    return kept


def split_by_lists(root: Path, listed: Sequence[ListedRecording], skipped: list[Skipped]) -> list[ListedRecording]:
    """The recordings with the splits that lists beside their folders say, which is told.

    Args:
        root: the folder of the lists.
        listed: the recordings below it.
        skipped: is added what no list names, where there is one of train, too.
    """
    lists = _lists(root)
    if not lists:
        return list(listed)
    of = {path: split for split, paths in lists.values() for path in paths}
    rest = None if "train" in {split for split, _ in lists.values()} else "train"
    counts: Counter[str] = Counter()
    kept: list[ListedRecording] = []
    for entry in listed:
        split = of.get(entry.path, rest)
        if split is None:
            skipped.append(Skipped(entry.id, f"is in none of {', '.join(lists)}"))
        else:
            counts[split] += 1
            kept.append(replace(entry, split=split))
    told = ", ".join(f"{name} was read as the list of {split}" for name, (split, _) in lists.items())
    repairs.tell(f"{told}; {', '.join(f'{n:,} are {split}' for split, n in counts.items())}", root)
    return kept


def _lists(root: Path) -> dict[str, tuple[str, list[Path]]]:
    """The split and the recordings of each list, by its name: text files with the word of a split, most of whose lines
    name recordings of the folder."""
    texts = {path.with_suffix(""): path for path in sorted(root.glob("*.txt")) if path.is_file()}
    found: dict[str, tuple[str, list[Path]]] = {}
    named = ListedNames(root)
    for stem, split in splits_by_name(list(texts)).items():
        try:
            lines = [line.strip() for line in read_text(texts[stem]).splitlines() if line.strip()]
        except Unreadable:
            continue
        names = [name for line in lines if (name := _name_in(line))]
        there = [path for name in names if (path := named.find_inside(name, 2))]
        if 2 * len(names) > len(lines):
            _tell_missing(texts[stem], len(lines) - len(there))
            if there:
                found[texts[stem].name] = split, there
    return found


def _name_in(line: str) -> str:
    """The recording that a line names, perhaps before its label: ``yes/a 1.wav`` or ``yes/a.wav,yes``; "" if none."""
    first = re.split(r"[\s,;|]", line, maxsplit=1)[0]
    return next((name for name in (line, first) if waveform.is_recording(name)), "")


def _tell_missing(path: Path, count: int) -> None:
    if count:
        repairs.tell(f"{count:,} line{'s name' if count > 1 else ' names'} no recording that is there", path)
