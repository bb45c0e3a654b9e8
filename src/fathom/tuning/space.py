"""What may vary: the defaults of a task and net, and how far to go from them.

Learning rates and weight decays are drawn on a log scale, since what matters is their power of ten; widths and batch
sizes by factors of two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from fathom.nets.options import SIZES, converted, options_within
from fathom.records import Settings
from fathom.task import Task


@dataclass(frozen=True)
class Real:
    """A number between two ends, perhaps on a log scale."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Choice:
    """One of these."""

    values: tuple[Any, ...]


Space = Mapping[str, Real | Choice]


def space_of(task: Task, net: nn.Module) -> Space:
    """The space around the resolved settings of a task; names with a dot are options: ``set.width``."""
    s = task.settings
    lr, batch = s.lr or 1e-3, s.batch_size or 32
    found: dict[str, Real | Choice] = {
        "lr": Real(lr / 30, min(lr * 30, 10.0), log=True),
        "batch_size": Choice(tuple(sorted({max(1, round(batch * f)) for f in (0.5, 1, 2, 4)}))),
        "weight_decay": Real(1e-5, 1.0 if s.optimizer in ("adamw", "muon") else 1e-2, log=True),
    }
    known = options_within(net)
    if any("dropout" in own for own in known):
        found["dropout"] = Real(0.0, 0.6)
    if type(task).prepare is not Task.prepare:
        found["augment"] = Real(0.0, 2.0)
    for own in known:
        for name in (*SIZES, "depth", "layers"):
            if name not in own or f"set.{name}" in found:
                continue
            kind, usual = own[name]
            if kind not in (int, tuple[int, ...]):
                continue
            value = converted(s.options.get(name, usual), kind)
            if kind is int:
                wide = name in SIZES
                near = [round(value * f) for f in (0.5, 1, 2)] if wide else [value - 1, value, value + 1]
                found[f"set.{name}"] = Choice(tuple(sorted({max(1, v) for v in near})))
            else:
                texts = [",".join(str(max(1, round(v * f))) for v in value) for f in (0.5, 1, 2)]
                found[f"set.{name}"] = Choice(tuple(texts))
    return found


def draw(trial: Any, space: Space) -> dict[str, Any]:
    """Draw a point of the space by an Optuna trial."""
    drawn: dict[str, Any] = {}
    for name, one in space.items():
        if isinstance(one, Real):
            drawn[name] = trial.suggest_float(name, one.low, one.high, log=one.log)
        else:
            drawn[name] = trial.suggest_categorical(name, list(one.values))
    return drawn


def settings_with(base: Settings, drawn: Mapping[str, Any]) -> Settings:
    """The settings at a point."""
    own = {name: value for name, value in drawn.items() if not name.startswith("set.")}
    more = {name.removeprefix("set."): value for name, value in drawn.items() if name.startswith("set.")}
    return replace(base, **own, options={**base.options, **more}).checked()
