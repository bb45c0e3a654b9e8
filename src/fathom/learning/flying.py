"""Flying a scenario at the terminal: what is known, what can be done, and in the end what it was worth."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Sequence

from fathom.errors import UserError
from fathom.learning.desk import Desk
from fathom.learning.flight import ACTIONS, DAY, Flight, cost_of, explained, scenario

Say = Callable[[str], None]


def fly(desk: Desk, name: str, seed: int | None, plan: Sequence[str] | None, say: Say = print) -> Flight:
    """Fly a scenario: ask for one action after another, or take those of a plan; then tell the regret.

    Raises:
        UserError: there is no such scenario or action, or the days do not suffice.
    """
    seed = secrets.randbelow(2**31) if seed is None else seed
    flight = Flight(scenario(name, seed), seed)
    one = flight.scenario
    say(f"{one.title}   (seed {seed})")
    say(f"{one.story} You have {one.days} days; each point of error less on new data is worth {one.worth:,.0f} €.")
    say(f"A day costs {DAY:,.0f} €, which is counted in the prices.")
    words = None if plan is None else [*plan, "stop"]
    while flight.possible():
        _, dev = flight.error(flight.plan)
        spent = f"{flight.left} days left, {cost_of(flight.plan):,.0f} € spent"
        say(f"\ndev error {100 * dev.value:.1f} % ({100 * dev.low:.1f} to {100 * dev.high:.1f})   {spent}")
        chosen = _asked(flight, say) if words is None else words.pop(0)
        if chosen == "stop":
            break
        _take(flight, chosen)
    say("\nevery plan is flown, to find the best ...")
    best = flight.best(_progress)
    for line in explained(flight, best):
        say(line)
    regret = flight.profit(best) - flight.profit(flight.plan)
    told = {"scenario": name, "seed": seed, "taken": flight.taken, "profit": round(flight.profit(flight.plan))}
    desk.progress.add("flown", None, **told, regret=round(regret))
    return flight


def _take(flight: Flight, chosen: str) -> None:
    if chosen not in {action.name for action in flight.possible()}:
        known = ", ".join(action.name for action in flight.possible())
        raise UserError(f"{chosen!r} cannot be done now: choose among {known}, or stop")
    flight.taken.append(chosen)


def _asked(flight: Flight, say: Say) -> str:
    """What the learner types; a number, a name, or nothing to stop."""
    possible = flight.possible()
    for i, action in enumerate(possible, 1):
        days = f"{action.days} day{'s' * (action.days != 1)}"
        say(f"  {i}  {action.name:17} {action.title}   ({days}, {action.euros + DAY * action.days:,.0f} €)")
    say("  0  stop")
    while True:
        try:
            text = input("what next? ").strip()
        except EOFError:
            return "stop"
        if text in ("", "0", "stop"):
            return "stop"
        if text.isdecimal() and 1 <= int(text) <= len(possible):
            return possible[int(text) - 1].name
        if text in {action.name for action in ACTIONS}:
            return text
        say(f"type a number from 0 to {len(possible)}")


def _progress(done: int, whole: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {whole} plans", end="\n" if done == whole else "", file=sys.stderr, flush=True)
