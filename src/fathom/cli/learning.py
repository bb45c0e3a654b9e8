"""The verbs of the course: fathom learn start, next, check, watch, hint … Parsed here, done elsewhere, and shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from fathom.cli.certifying import certificate
from fathom.cli.looking_up import glossary, notation
from fathom.cli.own_framework import mynn
from fathom.errors import UserError

app = typer.Typer(
    help="The course: learn each idea by writing it, checked in a second.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Which = Annotated[
    str | None,
    typer.Argument(
        metavar="EXERCISE",
        help="Its number, such as 1.5, or a word of a finding; the current one without.",
        show_default=False,
    ),
]


Seconds = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", help="Of CPU time that it may take; what is finished is kept.", min=1, show_default=False
    ),
]


def _workspace():  # type: ignore[no-untyped-def]
    from fathom.learning.workspace import Workspace

    workspace = Workspace.find(Path.cwd())
    if workspace.progress.fault:
        print(f"note: {workspace.progress.fault}", file=sys.stderr)
    return workspace


def _print(what: object) -> None:
    from rich.console import Console

    Console(highlight=False).print(what)


@app.callback()
def learn(
    context: typer.Context,
    web: Annotated[bool, typer.Option("--web", help="Read the lessons in the browser.")] = False,
    port: Annotated[
        int, typer.Option(metavar="PORT", help="Of the page; any that is free without.", min=0, max=65535)
    ] = 0,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page.")] = True,
) -> None:
    """Learn each idea by writing it: where you stand, and what is next."""
    if context.invoked_subcommand is not None:
        return
    if web:
        from fathom.serving.course import serve

        serve(Path.cwd(), port, browser)
        return
    from fathom.learning.render import standing
    from fathom.learning.welcome import welcome
    from fathom.learning.workspace import Workspace

    _print(welcome() if Workspace.at(Path.cwd()) is None else standing(_workspace()))


@app.command()
def start(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where your exercises shall be.")] = Path(
        "fathom-course"
    ),
    at: Annotated[
        str | None, typer.Option(metavar="EXERCISE", help="Begin there, such as 2.1.", show_default=False)
    ] = None,
) -> None:
    """Begin: a folder with the first exercise."""
    from fathom.learning.render import standing
    from fathom.learning.workspace import Workspace

    workspace = Workspace.start(folder, None if at is None else _find(at))
    _print(standing(workspace))
    if Path.cwd() != workspace.folder.resolve():
        print(f"\n  cd {folder}   and go on there")


@app.command("next")
def next_(which: Which = None) -> None:
    """Give the next exercise that is not solved, or the one that you name."""
    from fathom.learning.render import task

    workspace = _workspace()
    one = workspace.which(which)
    workspace.place(one)
    _print(task(workspace, one))


@app.command()
def placement(
    answers: Annotated[
        str | None,
        typer.Option(metavar="LETTERS", help="All at once, such as ab-c…; - for unknown.", show_default=False),
    ] = None,
) -> None:
    """Twelve questions, five minutes: where should you begin?"""
    from fathom.learning import placement as quiz
    from fathom.learning.workspace import Workspace

    given = _answered() if answers is None else quiz.numbers(answers)
    for number, (choice, one) in enumerate(zip(given, quiz.questions()), 1):
        _mark(choice == one.answer, f"{number:2}  {one.choices[one.answer]}. {one.why}")
    found, workspace = quiz.place(given), Workspace.at(Path.cwd())
    _print(f"\n{found.right} of {len(given)} right")
    if found.warm_up:
        _print("  first     fathom learn warm-up      ten lines of NumPy")
    if found.begin is None:
        _print("  begin     fathom learn project      you know what the parts teach: try the five projects")
    elif workspace is None:
        _print(f"  begin     fathom learn start --at {found.begin.id}      {found.begin.title}")
    else:
        workspace.begin_at(found.begin)
        _print(f"  begin     fathom learn next      {found.begin.id}  {found.begin.title}")


def _answered() -> list[int]:
    """The answers to the placement quiz, typed one after another; what is left out is not known."""
    from fathom.learning.placement import questions

    given: list[int] = []
    for number, one in enumerate(questions(), 1):
        _print(f"\n{number:2}  {one.question}")
        for i, choice in enumerate(one.choices):
            _print(f"    {chr(97 + i)}) {choice}")
        letters = "abcd"[: len(one.choices)]
        while True:
            try:
                text = input(f"{', '.join(letters)}, or nothing: ").strip().lower()
            except EOFError:
                text = ""
            if text in ("", "-", *letters):
                break
        given.append(letters.find(text) if text else -1)
    print()
    return given


@app.command("warm-up")
def warm_up() -> None:
    """Ten lines of NumPy, checked: for whom arrays are new."""
    from fathom.learning import warm_up as warming
    from fathom.learning.workspace import Workspace

    workspace = Workspace.at(Path.cwd())
    path, new = warming.give(Path.cwd() if workspace is None else workspace.folder)
    if new:
        print(f"write the functions in {path}, then give the same command again")
        return
    held = True
    for holds, line in warming.check(path):
        held = held and holds is True
        _mark(holds, line)
    if not held:
        raise typer.Exit(2)
        print(f"all ten: fathom learn {'start begins the course' if workspace is None else 'next goes on'}")


def _mark(holds: bool | None, line: str) -> None:
    """A line with its mark, as it is: what stands in brackets is no markup."""
    from rich.text import Text

    mark = {True: ("✓", "green"), False: ("✗", "red"), None: (" ", "")}[holds]
    _print(Text.assemble(mark, f" {line}"))


@app.command()
def lesson(which: Which = None) -> None:
    """Read the page of an exercise, or the one that explains a word of the field, such as adam."""
    from fathom.learning.lessons import terminal

    one = _workspace().which(which) if which is None else _find(which)
    _print(terminal(one))


def _find(text: str):  # type: ignore[no-untyped-def]
    from fathom.learning.course import find

    return find(text)


@app.command()
def predict(
    choice: Annotated[str, typer.Argument(metavar="a|b|c|…", help="Your answer.", show_default=False)],
    which: Which = None,
) -> None:
    """Answer the question that stands before an exercise."""
    workspace = _workspace()
    one = workspace.which(which)
    asked = workspace.asked(one)
    number = ord(choice.strip().lower()[:1] or " ") - ord("a")
    if not 0 <= number < len(asked.choices) or len(choice.strip()) != 1:
        raise UserError(f"there is no answer {choice!r}: choose a to {chr(96 + len(asked.choices))}")
    told = "yes" if workspace.predict(one, number) else f"no: {asked.choices[asked.answer]}"
    _print(f"{told}. {asked.why}")


@app.command()
def check(
    which: Which = None,
    seed: Annotated[
        int | None, typer.Option(metavar="SEED", help="Repeat the check that had this seed.", show_default=False)
    ] = None,
) -> None:
    """Check an exercise, with a fresh seed each time."""
    workspace = _workspace()
    one = workspace.which(which)
    if not _checked(workspace, one, seed, bool(which) and Path(str(which)).name.startswith("review_")):
        raise typer.Exit(2)


def _checked(workspace, one, seed: int | None = None, review: bool = False) -> bool:  # type: ignore[no-untyped-def]
    from fathom.learning.render import verdict_lines

    verdict = workspace.check(one, seed, review)
    _print(verdict_lines(one, verdict, workspace.printed, f"review_{one.file}" if review else ""))
    if not workspace.saved:
        _print(f"[yellow]this could not be written down: {workspace.progress.path} cannot be written[/]")
    other = workspace.edited_instead(one) if verdict.failure and verdict.failure.kind == "unwritten" else None
    if other is not None:
        _print(f"you changed {other.file} last: did you mean fathom learn check {other.id}?")
    if verdict.passed and not review:
        if (one.folder / "swap.py").exists():
            _print(f"  use it    fathom learn swap {one.id}      yours, in a training of fathom's own")
        _print(f"  own data  {one.told['own']}\n  go on     fathom learn next")
    return verdict.passed


@app.command()
def watch(which: Which = None) -> None:
    """Check the current exercise each time its file is saved, until Ctrl-C."""
    from fathom.learning.watching import watched

    workspace = _workspace()
    print("watching: save the file and it is checked; Ctrl-C ends")
    for one in watched(workspace, which):
        _checked(workspace, one)


@app.command()
def hint(which: Which = None) -> None:
    """The next of four hints; a new attempt is asked for between two. The fifth rung is the solution."""
    workspace = _workspace()
    one = workspace.which(which)
    if which is None and not workspace.path(one).exists():
        raise UserError(f"{one.id} is not begun yet: type fathom learn next before you use up a hint of it")
    rung, text = workspace.hint(one)
    _print(f"hint {rung} of {len(one.hints)}   {text}")


@app.command()
def solution(which: Which = None) -> None:
    """The fifth rung: a solution, after an honest attempt; a variant comes back later."""
    workspace = _workspace()
    code = workspace.solution(workspace.which(which))
    if not sys.stdout.isatty():  # into a file it goes as it is
        print(code, end="" if code.endswith("\n") else "\n")
        return
    from rich.console import Console

    from fathom.learning.render import coloured

    Console(highlight=False).print(coloured(code), soft_wrap=True)


@app.command()
def reset(which: Which = None) -> None:
    """Give an exercise as it was at first; what you wrote is kept beside it."""
    workspace = _workspace()
    path, kept = workspace.reset(workspace.which(which))
    print(f"{path} is as it was given" + (f"; what you wrote is in {kept}" if kept else ""))


@app.command("list")
def list_() -> None:
    """All exercises, and where you stand."""
    from fathom.learning.render import course_table

    _print(course_table(_workspace()))


@app.command()
def review() -> None:
    """What is due, three a day: solved exercises come back after 1, 7 and 30 days, some as variants."""
    workspace = _workspace()
    today, later = workspace.reviews_today()
    for one in today:
        _print(f"{one.id}  {one.title}   write {workspace.give_review(one)}, then fathom learn check review_{one.file}")
    if later:
        _print(f"{later} more {'is' if later == 1 else 'are'} due: they come on the next days, three a day")
    elif not today:
        whens = [w for w in (workspace.state(one).next_review for one in _all()) if w is not None]
        print("nothing is due" + (f" before {min(whens):%Y-%m-%d}" if whens else ": solve an exercise first"))


def _all():  # type: ignore[no-untyped-def]
    from fathom.learning.course import exercises

    return exercises()


@app.command()
def swap(which: Which = None, seconds: Seconds = None) -> None:
    """Put what you wrote into a training of fathom's own, and compare it with the built-in."""
    from fathom.learning.swapping import LIMIT
    from fathom.learning.swapping import swap as run

    workspace = _workspace()
    one = _last_solved(workspace) if which is None else workspace.which(which)
    for line in run(workspace, one, LIMIT if seconds is None else seconds):
        _print(line)


