"""A training loop as its user writes it, under `fathom.watch`, and the table of its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.coach.data import Set
from fathom.records import Finding
from fathom.training.health.observer import watch


@dataclass
class Plan:
    """How a net is trained.

    Attributes:
        net: to train.
        x, y: inputs and labels, those of train perhaps spoiled.
        optimizer: ``sgd``, ``momentum`` or ``adam``.
        shuffle: anew before each epoch.
        loss: of raw output and labels.
        sleepless: the net is judged in training mode.
        decay: weight decay.
        annealed: the rate comes down to 0 along a cosine.
        most, fewest: steps after which it ends at the latest, and before which it does not.
    """

    net: nn.Module
    x: NDArray[np.float32]
    y: NDArray[np.int64]
    data: Set
    seed: int
    optimizer: str = "adam"
    lr: float = 1e-3
    batch: int = 64
    epochs: int = 12
    shuffle: bool = True
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy
    sleepless: bool = False
    decay: float = 0.0
    annealed: bool = False
    most: int = 1500
    fewest: int = 0


@dataclass
class Trained:
    """What came out: what `fathom.watch` found, the epochs, and the table of results."""

    health: list[Finding]
    history: list[dict[str, float]]
    results: pl.DataFrame
    signals: Any = field(repr=False, default=None)


def train(plan: Plan) -> Trained:
    """Train, and judge train, dev and test."""
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    x, y, data = torch.from_numpy(plan.x), torch.from_numpy(plan.y), plan.data
    optimizer = _optimizer(plan)
    per_epoch = -(-len(data.train) // plan.batch)
    total = min(plan.most, max(plan.fewest, plan.epochs * per_epoch))
    history: list[dict[str, float]] = []
    done = 0
    with watch(plan.net, optimizer) as health:
        while done < total:
            order = rng.permutation(data.train) if plan.shuffle else data.train
            plan.net.train()
            losses = []
            for start in range(0, len(order), plan.batch):
                rows = torch.from_numpy(order[start : start + plan.batch])
                if plan.annealed:
                    optimizer.param_groups[0]["lr"] = plan.lr * 0.5 * (1 + np.cos(np.pi * done / total))
                loss = plan.loss(plan.net(x[rows]), y[rows])
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
                health.step(loss)
                losses.append(loss.item())
                done += 1
                if done >= total or not np.isfinite(losses[-1]):
                    break
            if not plan.sleepless:
                plan.net.eval()
            error = float((probabilities(plan, data.dev).argmax(1) != plan.y[data.dev]).mean())
            row = {"epoch": len(history) + 1, "step": done, "dev_metric": error, "lr": optimizer.param_groups[0]["lr"]}
            history.append({**row, "train_loss": float(np.mean(losses))})
            if not np.isfinite(losses[-1]):
                break
    return Trained(health.findings, history, results(plan), health.signals)


def _optimizer(plan: Plan) -> torch.optim.Optimizer:
    if plan.optimizer == "adam":
        return torch.optim.AdamW(plan.net.parameters(), lr=plan.lr, weight_decay=plan.decay)
    momentum = 0.9 if plan.optimizer == "momentum" else 0.0
    return torch.optim.SGD(plan.net.parameters(), lr=plan.lr, momentum=momentum, weight_decay=plan.decay)


@torch.no_grad()
def probabilities(plan: Plan, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each class: (rows, classes)."""
    parts = [plan.net(torch.from_numpy(plan.x[rows[i : i + 500]])) for i in range(0, len(rows), 500)]
    return torch.cat(parts).double().softmax(1).numpy()


def results(plan: Plan) -> pl.DataFrame:
    """One row for each example, in the columns that ``fathom diagnose`` reads."""
    if not plan.sleepless:
        plan.net.eval()
    parts = {split: getattr(plan.data, split) for split in ("train", "dev", "test")}
    p = np.full((len(plan.y), plan.data.classes), 1 / plan.data.classes)
    for rows in parts.values():
        p[rows] = np.nan_to_num(probabilities(plan, rows), nan=1 / plan.data.classes)
    return table_of(p, plan.y, parts)


def table_of(p: NDArray[np.float64], y: NDArray[np.int64], parts: Mapping[str, NDArray[np.int64]]) -> pl.DataFrame:
    """The table of results of probabilities (examples, classes), in the columns that ``fathom diagnose`` reads."""
    frames = []
    for split, rows in parts.items():
        q, true = p[rows], y[rows]
        said = q.argmax(1)
        frames.append(
            pl.DataFrame(
                {
                    "id": [f"{split} {i}" for i in range(len(rows))],
                    "split": [split] * len(rows),
                    "target": [f"c{i}" for i in true],
                    "prediction": [f"c{i}" for i in said],
                    "confidence": q.max(1),
                    "loss": -np.log(np.maximum(q[np.arange(len(true)), true], 1e-12)),
                    "stat_wrong": (said != true).astype(np.float64),
                    "stat_count": np.ones(len(true)),
                    **{f"p_c{i}": q[:, i] for i in range(p.shape[1])},
                }
            )
        )
    return pl.concat(frames)
