"""What every exercise must pass before it ships; prints the table of ``make gate``.

python -m fathom.learning.gate            all exercises, on some seeds
python -m fathom.learning.gate --full     on all seeds, which takes hours
python -m fathom.learning.gate 1.5 4.2    these
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any

from fathom.learning.checking import verify
from fathom.learning.course import Exercise, Mistake, exercises, find
from fathom.learning.mutants import mutants
from fathom.learning.sandbox import Broken, Inside
from fathom.learning.stubs import body_lines
from fathom.learning.trial import Callee

RIGHT_SEEDS, WRONG_SEEDS = 200, 100
TRAINED_RIGHT_SEEDS, TRAINED_WRONG_SEEDS = 40, 5
FEW = 20
"""The whole number of seeds is as many times the number of those that are tried at each change."""

FEW_NAMED = 4
"""Mistakes of an exercise of which it is tried at each change how they are called: it takes longer than rejecting."""
NAMED_SEED = 11

FEWEST_RIGHT, FEWEST_WRONG = 2, 6
KILLED = 0.95
"""Share of the mutants that must be rejected."""

TRIES = 5
"""Single checks, on different seeds, each of which must reject a mutant: who checks an answer checks it once."""

SLOW = 5.0
"""Seconds of CPU time after which a mutant counts as a loop without end: rejected."""


@dataclass(frozen=True)
class Passed:
    """What the gate found of an exercise.

    Attributes:
        id: of it.
        faults: what is wrong with it, a sentence each; empty where it passes.
        rights, wrongs, made, survivors, justified: solutions, mistakes and mutants that were tried, the mutants that
            pass, and those of them that are known to change nothing.
        lines: of code to write.
        asserted: comparisons of one check.
        milliseconds: that one check takes, without starting the process.
    """

    id: str
    faults: tuple[str, ...]
    rights: int
    wrongs: int
    made: int
    survivors: tuple[str, ...]
    justified: int
    lines: int
    asserted: int
    milliseconds: float


def passes(
    exercise: Exercise, right_seeds: int, wrong_seeds: int, *, mutate: bool = True, named: int | None = None
) -> Passed:
    """Put one exercise through the gate.

    Args:
        exercise: with its solutions and mistakes.
        right_seeds: on which what is right must pass.
        wrong_seeds: on which mistakes must not.
        mutate: try the mutants, too, which takes most of the time.
        named: so many mistakes are called by their name, or by none; None: all.
    """
    faults: list[str] = []
    props, reference = exercise.props(), Inside(exercise.solution)

    def held(code: Callee, seed: int) -> Any:
        return verify(exercise, code, seed, props=props, reference=reference, explain=False)

    if not props:
        faults.append("it has no check")
    if held(Inside(exercise.stub, "<stub>"), 0).passed:
        faults.append("the stub passes")
    began = time.monotonic()
    once = held(Inside(exercise.solution), 0)
    took = 1000 * (time.monotonic() - began)
    faults += _rejected(exercise, held, right_seeds)
    faults += _accepted(exercise, held, wrong_seeds)
    faults += misnamed(exercise, exercise.mistakes[:: max(1, len(exercise.mistakes) // (named or 1000))])
    if exercise.other is not None:
        faults += _variant(exercise, held, right_seeds)
    made, survivors = _survivors(exercise, held) if mutate else (0, ())
    known = {one["mutant"] for one in exercise.variants.get("equivalent", ()) if one["why"]}
    unjustified = tuple(one for one in survivors if one not in known)
    if mutate and known - set(survivors):
        faults.append(f"said to change nothing, but rejected: {sorted(known - set(survivors))}")
    if unjustified:
        faults.append(f"mutants pass: {'; '.join(unjustified)}")
    if len(survivors) > (1 - KILLED) * made and len(unjustified) > 0:
        faults.append(f"{len(survivors)} of {made} mutants pass")
    return Passed(
        exercise.id, tuple(faults), 1 + len(exercise.rights), len(exercise.mistakes), made, survivors,
        len(survivors) - len(unjustified),
        body_lines(exercise.solution, exercise.write), once.asserted, took,
    )  # fmt: skip


def _rejected(exercise: Exercise, held: Callable[[Callee, int], Any], seeds: int) -> Iterator[str]:
    """What is right must pass on every seed, and there must be enough of it."""
    for name, source in (("the solution", exercise.solution), *((one.name, one.source) for one in exercise.rights)):
        code = Inside(source)
        for seed in range(seeds):
            verdict = held(code, seed)
            if verdict.failure is not None:
                yield f"{name} is rejected on seed {seed}: {verdict.failure.title}: {verdict.failure.says}"
                break
    if len(exercise.rights) < FEWEST_RIGHT:
        yield f"{len(exercise.rights)} other right solutions are too few"


def _accepted(exercise: Exercise, held: Callable[[Callee, int], Any], seeds: int) -> Iterator[str]:
    """Known mistakes must pass on no seed and be explained, and there must be enough of them."""
    for mistake in exercise.mistakes:
        code = Inside(mistake.source)
        through = [seed for seed in range(seeds) if _through(held, code, seed)]
        if through:
            yield f"the mistake {mistake.name!r} passes on {len(through)} of {seeds} seeds"
        if not mistake.why:
            yield f"the mistake {mistake.name!r} is not explained"
    if len(exercise.mistakes) < FEWEST_WRONG:
        yield f"{len(exercise.mistakes)} known mistakes are too few"


def misnamed(exercise: Exercise, mistakes: Sequence[Mistake]) -> Iterator[str]:
    """A known mistake must be called by its own name or by none, and some must be named.

    Args:
        exercise: whose check is asked.
        mistakes: that are tried.

    Yields:
        what is wrong, a sentence each.
    """
    own = 0
    for mistake in mistakes:
        failure = verify(exercise, Inside(mistake.source), seed=NAMED_SEED).failure
        said = failure.mistake if failure is not None else ""
        if not mistake.name.startswith(said):
            yield f"the mistake {mistake.name!r} is called {said!r}"
        own += said == mistake.name
    if not own:
        yield f"none of {len(mistakes)} known mistakes is called by its name"


def _variant(exercise: Exercise, held: Callable[[Callee, int], Any], seeds: int) -> Iterator[str]:
    """The variant's solution must pass its own check, and that of the exercise must not."""
    assert exercise.other is not None
    source = exercise.other[1]
    props = [one for one in exercise.props() if one.always]
    for seed in range(min(seeds, 20)):
        mine = verify(exercise, Inside(source), seed, props=props, reference=Inside(source), explain=False)
        if not mine.passed:
            yield f"the variant's solution is rejected on seed {seed}: {mine.failure}"
            return
    if verify(exercise, Inside(exercise.solution), 0, props=props, reference=Inside(source), explain=False).passed:
        yield "the variant is no other exercise: the solution passes it"


