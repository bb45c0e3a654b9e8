"""The project of six sick runs: trainings with a fault each, shown by how they went, to be named and repaired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fathom.learning.result_cache import FOLDER, ResultCache
from fathom.learning.sandbox import Broken, Sandbox
from fathom.learning.trainings import train_on_table
from fathom.learning.worker_pool import WorkerPool
from fathom.learning.workspace import Workspace

Line = tuple[bool | None, str]
SEEDS = 3
FILE = "project_sick_runs.py"

SICK: dict[str, tuple[dict[str, Any], frozenset[str]]] = {
    "A": ({"lr": 1e-6}, frozenset({"rate too low"})),
    "B": ({"lr": 3.0}, frozenset({"rate too high"})),
    "C": ({"epochs": 1}, frozenset({"too short"})),
    "D": ({"hidden": [1]}, frozenset({"net too small"})),
    "E": ({"weight_decay": 60.0}, frozenset({"held down"})),
    "F": ({"dropout": 0.98}, frozenset({"held down", "too much dropout"})),
}
"""What is wrong with each run, and what it may be called."""

FAULTS = ("rate too low", "rate too high", "too short", "net too small", "held down", "too much dropout")
USUAL: dict[str, Any] = {"epochs": 15, "lr": 0.003, "hidden": [32], "weight_decay": 0.0, "dropout": 0.0}
RANGES = {"epochs": (1, 200), "lr": (0, 1000), "hidden": (1, 1024), "weight_decay": (0, 100), "dropout": (0, 0.99)}
HEALTHY = 0.1
"""Mean dev error that a repaired run must reach; the usual settings have 4 to 6 % on the three seeds."""

STUB = '''"""Six sick runs on handwritten digits: name what is wrong, and repair it by changing ONE setting.

`fathom learn project sick-runs` shows how the loss and the dev error of each went. Usual would be: epochs 15, lr 0.003,
hidden 32, weight_decay 0, dropout 0. Each run has one of these otherwise.
Faults: rate too low, rate too high, too short, net too small, held down, too much dropout.
"""

diagnosis = {"A": "?", "B": "?", "C": "?", "D": "?", "E": "?", "F": "?"}

# what to change, such as {"epochs": 30}; settings are epochs, lr, hidden, weight_decay, dropout
repair = {"A": {}, "B": {}, "C": {}, "D": {}, "E": {}, "F": {}}


def answers():
    """(Given.) What the check reads."""
    return {"diagnosis": diagnosis, "repair": repair}
'''


def check(workspace: Workspace, workers: int | None = None) -> Iterator[Line]:
    """Each fault by its name, and each repair by the error that it reaches on three seeds."""
    try:
        with Sandbox(workspace.folder / FILE, 10.0) as code:
            said = code.call("answers")
    except Broken as error:
        yield False, str(error)
        return
    wrong = _shape(said) or next((w for name in SICK if (w := _change(name, said["repair"].get(name, {})))), "")
    if wrong:
        yield False, wrong
        return
    with WorkerPool(workers) as worker_pool:
        clinic = _Clinic(workspace, worker_pool)
        open_ = [name for name in SICK if said["diagnosis"].get(name, "?") == "?"]
        if open_:
            yield None, f"{len(open_)} runs are trained, to show how they went ..."
            yield from clinic.courses(open_)
        if len(open_) == len(SICK):
            yield False, f"nothing is filled in yet: name the faults in {FILE}, and what repairs them"
            return
        yield from clinic.treated(said["diagnosis"], said["repair"])


class _Clinic:
    """Trains the runs, as they are and repaired; what was trained once is known.

    Args:
        workspace: where that is kept.
        worker_pool: trains.
    """

    def __init__(self, workspace: Workspace, worker_pool: WorkerPool) -> None:
        self.worker_pool, self.cache = worker_pool, ResultCache(workspace.folder / FOLDER / "sick-runs.jsonl")

    def courses(self, names: Sequence[str]) -> Iterator[Line]:
        """How the losses and dev errors of sick runs went, on the first seed."""
        asked = {name: {**USUAL, **SICK[name][0]} for name in names}
        self._train([[settings, 0] for settings in asked.values()])
        for name, settings in asked.items():
            losses, errors = self.cache.get([settings, 0])
            shares = _few([100 * error for error in errors[: len(losses)]], "{:.0f}")
            yield None, f"{name}: loss on train  {_few(losses, '{:.4g}')}   epochs: {len(losses)}"
            yield None, f"   error on dev   {shares} %"

    def treated(self, diagnosis: Mapping[str, str], repair: Mapping[str, Mapping[str, Any]]) -> Iterator[Line]:
        """Whether each run is named rightly, and healthy when it is repaired."""
        ready = {name: _changed(name, repair[name]) for name in SICK if repair.get(name)}
        yield None, f"{len(ready)} repairs are trained, on {SEEDS} seeds each ..."
        self._train([[settings, seed] for settings in ready.values() for seed in range(SEEDS)])
        for name, (_, names) in SICK.items():
            fault = diagnosis.get(name, "?")
            yield fault in names, f"{name}: {fault if fault != '?' else 'not named yet'}"
            if name not in ready:
                yield False, f"{name}: repair is empty: change one setting"
                continue
            ends = [self.cache.get([ready[name], seed])[1][-1] for seed in range(SEEDS)]
            told = ", ".join(f"{100 * e:.0f} %" for e in ends)
            yield bool(np.mean(ends) <= HEALTHY), f"{name}: repaired, dev error {told} on {SEEDS} seeds"

    def _train(self, wanted: Iterable[list[Any]]) -> None:
        """Train what is not known yet."""
        jobs = (["fathom.learning.faulty_runs:trained", *one] for one in wanted if self.cache.get(one) is None)
        for job, answer in self.worker_pool.run(jobs):
            self.cache.put(job[1:], answer)


def trained(settings: Mapping[str, Any], seed: int) -> tuple[list[float], list[float]]:
    """Train on 500 digits: losses on train and errors on dev after each epoch; the last error is the best weights'."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng([seed, 4]).permutation(len(y))
    a, b = order[:500], order[500:900]
    asked = {name: value for name, value in settings.items() if name != "hidden"}
    asked["options"] = {"hidden": tuple(settings["hidden"])}
    told = train_on_table(x[a], y[a], x[b], y[b], seed, asked)
    return list(told.losses), [*told.errors, float(told.wrong.mean())]