def _last_solved(workspace):  # type: ignore[no-untyped-def]
    solved = [one for one in _all() if workspace.state(one).solved and (one.folder / "swap.py").exists()]
    if not solved:
        raise UserError("nothing is solved yet that could be swapped in: fathom learn check comes first")
    return max(solved, key=lambda one: workspace.state(one).last)


@app.command()
def fly(
    name: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="Which; they are listed without.", show_default=False)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="SEED", help="Fly the same project again.", show_default=False)
    ] = None,
    plan: Annotated[
        str | None, typer.Option(metavar="ACTIONS", help="Do these without asking: clean,enlarge.", show_default=False)
    ] = None,
    seconds: Seconds = None,
) -> None:
    """The strategy flight simulator: decide what to do next in a project with few days and little money."""
    from fathom.learning import strategy_simulator as fl
    from fathom.learning.simulator_terminal import LIMIT
    from fathom.learning.simulator_terminal import fly as go

    if name is None:
        for one in fl.SCENARIOS:
            _print(f"{one.name:10} {one.title}. {one.story}")
        _print("\nfathom learn fly few")
        return
    go(
        _workspace(),
        name,
        seed,
        None if plan is None else [word for word in plan.split(",") if word not in ("", "stop")],
        seconds=LIMIT if seconds is None else seconds,
    )


@app.command()
def project(
    name: Annotated[
        str | None, typer.Argument(metavar="PROJECT", help="Which; listed without.", show_default=False)
    ] = None,
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="Your run, where the project asks for one.", show_default=False),
    ] = None,
) -> None:
    """The five projects at the ends of the parts, and their checks."""
    from fathom.learning import projects

    workspace = _workspace()
    if name is None:
        done = projects.passed(workspace)
        for one in projects.PROJECTS:
            _print(f"{'[green]✓[/]' if one.name in done else '·'} {one.name:14} {one.title}: {one.brief}")
        return
    held = True
    for holds, line in projects.check(workspace, projects.find(name), run):
        held = held and holds is not False
        _mark(holds, line)
    if not held:
        raise typer.Exit(2)


for verb in (notation, glossary, mynn, certificate):
    app.command()(verb)
