"""The learner's folder: the exercises that were given, what was done, and nothing that is not theirs to change."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime
from pathlib import Path

from fathom.errors import UserError
from fathom.learning.checking import Failure, Verdict, verify
from fathom.learning.course import Exercise, Predict, course, exercises, find
from fathom.learning.progress import ATTEMPTS, NAME, Progress, State, code_of
from fathom.learning.sandbox import Broken, Inside, Sandbox
from fathom.learning.stubs import stub

USUAL = "fathom-course"
LARGEST = 200_000
"""Bytes of an exercise that are read."""

A_DAY = 3
"""Reviews that are asked for in a day."""

REVIEW = "review_"
_NO_FILE = "{} is no file, and your progress is kept in one of that name: move it away, and type fathom learn start"


class Workspace:
    """A learner's folder.

    Args:
        folder: of it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.progress = Progress(folder / NAME)

    @classmethod
    def find(cls, place: Path) -> Workspace:
        """The folder at or above a place, or the usual one in it.

        Raises:
            UserError: there is none.
        """
        found = cls.at(place)
        if found is None:
            raise UserError("the course has not been started here: type fathom learn start, or go to your folder")
        return found

    @classmethod
    def at(cls, place: Path) -> Workspace | None:
        """The folder at or above a place, or the usual one in it; None where there is none.

        Raises:
            UserError: what should be its progress is no file.
        """
        for folder in (place, *place.parents, place / USUAL):
            if (folder / NAME).is_file():
                return cls(folder)
            if (folder / NAME).exists():
                raise UserError(_NO_FILE.format(folder / NAME))
        return None

    @classmethod
    def start(cls, folder: Path, at: Exercise | None = None) -> Workspace:
        """Begin the course in a folder, or go on with the one that is there.

        Args:
            folder: of the learner.
            at: the exercise to begin at; what comes before it comes last then.

        Raises:
            UserError: it cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{folder} cannot be made ({error.strerror}): give another folder") from None
        if (folder / NAME).is_dir():
            raise UserError(_NO_FILE.format(folder / NAME))
        workspace = cls(folder)
        if not workspace.progress.events and not workspace.progress.add("course started"):
            raise UserError(f"{folder} cannot be written: give a folder of your own")
        if at is not None:
            workspace.begin_at(at)
        workspace.place(workspace.current() or exercises()[0])
        return workspace

    def begin_at(self, exercise: Exercise) -> None:
        """Begin there, as after a placement: what comes before it comes last."""
        self.progress.add("placed", exercise)

    def current(self) -> Exercise | None:
        """The first that is not solved, from where the learner was placed; None at the end."""
        placed = [str(event.get("exercise")) for event in self.progress.events if event["event"] == "placed"]
        names = [one.name for one in exercises()]
        first = names.index(placed[-1]) if placed and placed[-1] in names else 0
        order = (*exercises()[first:], *exercises()[:first])
        return next((one for one in order if self.progress.of(one).solved is None), None)

    def which(self, text: str | None) -> Exercise:
        """The exercise of that name, or the current one.

        Raises:
            UserError: there is none of that name, or all are solved.
        """
        if text:
            return find(Path(text).name.removeprefix(REVIEW))
        one = self.current()
        if one is None:
            raise UserError(
                "every exercise is solved: fathom learn review shows what is due, fathom learn project the rest"
            )
        return one

    def path(self, exercise: Exercise) -> Path:
        """Where its file is."""
        return self.folder / exercise.file

    def state(self, exercise: Exercise) -> State:
        """Where one stands with it."""
        return self.progress.of(exercise)

    def asked(self, exercise: Exercise) -> Predict:
        """Its question, the choices in an order of this learner's, so that no letter is right more often."""
        one, order = exercise.predict, self._order(exercise)
        return Predict(one.question, tuple(one.choices[i] for i in order), order.index(one.answer), one.why)

    def chosen(self, exercise: Exercise) -> int | None:
        """The number of what was chosen, among those of `asked`; None where nothing was."""
        number, order = self.state(exercise).predicted, self._order(exercise)
        return order.index(number) if number in order else None

    def predict(self, exercise: Exercise, number: int) -> bool:
        """Answer its question, by a number among the choices of `asked`; whether that is right."""
        choice = self._order(exercise)[number]  # kept is the number in the course: that outlives any order
        right = choice == exercise.predict.answer
        self.progress.add("predicted", exercise, choice=choice, right=right)
        return right

    def _order(self, exercise: Exercise) -> list[int]:
        order = list(range(len(exercise.predict.choices)))
        begun = self.progress.events[0]["time"] if self.progress.events else ""
        random.Random(f"{begun} {exercise.name}").shuffle(order)
        return order

    def place(self, exercise: Exercise) -> Path:
        """Give the exercise's file, where it is not there yet; what is there is left alone."""
        path = self.path(exercise)
        if not path.exists():
            _write(path, exercise.stub)
        if not self.state(exercise).begun:
            self.progress.add("started", exercise)
        return path

    def reset(self, exercise: Exercise) -> tuple[Path, Path | None]:
        """The file as it was given; what was written is kept under another name, which is returned, too."""
        path, kept = self.path(exercise), self.path(exercise)
        if path.exists() and code_of(_read(path)) != code_of(exercise.stub):
            kept = _set_aside(path)
        _write(path, exercise.stub)
        self.progress.add("reset", exercise)
        return path, kept if kept != path else None

    def check(self, exercise: Exercise, seed: int | None = None, review: bool = False) -> Verdict:
        """Check the file, and keep what came of it.

        Raises:
            UserError: the file is gone or cannot be read.
        """
        path = self.folder / f"{REVIEW}{exercise.file}" if review else self.path(exercise)
        if not path.exists() and (other := self._renamed(exercise)) is not None:
            raise UserError(f"{path} is not there, but {other.name} has its functions: rename it to {path.name}")
        if not path.exists() and not review and not self.state(exercise).begun:
            raise UserError(f"{exercise.id} was not given to you yet: fathom learn next {exercise.id} gives it")
        text = _read(path, "review" if review else f"reset {exercise.id}")
        seed = secrets.randbelow(2**31) if seed is None else seed
        variant = review and self.variant_now(exercise)
        again = review and self.state(exercise).asked is not None and not self.state(exercise).open
        props = [one for one in exercise.props() if one.always or not variant]
        sandbox = Sandbox(path, exercise.seconds, exercise.libraries)
        try:
            with sandbox as learner:
                reference = Inside(exercise.other[1]) if variant and exercise.other else None
                verdict = verify(exercise, learner, seed, props=props, reference=reference)
        except Broken as error:
            verdict = Verdict(
                Failure("the file can be run", str(error), kind=error.kind, line=error.line), seed, 0, 0.0, ()
            )
        self.printed = sandbox.printed.decode("utf-8", errors="replace")
        told = {
            "code": code_of(text), "check": exercise.version, "seed": seed, "passed": verdict.passed,
            "seconds": round(verdict.seconds, 2),
        }  # fmt: skip
        if again:  # the review was passed already: tried once more, which changes nothing
            return verdict
        self.saved = self.progress.add("reviewed" if review else "checked", exercise, **told)
        return verdict

    printed = ""
    saved = True

    def hint(self, exercise: Exercise) -> tuple[int, str]:
        """The next rung and its text; the same again until there was another attempt.

        Raises:
            UserError: nothing was tried yet, or all were read.
        """
        state = self.state(exercise)
        tries = [code for code in state.attempts if code != code_of(exercise.stub)]
        if state.hints and len(state.attempts) <= state.attempts_at_hint:
            raise UserError(
                f"try once more before the next hint: change {exercise.file}, and let it be checked; "
                f"the last hint was: {exercise.hints[state.hints - 1]}"
            )
        if state.hints == len(exercise.hints):
            raise UserError(f"all {len(exercise.hints)} hints were read: fathom learn solution {exercise.id} shows one")
        if not tries and state.hints >= 1:
            raise UserError(f"write something first: change {exercise.file}, and let it be checked")
        self.progress.add("hinted", exercise, rung=state.hints + 1)
        return state.hints + 1, exercise.hints[state.hints]

    def solution(self, exercise: Exercise) -> str:
        """The solution, after an honest attempt; it comes back as a variant.

        Raises:
            UserError: nothing, or too little, was tried.
        """
        state = self.state(exercise)
        tries = [code for code in state.attempts if code != code_of(exercise.stub)]
        enough = len(tries) >= ATTEMPTS or (tries and state.hints == len(exercise.hints))
        if state.solved is None and not enough:
            raise UserError(
                f"the solution is shown after {ATTEMPTS} different attempts, or one after all hints; "
                f"there were {len(tries)}, and {state.hints} of {len(exercise.hints)} hints"
            )
        self.progress.add("shown", exercise)
        return exercise.solution

    def due(self, now: datetime | None = None) -> list[Exercise]:
        """What is to be reviewed."""
        return [one for one in exercises() if self.state(one).due(now or datetime.now(UTC))]

    def reviews_today(self, now: datetime | None = None) -> tuple[list[Exercise], int]:
        """What to review today, at most `A_DAY` with those that were passed today; and how many more are due.

        What was given and is not passed yet comes first, then what has waited longest.
        """
        now = now or datetime.now(UTC)
        passed = sum(
            event["event"] == "reviewed"
            and bool(event.get("passed"))
            and datetime.fromisoformat(event["time"]).astimezone().date() == now.astimezone().date()
            for event in self.progress.events
        )
        due = self.due(now)
        due.sort(key=lambda one: (not self.state(one).open, self.state(one).next_review or now))
        today = due[: max(0, A_DAY - passed)]
        return today, len(due) - len(today)

    def variant_now(self, exercise: Exercise) -> bool:
        """Whether a review asks for its variant: as it was given, or else, where there is one, every other time."""
        state = self.state(exercise)
        if exercise.other is None:
            return False
        return state.reviewed % 2 == 0 if state.asked is None else state.asked

    def give_review(self, exercise: Exercise) -> Path:
        """Write the file of a review: the stub, and what is asked otherwise; work that is there is never lost."""
        path, state = self.folder / f"{REVIEW}{exercise.file}", self.state(exercise)
        if state.open and path.exists():
            return path
        variant = self.variant_now(exercise) if state.open else exercise.other is not None and state.reviewed % 2 == 0
        text = self._review_text(exercise, variant)
        if path.exists() and not _untouched(_read(path), exercise):
            _set_aside(path)
        _write(path, text)
        self.progress.add("review given", exercise, variant=variant)
        return path

    def _review_text(self, exercise: Exercise, variant: bool) -> str:
        number = self.state(exercise).reviewed + 1
        if variant and exercise.other is not None:
            asked, solution = exercise.other
            return f"# A variant ({number}). {asked}\n{stub(solution, exercise.write)}"
        return f"# Once more, from memory ({number}).\n{exercise.stub}"

    def _renamed(self, exercise: Exercise) -> Path | None:
        """A file beside it under another name that no exercise has, with the functions that are to be written."""
        known = {name for one in exercises() for name in (one.file, f"{REVIEW}{one.file}")}
        for path in sorted(self.folder.glob("*.py")):
            if path.name not in known and ".kept-" not in path.name and path.is_file():
                text = _read(path) if path.stat().st_size <= LARGEST else ""
                if all(f"def {name.rpartition('.')[2]}(" in text for name in exercise.write):
                    return path
        return None

    def edited_instead(self, exercise: Exercise) -> Exercise | None:
        """The exercise that was changed last and is not checked yet, where the one in question is as it was given."""
        path = self.path(exercise)
        if not path.exists() or code_of(_read(path)) != code_of(exercise.stub):
            return None
        others = [one for one in exercises() if one is not exercise and self.path(one).is_file()]
        last = max(others, key=lambda one: self.path(one).stat().st_mtime, default=None)
        if last is None or self.path(last).stat().st_mtime <= path.stat().st_mtime + 1:
            return None
        code = code_of(_read(self.path(last)))
        return None if code == code_of(last.stub) or code in self.state(last).attempts else last

    def solved(self) -> int:
        """How many are."""
        return sum(self.state(one).solved is not None for part in course() for one in part.exercises)


def _untouched(text: str, exercise: Exercise) -> bool:
    """Whether a file of a review is as it was given, with the comment in its first line or without."""
    stubs = [exercise.stub, *([stub(exercise.other[1], exercise.write)] if exercise.other else [])]
    return any(code_of(one) in (code_of(text), code_of(text.partition("\n")[2])) for one in stubs)


def _read(path: Path, again: str = "reset") -> str:
    """The text of a learner's file; `again` is what gives it again, such as ``reset 1.2``."""
    if not path.exists():
        raise UserError(f"{path} is not there: fathom learn {again} gives it again; nothing else is lost")
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise UserError(f"{path} is no exercise: move it away, and fathom learn {again} gives it again")
        return path.read_text("utf-8", errors="replace")
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): give yourself the right to") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}): make the folder writable") from None


def _set_aside(path: Path) -> Path:
    """Move what was written to a name beside it that is free, and return that."""
    number = 1
    while (kept := path.with_name(f"{path.stem}.kept-{number}.py")).exists():
        number += 1
    try:
        path.rename(kept)
    except OSError as error:
        raise UserError(f"{path} cannot be moved ({error.strerror}): make the folder writable") from None
    return kept
