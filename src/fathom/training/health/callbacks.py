"""The health checks in the training loops of others: Lightning's, and the Trainer of Hugging Face.

    lightning.Trainer(callbacks=[fathom.lightning_callback()])
    transformers.Trainer(..., callbacks=[fathom.trainer_callback()])

Both keep a `Watch` under ``.watch``, whose ``findings`` may be asked at any time, and print what was found at the end.
The classes are made when they are asked for, since the libraries may not be there.
"""

from __future__ import annotations

import sys
from typing import Any

from torch import Tensor

from fathom.errors import UserError
from fathom.training.health.measure.net_output import loss_of
from fathom.training.health.observer import Watch


def lightning_callback() -> Any:
    """A callback for Lightning's Trainer; it watches the module, called as it is in training.

    Returns:
        A ``lightning.pytorch.Callback``.

    Raises:
        UserError: Lightning is not installed.
    """
    try:
        from lightning.pytorch import Callback
    except ImportError:
        try:
            from pytorch_lightning import Callback
        except ImportError:
            raise UserError("the callback is for Lightning, which is not here: pip install lightning") from None
    return _lightning_callback(Callback)


def trainer_callback() -> Any:
    """A callback for the Trainer of Hugging Face's transformers; it watches a model that returns its loss.

    Returns:
        A ``transformers.TrainerCallback``.

    Raises:
        UserError: transformers is not installed.
    """
    try:
        from transformers import TrainerCallback
    except ImportError:
        raise UserError(
            "the callback is for the Trainer of transformers, which is not here: pip install transformers"
        ) from None
    return _trainer_callback(TrainerCallback)


def _lightning_callback(base: Any) -> Any:
    class Health(base):  # type: ignore[misc]
        """Watches the training of a LightningModule."""

        watch: Watch | None = None

        def on_train_start(self, trainer: Any, module: Any) -> None:
            """Set the hooks: on the one net inside, whose forward a training step calls, or on the module itself."""
            inside = [child for child in module.children() if next(child.parameters(), None) is not None]
            net = inside[0] if len(inside) == 1 else module
            self.watch = Watch(net, *trainer.optimizers).attach()

        def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, *_: Any) -> None:
            """A step is done."""
            loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
            if self.watch is not None and isinstance(loss, Tensor):
                self.watch.step(loss)

        def on_train_end(self, trainer: Any, module: Any) -> None:
            """Take the hooks away, and print what was found."""
            _finish(self.watch)

    return Health()


def _trainer_callback(base: Any) -> Any:
    class Health(base):  # type: ignore[misc]
        """Watches the training of a model that returns its loss."""

        watch: Watch | None = None
        loss: Tensor | None = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Set the hooks; such models come with trained weights, but for those that show they do not."""
            model = kwargs["model"]
            self.watch = Watch(model, kwargs["optimizer"], pretrained=True).attach()
            drawn, asked = self.watch.signals.details.drawn_weights
            self.watch.signals.pretrained = drawn < max(1, asked)
            self.handle = model.register_forward_hook(self._keep_loss)

        def _keep_loss(self, model: Any, args: Any, output: Any) -> None:
            loss = loss_of(output)
            if isinstance(loss, Tensor) and loss.requires_grad:
                self.loss = loss

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """A step is done."""
            if self.watch is not None and self.loss is not None:
                self.watch.step(self.loss)
            self.loss = None

        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Take the hooks away, and print what was found."""
            self.handle.remove()
            _finish(self.watch)

    return Health()


def _finish(watch: Watch | None) -> None:
    """Print the findings, each on two lines, to stderr."""
    if watch is None:
        return
    watch.detach()
    for finding in watch.findings:
        print(f"fathom: {finding.title}\n        {finding.advice}", file=sys.stderr)
