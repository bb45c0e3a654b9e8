"""What a user may say, once: options of the command line, keywords in Python and names in a recipe all come from here.

Each field of `DataOptions`, `Settings` and `RunOptions` is an option of that name: ``grad_clip`` is ``--grad-clip`` in
the terminal, ``grad_clip=`` in Python and ``"grad_clip"`` in ``recipe.json``. How it is offered stands beside it as an
`Option`. A field that is added here is offered everywhere.

In the text of an error an option stands in backticks, as Python says it: ```grad_clip=-1` is out of range``. The
command line shows it as it is typed there; so does what is not an option of these classes, but of the net or the task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from fathom.errors import UserError
from fathom.option_kinds import (
    AUTO,
    MAX_SECONDS,
    Offered,
    Place,
    documented,
    lifted,
    offered,
    option,
    read_cost,
    read_lr,
    read_names,
    read_pair,
    read_weight,
    seconds,
)
from fathom.split_kinds import SplitBy, parse_split_by

DATA, NET, TRAINING, RUN = "Data", "Net", "Training", "Run"
"""The panels of ``fathom train --help``."""

OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "muon")
SCHEDULES = ("constant", "step", "cosine", "one-cycle", "restarts")
PRECISIONS = ("fp32", "bf16")
CUSTOM_NET = "custom:"
"""How `Settings.net` begins where the net is a module of the user's own."""
T = TypeVar("T")


# --- the options ------------------------------------------------------------------------------------------------------


@documented
@dataclass(frozen=True, kw_only=True)
class DataOptions(Generic[Place]):
    """What may be said of the data besides where it lies; texts as they were said, or the paths that they came to."""

    target: str | None = option("Column to predict.", panel=DATA)
    dev: Place | None = option("Data to judge by; 'none' holds nothing out.", panel=DATA)
    test: Place | None = option("Data to test on, at the end.", panel=DATA)
    group: str | None = option("Column: what belongs together.", panel=DATA)
    source: str | None = option("Column: where it was collected.", panel=DATA, old_names=("collected",))
    split_by: str | None = option(
        "time=COLUMN, column=COLUMN, source=NAME for dev and test, or random.",
        panel=DATA, metavar="RULE", old_flags=("split",), old_names=("rule",),
    )  # fmt: skip
    annotators: tuple[str, ...] = option(
        "What several people said: A,B,C; gives the human error.",
        tuple, panel=DATA, metavar="COLUMNS", read=read_names, once=True,
    )  # fmt: skip
    exclude: Place | None = option(
        "A CSV of ids to leave out, or to correct.",
        panel=DATA, metavar="LIST", old_flags=("without",), old_names=("without",),
    )  # fmt: skip
    synthesize: tuple[str, ...] = option(
        "Add altered copies to train: noise=5-20, blur, crop, jpeg, typos=0.03.", tuple, panel=DATA, metavar="KIND"
    )
    noise: Place | None = option("Recorded noise to mix in.", panel=DATA, metavar="FOLDER")
    header: str | None = option("A table begins with its columns' names: yes or no.", panel=DATA, metavar="WHETHER")


NOT_GROUPED = "none"
"""What ``--group`` says where examples are to be split one by one."""


@dataclass(frozen=True)
class Source(DataOptions[Path]):
    """What the user pointed at, before any of it is read.

    Attributes:
        text: what was typed, e.g. ``"photos/"`` or ``"practice:cats?n=500"``.
        path: the file or folder that holds the data; practice data is made there first.
        no_dev: the user asked for no dev split (``dev="none"``): nothing is held out, the last weights are kept.
    """

    text: str
    path: Path
    no_dev: bool = False

    @property
    def apart(self) -> frozenset[str]:
        """The columns that are known of an example and are not to be learned from."""
        asked = parse_split_by(self.split_by)
        of_rule = asked[1] if asked and asked[0] is not SplitBy.SOURCE else None
        return frozenset(
            c for c in (self.group, self.source, of_rule, *self.annotators) if c not in (None, NOT_GROUPED)
        )

    def asked(self) -> DataOptions[str]:
        """What must be said for just this to be read, with the same columns set apart."""
        same = {one.name: getattr(self, one.name) for one in fields(DataOptions)}
        texts = {name: str(same[name]) for name in PLACES if same[name] is not None}
        return DataOptions(**{**same, **texts, **({"dev": "none"} if self.no_dev else {})})

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return as_recorded(vars(self))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Source:
        """Back from JSON; names that this version does not know are left out.

        Args:
            values: as `to_dict` gave them.

        Returns:
            the source.

        Raises:
            UserError: it is no source.
        """
        from fathom.validation import convert  # a library that --help does not need

        return convert(values, cls, "the source")


