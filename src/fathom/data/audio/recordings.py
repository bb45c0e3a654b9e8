"""Recordings of words as people have them: a folder for each word, a table of paths and labels, or telling file names.

    WORD/anything.wav            the word is the folder's name; in train/WORD, dev/WORD, test/WORD the splits are kept
    metadata.csv                 columns of paths and labels, and perhaps of speakers and of splits; or one in each of
                                 train, dev and test; see `fathom.data.audio.recording_tables`
    WORD_SPEAKER_NUMBER.wav      all in one folder, as in the Free Spoken Digit Dataset
    testing_list.txt             beside the folders: lists are splits (`fathom.data.audio.recording_lists`)

Speakers are known from the column that ``--group`` names, from names such as the last, and from those of Speech
Commands (``SPEAKER_nohash_NUMBER.wav``). Recordings of a group never part.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from fathom.data import name_fields
from fathom.data.audio import waveform
from fathom.data.audio.listed_recording import ListedRecording
from fathom.data.audio.recording_lists import split_by_lists, without_noise
from fathom.data.audio.recording_tables import find_table, is_listing, path_column
from fathom.data.class_names import class_name
from fathom.data.file_scan import read_example
from fathom.data.listed_names import ListedNames, composed, with_slashes
from fathom.data.name_fields import asked_field, field_of
from fathom.data.splits.name_groups import keep_versions_together
from fathom.data.splits.split_folders import split_folders
from fathom.data.table import tables
from fathom.data.without_row import tell_without_row
from fathom.declared_options import NOT_GROUPED
from fathom.errors import UserError
from fathom.records import Example, Examples, InputKind, Skipped, Source
from fathom.spelling import did_you_mean

_FOLDER = "folder"
"""What the target is called, and asked for, where the names of folders are the words."""
_SPEAKER = "speaker"
"""What ``--group`` names where the speaker is read from the file's name."""
_TOLD = re.compile(r"(?P<word>[^_]+)_(?P<speaker>[^_]+)_\d+")
_COMMANDS = re.compile(r"(?P<speaker>[^_]+)_nohash_\d+")
_ADVICE = "give a folder of recordings for each word, or a CSV with the columns path, label and speaker"


def is_recording_source(place: Path) -> bool:
    """Whether a folder has recordings, or a table names some."""
    return waveform.has_recordings(place) if place.is_dir() else is_listing(place, place.parent)


def read_words(source: Source) -> Examples:
    """Recordings with the word that is spoken in each.

    Raises:
        UserError: no recordings, no words, one word only, or no such column.
        MissingExtra: the library that reads sound is not installed.
    """
    skipped: list[Skipped] = []
    asked = source.group
    field = asked_field(asked)
    source = replace(source, group=None) if asked == NOT_GROUPED or field else source
    listed, target = _list_recordings(source.path, source, "", None, skipped)
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            listed = [entry for entry in listed if entry.split != split]
            listed += _list_recordings(extra, source, f"{split}/", split, skipped)[0]
    _refuse_no_words(source, listed, target, skipped)
    if field:
        listed = [replace(entry, group=field_of(entry.path.name, field)) for entry in listed]
    read = probe_recordings(listed, skipped, target or _FOLDER, f"{source.text} can be read", _ADVICE)
    return keep_versions_together(replace(read, by_folder=target is None), asked)


def _refuse_no_words(
    source: Source, listed: Sequence[ListedRecording], target: str | None, skipped: Sequence[Skipped]
) -> None:
    """Refuse recordings without words, with one alone, or in folders that may be none."""
    if not listed:
        more = name_fields.advice([one.id for one in skipped])
        raise UserError(f"{source.text} has no recordings whose word is known: {_ADVICE}{more}")
    names = [str(entry.path) for entry in listed]
    if target is None and len(words := {entry.word for entry in listed}) < 2:
        word = words.pop()
        inner = source.path / word
        below = inner.is_dir() and len({path.parent for path in waveform.find_recordings(inner)} - {inner}) > 1
        more = f"give {inner}, if its folders are the words" if below else f"{_ADVICE}{name_fields.advice(names)}"
        raise UserError(f"{source.text} has recordings of one word only, {word}: {more}")
    if target is None and not source.target and (other := name_fields.refusal(names, source.text)):
        raise UserError(other)


