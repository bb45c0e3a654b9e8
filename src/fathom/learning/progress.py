"""What a learner has done: one line of JSON for each event, only ever added to.

Everything else (what is solved, what is stale, which hint was read, what is to be reviewed) follows from the events, so
that nothing can be lost by a crash but the line that was being written.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from fathom.errors import UserError
from fathom.learning.course import Exercise
from fathom.validation import convert

NAME = "progress.jsonl"
REVIEWS = (1, 7, 30)
"""Days after which what was solved comes back."""

ATTEMPTS = 3
"""Attempts after which the solution is shown without all hints having been read."""


@dataclass
class State:
    """Where one stands with an exercise.

    Attributes:
        begun: the file was given.
        predicted: the choice, or None.
        attempts: hashes of the different codes that were checked, in order.
        hints: rungs that were read.
        attempts_at_hint: how many attempts there were then.
        solved: when, or None; the version of the check it was solved under.
        looked: whether the solution was seen.
        reviewed: reviews passed in a row.
        last: when it was last solved or reviewed.
        asked: whether the review that was given last asks for the variant; None where none was given.
        open: that review was not passed yet.
    """

    begun: bool = False
    predicted: int | None = None
    attempts: list[str] = field(default_factory=list)
    hints: int = 0
    attempts_at_hint: int = 0
    solved: datetime | None = None
    version: str = ""
    looked: bool = False
    reviewed: int = 0
    last: datetime | None = None
    asked: bool | None = None
    open: bool = False

    def stale(self, exercise: Exercise) -> bool:
        """Whether it was solved under another check than today's."""
        return self.solved is not None and self.version != exercise.version

    def due(self, now: datetime) -> bool:
        """Whether it is to be reviewed."""
        if self.last is None or self.reviewed >= len(REVIEWS):
            return False
        return now >= self.last + timedelta(days=REVIEWS[self.reviewed])

    @property
    def next_review(self) -> datetime | None:
        """When it comes back."""
        if self.last is None or self.reviewed >= len(REVIEWS):
            return None
        return self.last + timedelta(days=REVIEWS[self.reviewed])


class Event(TypedDict):
    """One line of the file, as far as it is read here; events of their own have more."""

    time: str
    event: str
    exercise: NotRequired[str]
    choice: NotRequired[int | None]
    code: NotRequired[str]
    passed: NotRequired[bool]
    check: NotRequired[str]
    rung: NotRequired[int]
    variant: NotRequired[bool]


class Progress:
    """The events of a learner's folder.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged, self.fault = 0, ""
        self.events = self._read()

    def add(self, event: str, exercise: Exercise | None = None, **more: Any) -> bool:
        """Add an event; False where it cannot be kept, which loses nothing but its trace."""
        told: dict[str, Any] = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "event": event}
        if exercise is not None:
            told |= {"exercise": exercise.name}
        told |= more
        self.events.append(told)
        try:
            whole = self.path.exists() and self.path.read_bytes()[-1:] not in (b"", b"\n")
            with self.path.open("a", encoding="utf-8") as file:
                file.write(("\n" if whole else "") + json.dumps(told, ensure_ascii=False) + "\n")
        except OSError:
            return False
        return True

    def of(self, exercise: Exercise) -> State:
        """Where one stands with it."""
        state = State()
        for one in self.events:
            if one.get("exercise") == exercise.name:
                _apply(state, one)
        return state

    def _read(self) -> list[dict[str, Any]]:
        found = []
        try:
            text = self.path.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            self.fault = f"{self.path} cannot be read ({error.strerror}), so that nothing is known of what was done"
            return []
        for line in text.splitlines():
            try:
                one = json.loads(line)
                datetime.fromisoformat(convert(one, Event, "the line")["time"])
                found.append(one)
            except (ValueError, UserError, RecursionError):
                self.damaged += bool(line.strip())
        if self.damaged:
            lines = "a line" if self.damaged == 1 else f"{self.damaged} lines"
            self.fault = f"{lines} of {self.path} could not be read; they stay there, and what they said is left out"
        return found


def _apply(state: State, one: dict[str, Any]) -> None:
    """What an event changes; an event of a later version changes nothing."""
    when = datetime.fromisoformat(one["time"])
    match one["event"]:
        case "started":
            state.begun = True
        case "predicted":
            state.predicted = one.get("choice")
        case "checked":
            if one.get("code") not in state.attempts:
                state.attempts.append(str(one.get("code")))
            if one.get("passed"):
                state.version = str(one.get("check"))
                if state.solved is None:
                    state.solved = state.last = when
        case "hinted":
            state.hints = max(state.hints, int(one.get("rung", 0)))
            state.attempts_at_hint = len(state.attempts)
        case "shown":
            state.looked = True
            state.last = state.last or when
        case "reviewed":
            if not one.get("passed"):
                state.reviewed = 0  # what was due stays due
            else:
                state.reviewed, state.last, state.open = state.reviewed + 1, when, False
        case "review given":
            state.asked, state.open = bool(one.get("variant")), True


def code_of(text: str) -> str:
    """Tells one attempt from another: spaces at the ends of lines and blank lines do not count."""
    plain = "\n".join(line.rstrip() for line in text.splitlines() if line.strip())
    return hashlib.sha256(plain.encode()).hexdigest()[:12]
