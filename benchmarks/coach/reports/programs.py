"""Enters all the programs in the lists."""

from __future__ import annotations

import importlib

MODULES = ("on_data", "on_loss", "on_nets", "on_layers", "on_steps", "on_goals")
LATER_MODULES = ("later_nets", "later_losses", "later_steps", "later_data", "later_goals", "later_healthy")
THIRD_MODULES = ("third_data", "third_losses", "third_nets", "third_steps", "third_healthy", "third_healthy_more")
FOURTH_MODULES = (
    "fourth_data",
    "fourth_losses",
    "fourth_nets",
    "fourth_layers",
    "fourth_steps",
    "fourth_goals",
    "fourth_healthy",
    "fourth_healthy_more",
    "fourth_healthy_data",
)
FIFTH_MODULES = (
    "fifth_data",
    "fifth_losses",
    "fifth_nets",
    "fifth_steps",
    "fifth_goals",
    "fifth_healthy",
    "fifth_healthy_nets",
    "fifth_healthy_tuned",
    "fifth_healthy_steps",
)
SIXTH_MODULES = (
    "sixth_data",
    "sixth_losses",
    "sixth_nets",
    "sixth_steps",
    "sixth_goals",
    "sixth_healthy",
    "sixth_healthy_nets",
    "sixth_healthy_steps",
    "sixth_healthy_goals",
)
SEVENTH_MODULES = (
    "seventh_data",
    "seventh_losses",
    "seventh_nets",
    "seventh_steps",
    "seventh_goals",
    "seventh_healthy",
    "seventh_healthy_nets",
    "seventh_healthy_steps",
    "seventh_healthy_goals",
)
EIGHTH_MODULES = (
    "eighth_data",
    "eighth_losses",
    "eighth_nets",
    "eighth_steps",
    "eighth_goals",
    "eighth_healthy",
    "eighth_healthy_data",
    "eighth_healthy_nets",
    "eighth_healthy_steps",
)
NINTH_MODULES = (
    "ninth_data",
    "ninth_losses",
    "ninth_nets",
    "ninth_steps",
    "ninth_goals",
    "ninth_healthy",
    "ninth_healthy_more",
)
HEALTHY_MODULES = ("healthy_losses", "healthy_nets", "healthy_steps", "healthy_goals", "healthy_data")


def load() -> None:
    """Import every module with programs: each enters its own."""
    later = (*LATER_MODULES, *THIRD_MODULES, *FOURTH_MODULES, *FIFTH_MODULES, *SIXTH_MODULES)
    for name in (*MODULES, *HEALTHY_MODULES, *later, *SEVENTH_MODULES, *EIGHTH_MODULES, *NINTH_MODULES):
        importlib.import_module(f"benchmarks.coach.reports.{name}")
