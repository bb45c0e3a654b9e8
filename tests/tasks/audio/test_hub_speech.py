"""Speech encoders in the layout of the hub, on small ones that the test makes and saves."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import torch

import fathom
from fathom.errors import UserError
from fathom.nets import hub
from fathom.nets.audio.hub import HubCTC, output_frames

transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module", params=["group", "layer"])
def encoder(request, tmp_path_factory) -> Path:
    """A folder with config.json and model.safetensors; the norm of the first convolution is over time, or not."""
    folder = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, conv_dim=(8, 8, 8),
        conv_kernel=(10, 8, 4), conv_stride=(5, 8, 4), feat_extract_norm=request.param, num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2, num_feat_extract_layers=3, do_stable_layer_norm=request.param == "layer",
        hidden_dropout=0.0, attention_dropout=0.0, feat_proj_dropout=0.0, activation_dropout=0.0,
    )  # fmt: skip
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    return folder


@pytest.fixture
def sentences(tmp_path) -> Path:
    """Low and high tones, each with its word."""
    lines = ["file_name,transcription"]
    for i in range(40):
        word, pitch = (("low", 300), ("high", 1200))[i % 2]
        time = np.arange(4000 + 100 * (i % 7)) / 8000
        with wave.open(str(tmp_path / f"{i}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, len(time), "NONE", ""))
            file.writeframes((9000 * np.sin(2 * np.pi * pitch * time + i)).astype("<i2").tobytes())
        lines.append(f"{i}.wav,{word}")
    (tmp_path / "metadata.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def test_padding_changes_nothing_and_places_are_as_many_as_are_said(encoder):
    config = hub.hub_config(str(encoder))
    net = HubCTC(config, 5).eval()
    hub.take_weights(net.body, str(encoder))
    wave, length = torch.randn(3, 1200), torch.tensor([1200, 900, 640])
    with torch.no_grad():
        logits, count = net(wave, length)
        for i, n in enumerate(length.tolist()):
            alone, one = net(wave[i : i + 1, :n], length[i : i + 1])
            assert int(one[0]) == int(count[i]) == output_frames(config, n) == alone.shape[1]
            torch.testing.assert_close(logits[i, : int(count[i])], alone[0], rtol=1e-3, atol=1e-4)


def test_a_run_needs_the_hub_no_more_once_it_is_trained(encoder, sentences, tmp_path):
    own = tmp_path / "encoder"
    own.mkdir()
    for file in encoder.iterdir():
        (own / file.name).write_bytes(file.read_bytes())
    run = fathom.train(sentences, net=f"hf:{own}", epochs=2, batch_size=8, out=tmp_path / "run")
    assert run.results["loss"].is_finite().all()
    for file in own.iterdir():
        file.unlink()
    assert isinstance(fathom.load(run.path).predict(str(sentences / "0.wav"))[0].value, str)


def test_an_encoder_of_texts_is_refused(sentences, tmp_path):
    transformers.BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2).save_pretrained(tmp_path / "b")
    with pytest.raises(UserError, match="does not hear samples"):
        fathom.train(sentences, net=f"hf:{tmp_path / 'b'}", epochs=1, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
