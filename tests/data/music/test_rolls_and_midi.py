"""Rolls from JSON and from MIDI, MIDI written and read again, and what the synthesizer sounds like."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest

from fathom.data.music import midi, piano_roll, synthesizer
from fathom.data.source import resolve
from fathom.errors import Unreadable, UserError


def random_roll(steps: int = 50, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random((steps, 88)) < 0.1).astype(np.uint8)


def pieces(tmp_path, content) -> list:
    path = tmp_path / "pieces.json"
    path.write_text(json.dumps(content))
    return path


def test_chords_and_rolls_are_each_others_inverse():
    chords = [(21,), (), (60, 64, 67), (108,)]
    roll = piano_roll.chords_to_roll(chords)
    assert roll.shape == (4, 88)
    assert roll[0, 0] == roll[3, 87] == 1
    assert piano_roll.roll_to_chords(roll) == chords


def test_json_keeps_the_ready_made_splits(tmp_path):
    path = pieces(tmp_path, {"train": [[[60, 64]]], "valid": [[[62], []]], "test": [[[65.0, -1, float("nan")]]]})
    assert piano_roll.begins_as_pieces(path)
    read = piano_roll.read_music(resolve(str(path)))
    assert [(e.id, e.split, e.input) for e in read.items] == [
        ("train/0", "train", ((60, 64),)),
        ("valid/0", "dev", ((62,), ())),
        ("test/0", "test", ((65,),)),
    ]


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        ([], "no steps"),
        ("C", "no list of chords"),
        ([60], "step 1 is no list"),
        ([[60], [20]], "step 2 has the note 20, which is no key"),
        ([[109]], "no key"),
        ([[60.5]], "no key"),
        ([["C4"]], "'C4', which is no MIDI number"),
        ([[True]], "no MIDI number"),
        ([[1e999]], "no key"),
    ],
)
def test_a_bad_piece_is_skipped_and_said(piece, reason, tmp_path):
    read = piano_roll.read_music(resolve(str(pieces(tmp_path, {"train": [[[60]], piece]}))))
    assert len(read.items) == 1
    assert [s.id for s in read.skipped] == ["train/1"]
    assert reason in read.skipped[0].reason


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"train": 3}',
        b'{"verse": [[[60]]]}',
        b"[]",
        b"[[[200]]]",
        b"[[[" + b"9" * 400 + b"]]]",
        b"[" * 9999,
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(content, tmp_path):
    path = tmp_path / "pieces.json"
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        piano_roll.read_music(resolve(str(path)))
    assert "\n" not in str(refused.value)


def test_a_piece_ends_at_the_longest(tmp_path):
    read = piano_roll.read_music(resolve(str(pieces(tmp_path, [[[60]] * (piano_roll.MAX_STEPS + 5)]))))
    assert len(read.items[0].input) == piano_roll.MAX_STEPS


@pytest.mark.parametrize("grid", [1, 4, 7])
def test_midi_written_and_read_again_is_the_same(grid, tmp_path):
    pytest.importorskip("symusic")
    roll = random_roll()
    roll[-1, 40] = 1  # a file ends with its last note
    midi.write_midi(tmp_path / "tune.mid", roll, steps_per_quarter=grid, tempo=77)
    assert np.array_equal(piano_roll.read_midi(tmp_path / "tune.mid", grid), roll)


def test_a_held_key_is_one_note_and_numbers_are_written_seven_bits_a_byte():
    roll = np.zeros((200, 88), np.uint8)
    roll[:, 39] = 1  # middle C
    assert midi.roll_to_notes(roll) == [(0, 200, 60)]
    content = midi.roll_to_midi(roll, steps_per_quarter=1, tempo=120)
    assert content[:14] == b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0"
    assert b"\xff\x51\x03\x07\xa1\x20" in content  # 500,000 microseconds to a quarter note
    assert b"\x85\xee\x00\x80\x3c\x00" in content  # 96,000 ticks: 5 · 128² + 110 · 128 + 0
    assert content.endswith(b"\xff\x2f\x00")


def test_drums_are_left_out_and_short_notes_last_a_step(tmp_path):
    symusic = pytest.importorskip("symusic")
    score = symusic.Score(480)
    for drums, pitch in ((False, 60), (True, 40)):
        track = symusic.Track(is_drum=drums)
        track.notes.append(symusic.Note(time=960, duration=10, pitch=pitch, velocity=80))
        score.tracks.append(track)
    score.dump_midi(tmp_path / "tune.mid")
    assert piano_roll.roll_to_chords(piano_roll.read_midi(tmp_path / "tune.mid", 1)) == [(), (), (60,)]


def test_a_corrupt_midi_is_unreadable_in_a_sentence(tmp_path):
    pytest.importorskip("symusic")
    whole = midi.roll_to_midi(random_roll(20))
    rng = np.random.default_rng(0)
    refused: list[str] = []
    for i in range(150):
        content = bytearray(whole[: rng.integers(0, len(whole))] if i % 2 else whole)
        for _ in range(rng.integers(1, 30)):
            content[rng.integers(0, len(content) or 1) : 0] = bytes([rng.integers(0, 256)])
        path = tmp_path / "bad.mid"
        path.write_bytes(content)
        try:
            roll = piano_roll.read_midi(path, 4)
        except Unreadable as error:
            refused.append(str(error))
        else:
            assert roll.dtype == np.uint8
            assert roll.shape[1] == 88
            assert 1 <= len(roll) <= piano_roll.MAX_STEPS
    assert len(refused) > 20
    assert not any("\n" in sentence for sentence in refused)
    for content in (b"", b"no music", b"MThd", whole[:30]):
        (tmp_path / "bad.mid").write_bytes(content)
        with pytest.raises(Unreadable):
            piano_roll.read_midi(tmp_path / "bad.mid", 4)
    with pytest.raises(Unreadable, match="no file"):
        piano_roll.read_midi(tmp_path, 4)


@pytest.mark.parametrize("note", [45, 60, 69, 81])
def test_a_tone_has_its_pitch(note):
    sound = synthesizer.synthesize_note(note, 2.0)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    strongest = np.argmax(spectrum) * synthesizer.RATE / len(sound)
    assert strongest == pytest.approx(440 * 2 ** ((note - 69) / 12), abs=0.5 * synthesizer.RATE / len(sound) + 0.01)


def test_a_chord_is_heard_in_its_step_and_nothing_after_it(tmp_path):
    roll = piano_roll.chords_to_roll([(), (60, 67), ()])
    synthesizer.write_wav(tmp_path / "tune.wav", roll, seconds_per_step=0.5)
    with wave.open(str(tmp_path / "tune.wav"), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, synthesizer.RATE)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    assert np.abs(sound).max() == pytest.approx(synthesizer.PEAK, abs=0.01)
    step = synthesizer.RATE // 2
    assert not sound[:step].any()
    assert not sound[step * 2 + round((synthesizer.RELEASE + 0.01) * synthesizer.RATE) :].any()
    part = sound[step : 2 * step]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    peaks = [i for i in range(1, len(spectrum) - 1) if spectrum[i] > max(spectrum[i - 1], spectrum[i + 1])]
    two = sorted(sorted(peaks, key=lambda i: -spectrum[i])[:2])
    assert [i * 2 for i in two] == pytest.approx([261.6, 392.0], abs=2.0)


def test_silence_is_silent():
    assert not synthesizer.synthesize_roll(np.zeros((3, 88))).any()


def test_the_picture_shows_high_notes_above(tmp_path):
    image = piano_roll.draw_roll(piano_roll.chords_to_roll([(60,), (72,)]), zoom=1)
    rows, columns = np.nonzero((image == (28, 52, 120)).all(2))
    assert columns.tolist() == [1, 0]
    assert rows[1] - rows[0] == 12
    assert piano_roll.draw_roll(np.zeros((5, 88))).shape[1] == 20


def track(*events: bytes) -> bytes:
    """A track of events, each with its time in front; its end is added."""
    content = b"".join(events) + b"\x00\xff\x2f\x00"
    return b"MTrk" + len(content).to_bytes(4, "big") + content


def header(form: int = 1, tracks: int = 1, division: int = 96) -> bytes:
    return b"MThd\0\0\0\6" + b"".join(n.to_bytes(2, "big") for n in (form, tracks, division))


NOTE = (b"\x00\x90\x3c\x40", b"\x60\x80\x3c\x00")
RUNNING = (b"\x00\x90\x3c\x40", b"\x60\x3c\x00", b"\x00\x40\x40", b"\x60\x40\x00")
DRUM = (b"\x00\x99\x24\x40", b"\x60\x89\x24\x00")
TEMPO = b"\x00\xff\x51\x03\x07\xa1\x20"


def in_riff(content: bytes) -> bytes:
    inner = b"RMIDdata" + len(content).to_bytes(4, "little") + content
    return b"RIFF" + len(inner).to_bytes(4, "little") + inner


@pytest.mark.parametrize(
    ("name", "content", "chords"),
    [
        ("zero.mid", header(0) + track(*NOTE), [(60,)]),
        ("running.mid", header(0) + track(*RUNNING), [(60,), (64,)]),
        ("tempo.mid", header(1, 2) + track(TEMPO, b"\x60" + TEMPO[1:]) + track(*RUNNING), [(60,), (64,)]),
        ("drums-too.mid", header(1, 2) + track(*DRUM) + track(*NOTE), [(60,)]),
        ("one-of-two.mid", header(2, 1) + track(*NOTE), [(60,)]),
        ("song.kar", header(0) + track(b"\x00\xff\x05\x02la", *NOTE), [(60,)]),
        ("riff.rmi", in_riff(header(0) + track(*NOTE)), [(60,)]),
    ],
)
def test_midi_as_programs_write_it(name, content, chords, tmp_path):
    pytest.importorskip("symusic")
    (tmp_path / name).write_bytes(content)
    assert piano_roll.find_midi(tmp_path) == [tmp_path / name]
    assert piano_roll.roll_to_chords(piano_roll.read_midi(tmp_path / name, 1)) == chords


REFUSED = [
    ("smpte", header(0, 1, 0xE728) + track(*NOTE), "SMPTE"),
    ("drums", header(0) + track(*DRUM), "drums alone"),
    ("endless", header(0) + track(b"\x00\x90\x3c\x40", b"\x60\x90\x3e\x40"), "comes to an end"),
    ("no-notes", header(0) + track(TEMPO), "no notes"),
    ("two-tunes", header(2, 2) + track(*NOTE) + track(*RUNNING), "2 tunes"),
    ("low", header(0) + track(b"\x00\x90\x05\x40", b"\x60\x80\x05\x00"), "88 keys"),
    ("cut", header(0)[:9], "ends in its header"),
    ("riff", in_riff(b"nothing"), "no MIDI"),
]


def test_midi_that_cannot_be_used_is_left_out_before_the_split_with_its_reason(tmp_path):
    pytest.importorskip("symusic")
    (tmp_path / "good.mid").write_bytes(header(0) + track(*NOTE))
    for name, content, _ in REFUSED:
        (tmp_path / f"{name}.mid").write_bytes(content)
    read = piano_roll.read_music(resolve(str(tmp_path)))
    assert [e.id for e in read.items] == ["good.mid"]
    said = {s.id.removesuffix(".mid"): s.reason for s in read.skipped}
    for name, _, reason in REFUSED:
        assert reason in said[name], name
    (tmp_path / "good.mid").unlink()
    with pytest.raises(UserError, match=r"cut\.mid: .*ends in its header"):
        piano_roll.read_music(resolve(str(tmp_path)))
