"""fathom's own overhead: what of an epoch of the reference CNN is spent outside forward, backward and step.

Two ways of looking, since work that other threads do at the same time (gathering the next batch) slows the arithmetic
instead of standing beside it: hooks around forward, loss, backward and step, and a bare loop that does the same
arithmetic over tensors in memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.comparison import Ask, Bound, Comparison, Figures
from benchmarks.data import fashion
from benchmarks.rows import reference_cnn


class Clock:
    """Sums the seconds between `start` and `stop`, while a training epoch is under way."""

    def __init__(self) -> None:
        self.inside, self.epoch, self.running = 0.0, 0.0, False

    def start(self, *_: Any) -> None:
        self.began = time.perf_counter()

    def stop(self, *_: Any) -> None:
        if self.running:
            self.inside += time.perf_counter() - self.began

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*arguments: Any, **named: Any) -> Any:
            self.start()
            try:
                return function(*arguments, **named)
            finally:
                self.stop()

        return timed

    def around_epoch(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function that trains an epoch, timed; without the look at dev."""

        def timed(*arguments: Any) -> Any:
            self.running, began = True, time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.running = False
                self.epoch += time.perf_counter() - began

        return timed


def ours(ask: Ask) -> Figures:
    """Train as in the row reference-cnn, with hooks."""
    import torch

    from fathom.tasks.image.classification import ImageClassification
    from fathom.training.loop import Training

    clock, begin = Clock(), Training.__init__

    def hooked(self: Training, net: torch.nn.Module, *rest: Any) -> None:
        net.register_forward_pre_hook(clock.start)
        net.register_forward_hook(clock.stop)
        begin(self, net, *rest)

    Training.__init__ = hooked
    Training.train_epoch = clock.around_epoch(Training.train_epoch)
    ImageClassification.loss = clock.around(ImageClassification.loss)
    torch.Tensor.backward = clock.around(torch.Tensor.backward)
    torch.optim.Adam.step = clock.around(torch.optim.Adam.step)
    whole = reference_cnn.ours(ask)
    return {"share": 1 - clock.inside / clock.epoch, "seconds": clock.epoch, "accuracy": whole["accuracy"]}


def bare(ask: Ask) -> Figures:
    """The same arithmetic in the same precision and layout, over tensors in memory, with nothing around it."""
    import torch

    from benchmarks.nets import reference_cnn as build
    from fathom.training.hardware import best_precision

    torch.manual_seed(ask.seed)
    data, precision = fashion(ask), best_precision("cpu", "convnet")
    images = torch.from_numpy(data.train[0].copy())  # (n, 28, 28) uint8
    labels = torch.from_numpy(data.train[1].astype("int64"))
    net = build().to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    began = time.perf_counter()
    for chosen in torch.randperm(len(images)).split(128):
        batch = (images.index_select(0, chosen).unsqueeze(1).float() - 73) / 90
        batch = batch.contiguous(memory_format=torch.channels_last)  # (batch, 1, 28, 28)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            output = net(batch)
        torch.nn.functional.cross_entropy(output.float(), labels.index_select(0, chosen)).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    seconds = time.perf_counter() - began
    with torch.no_grad():
        test = (torch.from_numpy(data.test[0].copy()).unsqueeze(1).float() - 73) / 90
        right = net.eval()(test).argmax(1) == torch.from_numpy(data.test[1].astype("int64"))
    return {"seconds": seconds, "accuracy": float(right.float().mean())}


WHAT = "fathom's own overhead on the reference CNN"
ROW = Comparison(
    about="""The training part of the epoch of reference-cnn, without the look at dev. Hooks measure forward (with the
    normalization, which is the net's first layer), loss, backward and step; everything else is overhead: gathering,
    preparing, seeding, rates, bookkeeping, checkpoints. Since a thread gathers at the same time, the seconds are also
    shown against a bare loop that does the same arithmetic, in the same precision and layout, over tensors in memory.""",
    contenders={"fathom": ours, "bare": bare},
    bounds=(
        Bound(f"{WHAT}: outside forward, backward, step", "fathom", "", 0.05, 0.02, "share"),
        Bound(f"{WHAT}: against a bare loop over tensors in memory", "fathom", "bare"),
    ),
)
