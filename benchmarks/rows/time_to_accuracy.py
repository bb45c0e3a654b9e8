"""Time to 92 % test accuracy on Fashion-MNIST: fathom, Lightning and Keras."""

from __future__ import annotations

from benchmarks.comparison import Ask, Bound, Comparison, Figures
from benchmarks.data import fashion_folders
from benchmarks.loops import until

WANTED = 0.92
MOST_EPOCHS = 15


def ours(ask: Ask) -> Figures:
    """Train through ``fathom.train`` with the reference net and fathom's usual settings, annealed within five epochs."""
    import torch

    from benchmarks.loops import ours as loop
    from benchmarks.nets import reference_cnn

    data, dev = fashion_folders(ask)
    torch.manual_seed(ask.seed)
    return until(loop.epochs(ask, data, dev=dev, net=reference_cnn(), epochs=5, augment=0.0), wanted(ask))


def lightning(ask: Ask) -> Figures:
    """Train with Lightning's Trainer until it is reached."""
    from benchmarks.loops import lightning as loop

    return until(loop.fashion_epochs(ask, MOST_EPOCHS, until=wanted(ask)), wanted(ask))


def keras(ask: Ask) -> Figures:
    """Train with Keras' fit until it is reached."""
    from benchmarks.loops import keras as loop

    return until(loop.fashion_epochs(ask, MOST_EPOCHS, until=wanted(ask)), wanted(ask))


def wanted(ask: Ask) -> float:
    """The accuracy that is waited for."""
    return 0.1 if ask.quick else WANTED


WHAT = "time to 92 % test accuracy on Fashion-MNIST"
ROW = Comparison(
    about=f"""The reference CNN on 60,000 pictures, scored on the 10,000 test files after each epoch; the seconds of all
    epochs, evaluation included, up to the first that reaches 92 %. Lightning and Keras: batch 128 and Adam 1e-3 as in
    their introductions, for {MOST_EPOCHS} epochs at most (what has not reached it by then counts with the time so far).
    fathom: its usual settings (AdamW 3e-3, one cycle, bf16 where the processor has it) without augmentation, for five
    epochs. Outside: imports, reading, encoding, baselines, report, Keras' tracing is inside as it is in its first epoch.""",
    contenders={"fathom": ours, "lightning": lightning, "keras": keras},
    bounds=(
        Bound(f"{WHAT}, against Lightning", "fathom", "lightning", 0.4, 0.25),
        Bound(f"{WHAT}, against Keras", "fathom", "keras", 0.4, 0.25),
    ),
)
