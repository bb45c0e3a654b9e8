"""Pieces of music as piano rolls: which of the 88 keys sound at each time step.

Two kinds of files are read:

    pieces.json    {"train": [piece, …], "valid": […], "test": […]}, or [piece, …] without splits; a piece is a list of
                   chords, a chord the list of the MIDI numbers that sound (60 is middle C); -1 and NaN are silence
    FOLDER         of MIDI files; folders in it that are called train, dev (or valid) and test are splits

A piece longer than `MAX_STEPS` steps ends there, and notes of a MIDI file off the 88 keys are left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data import files
from fathom.data.music import midi_file
from fathom.data.music.split_table import listed_splits
from fathom.data.splits.name_groups import keep_versions_together
from fathom.data.table.tables import SPLIT_NAMES
from fathom.errors import Unreadable, UserError
from fathom.library_reasons import reason_of
from fathom.records import Example, Examples, Skipped, Source

LOWEST_NOTE, KEYS = 21, 88
"""MIDI number of the lowest key of a piano, and how many keys it has."""
MAX_STEPS = 4096
"""Steps of a piece; what comes after them is left out."""
_COMPARED, _SHARED = 20, 0.5
"""Tunes that are compared by their notes, and the share of a part's notes that are in the whole."""
_SPLITS = {**SPLIT_NAMES, "all": None}
_PIECES = re.compile(r'\s*(?:\{\s*"[\w -]{1,20}"\s*:\s*)?\[\s*\[\s*\[\s*(?:-?\d|\])')

Roll = NDArray[np.uint8]
"""1 where a key sounds, ``(steps, 88)``."""
Chord = Sequence[int]


def begins_as_pieces(path: Path) -> bool:
    """Whether a file begins as one of pieces does."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return _PIECES.match(file.read(400).decode("utf-8", "replace").lstrip("\ufeff")) is not None
    except OSError:
        return False


def find_midi(folder: Path) -> list[Path]:
    """The MIDI files of a folder and of those in it, in the order of their names; none where it is no folder."""
    if not folder.is_dir():
        return []
    found = (p for p in folder.rglob("*") if p.suffix.lower() in midi_file.ENDINGS and p.is_file())
    return sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts))


def read_music(source: Source) -> Examples:
    """All pieces of a source; ``input`` is a tuple of chords, or the path of a MIDI file, and the target is in it: "".

    Raises:
        UserError: a file is damaged, or there is no piece in it.
    """
    items: list[Example] = []
    skipped: list[Skipped] = []
    for path, split in ((source.path, None), (source.dev, "dev"), (source.test, "test")):
        if path is None:
            continue
        prefix = f"{split}/" if split else ""
        for found in _midi_example(path, prefix, split) if path.is_dir() else _pieces(path, prefix, split):
            items.append(found) if isinstance(found, Example) else skipped.append(found)
    if not items:
        why = f" ({skipped[0].id}: {skipped[0].reason})" if skipped else ""
        raise UserError(f"{source.text} holds no piece of music{why}: give a folder of .mid files, or pieces as JSON")
    examples = Examples(tuple(items), tuple(skipped), kind="pieces", target="the next step")
    return keep_versions_together(examples, source.group, _are_parts) if source.path.is_dir() else examples


def _are_parts(groups: Sequence[Sequence[Example]]) -> bool:
    """Whether in most groups the notes of the smaller pieces are in the largest, as a melody's are in its tune."""
    shares = []
    for members in groups[:_COMPARED]:
        *parts, whole = sorted((read_midi(e.input, 4) for e in members), key=lambda roll: int(roll.sum()))
        for part in parts:
            n = min(len(part), len(whole))
            shares.append(float((part[:n] & whole[:n]).sum()) / float(part.sum()))
    return bool(np.median(shares) >= _SHARED)


