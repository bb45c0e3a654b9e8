"""The strategy flight simulator: a project on real data with a budget of days and money, one decision after another.

Each decision changes the data or the training, and fathom really trains; dev's error is shown with its interval, as in
life. At the end the profit is counted on data that nobody has seen: what each point of error is worth, minus what was
spent. Since what can be done in the time is little, every plan is flown, too: the regret is the profit of the best
plan minus yours, and what each piece of work would have brought is told.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.diagnosis.intervals import wilson
from fathom.records import Interval

Array = NDArray[Any]
Plan = tuple[int, ...]
"""How often each action of `ACTIONS` was taken."""

DAY = 150.0
"""What a day costs, in euros."""


@dataclass(frozen=True)
class Action:
    """Something that can be done.

    Attributes:
        name, title: of it.
        days, euros: that it takes, besides the days themselves.
        most: how often it can be done.
    """

    name: str
    title: str
    days: int
    euros: float
    most: int


ACTIONS = (
    Action("collect", "collect 150 more examples of the kind that you have", 4, 300.0, 2),
    Action("collect-like-dev", "collect 60 examples from where it is to be used", 5, 500.0, 2),
    Action("clean", "look through all labels of train, and correct them", 3, 100.0, 1),
    Action("enlarge", "take a net eight times as wide", 1, 0.0, 1),
    Action("regularize", "add dropout and weight decay", 1, 0.0, 1),
    Action("longer", "train three times as long", 1, 0.0, 1),
)


@dataclass(frozen=True)
class Scenario:
    """A project.

    Attributes:
        name, title, story: of it.
        examples: that there are at first.
        noise: share of the labels of train that are wrong.
        shift: how much of the picture is lost where it is to be used, from 0 to 1.
        width, epochs: of the net at first.
        data: ``digits`` or ``tumours``.
        days: that there are.
        worth: euros for each point of error less.
    """

    name: str
    title: str
    story: str
    examples: int
    noise: float = 0.0
    shift: float = 0.0
    width: int = 32
    epochs: int = 15
    data: str = "digits"
    days: int = 10
    worth: float = 400.0


SCENARIOS = (
    Scenario("few", "Sixty forms", "You read digits on forms, and have 60 examples.", 60),
    Scenario("noisy", "Labelled in a hurry", "300 digits, labelled by many people at night.", 300, noise=0.3),
    Scenario("elsewhere", "Another scanner", "400 digits of the archive; branches scan otherwise.", 400, shift=0.8),
    Scenario("narrow", "The smallest net", "400 good digits, and a net of four hidden units.", 400, width=4),
    Scenario("hurried", "One epoch", "400 good digits; somebody was in a hurry.", 400, epochs=1),
    Scenario("good", "Good enough", "Tumours, 30 measurements each; it is tuned.", 300, data="tumours", epochs=30),
)


@dataclass
class Flight:
    """A scenario that is flown, with a seed of its own.

    Attributes:
        scenario: which.
        seed: of everything random: which examples, which labels are wrong.
        taken: the actions so far.
    """

    scenario: Scenario
    seed: int
    taken: list[str] = field(default_factory=list)
    flown: dict[Plan, tuple[float, Interval]] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """How often each action was taken."""
        return tuple(self.taken.count(action.name) for action in ACTIONS)

    @property
    def left(self) -> int:
        """Days."""
        return self.scenario.days - days_of(self.plan)

    def possible(self) -> list[Action]:
        """What can still be done."""
        return [a for a in ACTIONS if a.days <= self.left and self.taken.count(a.name) < a.most]

    def error(self, plan: Plan) -> tuple[float, Interval]:
        """The error on new data, which the learner does not see before the end, and that on dev with its interval."""
        if plan not in self.flown:
            wrong = self._trained(plan)
            dev, new = wrong[: self._dev], wrong[self._dev :]
            self.flown[plan] = float(new.mean()), wilson(int(dev.sum()), len(dev))
        return self.flown[plan]

    def profit(self, plan: Plan) -> float:
        """Euros: what is gained on new data, minus what is spent."""
        better = self.error((0,) * len(ACTIONS))[0] - self.error(plan)[0]
        return 100 * better * self.scenario.worth - cost_of(plan)

    def plans(self) -> list[Plan]:
        """Everything that can be done in the days there are."""
        every = product(*[range(action.most + 1) for action in ACTIONS])
        return [plan for plan in every if days_of(plan) <= self.scenario.days]

    def best(self, watch: Callable[[int, int], None] | None = None) -> Plan:
        """The plan with the highest profit, after all were flown."""
        plans = self.plans()
        for i, plan in enumerate(plans):
            self.error(plan)
            if watch is not None:
                watch(i + 1, len(plans))
        return max(plans, key=self.profit)

    @cached_property
    def _world(self) -> dict[str, Array]:
        """The examples: of train's kind, of dev's, and those that judge."""
        x, y = _data(self.scenario.data)
        rng = np.random.default_rng([self.seed, 5])
        order = rng.permutation(len(y))
        judge = order[: min(700, len(y) // 3)]
        rest = order[len(judge) :]
        lost = rng.random(x.shape[1]) < 0.5 * self.scenario.shift  # columns that are dark where it is to be used
        other = np.where(lost, x.mean(0), x) + self.scenario.shift * rng.normal(0, 0.5, x.shape) * x.std(0)
        half = rest[: len(rest) // 2] if self.scenario.shift else rest
        wrong = rng.random(len(y)) < self.scenario.noise
        noisy = np.where(wrong, rng.permutation(y), y)
        return {"x": x, "other": other, "y": y, "noisy": noisy, "judge": judge, "pool": half, "like": rest[::-1]}

    @property
    def _dev(self) -> int:
        return 120

    def _trained(self, plan: Plan) -> Array:
        """Train as a plan says, and judge: which of the judging examples are wrong, the first for dev."""
        w, did = self._world, dict(zip((action.name for action in ACTIONS), plan))
        own = w["pool"][: self.scenario.examples + 150 * did["collect"]]
        like = w["like"][: 60 * did["collect-like-dev"]]
        x = np.concatenate([w["x"][own], w["other"][like]])
        y = np.concatenate([(w["y"] if did["clean"] else w["noisy"])[own], w["y"][like]])
        options = {"hidden": (self.scenario.width * (8 if did["enlarge"] else 1),)}
        asked: dict[str, Any] = {"epochs": self.scenario.epochs * (3 if did["longer"] else 1), "options": options}
        if did["regularize"]:
            asked |= {"dropout": 0.3, "weight_decay": 0.05}
        return judged(x, y, w["other"][w["judge"]], w["y"][w["judge"]], self.seed, asked)


def judged(x: Array, y: Array, x_new: Array, y_new: Array, seed: int, asked: Mapping[str, Any]) -> Array:
    """Train on a table with fathom, and say which new rows it gets wrong: (rows,).

    Args:
        x, y: examples, (rows, columns), and classes, (rows,).
        x_new, y_new: to be judged.
        seed: of the training.
        asked: settings of it.
    """
    import polars as pl

    from fathom.records import Settings
    from fathom.runs.load import build_net
    from fathom.runs.outcomes import data_apart, fit_apart, outcome_of
    from fathom.runs.request import Request
    from fathom.training.loop import Watcher

    with tempfile.TemporaryDirectory() as place:
        for name, (a, b) in {"train": (x, y), "dev": (x_new, y_new), "test": (x_new[:40], y_new[:40])}.items():
            columns: dict[str, Any] = {f"c{i}": a[:, i] for i in range(a.shape[1])}
            pl.DataFrame({**columns, "kind": [f"kind {v}" for v in b]}).write_csv(Path(place) / f"{name}.csv")
        settings = Settings(**{"net": "mlp", "seed": seed, "lr": 0.003, "batch_size": 16, "patience": 0, **asked})
        dev, test = str(Path(place) / "dev.csv"), str(Path(place) / "test.csv")
        whole = str(Path(place) / "train.csv")
        request = Request(data=whole, task="table", target="kind", settings=settings, dev=dev, test=test)
        data = data_apart(request, Watcher())
        net = build_net(data.task)
        fit_apart(net, data.task, data, Watcher())
        outcome = outcome_of(net, data.task, data, "dev", Watcher())
        said = {e.id: p.value != e.target for p, e in zip(outcome.predictions, data.of("dev"))}
        return np.array([said[name] for name in sorted(said, key=_row)])


def days_of(plan: Plan) -> int:
    """Days that a plan takes."""
    return sum(n * action.days for n, action in zip(plan, ACTIONS))


def cost_of(plan: Plan) -> float:
    """Euros that a plan costs, its days included."""
    return sum(n * (action.euros + DAY * action.days) for n, action in zip(plan, ACTIONS))


def explained(flight: Flight, best: Plan) -> Iterator[str]:
    """Lines that say what was gained, what could have been, and what each piece of work would have brought alone."""
    nothing, yours = (0,) * len(ACTIONS), flight.plan
    begun = flight.error(nothing)[0]
    for title, plan in (("you", yours), ("best", best)):
        new = flight.error(plan)[0]
        spent = f"{days_of(plan)} days, {cost_of(plan):,.0f} € spent"
        yield f"{title:5} error {100 * begun:.1f} → {100 * new:.1f} %   {spent}   profit {flight.profit(plan):,.0f} €"
        yield f"      {told(plan)}"
    yield f"regret {flight.profit(best) - flight.profit(yours):,.0f} €"
    for i, action in enumerate(ACTIONS):
        alone = tuple(int(i == j) for j in range(len(ACTIONS)))
        if alone in flight.flown:
            points = 100 * (begun - flight.error(alone)[0])
            yield f"      {action.name:17} alone: {points:+.1f} points, profit {flight.profit(alone):,.0f} €"


def told(plan: Plan) -> str:
    """``collect twice, clean``."""
    words = [f"{a.name}{' twice' if n == 2 else ''}" for n, a in zip(plan, ACTIONS) if n]
    return ", ".join(words) or "stop at once"


def scenario(name: str, seed: int) -> Scenario:
    """The scenario of that name, a little different with each seed.

    Raises:
        UserError: there is none.
    """
    from fathom.errors import UserError

    found = next((one for one in SCENARIOS if one.name == name), None)
    if found is None:
        raise UserError(f"there is no scenario {name!r}: choose one of {', '.join(one.name for one in SCENARIOS)}")
    rng = np.random.default_rng([seed, 6])
    return replace(
        found,
        examples=round(found.examples * rng.uniform(0.8, 1.25)),
        noise=found.noise * rng.uniform(0.7, 1.2),
        days=found.days + int(rng.integers(-1, 3)),
        worth=found.worth * round(rng.uniform(0.7, 1.4), 1),
    )


def _row(name: str) -> tuple[int, str]:
    digits = "".join(c for c in name if c.isdigit())
    return int(digits or 0), name


def _data(name: str) -> tuple[Array, Array]:
    from sklearn.datasets import load_breast_cancer, load_digits

    x, y = (load_digits if name == "digits" else load_breast_cancer)(return_X_y=True)
    return x.astype(np.float64), y
