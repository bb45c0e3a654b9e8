"""Write RESULTS.md and the table of the README from what was measured; it measures nothing.

python -m benchmarks.report
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import quality, record, sequences, strategy, vision
from benchmarks.comparison import Bound, Comparison, Round
from benchmarks.rows import COMPARISONS

HERE = Path(__file__).parent
RESULTS, README = HERE / "RESULTS.md", HERE.parent / "README.md"
BLOCK = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.S)
UNITS = {"seconds": (1, "{:.3g} s"), "megabytes": (1, "{:.0f} MB"), "share": (100, "{:.1f} %")}


def main() -> None:
    """Write both."""
    RESULTS.write_text(results(), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    README.write_text(BLOCK.sub(lambda m: m[1] + readme() + m[2], text), encoding="utf-8")


SOON = 90.0
"""Seconds of the coach that are little."""


def coach() -> list[str]:
    """What the coach named, and whether its advice helped on test; nothing where it was not measured."""
    from benchmarks.coach import advised, applied, cost, floors, lengths, table
    from benchmarks.coach.reports import __main__ as reported

    soon = advised.measured_cases(advised.place_of(SOON))
    named, followed = table.measured(), advised.measured_cases(advised.place_of(advised.BUDGET))
    sections = [
        (
            "## What the coach names",
            "Faults planted one at a time in trainings (`benchmarks/coach`): how often it is named at all, first, and "
            "among the first three. Thresholds were chosen on other data and nets; but runs of this table prompted the "
            "rules for a loss that recovers, for labels in doubt, for units that died, for uneven classes of train alone, "
            "for test above dev, and for labels that are not unrelated where new examples are answered, and flatter these; and of the about thousand trainings on which the health checks "
            "were tried besides, some read the spoken digits and the incomes, too, in other forms and by other nets. "
            "Three seeds each: `python -m benchmarks.coach.table`.",
            table.table(named) if named else [],
        ),
        (
            "## What it says of faults that people reported",
            "Programs with one fault each, from public threads, and healthy ones, written by others than the checks "
            "(`python -m benchmarks.coach.reports --set all`). What was said of each set before anything was changed for it: "
            "of the second and the third at two seeds, of the others at one; each but the first after checks had "
            "been written for faults of the sets before. A crash of the watch counts as an alarm; the two there were are mended since. By a strict reading "
            "three right answers of the first set and one of each of the others are right by a word of their advice only; "
            "two that count as misleading in the fourth name the fault in words that had not been foreseen.",
            reported.rows(),
        ),
        (
            "## Whether its advice helps",
            "Errors are on test, which nothing looked at; the mean of three new seeds each "
            "(`python -m benchmarks.coach.advised`). Random advice is four remedies, drawn for each case from all that can "
            "be tried, by one who has not looked at the run. Where more data is advised about twice as many training "
            "examples are taken; where there are no more nothing is trained, and it counts as not lowered.",
            advised.rows(followed) if followed else [],
        ),
        (
            "## Whether its advice helps, with little time",
            "The same with 90 seconds of one busy core for each answer, and nothing at random "
            "(`python -m benchmarks.coach.advised --budget 90 --drawn 0`). What the coach calls probable counts as advice.",
            advised.rows(soon) if soon else [],
        ),
        (
            "## Where it ends",
            "From the default of a task to where `fathom next --apply --budget 150s` stops, on test "
            "(`python -m benchmarks.coach.applied`); one busy core.",
            list(applied.rows(applied.kept())) if applied.kept() else [],
        ),
        (
            "## Whether an error is as low as can be, where it says so",
            "Tables whose least error is known, and nets of which many are far above it "
            "(`python -m benchmarks.coach.floors`). Right is what is above the least error by no more than 2 points or "
            "a fifth.",
            floors.rows(),
        ),
        (
            "## Whether what is called unfinished had more to learn",
            "Trainings of one to five epochs on the sets and nets that thresholds are tuned on, each beside one of three "
            "times the epochs (`python -m benchmarks.coach.lengths`).",
            lengths.rows(lengths.measured()) if lengths.measured() else [],
        ),
        (
            "## What the health checks cost",
            "The same training with and without them, in turn (`python -m benchmarks.coach.cost`): the median of the pairs, "
            "the middle half of them, and the lower quartile of the watched against that of the others. Short trainings on "
            "a busy machine differ by more than the checks.",
            cost.rows(),
        ),
    ]
    return [part for title, said, rows in sections if rows for part in (title, said, "\n".join(rows))]


def learning() -> list[str]:
    """How long a learner waits; nothing where it was not measured."""
    from benchmarks import course

    if not course.rows():
        return []
    return [
        "## How long a learner waits",
        "`fathom learn check` as a whole command, start of Python included, for each exercise's solution and first known "
        "mistake (`python -m benchmarks.course`). What the checks let through is in the table of `make gate`.",
        "\n".join(course.rows()),
    ]


def results() -> str:
    """The whole of RESULTS.md."""
    parts = [
        "# What fathom reaches",
        machine(),
        "## Trainings",
        *trainings(),
        "## Boxes, masks and faces",
        *of_figures(vision.ROWS),
        "## Text, speech and music",
        *of_figures(sequences.ROWS),
        "## What was planted, and found",
        *planted(),
        *coach(),
        *learning(),
        "## Side by side",
        *comparisons(),
    ]
    return "\n\n".join(parts) + "\n"


def readme() -> str:
    """The README's table: each comparison's ratio, and the trainings."""
    lines = [
        f"| {bound.what} | **{ratio}** | {both} | {accuracy} |"
        for row, bound, rounds in measured_bounds()
        for ratio, both, accuracy in [cells(row, bound, rounds)]
    ]
    head = ["| side by side | ratio, or share | measured | accuracy |", "|---|---|---|---|"]
    speed = "\n".join([*head, *lines]) + "\n\n" if lines else ""
    return speed + table_of_trainings(short=True) + "\n"


def machine() -> str:
    """One sentence on what measured; where rows were measured on different machines or versions, all of them."""
    names = ["start-up", *quality.ROWS, *vision.ROWS, *sequences.ROWS, *COMPARISONS]
    found = [r.machine for r in map(record.load, names) if r]
    keys = list(dict.fromkeys(key for one in found for key in one))
    values = {key: " or ".join(dict.fromkeys(one[key] for one in found if key in one)) for key in keys}
    where = " · ".join(values.pop(key) for key in ("processor", "system") if key in values)
    versions = ", ".join(f"{key} {value}" for key, value in values.items())
    return f"Measured on {where}; {versions}. `make bench` measures what is missing, `python -m benchmarks.report` writes this page."


def trainings() -> list[str]:
    """The table of trainings, and how fast the shortest commands are."""
    parts = [
        "Mean ± standard deviation over seeds. The seconds are those of the whole command, reading and report included.",
        table_of_trainings(short=False),
    ]
    started = record.load("start-up")
    if started:
        times = started.rounds[0]["fathom"]
        parts.append(
            f"`fathom --help` {times['help']:.2f} s; `fathom predict` on one picture, cold, {times['predict']:.2f} s."
        )
    return parts


def table_of_trainings(*, short: bool) -> str:
    """A line for each training that was measured."""
    wanted = "" if short else " wanted |"
    lines = [
        f"| command: `fathom train …` | accuracy |{wanted} simple baseline | seconds | seeds |",
        "|---|---|" + ("" if short else "---|") + "---|---|---|",
    ]
    for name, row in quality.ROWS.items():
        found = record.load(name)
        if found:
            rounds = [r["fathom"] for r in found.rounds]
            accuracy, baseline = (spread([100 * f[key] for f in rounds], " %") for key in ("accuracy", "baseline"))
            seconds, wanted = spread([f["seconds"] for f in rounds], ""), "" if short else f" {row.wanted} |"
            lines.append(f"| {row.what} | {accuracy} {row.split} |{wanted} {baseline} | {seconds} | {len(rounds)} |")
    return "\n".join(lines)


def of_figures(rows: Mapping[str, sequences.Sequence | sequences.Invented]) -> list[str]:
    """A table of trainings, each in the figure of its field; and what was made up."""
    lines = ["| data | figure | wanted | simple baseline | seconds | seeds |", "|---|---|---|---|---|---|"]
    made = []
    for name, row in rows.items():
        found = record.load(name)
        if not found:
            continue
        rounds = [r["fathom"] for r in found.rounds]
        if isinstance(row, sequences.Invented):
            one = rounds[0]
            made.append(
                f"**{row.what}**: of {row.names} made up {100 * one['new']:.0f} % are not in the training split, "
                f"{100 * one['distinct']:.0f} % are different; 5-grams of the training names find them {one['bits of made']:.2f} "
                f"bits a character, names of dev {one['bits of dev']:.2f}; the net itself {one['value']:.2f} on dev; "
                f"{one['seconds']:.0f} s."
            )
            continue
        form = sequences.UNITS.get(row.figure)
        values = [row.told(one) for one in rounds]
        figure = " ± ".join(form.format(v) for v in values[:1]) if form else spread([100 * v for v in values], " %")
        if form and len(values) > 1:
            figure = f"{form.format(statistics.mean(values))} ± {statistics.stdev(values):.2f}"
        low = statistics.mean([1 - one["baseline"] if row.figure == "right" else one["baseline"] for one in rounds])
        base = form.format(low) if form else f"{100 * low:.1f} %"
        if row.also:
            figure += f" {row.figure}, {spread([100 * one[row.also] for one in rounds], ' %')}"
        told = f" {row.also}" if row.also else "" if row.figure in ("bits", "nats") else f" {row.figure}"
        errors = row.figure not in ("right", "WER", *sequences.UNITS)
        lines.append(
            f"| {row.what} | {figure}{told} {row.split} | {row.wanted} | {base}{' (missed)' if errors else ''} | "
            f"{spread([one['seconds'] for one in rounds], '')} | {len(rounds)} |"
        )
    return ["\n".join(lines), *made] if len(lines) > 2 or made else ["Nothing was measured yet."]


def planted() -> list[str]:
    """The table of what was planted."""
    lines = ["| what | wanted | reached |", "|---|---|---|"]
    for name, row in strategy.ROWS.items():
        if (kept := record.load(name)) and kept.rounds:
            lines.append(f"| {row.what} | {row.wanted} | {row.told(kept.rounds[0]['fathom'])} |")
    return ["\n".join(lines)] if len(lines) > 2 else ["Nothing was measured yet."]


def spread(values: Sequence[float], unit: str) -> str:
    """Mean and standard deviation; one value stands alone."""
    more = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.1f}{more}{unit}"


def measured_bounds() -> list[tuple[Comparison, Bound, list[Round]]]:
    """Every line of the comparisons' table that has measurements."""
    found = []
    for name, row in COMPARISONS.items():
        kept = record.load(name)
        rounds = kept.whole(list(row.contenders)) if kept else []
        found += [(row, bound, rounds) for bound in row.bounds if rounds]
    return found