def _midi_example(folder: Path, prefix: str, split: str | None) -> Iterator[Example | Skipped]:
    found = find_midi(folder)
    depth = _depth_of_splits([path.relative_to(folder).parts[:-1] for path in found])
    in_folders = any(_SPLITS.get("".join(path.relative_to(folder).parts[depth:-1][:1]).lower()) for path in found)
    listed = {} if split or in_folders else listed_splits(folder, found)
    for path in found:
        name = path.relative_to(folder)
        try:
            data = midi_file.read_bytes(path)
            notes_to_roll(midi_file.notes_in(data), 1)
        except Unreadable as error:
            yield Skipped(prefix + name.as_posix(), str(error))
            continue
        ready = split or _SPLITS.get("".join(name.parts[depth:-1][:1]).lower()) or listed.get(path)
        yield Example(prefix + name.as_posix(), path, "", split=ready, content=hashlib.blake2b(data).hexdigest()[:32])


def _depth_of_splits(folders: Sequence[tuple[str, ...]]) -> int:
    """How many folders lie above those that are splits: ``Nottingham/train`` has one above, ``jigs/train``, too.

    Args:
        folders: those that each file lies in; below those that differ all must be of splits, and one train.
    """
    for depth in range(max(map(len, folders), default=0)):
        said = {_SPLITS.get(parts[depth].lower()) if depth < len(parts) else None for parts in folders}
        same = len({parts[:depth] for parts in folders}) == 1
        if "train" in said and (same or None not in said):
            return depth
    return 0


def _pieces(path: Path, prefix: str, split: str | None) -> Iterator[Example | Skipped]:
    advice = 'write {"train": [piece, …], "test": […]}, a piece being a list of chords of MIDI numbers'
    try:
        found = json.loads(files.read_text(path).removeprefix("\ufeff"))
    except (ValueError, RecursionError, MemoryError) as error:
        raise UserError(f"{path} is no JSON ({reason_of(error)}): {advice}") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({files.reason(error)}): {advice}") from None
    parts = found if isinstance(found, dict) else {"": found}
    for name, pieces in parts.items():
        if not isinstance(pieces, list):
            raise UserError(f"{path} holds no list of pieces{f' in {name!r}' if name else ''}: {advice}")
        if name and name.lower() not in _SPLITS:
            raise UserError(f"{path} has the part {name[:40]!r}, which is no split: call it train, dev or test")
        for i, piece in enumerate(pieces):
            one = f"{prefix}{name + '/' if name else ''}{i}"
            try:
                chords = parse_piece(piece)
            except Unreadable as error:
                yield Skipped(one, str(error))
                continue
            content = hashlib.blake2b(repr(chords).encode()).hexdigest()[:32]
            yield Example(one, chords, "", split=split or _SPLITS.get(name.lower()), content=content)


def parse_piece(piece: Any) -> tuple[tuple[int, ...], ...]:
    """A piece as `json.loads` gave it, checked; the notes of a chord from low to high.

    Raises:
        Unreadable: it is none.
    """
    if not isinstance(piece, list) or not piece:
        raise Unreadable("it is no list of chords" if not isinstance(piece, list) else "it has no steps")
    chords = []
    for step, chord in enumerate(piece[:MAX_STEPS], 1):
        if not isinstance(chord, list):
            raise Unreadable(f"step {step} is no list of MIDI numbers")
        notes = set()
        for note in chord:
            if isinstance(note, bool) or not isinstance(note, int | float):
                raise Unreadable(f"step {step} has the note {str(note)[:20]!r}, which is no MIDI number")
            if note == -1 or note != note:  # NaN is not equal to itself
                continue
            if not LOWEST_NOTE <= note < LOWEST_NOTE + KEYS or note != note // 1:
                raise Unreadable(f"step {step} has the note {str(note)[:20]}, which is no key of a piano (21 to 108)")
            notes.add(int(note))
        chords.append(tuple(sorted(notes)))
    return tuple(chords)


def asked_piece(text: str) -> Path | tuple[tuple[int, ...], ...]:
    """The path of a MIDI file, or chords as JSON: ``[[60, 64, 67], [62, 65, 69]]``.

    Raises:
    UserError: it is neither.
    """
    try:
        if (path := Path(text)).is_file():
            return path
        return parse_piece(json.loads(text))
    except (OSError, ValueError, RecursionError):
        raise UserError(
            f"{text[:60]!r} is neither a file nor chords: give a MIDI file, or chords such as '[[60, 64], [62]]'"
        ) from None
    except Unreadable as error:
        raise UserError(f"{text[:60]!r} is no piece ({error}): give chords such as '[[60, 64], [62]]'") from None


