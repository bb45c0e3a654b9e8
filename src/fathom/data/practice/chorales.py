"""Bach's chorales, from the scores that come with music21, as a piano roll each.

The scores are MusicXML, packed; they are read here, since music21 itself takes minutes for them. A key counts at a time
step if it sounds at its beginning. Every chorale is moved into C, major or minor, as its key signature says, so that
there is less to learn from few of them.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

import numpy as np

from fathom.data.music.piano_roll import KEYS, LOWEST_NOTE, Roll, roll_to_chords
from fathom.data.practice.parameters import Between
from fathom.errors import MissingExtra, UserError

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MAX_XML_BYTES = 32 * 2**20
Note = tuple[Fraction, Fraction, int]
"""Beginning and end in quarter notes, and the MIDI number."""


def write(folder: Path, *, grid: Annotated[int, Between(1, 4)] = 1, transpose: bool = True) -> Path:
    """Write the chorales as pieces.

    Args:
        folder: where to.
        grid: time steps to a quarter note.
        transpose: whether all stand in C.

    Returns:
        ``chorales.json``.

    Raises:
        MissingExtra: music21 is not installed.
    """
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        raise MissingExtra("practice:chorales", "music")
    pieces = []
    for path in sorted((Path(spec.origin).parent / "corpus" / "bach").glob("bwv*.mxl")):
        roll = roll_of_score(_score(path), grid, transpose)
        if roll is not None:
            pieces.append([list(chord) for chord in roll_to_chords(roll)])
    if not pieces:
        raise UserError("this release of music21 has no chorales in its corpus: install another one")
    place = folder / "chorales.json"
    place.write_text(json.dumps(pieces), encoding="utf-8")
    return place


def _score(path: Path) -> ElementTree.Element:
    """The score in a packed file."""
    with zipfile.ZipFile(path) as packed:
        names = (i for i in packed.infolist() if not i.is_dir() and not i.filename.startswith(("META-INF", "mimetype")))
        inner = next(names)
        if inner.file_size > _MAX_XML_BYTES:
            raise UserError(f"{path} is no chorale, so large it is: install music21 again")
        return ElementTree.fromstring(packed.read(inner))


def roll_of_score(score: ElementTree.Element, grid: int = 1, transpose: bool = True) -> Roll | None:
    """A score of four parts as a roll; None where it has another number of parts, as cantata movements have.

    Args:
        score: ``score-partwise``.
        grid: time steps to a quarter note.
        transpose: whether it is moved into C, by at most six semitones.
    """
    parts = score.findall("part")
    notes = [note for part in parts for note in _notes(part)]
    if len(parts) != 4 or not notes:
        return None
    shift = _semitones_to_c(score) if transpose else 0
    # a chorale begins with an upbeat or not: time is counted from the first note
    start = min(begin for begin, _, _ in notes)
    roll = np.zeros((int(-(-max(end - start for _, end, _ in notes) * grid // 1)), KEYS), np.uint8)
    for begin, end, pitch in notes:
        first, last = (-(-(time - start) * grid // 1) for time in (begin, end))  # steps that begin while it sounds
        if 0 <= pitch + shift - LOWEST_NOTE < KEYS:
            roll[int(first) : int(last), pitch + shift - LOWEST_NOTE] = 1
    return roll


def _notes(part: ElementTree.Element) -> Iterator[Note]:
    """The notes of a part, with their times; grace notes, which have none, are left out."""
    now, before, divisions = Fraction(0), Fraction(0), 1
    for measure in part.findall("measure"):
        for item in measure:
            if item.tag == "attributes":
                divisions = int(item.findtext("divisions") or divisions)
            if item.tag not in ("note", "backup", "forward") or item.find("duration") is None:
                continue
            lasts = Fraction(item.findtext("duration") or "0") / divisions
            if item.tag == "backup":
                now -= lasts
                continue
            begin = before if item.find("chord") is not None else now
            pitch = item.find("pitch")
            if item.tag == "note" and pitch is not None:
                name, octave = pitch.findtext("step") or "C", int(pitch.findtext("octave") or 4)
                altered = round(float(pitch.findtext("alter") or 0))
                yield begin, begin + lasts, 12 * (octave + 1) + _STEPS[name] + altered
            before, now = begin, begin + lasts


def _semitones_to_c(score: ElementTree.Element) -> int:
    """How far the keynote is from C, by the first key signature: -6 to 5."""
    fifths = int(score.findtext(".//key/fifths") or 0)
    keynote = 7 * fifths + (9 if score.findtext(".//key/mode") == "minor" else 0)
    return (6 - keynote) % 12 - 6
