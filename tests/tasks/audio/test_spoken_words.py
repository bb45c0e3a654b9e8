"""Spoken words as a task: features, augmentation, options, figures."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

import fathom
from fathom import tasks
from fathom.data.counter_rng import BatchRng, example_keys
from fathom.errors import Unreadable, UserError
from fathom.records import Settings, Source
from fathom.tasks.audio.augmentation import augment
from fathom.tasks.audio.spoken_words import SpokenWords


def tones(folder, n=12, speakers=("ann", "bob", "cat")):
    """Words that are a rising and a falling tone, by speakers of other pitch."""
    rng = np.random.default_rng(0)
    for word, direction in (("up", 1), ("down", -1)):
        for s, who in enumerate(speakers):
            for i in range(n):
                time = np.arange(int(8000 * rng.uniform(0.2, 0.4))) / 8000
                pitch = (600 + 150 * s) * (1 + direction * (time / time[-1] - 0.5))
                sound = 0.3 * np.sin(2 * np.pi * np.cumsum(pitch) / 8000) + rng.normal(0, 0.01, len(time))
                folder.mkdir(exist_ok=True)
                soundfile.write(folder / f"{word}_{who}_{i}.wav", sound, 8000)
    return folder


def fitted(folder, **settings):
    task = SpokenWords(Settings(**settings))
    examples = task.examples(Source(str(folder), folder))
    task.fit(examples.items)
    return task, examples.items


def test_a_folder_of_recordings_is_recognized(tmp_path):
    folder = tones(tmp_path / "data", n=1)
    assert tasks.recognize(Source(str(folder), folder))[0] is SpokenWords
    assert SpokenWords.recognize(Source("x", tmp_path / "missing")).score == 0


def test_loudness_and_channels_and_rate_play_no_part(tmp_path):
    task, items = fitted(tones(tmp_path / "data", n=2))
    samples, _ = soundfile.read(items[0].input)
    soundfile.write(tmp_path / "quiet.wav", np.stack([samples, samples], 1) * 0.1, 8000, subtype="FLOAT")
    quiet = task.encode(task.read(str(tmp_path / "quiet.wav")))
    loud = task.encode(items[0])
    assert loud["mel"].dtype == np.float16
    np.testing.assert_allclose(quiet["mel"].astype(float), loud["mel"].astype(float), atol=0.02)


def test_normalization_is_of_the_training_frames(tmp_path):
    task, items = fitted(tones(tmp_path / "data", n=2))
    frames = np.concatenate([task.encode(e)["mel"].astype(np.float64) for e in items])
    np.testing.assert_allclose(task.mean_, frames.mean(0), atol=0.01)
    np.testing.assert_allclose(task.std_, frames.std(0), rtol=0.01)


def test_what_lasts_too_long_or_is_silent_is_unreadable(tmp_path):
    task, _ = fitted(tones(tmp_path / "data", n=2), options={"longest": 0.6})
    soundfile.write(tmp_path / "long.wav", np.full(8000, 0.1), 8000)
    soundfile.write(tmp_path / "silent.wav", np.zeros(2000), 8000)
    for name, reason in (("long.wav", "too long"), ("silent.wav", "silent")):
        with pytest.raises(Unreadable, match=reason):
            task.encode(task.read(str(tmp_path / name)))


@pytest.mark.parametrize("options", [{"mels": 5}, {"rate": "fast"}, {"longest": -1}])
def test_options_out_of_range_are_refused(options, tmp_path):
    with pytest.raises(UserError, match="out of range: choose"):
        fitted(tones(tmp_path / "data", n=1), options=options)


def augmented(mel, length, keys, strength=1.0):
    return augment(mel, length, BatchRng(0, 1, keys), strength, torch.zeros(40))


def test_augmentation_follows_from_the_example_alone_whatever_is_padded():
    torch.manual_seed(0)
    mel, length = torch.randn(5, 30, 40), torch.tensor([30, 12, 7, 1, 25])
    keys = example_keys("abcde")
    whole, new = augmented(mel, length, keys)
    for i, n in enumerate(length.tolist()):
        alone, alone_length = augmented(mel[i : i + 1, :n], length[i : i + 1], keys[i : i + 1])
        assert alone_length[0] == new[i]
        torch.testing.assert_close(alone[0, : new[i]], whole[i, : new[i]])
        assert not whole[i, new[i] :].any()
    assert (new != length).any()
    other = mel.clone()
    other[1, 12:] = 1e4
    torch.testing.assert_close(augmented(other, length, keys)[0], whole)


def test_without_strength_it_only_blanks_and_adds_the_least_noise():
    mel, length = torch.full((3, 20, 40), 2.0), torch.tensor([20, 15, 10])
    changed, new = augmented(mel, length, example_keys("abc"), strength=0.0)
    assert new.tolist() == length.tolist()
    for i, n in enumerate(length.tolist()):
        torch.testing.assert_close(changed[i, :n], mel[i, :n], atol=0.2, rtol=0)


def test_a_held_out_speaker_is_tested_and_nobody_else(tmp_path):
    folder = tones(tmp_path / "data")
    run = fathom.train(
        folder,
        task="spoken-words",
        net="conv",
        group="speaker",
        dev="none",
        held_out="cat",
        epochs=3,
        out=tmp_path / "run",
    )
    run.test()
    results = run.results
    assert {r["split"] for r in results.to_dicts() if "_cat_" in r["id"]} == {"test"}
    assert {r["split"] for r in results.to_dicts() if "_cat_" not in r["id"]} == {"train"}


def test_the_baseline_and_the_net_tell_rising_from_falling(tmp_path):
    folder = tones(tmp_path / "data", n=20)
    run = fathom.train(folder, net="conv", epochs=12, lr=3e-3, out=tmp_path / "run")
    assert run.figures["dev"].value <= 0.1
    up = next(folder.glob("up_*.wav"))
    assert run.predict(str(up))[0].value == "up"
    task, items = fitted(folder)
    items = [replace(e, target=e.id.split("_")[1]) for e in items]  # who speaks: that shows in the statistics
    trivial, statistics = task.baselines(items[::2], items[1::2])
    assert trivial.name == "majority class"
    wrong = sum(said != e.target for said, e in zip(statistics.predictions, items[1::2]))
    assert wrong < len(items) / 16
    assert len(set(trivial.predictions)) == 1
    view = task.show(items[0])
    assert view["picture"].dtype == np.uint8
    assert view["picture"].shape[2] == 3
    assert view["fields"]["file"] == items[0].input.name


def test_spoken_digits_are_made_and_made_alike(tmp_path):
    pytest.importorskip("espeakng_loader")
    from fathom.data import practice

    folder = practice.make("spoken-digits?n=40&speakers=2", tmp_path / "a")
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert {row["speaker"] for row in rows} == {"voice00", "voice01"}
    assert len({row["label"] for row in rows}) == 10
    examples = SpokenWords().examples(Source("practice", folder, group="speaker"))
    assert not examples.skipped
    assert {e.group for e in examples.items} == {"voice00", "voice01"}
    again = practice.make("spoken-digits?n=40&speakers=2", tmp_path / "b")
    assert all((again / row["file_name"]).read_bytes() == (folder / row["file_name"]).read_bytes() for row in rows)


def test_numbers_of_recordings_are_refused_as_such(tmp_path):
    rows = []
    for i in range(24):
        soundfile.write(tmp_path / f"{i}.wav", np.random.default_rng(i).normal(0, 0.1, 2000), 8000)
        rows.append(f"{i}.wav,{20 + 1.37 * i:.2f}\n")
    (tmp_path / "meta.csv").write_text("filename,age\n" + "".join(rows))
    with pytest.raises(UserError, match="numbers are not learned from recordings, so name a column of words"):
        SpokenWords().examples(Source(str(tmp_path), tmp_path))
