"""One epoch of the reference CNN on Fashion-MNIST: fathom, Lightning, and the plain loop."""

from __future__ import annotations

from benchmarks.comparison import Ask, Bound, Comparison, Figures
from benchmarks.data import fashion_folders


def ours(ask: Ask) -> Figures:
    """Train through ``fathom.train``, with the reference net as the user's own module."""
    import torch

    from benchmarks.loops import ours as loop
    from benchmarks.nets import reference_cnn

    data, dev = fashion_folders(ask)
    torch.manual_seed(ask.seed)
    same = {
        "batch_size": 128,
        "optimizer": "adam",
        "lr": 1e-3,
        "schedule": "constant",
        "weight_decay": 0.0,
        "augment": 0.0,
    }
    return figures(loop.epochs(ask, data, dev=dev, net=reference_cnn(), epochs=1, **same))


def lightning(ask: Ask) -> Figures:
    """Train with Lightning's Trainer."""
    from benchmarks.loops import lightning as loop

    return figures(loop.fashion_epochs(ask, 1))


def plain(ask: Ask) -> Figures:
    """Train with the plain loop."""
    from benchmarks.loops import plain as loop

    return figures(loop.fashion_epochs(ask, 1))


def figures(epochs: list[tuple[float, float]]) -> Figures:
    """Of the first epoch."""
    return {"seconds": epochs[0][0], "accuracy": epochs[0][1]}


WHAT = "one epoch of the reference CNN on Fashion-MNIST, evaluation included"
ROW = Comparison(
    about="""The first epoch over 60,000 pictures and one look at the 10,000 of the test files; batch 128, Adam 1e-3, no
    augmentation, the same net. fathom: `fathom.train(…, net=module)` with everything else as it comes (bf16 where the
    processor has it), weights and checkpoint written. Lightning: Trainer in fp32 without logger, bar and checkpoints, on
    a TensorDataset that is ready in memory. Plain loop: the quickstart's, each picture from an array to a Pillow picture
    to a normalized tensor. Outside: imports, reading the files, fathom's encoding into its cache, its baselines and its
    report.""",
    contenders={"fathom": ours, "lightning": lightning, "plain": plain},
    bounds=(
        Bound(f"{WHAT}, against Lightning", "fathom", "lightning", 0.42, 0.30),
        Bound(f"{WHAT}, against the plain DataLoader loop in fp32", "fathom", "plain", 0.30, 0.20),
    ),
)
