"""``fathom learn --web``: the whole course in the browser, lessons, code and checks; everything from this machine.

What the page asks for and tells is answered here; `course_files` reads and writes what is written, `course_verdict`
says what came of a check, `course_jobs` runs what takes longer, and `course_page` puts the page itself together.
"""

from __future__ import annotations

import difflib
import webbrowser
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rich.text import Text

from fathom.errors import UserError
from fathom.interrupts import interrupts
from fathom.learning import lessons, projects
from fathom.learning.course import Exercise, exercises, find
from fathom.learning.progress import code_of
from fathom.learning.simulator_terminal import fly
from fathom.learning.strategy_simulator import DAY, Simulation, scenario
from fathom.learning.swapping import swap
from fathom.learning.workspace import USUAL, Workspace, _read
from fathom.serving import course_files, course_framework, course_index, course_newcomer, course_verdict
from fathom.serving.course_jobs import Job, Jobs
from fathom.serving.course_page import curves, page
from fathom.serving.local import Answer, Local, Missing

__all__ = ["Lessons", "curves", "local", "page", "serve"]


class Lessons:
    """What the page asks for, and what it tells.

    Args:
        workspace: of the learner; it need not have been started yet.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.folder, self.jobs = workspace.folder, Jobs()
        self.of_framework: dict[str, Job] = {}
        self.gets: dict[str, Callable[[str], Any]] = {
            "course": lambda rest: {**course_index.standing(self.workspace), "running": self._running()},
            "lesson": lambda rest: self.lesson(find(rest)),
            "file": lambda rest: course_files.read(course_files.written(self.workspace, rest)),
            "welcome": lambda rest: course_newcomer.welcome(self.workspace),
            "placement": lambda rest: {"questions": course_newcomer.questions()},
            "search": course_index.search,
            "glossary": lambda rest: course_index.glossary(),
            "reviews": lambda rest: self.reviews(),
            "project": self.project,
            "mynn": lambda rest: course_framework.framework(self.workspace, self.of_framework),
            "job": lambda rest: self.jobs.find(rest).told(),
        }
        self.posts: dict[str, Callable[[dict[str, Any]], Any]] = {
            "/start": self.start, "/predict": self.predict, "/check": self.check, "/hint": self.hint,
            "/solution": self.solution, "/reset": self.reset, "/save": self.save, "/run": self.run,
            "/placement": lambda body: course_newcomer.placed(self.workspace, body.get("answers")),
            "/warm-up": lambda body: course_newcomer.warmed(self._begun()), "/review": self.review,
            "/swap": self.swap, "/project": self.check_project, "/fly": self.fly,
            "/mynn": self.framework, "/answer": self.answer, "/cancel": self.cancel,
        }  # fmt: skip

    @property
    def workspace(self) -> Workspace:
        """The learner's folder as it is now: another process may have added to it."""
        return Workspace(self.folder)

    def get(self, path: str) -> Answer:
        """What is at a path, such as ``/lesson/1.5``."""
        kind, _, rest = unquote(path).removeprefix("/").partition("/")
        if kind not in self.gets:
            raise Missing
        try:
            return Answer.of(self.gets[kind](rest))
        except UserError as error:
            raise Missing(str(error)) from None

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """What is told at a path, such as ``/check``."""
        if path not in self.posts:
            raise Missing
        return Answer.of(self.posts[path](body))

    def lesson(self, one: Exercise) -> dict[str, Any]:
        """One page, its question, and its file."""
        workspace = self.workspace
        asked, chosen, state = workspace.asked(one), workspace.chosen(one), workspace.state(one)
        every = exercises()
        at = every.index(one)
        return {
            "id": one.id, "name": one.name, "title": one.title, "html": _drawn(one), "question": asked.question,
            "choices": asked.choices, "chosen": chosen, "own": one.told["own"],
            "answer": asked.answer if chosen is not None else None,
            "why": asked.why if chosen is not None else "",
            "write": one.write, "swap": (one.folder / "swap.py").exists(), "mark": course_index.mark(workspace, one),
            "hints": list(one.hints[: state.hints]), "hints_of": len(one.hints),
            "file": str(workspace.path(one)), "started": bool(workspace.progress.events),
            "before": every[at - 1].id if at else None, "after": every[at + 1].id if at + 1 < len(every) else None,
        }  # fmt: skip

    def start(self, body: dict[str, Any]) -> Any:
        """Begin the course, at an exercise where one is named."""
        at = body.get("at")
        Workspace.start(self.folder, None if at is None else find(str(at)))
        return course_index.standing(self.workspace)

    def predict(self, body: dict[str, Any]) -> Any:
        """Answer the question of an exercise."""
        workspace, one, choice = self._begun(), _exercise(body), body.get("choice")
        if not isinstance(choice, int) or not 0 <= choice < len(one.predict.choices):
            raise UserError("there is no such answer")
        workspace.predict(one, choice)
        return self.lesson(one)

    def check(self, body: dict[str, Any]) -> Any:
        """Check an exercise, or its review."""
        workspace, one, review = self._begun(), _exercise(body), bool(body.get("review"))
        if not review:
            workspace.place(one)
        verdict = workspace.check(one, review=review)
        path = course_files.written(workspace, f"review/{one.id}" if review else one.id).path
        told = course_verdict.record(one, verdict, _read(path), workspace.printed)
        unwritten = verdict.failure is not None and verdict.failure.kind == "unwritten"
        other = workspace.edited_instead(one) if unwritten and not review else None
        return {
            **told,
            "saved": workspace.saved,
            "other": None if other is None else {"id": other.id, "title": other.title},
            "swap": verdict.passed and not review and (one.folder / "swap.py").exists(),
        }

    def hint(self, body: dict[str, Any]) -> Any:
        """The next hint."""
        one = _exercise(body)
        rung, text = self._begun().hint(one)
        return {"rung": rung, "of": len(one.hints), "text": text}

    def solution(self, body: dict[str, Any]) -> Any:
        """The solution, and how what was written differs from it."""
        workspace, one = self._begun(), _exercise(body)
        code = workspace.solution(one)
        path = workspace.path(one)
        mine = _read(path) if path.exists() else one.stub
        lines = difflib.ndiff([line.rstrip() for line in mine.splitlines()], code.splitlines())
        rows = [[line[0], line[2:]] for line in lines if line[0] != "?"]
        return {"code": code, "rows": rows, "same": code_of(mine) == code_of(code)}

    def reset(self, body: dict[str, Any]) -> Any:
        """The file as it was given; what was written is kept beside it."""
        one = _exercise(body)
        path, kept = self._begun().reset(one)
        return {"path": str(path), "kept": None if kept is None else kept.name}

    def save(self, body: dict[str, Any]) -> Any:
        """Write a file, where it is still the version that the page knows."""
        workspace = self._begun()
        one, text = course_files.written(workspace, str(body.get("file", ""))), body.get("text")
        if not isinstance(text, str):
            raise UserError("there is no text to save")
        return course_files.save(workspace, one, text, str(body.get("version", "")), bool(body.get("force")))

    def run(self, body: dict[str, Any]) -> Any:
        """Run a file, and what is tried after it."""
        one = course_files.written(self._begun(), str(body.get("file", "")))
        return course_files.run(one, str(body.get("tried", "")))

    def reviews(self) -> dict[str, Any]:
        """What is to be reviewed today, how many more are due, and when the next one comes."""
        workspace = self.workspace
        today, later = workspace.reviews_today()
        whens = [when for when in (workspace.state(one).next_review for one in exercises()) if when is not None]
        return {
            "today": [{"id": one.id, "title": one.title, "open": workspace.state(one).open} for one in today],
            "later": later,
            "next": f"{min(whens).astimezone():%Y-%m-%d}" if whens else "",
        }

    def review(self, body: dict[str, Any]) -> Any:
        """Give a review."""
        workspace, one = self._begun(), _exercise(body)
        path = workspace.give_review(one)
        return {"id": one.id, "title": one.title, "path": str(path), "file": f"review/{one.id}"}

    def project(self, name: str) -> dict[str, Any]:
        """One of the projects."""
        one = projects.find(name)
        done = name in projects.passed(self.workspace)
        return {"name": name, "title": one.title, "brief": one.brief, "file": one.file, "passed": done,
                "run": name.startswith("own-")}  # fmt: skip

    def check_project(self, body: dict[str, Any]) -> Any:
        """Begin the check of a project."""
        workspace, one = self._begun(), projects.find(str(body.get("name", "")))
        run = str(body.get("run") or "")

        def work(job: Job) -> None:
            held = True
            with closing(projects.check(workspace, one, Path(run).expanduser() if run else None)) as lines:
                for holds, line in lines:
                    held = held and holds is not False
                    job.now = line.strip() if holds is None else job.now
                    job.say(line.rstrip(), holds)
            job.held = held

        return self.jobs.start(one.title, work).told()

    def framework(self, body: dict[str, Any]) -> Any:
        """Begin the tests of the learner's own framework, or a training with it."""
        name = str(body.get("name", course_framework.TESTS))
        job = self.jobs.start(*course_framework.work(self._begun(), name))
        self.of_framework[name] = job
        return job.told()

    def swap(self, body: dict[str, Any]) -> Any:
        """Begin a training of fathom's own with what was written."""
        workspace, one = self._begun(), _exercise(body)

        def work(job: Job) -> None:
            def hear(message: dict[str, Any]) -> None:
                job.alive()
                job.now = str(message.get("now", job.now))
                if "point" in message:
                    job.points.append(message["point"])

            lines = swap(workspace, one, hear=hear)
            try:
                for line in lines:
                    if not line.startswith("[dim]"):
                        job.say(_plain(line))
            finally:
                lines.close()  # type: ignore[attr-defined]

        return self.jobs.start(f"{one.id} {one.title}, in a training", work).told()

    def fly(self, body: dict[str, Any]) -> Any:
        """Begin a flight: the job asks for one decision after another."""
        workspace, name = self._begun(), str(body.get("scenario", ""))
        one = scenario(name, 0)

        def work(job: Job) -> None:
            def choose(simulation: Simulation) -> str:
                some = [
                    (a.name, f"{a.title} ({a.days} d, {a.euros + DAY * a.days:,.0f} €)") for a in simulation.possible()
                ]
                return job.asked([*some, ("stop", "stop, and count")])

            def progress(done: int, left: int, seconds: float) -> None:
                job.alive()
                job.now = f"plan {done} of at most {done + left}, about {seconds:.0f} s left"

            fly(workspace, name, None, None, say=job.say, choose=choose, progress=progress)

        return self.jobs.start(one.title, work).told()

    def answer(self, body: dict[str, Any]) -> Any:
        """Answer what a job asks."""
        job = self.jobs.find(str(body.get("job", "")))
        job.answer(str(body.get("choice", "")))
        return job.told()

    def cancel(self, body: dict[str, Any]) -> Any:
        """End a job."""
        job = self.jobs.find(str(body.get("job", "")))
        job.cancel()
        return job.told()

    def _running(self) -> str | None:
        job = self.jobs.running()
        return None if job is None else job.id

    def _begun(self) -> Workspace:
        """The folder, of a course that has begun."""
        workspace = self.workspace
        if not workspace.progress.events:
            raise UserError("the course has not begun here: go to Welcome, and begin it")
        return workspace