def chords_to_roll(chords: Sequence[Chord]) -> Roll:
    """Chords of MIDI numbers as a roll.

    >>> chords_to_roll([(60, 64), ()]).sum(1)
    array([2, 0], dtype=uint64)
    """
    roll = np.zeros((len(chords), KEYS), np.uint8)
    for step, chord in enumerate(chords):
        roll[step, [note - LOWEST_NOTE for note in chord]] = 1
    return roll


def roll_to_chords(roll: NDArray[Any]) -> list[tuple[int, ...]]:
    """A roll as chords of MIDI numbers, from low to high."""
    return [tuple((np.flatnonzero(step) + LOWEST_NOTE).tolist()) for step in roll]


_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def chord_name(chord: Chord) -> str:
    """A chord for people: its notes from low to high.

    >>> chord_name((48, 64, 67))
    'C3 E4 G4'
    """
    return " ".join(f"{_NAMES[note % 12]}{note // 12 - 1}" for note in chord) or "silence"


def read_midi(path: Path, steps_per_quarter: int) -> Roll:
    """A MIDI file as a roll: a key counts at a step if it sounds at its beginning; drums do not count.

    Args:
        path: the file.
        steps_per_quarter: time steps to a quarter note; beginnings and ends are moved to the nearest.

    Raises:
        Unreadable: it is damaged, of a kind that is not read, or has no note.
        MissingExtra: symusic is not installed.
    """
    return notes_to_roll(midi_file.notes_in(midi_file.read_bytes(path)), steps_per_quarter)


def notes_to_roll(notes: midi_file.Notes, steps_per_quarter: int) -> Roll:
    """Notes as a roll, as `read_midi` makes it.

    Raises:
        Unreadable: none of them is a key of a piano.
    """
    quarter = notes.ticks_per_quarter
    first = np.floor(notes.time * steps_per_quarter / quarter + 0.5).astype(np.int64)
    last = np.floor((notes.time + notes.duration) * steps_per_quarter / quarter + 0.5).astype(np.int64)
    piano = (notes.pitch >= LOWEST_NOTE) & (notes.pitch < LOWEST_NOTE + KEYS)
    heard = piano & (first >= 0) & (first < MAX_STEPS) & (notes.duration >= 0)
    if not heard.any():
        raise Unreadable("it has no note within the 88 keys")
    last = np.minimum(np.maximum(last, first + 1), MAX_STEPS)
    roll = np.zeros((int(last[heard].max()), KEYS), np.uint8)
    for begin, end, key in zip(first[heard], last[heard], notes.pitch[heard] - LOWEST_NOTE):
        roll[begin:end, key] = 1
    return roll


def draw_roll(roll: NDArray[Any], zoom: int = 4) -> NDArray[np.uint8]:
    """A roll as a picture: time to the right, high notes above, the octaves' C marked; ``(height, width, 3)``.

    Args:
        roll: ``(steps, 88)``, 0 to 1; greys are probabilities.
        zoom: pixels a step and a key.
    """
    heard = np.flatnonzero(np.asarray(roll).any(0))
    low, high = (max(0, int(heard[0]) - 2), min(KEYS, int(heard[-1]) + 3)) if len(heard) else (27, 52)
    part = np.asarray(roll, np.float64)[:, low:high].T[::-1]  # (keys, steps), high notes above
    paper = np.full((*part.shape, 3), 248.0)
    keys = np.arange(low, high)[::-1] + LOWEST_NOTE  # (keys,)
    paper[np.isin(keys % 12, (1, 3, 6, 8, 10))] = 234.0
    paper[keys % 12 == 0] = (205.0, 218.0, 240.0)
    ink = np.array((28.0, 52.0, 120.0))
    mixed = paper * (1 - part[..., None]) + ink * part[..., None]
    return mixed.round().astype(np.uint8).repeat(zoom, 0).repeat(zoom, 1)