def comparisons() -> list[str]:
    """The table of comparisons, and what is inside and outside of each figure."""
    parts = [
        "Each contender runs in a fresh process with the same number of threads, one after the other, round after round; "
        "a ratio is taken within a round, and shown as the median of the rounds (smallest to largest). *Busy elsewhere*: "
        "the largest share of the cores that other programs had during one of the measurements.",
    ]
    lines = [
        "| what | at most | aim | ratio, or share | reached | measured | accuracy | rounds | busy elsewhere |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row, bound, rounds in measured_bounds():
        ratio, both, accuracy = cells(row, bound, rounds)
        scale, form = UNITS["share"] if not bound.to else (1, "{:.2f}")
        limits = " | ".join("" if x is None else form.format(scale * x) for x in (bound.at_most, bound.aim))
        busy = max(f.get("elsewhere", 0.0) for r in rounds for f in r.values())
        verdict = reached(row, bound, rounds)
        lines.append(
            f"| {bound.what} | {limits} | {ratio} | {verdict} | {both} | {accuracy} | {len(rounds)} | {busy:.0%} |"
        )
    notes = [f"**{name}**: {' '.join(row.about.split())}" for name, row in COMPARISONS.items()]
    return [*parts, "\n".join(lines) if len(lines) > 2 else "Nothing was measured yet.", *notes]


def cells(row: Comparison, bound: Bound, rounds: list[Round]) -> tuple[str, str, str]:
    """The ratio with its spread, both medians, both accuracies."""
    values = row.measured(rounds, bound)
    scale, form = (1, "{:.2f}") if bound.to else UNITS[bound.figure]
    ratio = form.format(scale * statistics.median(values))
    if len(values) > 1:
        ratio += f" ({form.format(scale * min(values))} to {form.format(scale * max(values))})"
    if bound.to and any(r[bound.to].get("reached") == 0 for r in rounds):
        ratio = f"below {ratio}: {bound.to} did not get there"
    pair = (bound.of, bound.to) if bound.to else (bound.of,)
    figure = bound.figure if bound.to else "seconds"
    both = " : ".join(UNITS[figure][1].format(statistics.median(r[name][figure] for r in rounds)) for name in pair)
    accuracy = " : ".join(f"{100 * statistics.median(r[name]['accuracy'] for r in rounds):.1f} %" for name in pair)
    return ratio, both, accuracy


def reached(row: Comparison, bound: Bound, rounds: list[Round]) -> str:
    """What of the bound is kept, in a word."""
    if any(r[bound.of].get("reached") == 0 for r in rounds):
        return "no"
    if not row.equal(rounds, bound):
        return "no: less accurate"
    median = statistics.median(row.measured(rounds, bound))
    if bound.aim is not None and median <= bound.aim:
        return "aim"
    if bound.at_most is None:
        return ""
    return "yes" if median <= bound.at_most else "no"


if __name__ == "__main__":
    main()
