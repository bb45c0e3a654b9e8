"""The project of six sick runs: trainings with a fault each, shown by their curves, to be named and repaired.

Which faults, how bad, and in which order is drawn for each learner from a pool. Every answer is explained from the
curves of the very run, whether it is right or wrong.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fathom.learning.faults import FAULTS, Fault, figure
from fathom.learning.measured_training import USUAL, Measured, train
from fathom.learning.sandbox import Broken, Sandbox
from fathom.learning.workspace import Workspace
from fathom.spelling import choice

Line = tuple[bool | None, str]
SEEDS = 3
FILE = "project_sick_runs.py"
RUNS = "ABCDEF"
NAMES = tuple(sorted(fault.name for fault in FAULTS))

HEALTHY = 0.12
"""Mean dev error that a repaired run must reach; the usual settings have 3 to 8 %."""

SICK = 0.2
"""Dev error that a sick run has at least."""

RANGES: dict[str, tuple[float, float]] = {
    "lr": (0, 1000), "epochs": (1, 200), "batch": (1, 600), "momentum": (0, 0.9999), "hidden": (1, 256),
    "init": (0, 100), "bias": (-10, 10), "weight_decay": (0, 10), "dropout": (0, 0.99), "clip": (0, 1e9),
    "examples": (10, 600), "label_noise": (0, 1),
}  # fmt: skip
MEANS = {
    "lr": "the learning rate", "epochs": "passes over train", "batch": "examples in a batch",
    "momentum": "β of v ← βv + g", "hidden": "units of the layers in between", "activation": "relu or sigmoid",
    "init": "a factor of He's standard deviation; 0: all equal", "bias": "at the start",
    "weight_decay": "λ of λw, added to the gradient", "dropout": "share of the units that are silenced",
    "clip": "the largest norm of a gradient", "examples": "in train", "label_noise": "share labelled by chance",
    "shuffle": "before each epoch; the file is in the order of its classes",
    "scale_inputs": "standardize, by mean and deviation of train", "scale_dev": "and dev by the same",
}  # fmt: skip
WHOLE = ("epochs", "batch", "hidden", "examples")

STUB = f'''"""Six sick runs on handwritten digits: name what is wrong, and repair it by changing ONE setting.

`fathom learn project sick-runs` shows how a healthy run and yours went. Each of yours has one setting otherwise than
usual. Which, and how much, was drawn for you; no two runs have the same fault.

Faults:
{chr(10).join(f"    {name}" for name in NAMES)}

