"""An epoch of the table MLP on adult: fathom, and the plain loop."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.comparison import Ask, Bound, Comparison, Figures
from benchmarks.data import adult_folder
from benchmarks.loops import Epochs

EPOCHS = 5
BINS = 16


def ours(ask: Ask) -> Figures:
    """Train through ``fathom.train`` with the default net."""
    from benchmarks.loops import ours as loop

    folder = adult_folder(ask)
    train, dev, test = (str(folder / f"{name}.csv") for name in ("train", "dev", "test"))
    same = {"batch_size": 256, "optimizer": "adamw", "lr": 2e-3, "schedule": "constant", "weight_decay": 0.02}
    found = loop.epochs(ask, train, dev=dev, test=test, target="income", net="mlp", epochs=EPOCHS, **same)
    return figures(found)


def plain(ask: Ask) -> Figures:
    """Train the same net on rows of a data frame, one at a time, as in PyTorch's tutorial on data sets of one's own."""
    import torch
    from torch.utils.data import Dataset

    class Rows(Dataset):
        """Each row is looked up in the frame and made into tensors."""

        def __init__(self, table: Table) -> None:
            self.table = table

        def __len__(self) -> int:
            return len(self.table.numbers)

        def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor, int]:
            numbers, codes = self.table.numbers.iloc[i], self.table.codes.iloc[i]
            return (
                torch.tensor(numbers.to_numpy()),
                torch.tensor(codes.to_numpy()),
                int(self.table.target.iloc[i]),
            )

    return train(ask, Rows)


def tensors(ask: Ask) -> Figures:
    """Train the same net on a TensorDataset: the fastest that a DataLoader can be given."""
    from torch import from_numpy
    from torch.utils.data import TensorDataset

    return train(
        ask, lambda t: TensorDataset(*(from_numpy(part.to_numpy(copy=True)) for part in (t.numbers, t.codes, t.target)))
    )


def train(ask: Ask, dataset: Callable[[Table], Any]) -> Figures:
    """The plain loop, with a DataLoader as it comes."""
    import torch
    from torch.utils.data import DataLoader

    from benchmarks.loops import plain as loop

    torch.manual_seed(ask.seed)
    net, rows, dev = net_and_tables(adult_folder(ask))
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    loader = DataLoader(dataset(rows), batch_size=256, shuffle=True)
    return figures(loop.train(net, optimizer, loader, DataLoader(dataset(dev), batch_size=256), EPOCHS))


@dataclass(frozen=True)
class Table:
    """A table as data frames, everything already a number: float32 numbers, int64 codes of categories, the target."""

    numbers: Any
    codes: Any
    target: Any


def net_and_tables(folder: Path) -> tuple[Any, Table, Table]:
    """The net of ``--net mlp``, and the tables of train and dev; codes, scale and bins are those of train."""
    import numpy as np
    import pandas as pd

    from fathom.nets.table.tabular import TabularMLP

    train, dev = (pd.read_csv(folder / f"{name}.csv", skipinitialspace=True) for name in ("train", "dev"))
    numbers = list(train.select_dtypes("number").columns)
    categories = [name for name in train.columns if name not in [*numbers, "income"]]
    known = {name: {v: i for i, v in enumerate(sorted(train[name].unique()), 1)} for name in categories}

    def table(frame: pd.DataFrame) -> Table:
        codes = {name: frame[name].map(places).fillna(0).astype("int64") for name, places in known.items()}
        target = (frame["income"] == ">50K").astype("int64")
        return Table(frame[numbers].astype("float32"), pd.DataFrame(codes), target)

    net = TabularMLP(len(numbers), [len(values) for values in known.values()], 2, bins=BINS)
    values = train[numbers].to_numpy()
    net.set_scale(values.mean(0), values.std(0))
    net.set_bins(np.quantile(values, np.linspace(0, 1, BINS + 1), axis=0).T)
    return net.float(), table(train), table(dev)


def figures(epochs: Epochs) -> Figures:
    """The median epoch, and the accuracy at the end."""
    return {"seconds": statistics.median(seconds for seconds, _ in epochs), "accuracy": epochs[-1][1]}


WHAT = "one epoch of the table MLP on adult"
ROW = Comparison(
    about=f"""The median of {EPOCHS} epochs over 26,048 rows of adult, each with one look at 3,257; batch 256, AdamW 2e-3,
    the same net (embeddings, bins, 256 and 128 units) in fp32. The plain loop looks each row up in a pandas frame that
    is all numbers already, as in PyTorch's tutorial on data sets of one's own; for comparison the same loop with a
    TensorDataset, where little but the arithmetic is left. Outside: imports, reading the table, encoding, baselines,
    report.""",
    contenders={"fathom": ours, "plain": plain, "tensors": tensors},
    bounds=(
        Bound(f"{WHAT}, against the plain DataLoader loop", "fathom", "plain", 0.1, 0.05),
        Bound(f"{WHAT}, against a DataLoader on a TensorDataset", "fathom", "tensors"),
    ),
)