def _exercise(body: dict[str, Any]) -> Exercise:
    return find(str(body.get("exercise", "")))


def _plain(line: str) -> str:
    """A line of the terminal without its markup."""
    return Text.from_markup(line).plain.rstrip()


def _drawn(one: Exercise) -> str:
    """The lesson as HTML; ± as an operator, which has space around it, and not as a letter."""
    return lessons.web(one).replace("<mi>&#x000B1;</mi>", "<mo>&#x000B1;</mo>")


def local(workspace: Workspace, port: int = 0) -> Local:
    """A server of the lessons that is not started yet.

    Raises:
        UserError: the port is taken.
    """
    told = Lessons(workspace)
    return Local(page(), told.get, told.post, port)


def serve(place: Path, port: int, browser: bool) -> None:
    """Serve the course of the learner's folder until Ctrl-C, which ends what runs, too.

    Where the course has not begun, the page is that of a newcomer, and begins it in the usual folder.

    Raises:
        UserError: the port is taken.
        Stopped: by Ctrl-C.
    """
    told = Lessons(Workspace.at(place) or Workspace(place / USUAL))
    lessons.web(exercises()[0])  # says at once what is missing
    server = Local(page(), told.get, told.post, port)
    print(f"the course is at {server.address}\nCtrl-C ends", flush=True)
    if browser:
        webbrowser.open(server.address)
    interrupts.writing = interrupts.serving = True  # a training that was begun here is ended before all ends
    try:
        server.serve()
    finally:
        told.jobs.stop()
        interrupts.serving = False
    interrupts.check()
