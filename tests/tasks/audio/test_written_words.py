"""Whisper's own decoder, tuned: it begins as it comes, learns little, and is the default where it understands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import fathom
from fathom.errors import Unreadable
from fathom.nets.audio import whisper
from fathom.nets.audio.tuned_whisper import ROWS, HeardText
from fathom.progress import Interrupted, Watcher
from fathom.records import Example, Settings
from fathom.task import Task
from fathom.tasks.audio import written_words
from fathom.tasks.audio.speech_recognition import SpeechRecognition
from fathom.tasks.audio.whisper_features import NET, WRITER
from fathom.training.batching import collate

soundfile = pytest.importorskip("soundfile")
pytestmark = pytest.mark.skipif(not whisper.is_installed(), reason="the packaged weights are not installed")


def told(folder: Path, count: int = 10) -> Path:
    """Tones of several pitches, each with two words."""
    lines = ["file_name,transcription"]
    for i in range(count):
        wave = 0.3 * np.sin(2 * np.pi * (300 + 50 * i) * np.arange(4800) / 8000)
        folder.mkdir(exist_ok=True)
        soundfile.write(folder / f"{i}.wav", wave, 8000)
        lines.append(f"{i}.wav,{('low', 'high')[i % 2]} tone")
    (folder / "metadata.csv").write_text("\n".join(lines))
    return folder


def heard_batch(rows: int) -> dict[str, torch.Tensor]:
    task, rng = SpeechRecognition(), np.random.default_rng(0)
    encoded = [
        {
            "heard": rng.normal(size=(5 + i, whisper.WIDTH)).astype(np.float16),
            "tokens": written_words.tokens_of("word " * (i + 1)),
        }
        for i in range(rows)
    ]
    task.ragged = ("heard", "tokens")  # type: ignore[misc]
    return written_words.prepare_tokens(collate(task, encoded))


def test_it_begins_as_the_packaged_decoder_and_keeps_only_what_is_learned():
    net, batch = HeardText().eval(), heard_batch(2)
    with torch.inference_mode():
        states = net(batch["heard"], batch["heard_length"], batch["said"]).states
        alone = torch.cat([whisper.silent_places()[None], batch["heard"][:1, :5].float()], 1)
        tokens = torch.tensor([[*written_words.packaged_vocabulary().encode(" word")]])
        prompt = torch.tensor([[50257, 50362]])
        plain = whisper.packaged_decoder()(torch.cat([prompt, tokens], 1), alone)
        logits = whisper.packaged_decoder().logits(states)
    torch.testing.assert_close(logits[0, :2], plain[0, 1:], atol=2e-3, rtol=1e-3)
    assert sum(p.numel() for p in net.parameters()) < 300_000
    assert not any(p.requires_grad for p in whisper.packaged_decoder().parameters())


def test_the_loss_does_not_depend_on_how_many_stand_together():
    net, batch = HeardText().eval(), heard_batch(ROWS + 1)
    with torch.inference_mode():
        together = net.nats(net(batch["heard"], batch["heard_length"], batch["said"]), batch["after"])
        last = {name: value[-1:] for name, value in batch.items()}
        alone = net.nats(net(last["heard"], last["heard_length"], last["said"]), last["after"])
    torch.testing.assert_close(together[-1:], alone, atol=1e-2, rtol=1e-3)


def test_learning_changes_what_was_added_alone():
    net, batch = HeardText(dropout=0.0), heard_batch(2)
    before = whisper.packaged_decoder().blocks[0].wide.weight.clone()  # type: ignore[union-attr]
    optimizer = torch.optim.AdamW(net.parameters(), 1e-2)
    losses = []
    for _ in range(12):  # the first steps at this rate go astray from some starts
        loss = net.nats(net(batch["heard"], batch["heard_length"], batch["said"]), batch["after"]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
    torch.testing.assert_close(whisper.packaged_decoder().blocks[0].wide.weight, before, atol=0, rtol=0)  # type: ignore[union-attr]


def test_a_transcript_that_no_text_can_be_as_long_as_is_unreadable():
    with pytest.raises(Unreadable, match="too long a transcript"):
        written_words.tokens_of("word " * 300)


class StopsAfterTheFirstEpoch(Watcher):
    """Asks to stop once an epoch has ended."""

    ended = False

    def end_epoch(self, record, metric):
        self.ended = True

    def stop_requested(self):
        return self.ended


def test_stopped_and_resumed_it_ends_with_the_same_weights_and_predicts(tmp_path: Path):
    data = told(tmp_path / "told")
    asked = {"net": WRITER, "epochs": 2, "batch_size": 4}
    whole = fathom.train(data, out=tmp_path / "whole", **asked)
    with pytest.raises(Interrupted):
        fathom.train(data, out=tmp_path / "stopped", watcher=StopsAfterTheFirstEpoch(), **asked)
    again = fathom.train(resume=tmp_path / "stopped")
    assert (whole.folder.weights).read_bytes() == (again.folder.weights).read_bytes()
    assert whole.folder.baselines()[-1].name == "Whisper as it is"
    assert whole.predict(str(data / "0.wav")) == again.predict(str(data / "0.wav"))


@pytest.mark.parametrize(
    ("said", "options", "net"),
    [("Low tone.", {}, WRITER), ("Thank you!", {}, NET), ("Low tone.", {"beam": 4}, NET)],
)
def test_it_is_the_default_where_it_understands(said, options, net, tmp_path, monkeypatch):
    monkeypatch.setattr(written_words, "write_heard", lambda heard: [said] * len(heard))
    written_words._error_rate.cache_clear()
    data = told(tmp_path / "told", 3)
    train = [Example(f"{i}", data / f"{i}.wav", "low tone") for i in range(3)]
    assert SpeechRecognition(Settings(options=options)).defaults(train)["net"] == net
    written_words._error_rate.cache_clear()


def test_a_large_budget_is_no_reason_for_more_passes_than_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Task, "most_epochs", lambda *_: 2)
    run = fathom.train("practice:digits?n=300", net="logistic", budget="30s", out=tmp_path / "run", batch_size=16)
    assert len([r for r in run.folder.history() if r["epoch"]]) == 2