Usual settings:
{chr(10).join(f"    {name:13} {value!r:13} {MEANS[name]}" for name, value in USUAL.items())}
"""

diagnosis = {{"A": "?", "B": "?", "C": "?", "D": "?", "E": "?", "F": "?"}}

# what to change in each run, such as {{"epochs": 30}}
repair = {{"A": {{}}, "B": {{}}, "C": {{}}, "D": {{}}, "E": {{}}, "F": {{}}}}


def answers():
    """(Given.) What the check reads."""
    return {{"diagnosis": diagnosis, "repair": repair}}
'''

ROWS = (
    ("loss, train", "loss", 1), ("loss, batches", "batch_loss", 1), ("error %, train", "train_error", 100),
    ("error %, dev", "dev_error", 100), ("grad., 1st layer", "first", 1), ("grad., last layer", "last", 1),
    ("grad. over train", "whole", 1), ("grad. of a batch", "batch", 1), ("grad. as used", "used", 1),
    ("activations, size", "size", 1), ("activations 0, %", "zeros", 100), ("step, % of weight", "ratio", 100),
    ("weights, size", "weights", 1),
)  # fmt: skip
"""What is shown of each run: the name of a row, what it holds, and by how much it is multiplied."""


@dataclass(frozen=True)
class Sick:
    """One of a learner's runs.

    Attributes:
        fault: what is wrong.
        value: of the fault's setting.
        seed: of the training.
        curves: how it went.
    """

    fault: Fault
    value: Any
    seed: int
    curves: Measured


def draw(who: str) -> dict[str, Sick]:
    """A learner's six runs: different faults, in an order of chance, each sick and to be told from the others.

    Args:
        who: the learner; the same runs come for the same.
    """
    chance = random.Random(f"{who} sick runs")
    faults = chance.sample(FAULTS, len(RUNS))
    return {name: _drawn(fault, np.random.default_rng(chance.randrange(2**32))) for name, fault in zip(RUNS, faults)}


def _drawn(fault: Fault, rng: np.random.Generator) -> Sick:
    """A run with that fault; a draw that is healthy by luck, or that looks like another fault, is drawn again."""
    for _ in range(100):
        value, seed = fault.draw(rng), int(rng.integers(2**31 - SEEDS))
        curves = train({fault.setting: value}, seed)
        named = [one for one in FAULTS if all(sign.holds(curves) for sign in one.signs)]
        if named == [fault] and curves.dev_error[-1] >= SICK:
            return Sick(fault, value, seed, curves)
    raise AssertionError(f"{fault.name} is never sick, or never told from the others")


def check(workspace: Workspace) -> Iterator[Line]:
    """Each fault by its name, explained; and each repair by the error that it reaches on three seeds."""
    try:
        with Sandbox(workspace.folder / FILE, 10.0) as code:
            said = code.call("answers")
    except Broken as error:
        yield False, str(error)
        return
    if wrong := _shape(said) or next((w for n in RUNS if (w := _change(n, said["repair"].get(n, {})))), ""):
        yield False, wrong
        return
    runs = draw(workspace.progress.events[0]["time"])
    open_ = [name for name in RUNS if said["diagnosis"].get(name, "?") == "?"]
    if open_:
        yield from ((None, line) for line in shown("a healthy run", train({}, 0)))
        for name in open_:
            yield from ((None, line) for line in shown(name, runs[name].curves))
    if len(open_) == len(RUNS):
        yield False, f"nothing is filled in yet: name the faults in {FILE}, and what repairs them"
        return
    for name, sick in runs.items():
        yield from judged(name, sick, said["diagnosis"].get(name, "?"))
        yield repaired(name, sick, said["repair"].get(name, {}))


def shown(title: str, m: Measured) -> list[str]:
    """The curves of a run as a table: before the first step, and after some of the epochs."""
    last = len(m.loss) - 1
    some = sorted({i for i in (0, 1, 2, 4, 8, last) if i <= last})
    lines = [f"{title:20}" + "".join(f"{f'epoch {i}' if i else 'start':>9}" for i in some)]
    lines += [f"  {row:18}" + "".join(_cell(getattr(m, of)[i], by) for i in some) for row, of, by in ROWS]
    return [*lines, f"  {m.steps} steps in each epoch; {m.different[-1]:.0f} units of the first layer differ"]


def _cell(value: float, by: float) -> str:
    return f"{figure(value * by):>9}"


def judged(name: str, sick: Sick, answer: str) -> Iterator[Line]:
    """Whether an answer is right, and what in the curves says so."""
    if answer == "?":
        yield False, f"{name}: not named yet"
        return
    fault = next(one for one in FAULTS if one.name == answer)
    if fault is sick.fault:
        yield True, f"{name}: {answer}: {fault.why}"
        yield from ((None, f"   {sign.says}: {sign.shows(sick.curves)}") for sign in fault.signs)
        return
    missing = next(sign for sign in fault.signs if not sign.holds(sick.curves))
    yield False, f"{name}: not “{answer}”: with it, {missing.says}. Here: {missing.shows(sick.curves)}"


def repaired(name: str, sick: Sick, change: Mapping[str, Any]) -> Line:
    """What a run reaches with one setting changed."""
    if not change:
        return False, f"{name}: repair is empty: change one setting"
    settings = {sick.fault.setting: sick.value, **change}
    ends = [train(settings, sick.seed + i).dev_error[-1] for i in range(SEEDS)]
    told = ", ".join(f"{100 * e:.0f} %" for e in ends)
    asked = "" if np.mean(ends) <= HEALTHY else f"; a mean of at most {100 * HEALTHY:.0f} % is healthy"
    return not asked, f"{name}: repaired, dev error {told} on {SEEDS} seeds{asked}"


def _shape(said: Any) -> str:
    """What is wrong with the answers as a whole, or ""."""
    if not isinstance(said, dict) or not {"diagnosis", "repair"} <= set(said):
        return f'answers() must return {{"diagnosis": diagnosis, "repair": repair}}: leave it in {FILE} as it was given'
    for part in ("diagnosis", "repair"):
        if not isinstance(said[part], dict):
            return f"{part} in {FILE} is {said[part]!r:.60}, and must be a dictionary with the runs A to F"
        if strange := [key for key in said[part] if key not in tuple(RUNS)]:
            return f"{part} in {FILE} names {strange[0]!r:.30}, and there are only the runs {', '.join(RUNS)}"
    for name, fault in said["diagnosis"].items():
        if fault not in (*NAMES, "?"):
            return f"{name}: {fault!r:.60} is no fault{choice(str(fault), NAMES)}, or leave the ?"
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
    if setting in RANGES:
        return _number(name, setting, value)
    choices = ("relu", "sigmoid") if setting == "activation" else (True, False)
    if any(value is c or (isinstance(c, str) and value == c) for c in choices):
        return ""
    return f"{name}: {setting} cannot be {value!r:.60}: give {choices[0]!r} or {choices[1]!r}"


def _number(name: str, setting: str, value: Any) -> str:
    low, high = RANGES[setting]
    whole = setting in WHOLE
    many = value if setting == "hidden" and isinstance(value, list | tuple) and 0 < len(value) < 9 else [value]
    kinds = int if whole else int | float
    if all(isinstance(v, kinds) and not isinstance(v, bool) and low <= v <= high for v in many):
        return "" if setting != "hidden" or many is value else f"{name}: give hidden as a list, such as [32, 32, 32]"
    return f"{name}: {setting} cannot be {value!r:.60}: give {'a whole' if whole else 'a'} number from {low} to {high}"
