"""Flying a scenario at the terminal: what is known, what can be done, and in the end what it was worth."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Sequence

from fathom.errors import UserError
from fathom.learning.result_cache import FOLDER, ResultCache
from fathom.learning.strategy_simulator import ACTIONS, DAY, DEV, Simulation, compared, cost_of, outcome, scenario
from fathom.learning.worker_pool import WorkerPool
from fathom.learning.workspace import Workspace

Say = Callable[[str], None]
Choose = Callable[[Simulation], str]
"""Gives the name of an action that is possible, or ``stop``."""
Progressing = Callable[[int, int, float], None]
"""Is told plans flown, plans left at most, and about how many seconds they take."""
LIMIT = 600.0
"""Seconds of CPU time in which plans are flown to find the best; then it is said what is known."""

SILENT = 10.0
"""Seconds between two lines of progress, where they are no terminal's."""


def fly(
    workspace: Workspace,
    name: str,
    seed: int | None,
    plan: Sequence[str] | None,
    say: Say = print,
    workers: int | None = None,
    seconds: float = LIMIT,
    choose: Choose | None = None,
    progress: Progressing | None = None,
) -> Simulation:
    """Fly a scenario: ask for one action after another, or take those of a plan; then tell the regret.

    Args:
        workspace: the learner's, where what was trained is kept.
        name, seed: which.
        plan: actions, instead of asking.
        say: shows a line.
        workers: processes that train; as many as there are cores without, and 0 for this one.
        seconds: of CPU time that the search for the best plan may take; what it has flown is kept, and the same
            command goes on.
        choose: asks for an action; at the terminal without.
        progress: is told how far the search for the best plan is, after each; the terminal now and then without.

    Raises:
        UserError: there is no such scenario or action, or the days do not suffice.
    """
    drawn = seed is None
    seed = secrets.randbelow(2**31) if seed is None else seed
    one = scenario(name, seed)
    cache = ResultCache(workspace.folder / FOLDER / f"{name}-{seed}.jsonl", one, ACTIONS, DEV)
    with WorkerPool(workers) as worker_pool:
        simulation = Simulation(one, seed, worker_pool=worker_pool, cache=cache)
        _decide(simulation, plan, say, choose or (lambda simulation: _asked(simulation, say)))
        decided = {"scenario": name, "seed": seed, "taken": simulation.taken, "drawn": drawn}
        workspace.progress.add("flight decided", None, **decided)  # before the best plan is told
        if not _compare(simulation, say, seconds, progress):
            return simulation
        best = simulation.best()
        regret = simulation.profit(best) - simulation.profit(simulation.plan)
    told = {
        "scenario": name,
        "seed": seed,
        "taken": simulation.taken,
        "profit": round(simulation.profit(simulation.plan)),
    }
    workspace.progress.add("flown", None, **told, regret=round(regret))
    return simulation


def _decide(simulation: Simulation, plan: Sequence[str] | None, say: Say, choose: Choose) -> None:
    """Tell what is known, and take one action after another."""
    one = simulation.scenario
    say(f"{one.title}   (seed {simulation.seed})")
    say(f"{one.story} You have {one.days} days; each point of error less on new data is worth {one.worth:,.0f} €.")
    say(f"A day costs {DAY:,.0f} €, which is counted in the prices.")
    say("the net is trained on what you have: some seconds, a few more the first time ...")
    words = None if plan is None else [*plan, "stop"]
    while simulation.possible():
        _, dev = simulation.error(simulation.plan)
        spent = f"{simulation.left} days left, {cost_of(simulation.plan):,.0f} € spent"
        say(f"\ndev error {100 * dev.value:.1f} % ({100 * dev.low:.1f} to {100 * dev.high:.1f})   {spent}")
        chosen = choose(simulation) if words is None else words.pop(0)
        if chosen == "stop":
            break
        _take(simulation, chosen)


def _compare(simulation: Simulation, say: Say, seconds: float, progress: Progressing | None) -> bool:
    """Tell what was gained; then fly what could have been better, and tell that; whether all of it was flown."""
    say("")
    for line in outcome(simulation, "you", simulation.plan):
        say(line)
    plan = ",".join(simulation.taken) or "stop"
    command = f"fathom learn fly {simulation.scenario.name} --seed {simulation.seed} --plan {plan}"
    say("\nwhatever could have been better is flown now, to find the best; what is flown is kept, and after Ctrl-C")
    say(f"  {command}   goes on")
    began = told = time.monotonic()
    new, begun, left = 0, simulation.worker_pool.cpu, 0
    for done, left in simulation.search():
        new, now = new + 1, time.monotonic()
        if progress is not None:
            progress(done, left, (now - began) / new * left)
        elif sys.stderr.isatty() or now - told > SILENT:
            told = now
            _progress(done, left, (now - began) / new * left)
        if left and simulation.worker_pool.cpu - begun >= seconds:
            break
    if progress is None and sys.stderr.isatty():
        print(f"\r{'':60}\r", end="", file=sys.stderr, flush=True)
    if not left:
        for line in compared(simulation, simulation.best()):
            say(line)
        return True
    best = max(simulation.results, key=simulation.profit)
    for line in outcome(simulation, "best", best):
        say(line)
    say(f"that is the best of the {len(simulation.results)} plans flown; {left} more could be better, and the")
    say(f"{seconds:.0f} s of CPU for the search are used up. The same command goes on:\n  {command}")
    say(f"your regret so far: {simulation.profit(best) - simulation.profit(simulation.plan):,.0f} €")
    return False


def _take(simulation: Simulation, chosen: str) -> None:
    if chosen not in {action.name for action in simulation.possible()}:
        known = ", ".join(action.name for action in simulation.possible())
        raise UserError(f"{chosen!r} cannot be done now: choose among {known}, or stop")
    simulation.taken.append(chosen)


def _asked(simulation: Simulation, say: Say) -> str:
    """What the learner types: a number or a name."""
    possible = simulation.possible()
    for i, action in enumerate(possible, 1):
        days = f"{action.days} day{'s' * (action.days != 1)}"
        say(f"  {i}  {action.name:17} {action.title}   ({days}, {action.euros + DAY * action.days:,.0f} €)")
    say("  0  stop, and count")
    while True:
        try:
            text = input("what next? ").strip()
        except EOFError:
            return "stop"
        if text in ("0", "stop"):
            return "stop"
        if text.isdecimal() and 1 <= int(text) <= len(possible):
            return possible[int(text) - 1].name
        if text in {action.name for action in possible}:
            return text
        say(f"type a number from 0 to {len(possible)}; 0 stops")


def _progress(done: int, left: int, seconds: float) -> None:
    """``plan 12 of at most 57, about 40 s left``: on one line where it can be written over."""
    time_left = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
    text = f"plan {done} of at most {done + left}, about {time_left} left"
    end, start = ("", "\r") if sys.stderr.isatty() else ("\n", "")
    print(f"{start}{text:60}", end=end, file=sys.stderr, flush=True)
