"""What may vary: the defaults of a task and net, and how far to go from them.

Learning rates and weight decays are drawn on a log scale, since what matters is their power of ten; widths and batch
sizes by factors of two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from fathom.nets.net_options import SIZES, convert_option, options_within
from fathom.records import Settings
from fathom.task import Task


@dataclass(frozen=True)
class Real:
    """A number between two ends, perhaps on a log scale, and what it is where nobody asks."""

    low: float
    high: float
    usual: float
    log: bool = False


@dataclass(frozen=True)
class Choice:
    """One of these, and which it is where nobody asks."""

    values: tuple[Any, ...]
    usual: Any


Space = Mapping[str, Real | Choice]


def space_of(task: Task, net: nn.Module, asked: Settings) -> Space:
    """The space around the resolved settings of a task, without those that were asked for.

    Args:
        task: whose settings are resolved.
        net: built of these.
        asked: what the user said; it is held fixed.

    Returns:
        What may vary, by name; names with a dot are options: ``set.width``.
    """
    s = task.settings
    lr, batch = s.lr or 1e-3, s.batch_size or 32
    most = 1.0 if s.optimizer in ("adamw", "muon") else 1e-2
    found: dict[str, Real | Choice] = {
        "lr": Real(lr / 30, max(lr, min(lr * 30, 10.0)), lr, log=True),
        "batch_size": Choice(tuple(sorted({max(1, round(batch * f)) for f in (0.5, 1, 2, 4)})), batch),
        "weight_decay": _real(1e-5, most, s.weight_decay or 0.0, log=True),
    }
    known = options_within(net)
    of_nets = [own["dropout"][1] for own in known if "dropout" in own]
    if of_nets:
        found["dropout"] = _real(0.0, 0.6, next(v for v in (s.dropout, *of_nets, 0.0) if isinstance(v, int | float)))
    if task.augments:
        found["augment"] = _real(0.0, 2.0, s.augment or 0.0)
    for own in known:
        for name in (*SIZES, "depth", "layers"):
            if name in own and f"set.{name}" not in found:
                kind, usual = own[name]
                if kind in (int, tuple[int, ...]):
                    found[f"set.{name}"] = _sizes(name, convert_option(s.options.get(name, usual), kind))
    return {name: one for name, one in found.items() if not _is_asked(name, asked)}


def _real(low: float, high: float, usual: float, log: bool = False) -> Real:
    """A range that reaches up to what is usual; on a log scale there is no 0, and its low end stands for it."""
    return Real(low, max(high, usual), max(low, usual), log)


def _sizes(name: str, value: Any) -> Choice:
    """Half, once and twice a width, or a layer less and more."""
    if isinstance(value, tuple):
        texts = [",".join(str(max(1, round(v * f))) for v in value) for f in (0.5, 1, 2)]
        return Choice(tuple(dict.fromkeys(texts)), ",".join(map(str, value)))
    near = [round(value * f) for f in (0.5, 1, 2)] if name in SIZES else [value - 1, value, value + 1]
    return Choice(tuple(sorted({max(min(1, value), v) for v in near})), value)


def _is_asked(name: str, asked: Settings) -> bool:
    option = name.removeprefix("set.")
    return option in asked.options or (option == name and getattr(asked, name) is not None)


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
