"""Lightning as in its documentation, on tensors that are ready in memory: the fastest data that it can be given.

What costs time and is not training (logger, checkpoints, progress bar, summary, the sanity check) is switched off.
"""

from __future__ import annotations

import logging
import time
import warnings

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.comparison import Ask
from benchmarks.data import fashion
from benchmarks.loops import Epochs
from benchmarks.loops.plain import tensors
from benchmarks.nets import reference_cnn


def fashion_epochs(ask: Ask, epochs: int, until: float = 2.0) -> Epochs:
    """The reference CNN on Fashion-MNIST; ends at the first epoch whose accuracy is at least `until`."""
    import lightning

    class Classifier(lightning.LightningModule):
        """The module of the documentation's first example, for classes."""

        def __init__(self) -> None:
            super().__init__()
            self.net: nn.Module = reference_cnn()

        def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
            images, labels = batch
            return F.cross_entropy(self.net(images), labels)

        def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> None:
            images, labels = batch
            self.log("accuracy", (self.net(images).argmax(1) == labels).float().mean())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    class Stopwatch(lightning.Callback):
        """Takes the time of each epoch, validation included."""

        found: Epochs = []  # noqa: RUF012

        def on_train_epoch_start(self, trainer: lightning.Trainer, _: object) -> None:
            self.began = time.monotonic()

        def on_train_epoch_end(self, trainer: lightning.Trainer, _: object) -> None:
            accuracy = float(trainer.callback_metrics["accuracy"])
            self.found.append((time.monotonic() - self.began, accuracy))
            trainer.should_stop = accuracy >= until

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", ".*num_workers.*")
    lightning.seed_everything(ask.seed, verbose=False)
    data, watch = fashion(ask), Stopwatch()
    trainer = lightning.Trainer(
        accelerator="cpu", max_epochs=epochs, callbacks=[watch], logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
    )  # fmt: skip
    loader = DataLoader(TensorDataset(*tensors(*data.train)), batch_size=128, shuffle=True)
    dev = DataLoader(TensorDataset(*tensors(*data.test)), batch_size=128)
    trainer.fit(Classifier(), loader, dev)
    return watch.found
