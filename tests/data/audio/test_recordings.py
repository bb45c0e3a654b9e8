"""Recordings of every kind, whole and broken."""

from __future__ import annotations

import io
import os
import struct

import numpy as np
import pytest
import soundfile

from fathom.data.audio import recordings, waveform
from fathom.errors import Unreadable, UserError
from fathom.records import Source


def tone(seconds: float, rate: int, hertz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def peak(samples: np.ndarray, rate: int) -> float:
    """The strongest frequency, Hertz."""
    return float(np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples))


@pytest.mark.parametrize(("name", "close"), [("a.wav", 1e-3), ("a.flac", 1e-3), ("a.ogg", 0.1), ("a.mp3", 0.2)])
def test_each_format_gives_the_tone_back(name, close, tmp_path):
    soundfile.write(tmp_path / name, tone(1.0, 16_000), 16_000)
    samples = waveform.decode(tmp_path / name, 16_000)
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(16_000, rel=0.1)
    assert peak(samples, 16_000) == pytest.approx(440, abs=2)
    assert np.abs(samples[4000:12000]).max() == pytest.approx(0.5, rel=close)


def test_stereo_of_96_khz_is_averaged_and_resampled(tmp_path):
    left, right = tone(1.0, 96_000, 440), tone(1.0, 96_000, 440) * 0.5
    high = 0.3 * np.sin(2 * np.pi * 30_000 * np.arange(96_000) / 96_000)  # above what 8 kHz can hold
    soundfile.write(tmp_path / "a.wav", np.stack([left + high, right + high], 1), 96_000, subtype="PCM_24")
    assert waveform.probe(tmp_path / "a.wav") == (1.0, 96_000, 2)
    samples = waveform.decode(tmp_path / "a.wav", 8_000)
    expected = 0.75 * tone(1.0, 8_000, 440)
    assert samples.shape == (8_000,)
    np.testing.assert_allclose(samples[200:-200], expected[200:-200], atol=2e-3)


def broken(folder, kind):
    path = folder / "a.wav"
    soundfile.write(path, tone(0.5, 8000), 8000)
    whole = path.read_bytes()
    if kind == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "truncated flac":
        path = folder / "a.flac"
        soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 8000), 8000)
        path.write_bytes(path.read_bytes()[:5000])
    elif kind == "silent":
        soundfile.write(path, np.zeros(4000), 8000)
    elif kind == "no samples":
        soundfile.write(path, np.zeros(0), 8000)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "a text":
        path.write_text("hello, world " * 20)
    elif kind == "nan":
        soundfile.write(path, np.full(4000, np.nan), 8000, subtype="FLOAT")
    elif kind == "too long":
        soundfile.write(path, tone(3.0, 8000), 8000)
    elif kind == "pipe":
        path.unlink()
        os.mkfifo(path)
    elif kind == "pointer":
        path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    elif kind == "claims":
        header = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            *(b"RIFF", 0xFFFFFFFF, b"WAVE", b"fmt ", 16, 1, 1, 1, 2, 2, 16, b"data", 0xFFFFFFF0),
        )
        path.write_bytes(header + b"\0" * 100)
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("truncated", "truncated"),
        ("truncated flac", "truncated"),
        ("silent", "silent"),
        ("no samples", "empty"),
        ("empty", "empty"),
        ("a text", "not a recording"),
        ("nan", "no numbers"),
        ("too long", "too long"),
        ("pipe", "plain file"),
        ("pointer", "git lfs pull"),
        ("claims", "damaged|too long|truncated"),
    ],
)
def test_what_cannot_be_heard_is_refused_with_the_reason(kind, reason, tmp_path):
    with pytest.raises(Unreadable, match=reason) as refused:
        waveform.decode(broken(tmp_path, kind), 8000, longest=2.0)
    assert "\n" not in str(refused.value)


def words(folder, names, seconds=0.2):
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, tone(seconds, 8000, 300 + 20 * i), 8000)
    return folder


def read(folder, **more):
    return recordings.read_words(Source(str(folder), folder, **more))


def test_names_tell_word_and_speaker(tmp_path):
    folder = words(tmp_path, ["3_jackson_12.wav", "4_theo_0.wav", "3_theo_1.wav"])
    found = {e.id: (e.target, e.group) for e in read(folder, group="speaker").items}
    assert found == {
        "3_jackson_12.wav": ("3", "jackson"), "3_theo_1.wav": ("3", "theo"), "4_theo_0.wav": ("4", "theo"),
    }  # fmt: skip
    assert {e.group for e in read(folder).items} == {None}


