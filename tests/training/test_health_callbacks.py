"""The checks as a callback of Hugging Face's Trainer and of Lightning."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import fathom
from loops import CLASSES, alike, names, net, points


def test_the_trainer_of_hugging_face_can_be_watched(tmp_path: Any, capsys: Any) -> None:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    x, y = points()
    rows = [{"input_ids": (a > 0).long() + 1, "labels": b} for a, b in zip(x, y, strict=True)]
    config = transformers.BertConfig(
        vocab_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        num_labels=CLASSES, max_position_embeddings=16,
    )  # fmt: skip
    callback = fathom.trainer_callback()
    trainer = transformers.Trainer(
        transformers.BertForSequenceClassification(config),
        transformers.TrainingArguments(str(tmp_path), max_steps=30, report_to=[], use_cpu=True, learning_rate=5.0),
        train_dataset=rows, callbacks=[callback],
    )  # fmt: skip
    trainer.train()
    assert callback.watch.signals.losses.steps == 30
    assert "high_learning_rate" in names(callback.watch.findings)
    assert "fathom: " in capsys.readouterr().err


def test_a_trainer_of_lightning_can_be_watched(tmp_path: Any) -> None:
    lightning = pytest.importorskip("lightning")

    class Module(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.net = alike(net(32, 32))

        def training_step(self, batch: Any, i: int) -> Tensor:
            return F.cross_entropy(self.net(batch[0]), batch[1])

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.1)

    callback = fathom.lightning_callback()
    trainer = lightning.Trainer(
        max_epochs=2, callbacks=[callback], logger=False, enable_checkpointing=False, default_root_dir=tmp_path,
        enable_progress_bar=False, accelerator="cpu",
    )  # fmt: skip
    trainer.fit(Module(), torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*points()), 32, shuffle=True))
    assert names(callback.watch.findings)[:1] == ["symmetric_weights"]