def probe_recordings(
    listed: Sequence[ListedRecording], skipped: Sequence[Skipped], target: str, where: str, advice: str
) -> Examples:
    """The recordings among those listed that are some, each with a digest of its file.

    Raises:
        UserError: none is.
        MissingExtra: the library that reads sound is not installed.
    """
    with ThreadPoolExecutor(min(8, (os.cpu_count() or 1) * 2)) as pool:
        looked = list(pool.map(lambda entry: read_example(entry, entry.word, waveform.probe), listed))
    items = tuple(x for x in looked if isinstance(x, Example))
    bad = [x for x in looked if isinstance(x, Skipped)]
    if not items:
        raise UserError(
            f"none of the {len(bad)} recordings in {where}: the first, {bad[0].id}: {bad[0].reason}; {advice}"
        )
    return Examples(items, (*skipped, *bad), "recordings", target, InputKind.RECORDING)


def hold_out(examples: Examples, groups: Sequence[str], split: str = "test") -> Examples:
    """Put all recordings of these groups into one split, and all that were there before into none.

    Raises:
        UserError: there are no groups, or none of that name.
    """
    known = sorted({e.group for e in examples.items if e.group is not None})
    if not known:
        raise UserError(f"no speakers are known, so that none can be held out: add `group={_SPEAKER}`")
    for group in groups:
        if group not in known:
            raise UserError(
                f"there is no {group!r} to hold out{did_you_mean(group, known)}: choose among {', '.join(known[:20])}"
            )
    kept = [replace(e, split=None) if e.split == split else e for e in examples.items]
    return replace(examples, items=tuple(replace(e, split=split) if e.group in groups else e for e in kept))