def test_folders_give_words_and_ready_made_splits(tmp_path):
    folder = words(tmp_path, ["train/yes/0a_nohash_0.wav", "train/no/0b_nohash_1.wav", "test/yes/0c_nohash_0.wav"])
    found = {e.id: (e.target, e.group, e.split) for e in read(folder, group="speaker").items}
    assert found["train/yes/0a_nohash_0.wav"] == ("yes", "0a", "train")
    assert found["test/yes/0c_nohash_0.wav"] == ("yes", "0c", "test")


def test_a_table_gives_words_speakers_and_splits(tmp_path):
    words(tmp_path, ["clips/a.wav", "clips/b.wav"])
    table = "file_name,label,speaker,split\nclips/a.wav,yes,ann,train\nclips/b.wav,no,bob,dev\nclips/c.wav,no,bob,dev\n"
    (tmp_path / "metadata.csv").write_text(table)
    for place in (tmp_path, tmp_path / "metadata.csv"):
        got = read(place, group="speaker")
        assert [(e.target, e.group, e.split) for e in got.items] == [("yes", "ann", "train"), ("no", "bob", "dev")]
        assert [s.id for s in got.skipped] == ["clips/c.wav"]


def test_a_table_in_each_of_train_and_test_is_no_folder_of_words(tmp_path):
    for part, names in (("train", ("a", "b")), ("test", ("c",))):
        words(tmp_path, [f"{part}/{name}.wav" for name in names])
        rows = [f"{name}.wav,{'yes' if name != 'b' else 'no'},ann" for name in names]
        (tmp_path / part / "metadata.csv").write_text("\n".join(["file_name,label,speaker", *rows]))
    got = read(tmp_path, group="speaker")
    found = {e.id: (e.target, e.group, e.split) for e in got.items}
    assert found == {
        "train/a.wav": ("yes", "ann", "train"), "train/b.wav": ("no", "ann", "train"),
        "test/c.wav": ("yes", "ann", "test"),
    }  # fmt: skip
    assert got.target == "label"
    assert not got.by_folder


def test_telling_names_in_train_and_test_are_no_folders_of_words(tmp_path):
    words(tmp_path, ["train/3_jackson_12.wav", "train/4_theo_0.wav", "val/3_theo_1.wav", "val/4_theo_1.wav"])
    found = {e.id: (e.target, e.split) for e in read(tmp_path).items}
    assert found == {
        "train/3_jackson_12.wav": ("3", "train"), "train/4_theo_0.wav": ("4", "train"),
        "val/3_theo_1.wav": ("3", "dev"), "val/4_theo_1.wav": ("4", "dev"),
    }  # fmt: skip


def test_what_lies_loose_and_what_is_broken_is_listed(tmp_path):
    words(tmp_path, ["yes/a.wav", "no/b.wav", "loose.wav"])
    (tmp_path / "no" / "broken.wav").write_bytes(b"RIFF")
    assert {s.id for s in read(tmp_path).skipped} == {"loose.wav", "no/broken.wav"}


def test_held_out_speakers_are_the_test_split(tmp_path):
    folder = words(tmp_path, ["3_jackson_12.wav", "4_theo_0.wav", "3_lucas_1.wav"])
    held = recordings.hold_out(read(folder, group="speaker"), ["theo", "lucas"])
    assert {e.group: e.split for e in held.items} == {"jackson": None, "theo": "test", "lucas": "test"}
    with pytest.raises(UserError, match="choose among jackson, lucas, theo"):
        recordings.hold_out(held, ["nobody"])
    with pytest.raises(UserError, match="`group=speaker`"):
        recordings.hold_out(read(folder), ["theo"])


def test_an_unknown_group_is_refused(tmp_path):
    with pytest.raises(UserError, match="no column 'patient'"):
        read(words(tmp_path, ["yes/a.wav", "no/b.wav"]), group="patient")
    with pytest.raises(UserError, match="not known from the names"):
        read(tmp_path, group="speaker")


# --- files as recorders, converters and telephones write them ---------------------------------------------------------


def wav(samples, **how) -> bytearray:
    file = io.BytesIO()
    soundfile.write(file, samples, 8000, format="WAV", **how)
    return bytearray(file.getvalue())


