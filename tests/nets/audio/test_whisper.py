"""The packaged speech encoder: its file, its spectrogram, its padding, and nets on what it hears."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import torch

from fathom.data.audio.whisper_spectrogram import filterbank, whisper_mel
from fathom.errors import UserError
from fathom.nets.audio import whisper
from fathom.nets.audio.ctranslate2_file import DamagedWeightsError, parse_weights, read_weights
from fathom.nets.audio.heard import HeardCTC
from fathom.nets.audio.whisper_vocabulary import END, Vocabulary, packaged_vocabulary
from fathom.nets.audio.whisper_writing import Written

installed = pytest.mark.skipif(not whisper.is_installed(), reason="the packaged weights are not installed")


def text(name):
    return struct.pack("<H", len(name) + 1) + name.encode() + b"\0"


def small_file():
    values = np.arange(6, dtype="<f2")
    array = text("a/b") + struct.pack("<BIIBI", 2, 2, 3, 4, 12) + values.tobytes()
    return (
        struct.pack("<I", 6)
        + text("Spec")
        + struct.pack("<II", 3, 1)
        + array
        + struct.pack("<I", 1)
        + text("c")
        + text("a/b")
    )


def test_arrays_and_aliases_are_read_as_written():
    arrays = parse_weights(small_file())
    assert arrays.keys() == {"a/b", "c"}
    np.testing.assert_array_equal(arrays["c"], np.arange(6.0).reshape(2, 3))


def test_each_damaged_file_is_refused():
    whole = small_file()
    for end in range(len(whole)):
        with pytest.raises(DamagedWeightsError):
            parse_weights(whole[:end])
    with pytest.raises(DamagedWeightsError, match="left over"):
        parse_weights(whole + b"x")
    with pytest.raises(DamagedWeightsError, match="not as many"):
        parse_weights(whole.replace(struct.pack("<II", 2, 3), struct.pack("<II", 2**31, 2**31)))


def test_a_file_of_another_digest_is_refused(tmp_path):
    (tmp_path / "model.bin").write_bytes(small_file())
    with pytest.raises(UserError, match="SHA-256"):
        read_weights(tmp_path / "model.bin", "0" * 64)


def test_bands_are_slaneys_and_of_equal_area():
    bank = filterbank()
    assert bank.shape == (201, 80)
    assert bank[1, 0] == pytest.approx(0.02486, abs=1e-5)  # as published with the model
    assert bank.sum(0)[60:] * 40 == pytest.approx(1, abs=0.02)


def test_the_spectrogram_is_of_hundredths_of_seconds_and_bounded_below():
    time = np.arange(16_000) / 16_000
    mel = whisper_mel((0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32))
    assert mel.shape == (100, 80)
    assert mel.max() - mel.min() == pytest.approx(2.0)  # eight decades, by four
    assert (mel[10:-10].argmax(1) == mel[50].argmax()).all()


@installed
def test_padding_changes_nothing_of_what_is_heard():
    torch.manual_seed(0)
    mel, encoder = torch.rand(2, 80, whisper.BANDS), whisper.packaged_encoder()
    length = torch.tensor([80, 41])
    with torch.inference_mode():
        both = encoder(mel, length)
        alone = encoder(mel[1:, :41], length[1:])
    torch.testing.assert_close(both[1, :21], alone[0], atol=1e-4, rtol=1e-3)


def test_letters_do_not_depend_on_padding():
    torch.manual_seed(0)
    net = HeardCTC(5, width=4).eval()
    heard = torch.randn(2, 9, whisper.WIDTH)
    length = torch.tensor([9, 4])
    logits, count = net(heard, length)
    assert count.tolist() == [5, 2]
    torch.testing.assert_close(net(heard[1:, :4], length[1:])[0][0], logits[1, :2])


def test_a_decoder_that_goes_on_says_what_it_says_at_once():
    torch.manual_seed(0)
    decoder = whisper.WhisperDecoder().eval()
    tokens, heard = torch.randint(whisper.TOKENS, (2, 6)), torch.randn(2, 9, whisper.WIDTH)
    mask = torch.arange(9)[None, None, None] < torch.tensor([9, 4])[:, None, None, None]
    with torch.inference_mode():
        whole = decoder(tokens, heard, mask)
        memories, past, parts = decoder.memories(heard), None, []
        for part in (tokens[:, :3], tokens[:, 3:4], tokens[:, 4:]):
            states, past = decoder.go_on(part, memories, mask, past)
            parts.append(decoder.logits(states))
        shorter = decoder(tokens[1:, :5], heard[1:, :4])
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(shorter[0], whole[1, :5], atol=1e-3, rtol=1e-3)


def test_a_text_that_goes_round_in_circles_ends():
    text = Written(100)
    for token in [7, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]:
        text.add(token, -0.1)
    assert text.ended
    assert text.result() == [7, 1, 2, 3]


def test_nothing_is_written_where_nobody_speaks():
    quiet, loud = Written(5, nobody=0.9), Written(5, nobody=0.9)
    for token in (4, 5, END):
        quiet.add(token, -2.0)
        loud.add(token, -0.1)
    assert quiet.result() == []
    assert loud.result() == [4, 5]


def test_the_earliest_piece_of_a_vocabulary_is_joined_first():
    letters = [*"abc", "\u0120", "bc", "ab", "\u0120ab"]
    vocabulary = Vocabulary(letters, [], [])
    assert vocabulary.encode("abc ab") == [0, 4, 6]
    assert vocabulary.decode([0, 4, 6, END]) == "abc ab"


@installed
def test_the_packaged_vocabulary_is_gpt_2s():
    vocabulary = packaged_vocabulary()
    assert vocabulary.encode("hello world, it's 12 o'clock") == [31373, 995, 11, 340, 338, 1105, 267, 6, 15750]
    for text in ("na\u00efve  caf\u00e9 \u2014 42", " a\nb ", "don't_stop!?"):
        assert vocabulary.decode(vocabulary.encode(text)) == text
