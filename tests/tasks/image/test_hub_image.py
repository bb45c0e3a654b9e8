"""Nets for pictures of the hub: small ones that the test makes and saves, in the hub's layout."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import drawn_data
import fathom
from fathom.errors import UserError

transformers = pytest.importorskip("transformers")


def saved(folder, kind: str):
    """A small net with weights of its own."""
    if kind == "vit":
        config = transformers.ViTConfig(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            image_size=32,
            patch_size=8,
        )
    elif kind == "convnext":
        config = transformers.ConvNextConfig(hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], image_size=32)
    else:
        config = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    transformers.AutoModel.from_config(config).save_pretrained(folder, safe_serialization=True)
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.5] * 3, "image_std": [0.25] * 3}))
    return folder


def photos(folder):
    rng = np.random.default_rng(0)
    for name, level in (("bright", 170), ("dark", 80)):
        for i in range(16):
            (folder / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(drawn_data.noise(rng, 32, 32, level)).save(folder / name / f"{i}.png")
    return folder


@pytest.mark.parametrize("kind", ["vit", "convnext", "resnet"])
def test_a_net_of_the_hub_is_tuned_and_kept_without_it(kind, tmp_path):
    hub, data = saved(tmp_path / "hub", kind), photos(tmp_path / "data")
    asked = {"size": 32} if kind == "resnet" else {}
    run = fathom.train(data, net=f"hf:{hub}", epochs=1, batch_size=8, out=tmp_path / "run", **asked)
    assert run.figures["dev"].value <= 0.5
    about = run.folder.read_json("encoder/state.json")["hub"]["about"]
    assert about["mean"] == [127.5] * 3
    before = run.predict(str(data / "dark" / "0.png"))
    (tmp_path / "hub").rename(tmp_path / "gone")
    assert fathom.load(run.path).predict(str(data / "dark" / "0.png")) == before


def test_what_is_no_net_for_pictures_is_refused(tmp_path):
    data = photos(tmp_path / "data")
    config = transformers.BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    transformers.BertModel(config).save_pretrained(tmp_path / "text", safe_serialization=True)
    with pytest.raises(UserError, match="looks at no pictures"):
        fathom.train(data, net=f"hf:{tmp_path / 'text'}", out=tmp_path / "run")
    with pytest.raises(UserError, match="cannot be had"):
        fathom.train(data, net=f"hf:{tmp_path / 'nowhere'}", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