PLACES = tuple(name for name, one in offered(DataOptions).items() if one.kind is Place)
"""What of the data is a file or a folder."""


@documented
@dataclass(frozen=True)
class Settings:
    """How to train. What the user asked has Nones; what was resolved has none that matter."""

    source_weight: Mapping[str, float] = option(
        "How much a source counts in training; others count 1.",
        dict, panel=DATA, metavar="SOURCE=W", read=read_weight, old_flags=("weight",), old_names=("source_weights",),
    )  # fmt: skip
    net: str | None = option(
        "logistic, mlp, lenet, convnet, vgg, resnet, inception, mobilenet, airbench, pretrained, hf:NAME …", panel=NET
    )
    dropout: float | None = option("Share of units dropped.", panel=NET, limits=(0, 0.99), suits_net=True)
    options: Mapping[str, Any] = option(
        "An option of the net or task: hidden=20,7,5, kind=regression.", dict,
        panel=NET, metavar="KEY=VALUE", flag="--set", read=read_pair,
    )  # fmt: skip
    epochs: int | None = option("Passes over the data.", limits=(1, 1_000_000), suits_net=True)
    # the throughput of the first steps fixes how many there are
    budget: float | None = option("Time for all of it: 60s, 5m, 1h.", limits=(1, MAX_SECONDS), read=seconds)
    batch_size: int | None = option("Examples per step.", limits=(1, 1_000_000), suits_net=True)
    optimizer: str | None = option(f"{', '.join(OPTIMIZERS)}.", choices=OPTIMIZERS, suits_net=True)
    lr: float | None = option(
        "Peak learning rate, or auto: a range test finds it.",
        metavar="RATE", limits=(0, 1000), read=read_lr, suits_net=True,
    )  # fmt: skip
    lr_find: bool = option("A range test finds the learning rate.", False, flag="--lr auto", old_names=("find_rate",))
    schedule: str | None = option(f"{', '.join(SCHEDULES)}.", choices=SCHEDULES, suits_net=True)
    warmup: float | None = option("Share of the steps to warm up.", limits=(0, 1))
    # decoupled where the optimizer has it; norms and biases are spared
    weight_decay: float | None = option("Pull towards small weights.", limits=(0, 100), suits_net=True)
    label_smoothing: float | None = option("Doubt spread over the other classes.", limits=(0, 0.99))
    grad_clip: float | None = option(
        "Largest norm of the gradient.", limits=(0, 1e9), suits_net=True, old_flags=("clip",), old_names=("clip",)
    )
    augment: float | None = option("Strength of augmentation; 0 none, 1 usual.", limits=(0, 10), suits_net=True)
    patience: int | None = option("Epochs to wait for a better dev figure (0: for ever).", limits=(0, 1_000_000))
    class_weight_power: float | None = option(
        "How far rare classes count as much as others: 0 to 1.",
        limits=(0, 1), old_flags=("balance",), old_names=("balance",),
    )  # fmt: skip
    require: tuple[str, ...] = option("A constraint: latency_ms<20, recall[cat]>=0.95.", tuple, metavar="WHAT")
    cost: Mapping[str, float] = option(
        "What a mistake on it costs; others cost 1.", dict, metavar="CLASS=COST", read=read_cost, old_names=("costs",)
    )
    human_error: float | None = option("Error that people make, e.g. 0.01.", limits=(0, 1))
    seed: int = option("Of everything random; 0 without.", 0, panel=RUN)
    device: str | None = option("cpu, cuda, mps.", panel=RUN)
    precision: str | None = option("fp32 or bf16.", panel=RUN, choices=PRECISIONS)

    @property
    def has_custom_net(self) -> bool:
        """Whether the net is a module of the user's own, which no name builds again."""
        return self.net is not None and self.net.startswith(CUSTOM_NET)

    def filled(self, defaults: Mapping[str, Any]) -> Settings:
        """A copy in which each None is replaced by the default of that name.

        Args:
            defaults: values by the names of settings; those of ``options`` stand behind what was asked.

        Returns:
            the settings.
        """
        missing = {k: v for k, v in defaults.items() if k != "options" and getattr(self, k) is None}
        options = {**defaults.get("options", {}), **self.options}
        return replace(self, **missing, options=options)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """Back from JSON; names that this version does not know are left out.

        Args:
            values: as `to_dict` gave them.

        Returns:
            the settings, checked.

        Raises:
            UserError: a setting is of the wrong type or out of range.
        """
        from fathom.validation import convert  # a library that --help does not need

        return convert(values, cls, "settings").checked()

    def checked(self) -> Settings:
        """The same settings, if they can work.

        Raises:
            UserError: says which cannot, and what is possible.
        """
        for name, one in offered(Settings).items():
            one.ask_possible(getattr(self, name))
        for name, price in self.cost.items():
            if not 0 < price < 1e6:
                raise UserError(f"`cost` {name}={price} is out of range: a mistake costs more than 0, and under 1e6")
        for name, share in self.source_weight.items():
            if not 0 <= share < 1e6:
                raise UserError(f"`source_weight` {name}={share} is out of range: give 0 to 1e6")
        return self