def _survivors(exercise: Exercise, held: Callable[[Callee, int], Any]) -> tuple[int, tuple[str, ...]]:
    """How many mutants were made, and the edits of those that no seed rejects."""
    made, alive = 0, []
    for mutant in mutants(exercise.solution, exercise.write):
        made += 1
        if any(_through(held, mutant.source, seed) for seed in range(TRIES)):
            alive.append(mutant.edit)
    return made, tuple(alive)


def _through(held: Callable[[Callee, int], Any], code: Callee | str, seed: int) -> bool:
    """Whether code passes a check; what cannot be run, or never ends, does not."""
    try:
        with _at_most(SLOW):
            return bool(held(Inside(code) if isinstance(code, str) else code, seed).passed)
    except (Broken, SyntaxError, _Late, RecursionError, MemoryError, NameError, TypeError, ValueError):
        return False


class _Late(Exception):  # noqa: N818 (a signal)
    """It takes too long."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise where the block takes longer."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise _Late

    old = signal.signal(signal.SIGPROF, stop)  # time of the processor: a busy machine rejects nothing
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


def _of(name: str, full: bool) -> Passed:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    one, share = find(name), 1 if full else FEW
    slow = one.trained or bool(one.libraries)  # a check of PyTorch takes as long as a training in NumPy
    seeds = (TRAINED_RIGHT_SEEDS, TRAINED_WRONG_SEEDS) if slow else (RIGHT_SEEDS, WRONG_SEEDS)
    return passes(one, *(-(-n // share) for n in seeds), named=None if full else FEW_NAMED)


def main() -> None:
    """Put exercises through the gate, and print the table; exit code 1 where one does not pass."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("only", nargs="*", help="exercises, such as 1.5")
    parser.add_argument("--full", action="store_true", help="on all seeds")
    asked = parser.parse_args()
    names = asked.only or [one.id for one in exercises()]
    print(f"{'':5}{'right':>6}{'wrong':>6}{'mutants':>8}{'pass':>5}{'known':>6}{'lines':>6}{'asserts':>8}{'ms':>7}")
    rows = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for row in pool.map(partial(_of, full=asked.full), names):
            rows.append(row)
            print(
                f"{row.id:5}{row.rights:6}{row.wrongs:6}{row.made:8}{len(row.survivors):5}{row.justified:6}{row.lines:6}"
                f"{row.asserted:8}{row.milliseconds:7.0f}  {'passes' if not row.faults else 'FAILS'}",
                flush=True,
            )
            for fault in row.faults:
                print(f"     {fault}", flush=True)
    made, alive = sum(r.made for r in rows), sum(len(r.survivors) for r in rows)
    bad = [r.id for r in rows if r.faults]
    print(
        f"{len(rows)} exercises: {sum(r.rights for r in rows)} right solutions pass, {sum(r.wrongs for r in rows)} "
        f"known mistakes are rejected, {alive} of {made} mutants pass ({100 * alive / max(1, made):.1f} %), "
        f"{sum(r.justified for r in rows)} of them known to change nothing"
    )
    if bad:
        print(f"not passed: {', '.join(bad)}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