def sized(content, at: int, size: int) -> bytearray:
    """With another size in its header: of the whole at 4, of the samples at 40."""
    return content[:at] + size.to_bytes(4, "little") + content[at + 4 :]


SOUND = tone(0.5, 8000)
CHUNK = b"LIST" + struct.pack("<I", 5) + b"INFOx\0"


@pytest.mark.parametrize(
    "content",
    [
        sized(wav(SOUND), 4, 0), sized(wav(SOUND), 4, 10**6), sized(wav(SOUND), 4, 40),
        sized(sized(wav(SOUND), 4, 0xFFFFFFFF), 40, 0xFFFFFFFF), wav(SOUND)[:36] + CHUNK + wav(SOUND)[36:],
        wav(SOUND) + CHUNK, wav(SOUND) + b"junk", wav(SOUND, subtype="DOUBLE"), wav(SOUND, subtype="ALAW"),
    ],
    ids=["no size", "too large", "too small", "streamed", "chunk", "chunk behind", "junk", "double", "alaw"],
)  # fmt: skip
def test_headers_that_are_wrong_about_the_whole_do_not_matter(content, tmp_path):
    (tmp_path / "a.wav").write_bytes(content)
    np.testing.assert_allclose(waveform.decode(tmp_path / "a.wav", 8000), SOUND, atol=0.02)


@pytest.mark.parametrize("ending", ["aiff", "aif", "au", "caf", "w64", "rf64"])
def test_other_containers_are_recordings_too(ending, tmp_path):
    path = tmp_path / f"a.{ending}"
    soundfile.write(path, SOUND, 8000, format={"aif": "AIFF"}.get(ending, ending.upper()))
    assert waveform.find_recordings(tmp_path) == [path]
    np.testing.assert_allclose(waveform.decode(path, 8000), SOUND, atol=1e-3)


def test_channels_that_cancel_leave_the_louder_one(tmp_path):
    other = np.random.default_rng(0).normal(0, 0.1, len(SOUND))
    kept = {
        "opposite": (np.stack([SOUND, -SOUND], 1), SOUND), "nearly": (np.stack([0.9 * SOUND, -SOUND], 1), -SOUND),
        "one side": (np.stack([SOUND, 0 * SOUND], 1), SOUND / 2),
        "unlike": (np.stack([SOUND, other], 1), (SOUND + other) / 2),
    }  # fmt: skip
    for name, (channels, expected) in kept.items():
        soundfile.write(tmp_path / "a.wav", channels, 8000, subtype="FLOAT")
        np.testing.assert_allclose(waveform.decode(tmp_path / "a.wav", 8000), expected, atol=1e-4, err_msg=name)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.m4a", b"\0\0\0\x20ftypM4A " + bytes(400), "MP4 file, for which there is no decoder here: convert it"),
        ("named.wav", b"\0\0\0\x20ftypM4A " + bytes(400), "MP4 file"),
        ("a.wma", b"\x30\x26\xb2\x75" + bytes(400), "Windows Media"),
        ("a.amr", b"#!AMR\n" + bytes(400), "AMR"),
        ("a.wv", bytes(400), "an .wv file, for which there is no decoder"),
        ("missing.mp3", b"<html><h1>404</h1></html>", "but a text"),
        ("unfinished.wav", sized(sized(wav(SOUND), 4, 0), 40, 0), "its recorder did not finish"),
        ("cut.wav", wav(SOUND)[:-100], "truncated"),
        ("click.wav", wav(SOUND[:8]), "too short .1 ms"),
    ],
)
def test_what_cannot_be_decoded_says_what_it_is(name, content, reason, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert waveform.find_recordings(tmp_path) == [tmp_path / name]
    with pytest.raises(Unreadable, match=reason):
        waveform.decode(tmp_path / name, 8000)


def test_a_recording_under_a_foreign_name_is_read(tmp_path):
    (tmp_path / "a.m4a").write_bytes(wav(SOUND))
    assert len(waveform.decode(tmp_path / "a.m4a", 8000)) == len(SOUND)


def test_recordings_without_a_decoder_are_counted_and_listed(tmp_path):
    folder = words(tmp_path, ["yes/1.wav", "yes/2.wav", "no/1.wav"])
    (folder / "no" / "2.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(400))
    found = read(folder)
    assert len(found.items) == 3
    assert [(s.id, "convert it" in s.reason) for s in found.skipped] == [("no/2.m4a", True)]