def _shape(said: Any) -> str:
    """What is wrong with the answers as a whole, or ""."""
    if not isinstance(said, dict) or not {"diagnosis", "repair"} <= set(said):
        return f'answers() must return {{"diagnosis": diagnosis, "repair": repair}}: leave it in {FILE} as it was given'
    for part in ("diagnosis", "repair"):
        if not isinstance(said[part], dict):
            return f"{part} in {FILE} is {said[part]!r:.60}, and must be a dictionary with the runs A to F"
        if strange := [key for key in said[part] if key not in SICK]:
            return f"{part} in {FILE} names {strange[0]!r:.30}, and there are only the runs {', '.join(SICK)}"
    for name, fault in said["diagnosis"].items():
        if fault not in (*FAULTS, "?"):
            return f"{name}: {fault!r:.60} is no fault: choose one of {', '.join(FAULTS)}, or leave the ?"
    return ""


def _change(name: str, change: Any) -> str:
    """What is wrong with a repair, or ""; an empty one is for later."""
    if not isinstance(change, dict):
        return f'{name}: the repair is {change!r:.60}, and must be such as {{"epochs": 30}}'
    if not change:
        return ""
    if len(change) != 1:
        return f"{name}: the repair changes {len(change)} settings, and should change one"
    ((setting, value),) = change.items()
    if setting not in USUAL:
        return f"{name}: there is no setting {setting!r:.60}: change one of {', '.join(USUAL)}"
    low, high = RANGES[setting]
    whole = setting in ("epochs", "hidden")
    many = value if setting == "hidden" and isinstance(value, list | tuple) and value else [value]
    kinds = int if whole else int | float
    if all(isinstance(v, kinds) and not isinstance(v, bool) and low <= v <= high for v in many):
        return ""
    return f"{name}: {setting} cannot be {value!r:.60}: give {'a whole' if whole else 'a'} number from {low} to {high}"


def _changed(name: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a run, repaired."""
    ((setting, value),) = change.items()
    if setting == "hidden":
        value = list(value) if isinstance(value, list | tuple) else [value]
    return {**USUAL, **SICK[name][0], setting: value}


def _few(values: Sequence[float], form: str) -> str:
    """``2.31 1.02 0.54``: some, from the first to the last."""
    some = sorted({round(i * (len(values) - 1) / 5) for i in range(6)})
    return " ".join(form.format(values[i]) for i in some)
