"""A table of mistakes with tags, the counts, and sets of tags within a budget."""

from __future__ import annotations

from itertools import combinations

from fathom.learning.diagrams.svg import Canvas, Frame

TAGS = ("dark", "blur", "dog", "label")
MISTAKES = (("dark",), ("dark", "blur"), ("blur",), ("dog",), ("dog",), ("dark",), ("label",), ("dog", "blur"))
EXAMPLES, BUDGET = 400, 8
DAYS = {"dark": 3, "blur": 4, "dog": 5, "label": 1}
MENDED = {"dark": 0.8, "blur": 0.5, "dog": 0.6, "label": 1.0}


def gain(chosen: tuple[str, ...]) -> float:
    """Mistakes that are repaired, as expected."""
    total = 0.0
    for mistake in MISTAKES:
        left = 1.0
        for tag in mistake:
            left *= 1 - MENDED[tag] if tag in chosen else 1.0
        total += 1 - left
    return total


def frames() -> list[Frame]:
    """The table, row by row, the counts, then the sets."""
    told = [
        _table(n, False).frame(words)
        for n, words in (
            (1, "Mistake 0: you look at the picture. It is dark."),
            (2, "Mistake 1 is dark and blurred. It gets two tags."),
            (8, "After eight mistakes the table is full."),
        )
    ]
    told.append(
        _table(8, True).frame(
            f"Count each column and divide by the {EXAMPLES} examples of dev: no work on dark pictures can "
            "bring more than 0.75 points."
        )
    )
    sets = sorted((c for k in (1, 2, 3) for c in combinations(TAGS, k)), key=gain, reverse=True)
    shown = [c for c in sets if sum(DAYS[t] for t in c) <= BUDGET + 1][:7]
    best = next(c for c in shown if sum(DAYS[t] for t in c) <= BUDGET)
    told.append(
        _sets(shown).frame(
            f"Sets of tags with their days and expected gains. Within {BUDGET} days, {', '.join(best)} "
            f"repairs most: {gain(best):.1f} mistakes."
        )
    )
    return told


def _table(rows: int, counted: bool) -> Canvas:
    """The mistakes that were looked at so far."""
    canvas = Canvas(
        "Mistakes and their tags", "A table with a row for each mistake and a column for each tag.", height=262
    )
    for j, tag in enumerate(TAGS):
        canvas.text(126 + 60 * j, 18, tag, size=13, bold=True)
    for i, mistake in enumerate(MISTAKES):
        y = 28 + 23 * i
        last = i == rows - 1 and not counted
        canvas.text(84, y + 15, f"mistake {i}", size=12, anchor="end", color="ink" if i < rows else "muted", bold=last)
        for j, tag in enumerate(TAGS):
            on = i < rows and tag in mistake
            canvas.box(
                98 + 60 * j,
                y,
                56,
                20,
                "×" if on else "",
                color="amber" if on and last else "sea" if on else "rule",
                strength=0.3 if on else 0,
                size=13,
                radius=2,
            )
    if counted:
        canvas.line(20, 217, 340, 217, color="muted")
        canvas.text(84, 234, "count", size=12, anchor="end")
        canvas.text(84, 252, "ceiling", size=12, anchor="end")
        for j, tag in enumerate(TAGS):
            count = sum(tag in one for one in MISTAKES)
            canvas.text(126 + 60 * j, 234, str(count), size=13, bold=True)
            canvas.text(126 + 60 * j, 252, f"{100 * count / EXAMPLES:.2f} %", size=12, color="amber", bold=True)
    return canvas


def _sets(shown: list[tuple[str, ...]]) -> Canvas:
    """A bar for the gain of each set; those that take too long are grey."""
    canvas = Canvas(
        "Sets of tags", "Seven bars, the expected gains of sets of tags; those above the budget are grey.", height=262
    )
    canvas.text(112, 18, "set", size=12, color="muted", anchor="end")
    canvas.text(140, 18, "days", size=12, color="muted")
    canvas.text(166, 18, "gain", size=12, color="muted", anchor="start")
    best = max((c for c in shown if sum(DAYS[t] for t in c) <= BUDGET), key=gain)
    for i, chosen in enumerate(shown):
        days, y = sum(DAYS[t] for t in chosen), 28 + 32 * i
        color = "amber" if chosen == best else "sea" if days <= BUDGET else "rule"
        canvas.text(
            118,
            y + 16,
            ", ".join(chosen),
            size=12,
            anchor="end",
            bold=chosen == best,
            color="ink" if days <= BUDGET else "muted",
        )
        canvas.text(140, y + 16, str(days), size=12, color="ink" if days <= BUDGET else "problem", bold=days > BUDGET)
        canvas.box(162, y, 30 * gain(chosen), 24, color=color, strength=0.5, radius=2)
        canvas.text(168 + 30 * gain(chosen), y + 16, f"{gain(chosen):.1f}", size=12, anchor="start")
    return canvas
