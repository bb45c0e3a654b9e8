"""Speech recognition: transcripts in each layout, the error rates, and what bad input comes to."""

from __future__ import annotations

import wave
from collections import Counter
from pathlib import Path

import jiwer
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fathom
from fathom.data.audio.transcripts import normalize_transcript, read_transcripts
from fathom.data.source import resolve
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.errors import UserError
from fathom.metrics import CHARACTER_ERROR_RATE, WORD_ERROR_RATE
from fathom.records import Prediction
from fathom.tasks import recognize
from fathom.tasks.audio.speech_recognition import SpeechRecognition


def tone(path: Path, seconds: float = 0.5, pitch: float = 440.0, rate: int = 8000, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = 8000 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, len(sound), "NONE", ""))
        file.writeframes(np.repeat(sound[:, None], channels, 1).astype("<i2").tobytes())


WORDS = st.lists(st.sampled_from(["one", "two", "too", "three", "a"]), max_size=6).map(" ".join)


@given(st.lists(st.tuples(WORDS, WORDS.filter(bool)), min_size=1, max_size=5))
def test_the_error_rates_are_jiwer_s(pairs):
    task = SpeechRecognition()
    rows = [task.statistics(Prediction(said), meant, 0.0, 1.0) for said, meant in pairs]
    sums = {name: sum(row[name] for row in rows) for name in rows[0]}
    said, meant = [p[0] for p in pairs], [p[1] for p in pairs]
    assert WORD_ERROR_RATE.of(sums) == pytest.approx(jiwer.wer(meant, said))
    assert CHARACTER_ERROR_RATE.of(sums) == pytest.approx(jiwer.cer(meant, said))


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("It's 9, Dr. No!", "it's 9 dr no"),
        ("\u2018It\u2019s\u2019", "it's"),
        ("  ÜBER\u00a0uns -- ", "über uns"),
        ("?!", ""),
        ("a\x00b", "a b"),
    ],
)
def test_a_transcript_is_what_is_heard(text, heard):
    assert normalize_transcript(text) == heard


