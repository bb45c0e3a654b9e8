"""Practice chorales: what a score says, worked out by hand, and the set itself where music21 is installed."""

from __future__ import annotations

import json
from importlib.util import find_spec
from xml.etree import ElementTree

import pytest

from fathom.data.music.piano_roll import roll_to_chords
from fathom.data.practice import chorales


def note(step: str, octave: int, duration: int, *, alter: int = 0, more: str = "") -> str:
    pitch = f"<pitch><step>{step}</step><alter>{alter}</alter><octave>{octave}</octave></pitch>"
    return f"<note>{more}{pitch}<duration>{duration}</duration></note>"


def score(*parts: str, fifths: int = 0, mode: str = "major") -> ElementTree.Element:
    key = f"<attributes><divisions>2</divisions><key><fifths>{fifths}</fifths><mode>{mode}</mode></key></attributes>"
    inner = "".join(f"<part><measure>{key}{part}</measure></part>" for part in parts)
    return ElementTree.fromstring(f"<score-partwise>{inner}</score-partwise>")


FOUR = (
    note("C", 5, 2) + note("D", 5, 1) + note("E", 5, 1),  # a quarter and two eighths
    note("G", 4, 4),  # a half
    note("E", 4, 2) + "<note><rest/><duration>2</duration></note>",
    note("C", 3, 2) + note("F", 3, 2, alter=1),
)


def test_a_score_by_hand():
    roll = chorales.roll_of_score(score(*FOUR), grid=1, transpose=False)
    assert roll_to_chords(roll) == [(48, 64, 67, 72), (54, 67, 74)]
    finer = chorales.roll_of_score(score(*FOUR), grid=2, transpose=False)
    assert roll_to_chords(finer) == [(48, 64, 67, 72), (48, 64, 67, 72), (54, 67, 74), (54, 67, 76)]


@pytest.mark.parametrize(
    ("fifths", "mode", "shift"),
    [(0, "major", 0), (1, "major", 5), (2, "major", -2), (-1, "major", -5), (0, "minor", 3), (-3, "minor", 0)],
)
def test_every_key_is_moved_into_c(fifths, mode, shift):
    roll = chorales.roll_of_score(score(*FOUR, fifths=fifths, mode=mode))
    assert roll_to_chords(roll)[0] == tuple(n + shift for n in (48, 64, 67, 72))


def test_chords_backups_and_grace_notes():
    grace = "<note><grace/><pitch><step>B</step><octave>5</octave></pitch></note>"
    two = note("C", 4, 2) + note("E", 4, 2, more="<chord/>") + "<backup><duration>2</duration></backup>" + grace
    roll = chorales.roll_of_score(score(two + note("G", 4, 2), *FOUR[1:]), transpose=False)
    assert roll_to_chords(roll)[0] == (48, 60, 64, 67)


def test_other_numbers_of_parts_are_left_out():
    assert chorales.roll_of_score(score(*FOUR[:3])) is None


@pytest.mark.slow
@pytest.mark.skipif(find_spec("music21") is None, reason="needs music21")
def test_the_set(tmp_path):
    pieces = json.loads(chorales.write(tmp_path).read_text())
    assert len(pieces) > 300
    chords = [chord for piece in pieces for chord in piece]
    assert sum(len(chord) in (3, 4) for chord in chords) > 0.95 * len(chords)
    assert sum(piece[-1][:1] != [] and piece[-1][0] % 12 == 0 for piece in pieces) > 0.7 * len(pieces)