def _list_recordings(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> tuple[list[ListedRecording], str | None]:
    """What a place lists, and what the target is called there; None where it is the folder's name."""
    if place.is_file():
        return list_table(place, source, prefix, split, skipped)
    if not place.is_dir():
        raise UserError(f"{place} is neither a folder nor a table of recordings: {_ADVICE}")
    if (field := asked_field(source.target)) is not None:
        return _list_by_field(place, field, prefix, split, skipped), str(source.target)
    if source.target != _FOLDER and (table := find_table(place)):
        named, column = list_table(table[0], source, prefix, split, skipped, table[1])
        if not prefix:
            every, files = waveform.find_recordings(place), [entry.path for entry in named]
            tell_without_row("recordings", place, every, files, skipped, table[0].name)
        return named, column
    if split is None and (parts := _ready_parts(place)):
        below = [
            _list_recordings(part, source, f"{prefix}{part.relative_to(place).as_posix()}/", ready, skipped)
            for ready, part in parts
        ]
        return [entry for listed, _ in below for entry in listed], below[0][1]
    listed, target = _list_folder(place, source.group, prefix, split, skipped)
    listed = without_noise(place, listed) if target is None else listed
    return split_by_lists(place, listed, skipped) if split is None else listed, target


def _list_by_field(
    root: Path, field: int, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    """The recordings with a field of their names as word, and with the splits of the folders that they lie in."""
    listed = []
    for path in waveform.find_recordings(root):
        inner = path.relative_to(root)
        ready = tables.SPLIT_NAMES.get(inner.parts[0].lower()) if len(inner.parts) > 1 else None
        if word := field_of(path.name, field):
            listed.append(ListedRecording(prefix + inner.as_posix(), path, word, split or ready))
        else:
            skipped.append(Skipped(prefix + inner.as_posix(), f"its name has no field {field}"))
    return listed


def _ready_parts(place: Path) -> list[tuple[str, Path]]:
    """The folders train, dev and test, if no recording lies beside them; each is laid out as a whole place may be."""
    parts = [path.relative_to(place).parts for path in waveform.find_recordings(place)]
    loose = any(len(own) == 1 for own in parts)
    return [] if loose else split_folders(place, [place / name for name in sorted({own[0] for own in parts})])


def list_table(
    path: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped], root: Path | None = None
) -> tuple[list[ListedRecording], str]:
    """What a table lists, and what the target is called there.

    Args:
        path: of the table.
        source: what is asked of it.
        prefix: what the ids begin with.
        split: that all of it is for, or None.
        skipped: is added to.
        root: the folder that its names start from; usually its own.

    Raises:
        UserError: it has no names of recordings, no target, or no such column.
    """
    table = tables.load_table(path)
    frame, group = table.frame, source.group
    root = root or path.parent
    column = path_column(frame, root)
    if column is None:
        raise UserError(f"no column of {path} holds names of recordings: {_ADVICE}")
    tables.check_columns(source, frame.columns, path)
    rest = frame.drop([column])
    ready = tables.split_column(frame)
    others = [c for c in rest.columns if c not in (ready, *source.apart)]
    if not others:
        raise UserError(f"{path} has no column of labels: add one beside {column!r}")
    alone = source.target is None and len(others) == 1
    target = others[0] if alone else tables.find_target(rest, source.target, path, source.apart)
    target = target if source.target else tables.spelt_out(rest, target, path)
    skipped.extend(replace(s, id=prefix + s.id) for s in table.skipped)
    listed: dict[str, ListedRecording] = {}
    place = _Places(root)
    for number, row in zip(table.numbers, frame.iter_rows(named=True)):
        name, word = row[column], row[target]
        if name is None or word is None:
            skipped.append(Skipped(f"{prefix}row {number}", f"no {column if name is None else target}"))
        elif (own := prefix + str(name)) in listed:
            skipped.append(Skipped(f"{own} (row {number})", "listed twice"))
        else:
            where = split or (tables.SPLIT_NAMES[str(row[ready]).lower()] if ready and row[ready] is not None else None)
            belongs = None if group is None or row[group] is None else class_name(row[group])
            metadata = {k: v for k, v in row.items() if k not in (column, target, ready, group) and v is not None}
            listed[own] = ListedRecording(own, place.of(str(name)), class_name(word), where, belongs, metadata)
    return list(listed.values()), target


def read_listed(path: Path) -> list[Example | Skipped]:
    """The recordings that a table names, to be predicted: one for each row, without a target.

    Args:
        path: of the table; what is in its other columns does not matter.

    Raises:
        UserError: none of its columns names recordings.
    """
    table, place = tables.load_table(path), _Places(path.parent)
    asked = tables.names_to_ask(table, path, path_column(table.frame, path.parent), "recordings")
    return [one if isinstance(one, Skipped) else Example(f"{one[0]} {one[1]}", place.of(one[1])) for one in asked]


class _Places:
    """Where the recordings lie that a table names: at that path, or under that name somewhere below the folder.

    A table may leave out the folder (Common Voice names clips/a.mp3 as a.mp3) or the ending; see `ListedNames`, too.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listed = ListedNames(folder)
        self._by_name: dict[str, list[Path]] | None = None

    def of(self, name: str) -> Path:
        """The path; what is nowhere, or in several places, is taken to be where the table says."""
        if (there := self._listed.find(name, shortest=2)) is not None:
            return there
        path = self.folder / with_slashes(name)
        if self._by_name is None:
            self._by_name = {}
            for found in waveform.find_recordings(self.folder):
                for key in (found.name, found.stem):
                    self._by_name.setdefault(composed(key), []).append(found)
        found_there = self._by_name.get(composed(path.name), [])
        return found_there[0] if len(found_there) == 1 else path


def _list_folder(
    root: Path, group: str | None, prefix: str, split: str | None, skipped: list[Skipped]
) -> tuple[list[ListedRecording], str | None]:
    if group not in (None, _SPEAKER):
        raise UserError(
            f"a folder of recordings has no column {group!r} to group by: use `group={_SPEAKER}`, which is read from "
            f"names such as WORD_SPEAKER_NUMBER.wav, or give a CSV with the columns path, label and {group}"
        )
    paths = [(path, path.relative_to(root).parts) for path in waveform.find_recordings(root)]
    if split is None and any(tables.SPLIT_NAMES.get(p[0].lower()) == "train" and len(p) > 2 for _, p in paths):
        parts = [(path, p[1:], tables.SPLIT_NAMES.get(p[0].lower())) for path, p in paths]
    else:
        parts = [(path, p, split) for path, p in paths]
    told = [_TOLD.fullmatch(path.stem) for path, _ in paths]
    by_name = all(told) and len({p[:-1] for _, p, _ in parts}) == 1 and len({m["word"] for m in told if m}) > 1
    listed: list[ListedRecording] = []
    for (path, inner, where), match in zip(parts, told):
        name = prefix + path.relative_to(root).as_posix()
        if by_name and match is not None:
            listed.append(ListedRecording(name, path, match["word"], where, match["speaker"] if group else None))
        elif len(inner) < 2 or (len(paths[0][1]) > len(parts[0][1]) and where is None):
            skipped.append(Skipped(name, "lies outside the folders of words"))
        else:
            known = _COMMANDS.fullmatch(path.stem) or match
            listed.append(ListedRecording(name, path, inner[0], where, known["speaker"] if group and known else None))
    if group and listed and all(entry.group is None for entry in listed):
        raise UserError(
            f"the speakers of {root} are not known from the names of its files, which are no WORD_SPEAKER_NUMBER.wav: "
            f"give a CSV with the columns path, label and {group}"
        )
    return listed, "word" if by_name else None
