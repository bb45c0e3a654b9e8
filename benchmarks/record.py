"""What was measured, kept as plain JSON in ``results/``, one file a row, so that tables can be written again anywhere.

results/ROW.json: ``machine`` that measured it, and ``rounds``, a list of {contender: {figure: value}}.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.comparison import Figures, Round

FOLDER = Path(__file__).parent / "results"


@dataclass
class Record:
    """The measurements of one row."""

    machine: dict[str, str]
    rounds: list[Round] = field(default_factory=list)

    def has(self, seed: int, contender: str) -> bool:
        """Whether this contender was measured in this round."""
        return seed < len(self.rounds) and contender in self.rounds[seed]

    def add(self, seed: int, contender: str, figures: Figures) -> None:
        """Note what a contender reached in a round."""
        if seed == len(self.rounds):
            self.rounds.append({})
        self.rounds[seed][contender] = figures

    def whole(self, contenders: list[str]) -> list[Round]:
        """The rounds in which every contender was measured."""
        return [r for r in self.rounds if set(contenders) <= set(r)]


def load(name: str) -> Record | None:
    """The measurements of a row; None when there are none."""
    path = FOLDER / f"{name}.json"
    return Record(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def begin(name: str, machine: dict[str, str], fresh: bool = False) -> Record:
    """The measurements of a row to go on with; none where another machine made them, or when all is to be new.

    What stands in the file stays there until the first new figure replaces it.
    """
    found = None if fresh else load(name)
    same = found is not None and all(found.machine.get(k) == machine[k] for k in ("processor", "system"))
    if found is None or not same:
        return Record(machine)
    found.machine |= machine
    return found


def save(name: str, record: Record) -> None:
    """Write a row's measurements, whole or not at all."""
    FOLDER.mkdir(exist_ok=True)
    temporary = FOLDER / f".{name}.json"
    temporary.write_text(json.dumps(vars(record), indent=1) + "\n", encoding="utf-8")
    temporary.replace(FOLDER / f"{name}.json")