def layout(folder: Path, kind: str) -> Path:
    """Three recordings with transcripts, one without, and a transcript without recording."""
    said = {"a": "One two.", "b": "two", "c": "THREE"}
    audio = folder / ("wavs" if kind == "ljspeech" else "audio")
    for name in (*said, "silentlisted"):
        tone(audio / f"{name}.wav")
    if kind == "table":
        rows = [{"file_name": f"audio/{n}.wav", "transcription": t, "speaker": n} for n, t in said.items()]
        rows += [{"file_name": "audio/silentlisted.wav", "transcription": None, "speaker": "a"}]
        rows += [{"file_name": "audio/gone.wav", "transcription": "gone", "speaker": "a"}]
        pl.DataFrame(rows).write_csv(folder / "metadata.csv")
    elif kind == "ljspeech":
        lines = [f"{n}|{t}|{t.lower()}" for n, t in said.items()] + ["gone|gone|gone"]
        (folder / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    else:
        names = (*said, "silentlisted", "piped")
        place = {n: f"audio/{n}.wav" for n in names} | {"piped": "sox a.wav |"}
        (folder / "wav.scp").write_text("".join(f"{n} {place[n]}\n" for n in names))
        (folder / "text").write_text("".join(f"{n} {t}\n" for n, t in {**said, "piped": "x", "gone": "x"}.items()))
        (folder / "utt2spk").write_text("".join(f"{n} {n}\n" for n in said))
    return folder


@pytest.mark.parametrize("kind", ["table", "ljspeech", "kaldi"])
def test_each_layout_is_read_and_what_lacks_its_half_is_listed(kind, tmp_path):
    source = resolve(str(layout(tmp_path, kind)))
    assert recognize(source)[0] is SpeechRecognition
    read = read_transcripts(source)
    assert [e.target for e in read.items] == ["one two", "two", "three"]
    assert [e.group for e in read.items] == ([None] * 3 if kind == "ljspeech" else ["a", "b", "c"])
    skipped = " ".join(s.id for s in read.skipped)
    assert "silentlisted" in skipped or kind == "table"
    assert "gone" in skipped
    assert len(read.skipped) == (3 if kind == "kaldi" else 2)


def common_voice(folder: Path) -> Path:
    for split, numbers in (("train", range(6)), ("dev", range(6, 8)), ("test", range(8, 10))):
        rows = ["client_id\tpath\tsentence\tup_votes"]
        for i in numbers:
            tone(folder / "clips" / f"common_voice_{i}.wav", pitch=300 + 20 * i)
            rows.append(f'spk{i}\tcommon_voice_{i}.wav\t"Up, we go.\t2')
        (folder / f"{split}.tsv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "validated.tsv").write_bytes((folder / "train.tsv").read_bytes())
    return folder


def test_common_voice_is_read_as_it_is_unpacked(tmp_path):
    folder = common_voice(tmp_path)
    source = resolve(str(folder))
    assert recognize(source)[0] is SpeechRecognition
    read = read_transcripts(source)
    assert Counter(e.split for e in read.items) == {"train": 6, "dev": 2, "test": 2}
    assert {e.target for e in read.items} == {"up we go"}
    assert len({e.group for e in read.items}) == 10
    assert read.skipped == ()
    given = resolve(str(folder / "train.tsv"), dev=folder / "dev.tsv", test=folder / "test.tsv")
    assert Counter(e.split for e in read_transcripts(given).items) == {None: 6, "dev": 2, "test": 2}
    for split in ("train", "dev", "test"):
        (folder / f"{split}.tsv").rename(folder / f"{split}-old.tsv")
    assert len(read_transcripts(source).items) == 6  # those that were found right


SAID = {"a": "One two.", "b": "two three four", "c": "THREE is last"}


def listed(folder: Path, name: str, line: str, where: str = "wavs/{}.wav") -> None:
    for one in SAID:
        tone(folder / where.format(one))
    (folder / name).write_text("\n".join(line.format(n, t) for n, t in SAID.items()), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "line", "where"),
    [
        ("metadata.csv", "{0}|{1}", "wavs/{}.wav"), ("metadata.csv", "{0}|{1}|{1}", "wavs/{}.wav"),
        ("metadata.csv", "{0}.wav|{1}", "audio/{}.wav"), ("metadata.txt", "wavs/{0}.wav|{1}|ann", "wavs/{}.wav"),
        ("filelist.txt", "wavs\\{0}.wav|7|{1}", "wavs/{}.wav"), ("metadata.csv", "{0}|{1}|", "{}.wav"),
    ],
)  # fmt: skip
def test_lists_with_bars_are_read_in_their_variants(name, line, where, tmp_path):
    listed(tmp_path, name, line, where)
    assert recognize(resolve(str(tmp_path)))[0] is SpeechRecognition
    assert {e.id: e.target for e in read_transcripts(resolve(str(tmp_path))).items} == {
        "a": "one two", "b": "two three four", "c": "three is last",
    }  # fmt: skip


def test_librispeech_gives_speakers_and_splits(tmp_path):
    for part, speaker in (("train-clean-5", 11), ("dev-clean", 12), ("test-other", 13)):
        folder = tmp_path / part / str(speaker) / "1"
        for i in range(2):
            tone(folder / f"{speaker}-1-000{i}.flac", pitch=300 + speaker * 9 + i)
        (folder / f"{speaker}-1.trans.txt").write_text(f"{speaker}-1-0000 UP WE GO\n{speaker}-1-0001 DOWN\n")
    source = resolve(str(tmp_path))
    assert recognize(source)[0] is SpeechRecognition
    found = {e.id: (e.target, e.group, e.split) for e in read_transcripts(source).items}
    assert found["11-1-0000"] == ("up we go", "11", "train")
    assert found["12-1-0001"] == ("down", "12", "dev")
    assert found["13-1-0000"][2] == "test"
    alone = read_transcripts(resolve(str(tmp_path / "dev-clean"))).items
    assert [e.split for e in alone] == [None, None]


def spoken(folder, name, shift=0):
    """Recordings with a text beside each."""
    for i, (stem, said) in enumerate(SAID.items()):
        tone(folder / name / f"{stem}.wav", pitch=300 + 10 * i + shift)
        (folder / name / f"{stem}.txt").write_text(said)


@pytest.mark.parametrize("wrapper", ["", "corpus", "a/corpus"])
def test_folders_of_transcripts_are_splits_by_a_word_in_their_names(wrapper, tmp_path):
    place = tmp_path / wrapper
    for shift, name in enumerate(("train-clean-100", "train-other", "dev-clean", "test_clean", "notes")):
        spoken(place, name, shift)
    source = resolve(str(tmp_path))
    read = read_as_asked(recognize(source)[0]().examples, source)
    splits = {e.id.split("/")[0]: e.split for e in read.items}
    assert splits == {"train-clean-100": "train", "train-other": "train", "dev-clean": "dev", "test_clean": "test"}
    assert len(read.items) == 4 * len(SAID)
    assert read.repairs == (
        f"{place}: train-clean-100 was read as train; train-other was read as train; dev-clean was read as dev; "
        "test_clean was read as test; notes is left out, beside the folders train-clean-100, train-other, dev-clean, "
        "test_clean",
    )


def test_exact_names_of_splits_need_not_be_told(tmp_path):
    for shift, name in enumerate(("train", "validate", "test")):
        spoken(tmp_path, name, shift)
    source = resolve(str(tmp_path))
    read = read_as_asked(recognize(source)[0]().examples, source)
    assert {e.id.split("/")[0]: e.split for e in read.items} == {"train": "train", "validate": "dev", "test": "test"}
    assert read.repairs == (f"{tmp_path}: validate was read as dev",)


@pytest.mark.parametrize("folders", [("", ""), ("wav/p1/", "txt/p1/")])
def test_a_text_beside_each_recording_is_its_transcript(folders, tmp_path):
    for name, said in SAID.items():
        tone(tmp_path / f"{folders[0]}{name}.wav")
        path = tmp_path / f"{folders[1]}{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said)
    source = resolve(str(tmp_path))
    assert recognize(source)[0] is SpeechRecognition
    assert [e.target for e in read_transcripts(source).items] == ["one two", "two three four", "three is last"]


def test_names_that_tell_what_is_said_are_transcripts(tmp_path):
    for i in range(12):
        tone(tmp_path / "yesno" / f"{'_'.join(f'{i:04b}')}.wav")
        tone(tmp_path / "digits" / f"{i % 3}_{'ann' if i % 2 else 'joe'}_take_{i}.wav")
    assert recognize(resolve(str(tmp_path / "yesno")))[0] is SpeechRecognition
    read = read_transcripts(resolve(str(tmp_path / "yesno")))
    assert read.items[5].target == "0 1 0 1"
    assert recognize(resolve(str(tmp_path / "digits")))[0] is not SpeechRecognition


def test_stereo_at_96_khz_is_read_and_what_is_too_short_is_said(tmp_path):
    tone(tmp_path / "a.wav", rate=96_000, channels=2)
    task = SpeechRecognition()
    pl.DataFrame({"file_name": ["a.wav"], "transcription": ["a b"]}).write_csv(tmp_path / "metadata.csv")
    (example,) = read_transcripts(resolve(str(tmp_path))).items
    task.fit([example])
    encoded = task.encode(example)
    assert encoded["mel"].shape == (1 + (8000 - 400) // 160, 40) if task.rate_ == 16_000 else False
    assert encoded["text"].tolist() == [2, 1, 3]
    from dataclasses import replace

    from fathom.errors import Unreadable

    with pytest.raises(Unreadable, match="too short"):
        task.encode(replace(example, target="ab" * 20))


def test_a_folder_without_transcripts_is_refused(tmp_path):
    tone(tmp_path / "a.wav")
    with pytest.raises(UserError, match=r"metadata\.csv"):
        fathom.train(str(tmp_path), task="speech-recognition", out=tmp_path / "run")


@pytest.mark.parametrize("beam", [0, "many", 10**9])
def test_an_impossible_beam_is_refused(beam, tmp_path):
    for i in range(12):
        tone(tmp_path / f"{i}.wav", pitch=300 + 20 * i)
    rows = {"file_name": [f"{i}.wav" for i in range(12)], "transcription": ["a", "b"] * 6}
    pl.DataFrame(rows).write_csv(tmp_path / "metadata.csv")
    with pytest.raises(UserError, match="beam"):
        fathom.train(str(tmp_path), beam=beam, out=tmp_path / "run")
