"""The strategy flight simulator: a project on real data with a budget of days and money, one decision after another.

Each decision changes the data or the training, and fathom really trains; dev's error is shown with its interval, as in
life. At the end the profit is counted on data that nobody has seen: what each point of error is worth, minus what was
spent. Since what can be done in the time is little, every plan that could be the best is flown, too: the regret is the
profit of the best plan minus yours, and what each piece of work would have brought is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.diagnosis.intervals import wilson
from fathom.errors import UserError
from fathom.learning.result_cache import ResultCache
from fathom.learning.trainings import train_on_table
from fathom.learning.worker_pool import WorkerPool
from fathom.records import Interval
from fathom.spelling import choice

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
NOTHING: Plan = (0,) * len(ACTIONS)
DEV = 120
"""Examples that dev has."""


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


Errors = tuple[float, Interval]
"""The error on new data, which the learner does not see before the end, and that on dev with its interval."""


@dataclass
class Simulation:
    """A scenario that is flown, with a seed of its own.

    Attributes:
        scenario: which.
        seed: of everything random: which examples, which labels are wrong.
        taken: the actions so far.
        results: what was trained, by the state that it is.
        worker_pool: trains.
        cache: what was trained before.
    """

    scenario: Scenario
    seed: int
    taken: list[str] = field(default_factory=list)
    results: dict[Plan, Errors] = field(default_factory=dict)
    worker_pool: WorkerPool = field(default_factory=lambda: WorkerPool(0))
    cache: ResultCache | None = None

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

    def error(self, plan: Plan) -> Errors:
        """The errors of a plan, trained where it was not yet."""
        state = self.state(plan)
        if state not in self.results:
            list(self.fly(iter([state])))
        return self.results[state]

    def fly(self, plans: Iterator[Plan]) -> Iterator[Plan]:
        """Train what was not trained yet, and yield it as it comes; the next plan is asked for when there is time."""

        def jobs() -> Iterator[list[Any]]:
            for plan in plans:
                known = self.cache.get(plan) if self.cache is not None and plan not in self.results else None
                if known is not None:
                    self.results[plan] = _as_errors(known)
                if plan not in self.results:
                    yield ["fathom.learning.strategy_simulator:trained", self.scenario.name, self.seed, list(plan)]

        for job, answer in self.worker_pool.run(jobs()):
            plan = tuple(job[-1])
            self.results[plan] = _as_errors(answer)
            if self.cache is not None:
                self.cache.put(plan, answer)
            yield plan

    def profit(self, plan: Plan) -> float:
        """Euros: what is gained on new data, minus what is spent."""
        better = self.error(NOTHING)[0] - self.error(plan)[0]
        return 100 * better * self.scenario.worth - cost_of(plan)

    def state(self, plan: Plan) -> Plan:
        """The cheapest plan that leads to the same data and training: labels may be right, and examples used up."""
        collect, *rest = plan
        while collect and self._own(collect - 1) == self._own(collect):
            collect -= 1
        state = dict(zip((action.name for action in ACTIONS), (collect, *rest)))
        if not self.scenario.noise:
            state["clean"] = 0
        return tuple(state.values())

    def plans(self) -> list[Plan]:
        """Everything that can be done in the days there are."""
        every = product(*[range(action.most + 1) for action in ACTIONS])
        return [plan for plan in every if days_of(plan) <= self.scenario.days]

    def hopeless(self, plan: Plan) -> bool:
        """Whether a plan could not be the best, even without any error left: it costs too much."""
        best = max((self.profit(one) for one in self.results), default=0.0)
        return 100 * self.error(NOTHING)[0] * self.scenario.worth - cost_of(plan) < best

    def search(self) -> Iterator[tuple[int, int]]:
        """Fly whatever could be the best, single actions first; yield how many plans are flown, and are left."""
        self.error(NOTHING)
        states = [plan for plan in dict.fromkeys(map(self.state, self.plans())) if days_of(plan) <= self.scenario.days]
        alone = [plan for plan in states if sum(plan) == 1]

        def promising() -> Iterator[Plan]:
            yield from alone
            for plan in sorted((plan for plan in states if plan not in alone), key=self._hoped, reverse=True):
                if not self.hopeless(plan):
                    yield plan

        for _ in self.fly(promising()):
            yield (
                sum(plan in self.results for plan in states),
                sum(plan not in self.results and not self.hopeless(plan) for plan in states),
            )

    def best(self) -> Plan:
        """The plan with the highest profit, after all that could have it were flown."""
        for _ in self.search():
            pass
        return max(self.results, key=self.profit)

    def _hoped(self, plan: Plan) -> float:
        """The profit, if each action took the same share of the error that it takes alone."""
        begun = left = self.results[NOTHING][0]
        for i, n in enumerate(plan):
            alone = self.state(tuple(int(i == j) for j in range(len(plan))))
            if begun and alone in self.results:
                left *= (self.results[alone][0] / begun) ** n
        return 100 * (begun - left) * self.scenario.worth - cost_of(plan)

    def _own(self, collected: int) -> int:
        """Examples of train's kind, after collecting."""
        return min(self.scenario.examples + 150 * collected, len(self._world["pool"]))

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

    def judged(self, plan: Plan) -> Array:
        """Train as a plan says, and judge: which of the judging examples are wrong, the first for dev."""
        w, did = self._world, dict(zip((action.name for action in ACTIONS), plan))
        own = w["pool"][: self._own(did["collect"])]
        like = w["like"][: 60 * did["collect-like-dev"]]
        x = np.concatenate([w["x"][own], w["other"][like]])
        y = np.concatenate([(w["y"] if did["clean"] else w["noisy"])[own], w["y"][like]])
        options = {"hidden": (self.scenario.width * (8 if did["enlarge"] else 1),)}
        asked: dict[str, Any] = {"epochs": self.scenario.epochs * (3 if did["longer"] else 1), "options": options}
        if did["regularize"]:
            asked |= {"dropout": 0.3, "weight_decay": 0.05}
        return train_on_table(x, y, w["other"][w["judge"]], w["y"][w["judge"]], self.seed, asked)


