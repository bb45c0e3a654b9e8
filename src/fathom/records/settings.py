"""How to train: what the user may ask, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from fathom.errors import UserError
from fathom.validation import convert

CUSTOM_NET = "custom:"
"""How `Settings.net` begins where the net is a module of the user's own."""

OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "muon")
SCHEDULES = ("constant", "step", "cosine", "one-cycle")
PRECISIONS = ("fp32", "bf16")
RANGES: Mapping[str, tuple[float, float]] = {
    "epochs": (1, 1_000_000),
    "batch_size": (1, 1_000_000),
    "budget": (1, 10_000_000),
    "lr": (0, 1000),
    "weight_decay": (0, 100),
    "dropout": (0, 0.99),
    "label_smoothing": (0, 0.99),
    "warmup": (0, 1),
    "grad_clip": (0, 1e9),
    "augment": (0, 10),
    "patience": (0, 1_000_000),
    "class_weight_power": (0, 1),
    "human_error": (0, 1),
}
"""What each number among the settings may be, both ends included."""


@dataclass(frozen=True)
class Settings:
    """How to train. What the user asked has Nones; what `resolve` returns has none that matter.

    Attributes:
        net: name of the net, among those of the task.
        epochs: passes over the training split.
        budget: seconds to train for, instead of `epochs`; the throughput of the first steps fixes the steps.
        batch_size: examples per step.
        optimizer: sgd, momentum, nesterov, rmsprop, adam, adamw or muon.
        lr: peak learning rate.
        schedule: constant, step, cosine, one-cycle; all may follow a linear `warmup` (share of all steps).
        weight_decay: decoupled where the optimizer has it; norms and biases are spared.
        dropout: probability, for the nets that have it.
        label_smoothing: probability mass spread over the other classes.
        grad_clip: largest norm of the gradient; 0 leaves it alone.
        augment: strength of the augmentation: 0 none, 1 the task's usual.
        patience: epochs without a better dev figure before stopping early; 0 never stops early.
        class_weight_power: how far rare classes are made to count as much as frequent ones: 0 not at all, 1 wholly.
        lr_find: a range test chooses the learning rate.
        precision: fp32 or bf16.
        device: cpu, cuda or mps.
        seed: of everything random.
        human_error: error that people make on this, where known.
        require: constraints that the model must meet besides its figure, such as ``latency_ms<20``.
        cost: of mistakes, by class (``offensive``) or by class and what it is taken for (``cat>dog``); others cost 1.
        source_weight: how much the examples of each source count in training; others count 1.
        options: settings of the net and of the task, by name (``--set``).
    """

    net: str | None = None
    epochs: int | None = None
    budget: float | None = None
    batch_size: int | None = None
    optimizer: str | None = None
    lr: float | None = None
    schedule: str | None = None
    warmup: float | None = None
    weight_decay: float | None = None
    dropout: float | None = None
    label_smoothing: float | None = None
    grad_clip: float | None = None
    augment: float | None = None
    patience: int | None = None
    class_weight_power: float | None = None
    lr_find: bool = False
    precision: str | None = None
    device: str | None = None
    seed: int = 0
    human_error: float | None = None
    require: tuple[str, ...] = ()
    cost: Mapping[str, float] = field(default_factory=dict)
    source_weight: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_custom_net(self) -> bool:
        """Whether the net is a module of the user's own, which no name builds again."""
        return self.net is not None and self.net.startswith(CUSTOM_NET)

    def filled(self, defaults: Mapping[str, Any]) -> Settings:
        """A copy in which each None is replaced by the default of that name."""
        missing = {k: v for k, v in defaults.items() if k != "options" and getattr(self, k) is None}
        options = {**defaults.get("options", {}), **self.options}
        return replace(self, **missing, options=options)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """Back from JSON; names that this version does not know are left out.

        Raises:
            UserError: a setting is of the wrong type or out of range.
        """
        return convert(values, cls, "settings").checked()

    def checked(self) -> Settings:
        """The same settings, if they can work.

        Raises:
            UserError: says which cannot, and what is possible.
        """
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int | float) and low <= value <= high):
                raise UserError(f"--{name.replace('_', '-')} {value} is out of range: give {low} to {high}")
        for name, cost in self.cost.items():
            if not 0 < cost < 1e6:
                raise UserError(f"--cost {name}={cost} is out of range: a mistake costs more than 0, and under 1e6")
        for name, weight in self.source_weight.items():
            if not 0 <= weight < 1e6:
                raise UserError(f"--source-weight {name}={weight} is out of range: give 0 to 1e6")
        for name, choices in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("precision", PRECISIONS)):
            value = getattr(self, name)
            if value is not None and value not in choices:
                raise UserError(f"there is no {name} '{value}': choose one of {', '.join(choices)}")
        return self
