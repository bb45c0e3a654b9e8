"""Text encoders in the layout of the hub, on a small one that the test makes and saves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import fathom
from fathom.errors import UserError
from fathom.nets import hub
from fathom.nets.text.hub import HubPieces, HubText, hub_text_options
from fathom.runs.load import load_net, load_task

transformers = pytest.importorskip("transformers")


def texts(folder: Path) -> Path:
    """Good and bad reviews."""
    said = {"good": ("fine", "lovely", "clever", "warm"), "bad": ("dull", "awful", "loud", "cold")}
    rows = [(f"the film was {said[k][i % 4]} and {said[k][i % 3]} no{i}", k) for i in range(60) for k in said]
    path = folder / "reviews.csv"
    path.write_text("text,label\n" + "".join(f"{a},{b}\n" for a, b in rows), "utf-8")
    return path


@pytest.fixture(scope="module", params=["bert", "roberta"])
def encoder(request, tmp_path_factory) -> Path:
    """A folder with config.json, tokenizer.json and model.safetensors."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    folder = tmp_path_factory.mktemp(request.param)
    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    words = ["the", "film", "was", "and", "a", "story", "with", "fine", "lovely", "clever", "warm", "dull", "awful"]
    vocabulary = {piece: i for i, piece in enumerate([*marks, *words, "loud", "cold"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>"
    ).save_pretrained(folder)
    kind = {"bert": transformers.BertConfig, "roberta": transformers.RobertaConfig}[request.param]
    torch.manual_seed(0)
    config = kind(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=66, pad_token_id=1,
    )  # fmt: skip
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    return folder


def test_the_net_says_what_transformers_says(encoder):
    known = hub_text_options(str(encoder))
    net = HubText(known["config"], 2).eval()
    hub.take_weights(net.body, str(encoder))
    theirs = transformers.AutoModel.from_pretrained(encoder).eval()
    pieces = HubPieces(known["tokenizer"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(encoder)
    said = ["the film was fine", "a dull story with nobody and a cold end"]
    rows = [torch.from_numpy(pieces.encode(pieces.cut(text))) for text in said]
    asked = tokenizer(said, padding=True, return_tensors="pt")
    tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    lengths = torch.tensor([len(row) for row in rows])
    assert [row.tolist() for row in rows] == [tokenizer(text)["input_ids"] for text in said]
    with torch.no_grad():
        outer = theirs(**asked).last_hidden_state
        wanted = torch.stack([row[: len(r)].mean(0) for row, r in zip(outer, rows, strict=True)])
        torch.testing.assert_close(net.embed(tokens, lengths), wanted, rtol=1e-4, atol=1e-5)


def test_a_run_needs_the_hub_no_more_once_it_is_trained(encoder, tmp_path):
    own = tmp_path / "encoder"
    own.mkdir()
    for file in encoder.iterdir():
        (own / file.name).write_bytes(file.read_bytes())
    run = fathom.train(texts(tmp_path), net=f"hf:{own}", epochs=1, out=tmp_path / "run")
    assert run.figures["dev"].value <= 0.5
    names = [b["name"] for b in run.folder.read_json("figures.json")["baselines"]]
    assert "logistic regression on pretrained features" in names
    for file in own.iterdir():
        file.unlink()
    assert fathom.load(run.path).predict("a lovely story")[0].value in ("good", "bad")
    assert isinstance(load_net(run.folder, load_task(run.folder)), HubText)


def test_a_run_that_was_stopped_before_its_first_step_goes_on_with_the_weights_of_the_hub(
    encoder, tmp_path, monkeypatch
):
    asked = {"net": f"hf:{encoder}", "epochs": 1, "precision": "fp32"}
    whole = fathom.train(texts(tmp_path), **asked, out=tmp_path / "whole")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("fathom.runs.train.fit", killed)
        with pytest.raises(KeyboardInterrupt):
            fathom.train(texts(tmp_path), **asked, out=tmp_path / "killed")
    resumed = fathom.train(resume=tmp_path / "killed")
    one, two = (load_file(run.folder.weights) for run in (whole, resumed))
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("harm", ["missing", "no tokenizer", "pickle"])
def test_what_cannot_be_had_is_said_in_a_sentence(harm, encoder, tmp_path):
    own = tmp_path / "encoder"
    own.mkdir()
    for file in encoder.iterdir():
        (own / file.name).write_bytes(file.read_bytes())
    if harm == "missing":
        own = tmp_path / "nowhere"
    elif harm == "no tokenizer":
        for file in own.glob("*token*"):
            file.unlink()
    else:
        torch.save({}, own / "pytorch_model.bin")
        (own / "model.safetensors").unlink()
    with pytest.raises(UserError, match="hf:") as refused:
        fathom.train(texts(tmp_path), net=f"hf:{own}", epochs=1, out=tmp_path / "run")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "run").exists()


def test_a_hostile_vocabulary_is_refused(encoder, tmp_path):
    run = fathom.train(texts(tmp_path), net=f"hf:{encoder}", epochs=1, out=tmp_path / "run")
    path = run.path / "encoder" / "state.json"
    state = json.loads(path.read_text("utf-8"))
    text = json.dumps(state).replace("WordLevel", "Nonsense")
    path.write_text(text, "utf-8")
    with pytest.raises(UserError):
        fathom.load(run.path).predict("a lovely story")