def trained(name: str, seed: int, plan: Sequence[int]) -> tuple[float, int]:
    """Fly a plan: the error on new data, and how many of dev are wrong."""
    wrong = Simulation(scenario(name, seed), seed).judged(tuple(plan))
    return float(wrong[DEV:].mean()), int(wrong[:DEV].sum())


def _as_errors(answer: Sequence[Any]) -> Errors:
    new, wrong = answer
    return float(new), wilson(int(wrong), DEV)


def days_of(plan: Plan) -> int:
    """Days that a plan takes."""
    return sum(n * action.days for n, action in zip(plan, ACTIONS))


def cost_of(plan: Plan) -> float:
    """Euros that a plan costs, its days included."""
    return sum(n * (action.euros + DAY * action.days) for n, action in zip(plan, ACTIONS))


def outcome(simulation: Simulation, title: str, plan: Plan) -> Iterator[str]:
    """Lines that say what a plan gained."""
    begun, new = simulation.error(NOTHING)[0], simulation.error(plan)[0]
    spent = f"{days_of(plan)} day{'s' * (days_of(plan) != 1)}, {cost_of(plan):,.0f} € spent"
    yield f"{title:5} error {100 * begun:.1f} → {100 * new:.1f} %   {spent}   profit {simulation.profit(plan):,.0f} €"
    yield f"      {told(plan)}"


def compared(simulation: Simulation, best: Plan) -> Iterator[str]:
    """Lines that say what could have been gained, and what each piece of work would have brought alone."""
    yield from outcome(simulation, "best", best)
    yield f"regret {simulation.profit(best) - simulation.profit(simulation.plan):,.0f} €"
    for i, action in enumerate(ACTIONS):
        alone = tuple(int(i == j) for j in range(len(ACTIONS)))
        if simulation.state(alone) in simulation.results:
            points = 100 * (simulation.error(NOTHING)[0] - simulation.error(alone)[0])
            yield f"      {action.name:17} alone: {points:+.1f} points, profit {simulation.profit(alone):,.0f} €"


def told(plan: Plan) -> str:
    """``collect twice, clean``."""
    words = [f"{a.name}{' twice' if n == 2 else ''}" for n, a in zip(plan, ACTIONS) if n]
    return ", ".join(words) or "stop at once"


def scenario(name: str, seed: int) -> Scenario:
    """The scenario of that name, a little different with each seed.

    Raises:
        UserError: there is none.
    """
    found = next((one for one in SCENARIOS if one.name == name), None)
    if found is None:
        raise UserError(f"there is no scenario {name!r}{choice(name, (one.name for one in SCENARIOS))}")
    rng = np.random.default_rng([seed, 6])
    return replace(
        found,
        examples=round(found.examples * rng.uniform(0.8, 1.25)),
        noise=found.noise * rng.uniform(0.7, 1.2),
        days=found.days + int(rng.integers(-1, 3)),
        worth=found.worth * round(rng.uniform(0.7, 1.4), 1),
    )


def _data(name: str) -> tuple[Array, Array]:
    from sklearn.datasets import load_breast_cancer, load_digits

    x, y = (load_digits if name == "digits" else load_breast_cancer)(return_X_y=True)
    return x.astype(np.float64), y