@documented
@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What may be said of a training besides its data and its settings."""

    task: str | None = option(
        "The kind of problem, such as table or speech-recognition; found out without.", panel=DATA
    )
    splits: Path | None = option("Use the splits of this run.", panel=DATA)
    init_from: Path | None = option(
        "Start from the net of this run, with a new head.",
        panel=NET, metavar="RUN", old_flags=("from",), old_names=("start",),
    )  # fmt: skip
    out: Path | None = option("Run folder to make.", panel=RUN)
    recipe: Path | None = option("Repeat the run of this recipe.json.", panel=RUN)


# --- what derives from them -------------------------------------------------------------------------------------------


@cache
def training_options() -> Mapping[str, Offered]:
    """All that ``fathom train`` offers of these, by name."""
    return offered(DataOptions, Settings, RunOptions)


def said(name: str, value: Any) -> Any:
    """What was said for an option, as its field holds it: texts are read, paths made, lists become tuples.

    Args:
        name: of the option; what has another name stays as it is.
        value: as it was typed, or as it was given in Python or stands in JSON.

    Raises:
        UserError: a text cannot be read.

    >>> said("budget", "5m"), said("annotators", "A, B"), said("cost", ["cat=2"])
    (300.0, ('A', 'B'), {'cat': 2.0})
    """
    one = training_options().get(name)
    if one is None or value is None:
        return value
    if one.kind is dict:
        return dict(value) if isinstance(value, Mapping) else dict(map(one.read or read_pair, value))
    if one.kind is tuple:
        if isinstance(value, str):
            return one.read(value) if one.read else (value,)
        return tuple(map(str, value))
    if one.kind in (Path, Place):
        return Path(value) if one.kind is Path else str(value)
    return one.read(value) if one.read and isinstance(value, str) else value


def sorted_out(asked: Mapping[str, Any], *groups: type) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of keywords belongs to options of these classes, as their fields hold it, and all the rest.

    Args:
        asked: keywords, under today's names.
        groups: classes of options.

    Returns:
        what belongs to their options, and all the rest.

    Raises:
        UserError: a text cannot be read.
    """
    known = offered(*groups)
    asked = lifted(asked, offered(DataOptions))
    ours = {name: said(name, value) for name, value in asked.items() if name in known and value is not None}
    return ours, {name: value for name, value in asked.items() if name not in known}


def settings_of(asked: Mapping[str, Any]) -> Settings:
    """What was asked of the training, as settings; what is none of them is an option of the net or the task.

    Args:
        asked: keywords, under today's names.

    Returns:
        the settings, checked.

    Raises:
        UserError: a setting cannot be.

    >>> settings_of({"lr": "auto", "hidden": (20, 7)}).options
    {'hidden': (20, 7)}
    """
    ours, options = sorted_out(asked, Settings)
    if ours.get("lr") == AUTO:
        ours = {**ours, "lr_find": True}
        del ours["lr"]
    return Settings(**{**ours, "options": {**options, **ours.get("options", {})}}).checked()


def suited_to_the_net() -> tuple[str, ...]:
    """The settings that suit a net, and are found out again for another."""
    return tuple(name for name, one in offered(Settings).items() if one.suits_net)


def today(asked: Mapping[str, Any], tell: Callable[[str, str], None]) -> dict[str, Any]:
    """Keywords under today's names.

    Args:
        asked: perhaps with names from before.
        tell: is given each of them, and what it is called now.
    """
    now = {old: one.name for one in training_options().values() for old in one.old_names}
    for old in now.keys() & asked.keys():
        tell(old, now[old])
    return {now.get(name, name): value for name, value in asked.items()}


def part(values: Any, kind: type[T]) -> T:
    """What one object says of the fields of a class.

    Args:
        values: an object that has all fields of the class.
        kind: a class of options.

    Returns:
        an object of that class.
    """
    return kind(**{one.name: getattr(values, one.name) for one in fields(kind)})  # type: ignore[arg-type]


def told(values: Any) -> dict[str, Any]:
    """What an object says that it would not say by itself.

    Args:
        values: an object of a class of options.

    Returns:
        what differs from the defaults, by name.
    """
    plain = type(values)()
    return {name: value for name, value in vars(values).items() if value != getattr(plain, name)}


def as_recorded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON keeps them: paths as texts, tuples as lists.

    Args:
        values: by name.

    Returns:
        the same names.
    """
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
