"""``fathom check``: what is wrong with the data, before any training; nothing is kept but the thumbnails' cache."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fathom import checking, tasks
from fathom.checking import DataProfile
from fathom.checking.leaking import MAX_COLUMNS
from fathom.data import files, repairs, spreadsheet_csv
from fathom.data.source import resolve as resolve_source
from fathom.errors import UserError
from fathom.finding_kinds import SEVERITIES
from fathom.progress import Watcher
from fathom.records import Finding, InputKind, Settings, Source
from fathom.reporting.report_data import printable
from fathom.runs import label_error_search
from fathom.task import Task

MAX_SHOWN = 3
"""Examples, or sets of them, that are shown for a problem or a warning; a note shows one."""


@dataclass(frozen=True)
class Checked:
    """What was looked at, and what was found; `doubt` says how the data was understood where that is not plain."""

    profile: DataProfile
    findings: tuple[Finding, ...]
    doubt: str = ""


def examine(task: Task, source: Source, watcher: Watcher, seed: int = 0) -> Checked:
    """What was found of a source, as a training would read and split it."""
    profile = checking.profile_data(task, source, watcher, seed)
    watcher.begin_stage("check", len(checking.CHECKS))
    return Checked(profile, tuple(checking.check(profile, watcher.advance)))


def check(
    data: str,
    watcher: Watcher,
    *,
    task: str | None = None,
    seed: int = 0,
    out: Path | None = None,
    labels: Path | None = None,
    options: Mapping[str, Any] | None = None,
    **said: Any,
) -> Checked:
    """Look at data as a training would read and split it, and say what is wrong with it.

    Args:
        data: a path or ``practice:…``.
        watcher: is told of the progress.
        task: the kind of problem; found out without.
        seed: of the split that a training with this seed would make.
        out: a CSV file to write, with a row for each example or column of each finding.
        labels: a CSV file to write, with a row for each label that is probably wrong; nets are trained to judge them.
        options: of the task, as for a training: how a table is to be understood (``kind``).
        **said: of the data, as for a training: `DataOptions`.

    Raises:
        UserError: there is nothing to look at, or `out` exists or cannot be written.
    """
    for place in (out, labels):
        if place is not None:
            _refuse(place)
    settings = Settings(seed=seed, options=options or {})
    with repairs.unsaid(unless_refused=True):  # they are findings here
        source = resolve_source(data, **said)
        chosen, reading = (tasks.by_name(task), None) if task else tasks.recognize(source)
        checked = examine(chosen(settings), source, watcher, seed)
    if reading is not None and reading.doubt:
        checked = replace(checked, doubt=f"{chosen.name}: {reading.doubt}")
    if labels is not None:
        checked = _with_labels(checked, chosen, source, watcher, settings, labels)
    if out is not None:
        write_report(checked, out)
    return checked


def _with_labels(
    checked: Checked, kind: type[Task], source: Source, watcher: Watcher, settings: Settings, out: Path
) -> Checked:
    """The same, with the labels that are probably wrong, which are written to a list."""
    judged = label_error_search.find_label_errors(kind, source, watcher, settings)
    label_error_search.write_list(judged, out)
    more = label_error_search.label_error_finding(judged, checked.profile.examples.kind)
    found = sorted([*checked.findings, *([more] if more else [])], key=lambda f: SEVERITIES.index(f.severity))
    return replace(checked, findings=tuple(found))


def lines(checked: Checked, width: int = 100) -> list[tuple[str, str]]:
    """The one screen: label and text of each line, the advice broken at `width` columns."""
    profile = checked.profile
    told = [*([("task", checked.doubt)] if checked.doubt else []), ("data", _data(profile))]
    if profile.splits is not None:
        sizes = " · ".join(f"{name} {len(profile.splits.ids(name)):,}" for name in profile.splits.names())
        told.append(("split", f"{sizes}   {profile.splits.rule.sentence(profile.splits.seed)}"))
    for finding in checked.findings:
        told.append((finding.severity, _one_line(finding.title)))
        most = MAX_SHOWN if finding.severity in ("problem", "warning") else 1
        told += [("", f"  {_one_line(text)}") for text in _shown(finding, most)]
        if finding.severity in ("problem", "warning"):
            told += [("", line) for line in textwrap.wrap(f"→ {finding.advice}", width, subsequent_indent="  ")]
    if not checked.findings:
        told.append(("good", "nothing is wrong with this data as far as can be seen before training"))
    told.append(("sought", _sought(profile)))
    return told


def write_report(checked: Checked, out: Path) -> None:
    """Write a row for each example, column or class of each finding; `set` numbers what belongs together.

    Raises:
        UserError: the file cannot be written.
    """
    temporary = out.with_name(f".{out.name}-{os.getpid()}")
    try:
        with temporary.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
            header = ("finding", "severity", "set", "item", "split", "target", "detail")
            file.write(spreadsheet_csv.written([header, *_rows(checked)]))
        temporary.replace(out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(f"{out} cannot be written ({error.strerror or error}): give another `out`") from error


def _refuse(out: Path) -> None:
    files.refuse_existing(out)
    if not out.absolute().parent.is_dir():
        raise UserError(
            f"there is no folder {out.absolute().parent} to write {out.name} into: make it, or give another"
        )


def _rows(checked: Checked) -> Iterator[tuple[str, ...]]:
    profile = checked.profile
    for finding in checked.findings:
        evidence = finding.evidence
        details = evidence.get("details", [])
        sets = [(str(i), tuple(names)) for i, names in enumerate(evidence.get("sets", ()), 1)]
        for number, names in sets or [("", tuple(evidence.get("examples", ())))]:
            for i, name in enumerate(names):
                example = profile.by_id.get(name)
                target = "" if example is None else str(example.target)
                detail = details[i] if i < len(details) else finding.title
                yield finding.name, finding.severity, number, name, profile.split_of(name) or "", target, detail
        for told in evidence.get("repairs", ()):
            yield finding.name, finding.severity, "", "", "", "", told
        for name in (*evidence.get("columns", ()), *map(str, evidence.get("classes", ()))):
            yield finding.name, finding.severity, "", name, evidence.get("split", ""), "", finding.title


def _data(profile: DataProfile) -> str:
    """``1,399 pictures, 2 classes (cat, dog)``."""
    n, kind = len(profile.examples.items), profile.examples.kind
    told = f"{n:,} {kind.removesuffix('s') if n == 1 else kind}"
    if names := sorted({name for labels in profile.labels for name in labels}):
        shown = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
        told += f", {len(names):,} class{'' if len(names) == 1 else 'es'} ({shown})"
    if profile.columns:
        told += f", {len(profile.columns):,} column{'' if len(profile.columns) == 1 else 's'}"
    if profile.examples.target not in ("folder", "target"):
        told += f", target {profile.examples.target}"
    if profile.examples.target_reading:
        told += f", {profile.examples.target_reading}"
    return _one_line(told)


def _shown(finding: Finding, most: int) -> list[str]:
    """The first examples of a finding, a line each, and how many more there are."""
    evidence = finding.evidence
    if sets := evidence.get("sets"):
        notes = evidence.get("splits") or evidence.get("targets") or [()] * len(sets)
        told = [_together(names, note) for names, note in zip(sets[:most], notes)]
        more = len(sets) - most
        return told + ([f"and {more:,} more set{'s' * (more > 1)}"] if more > 0 else [])
    names = evidence.get("examples", ())
    details = evidence.get("details") or [""] * len(names)
    told = [f"{name}   {detail}".rstrip() for name, detail in zip(names[:most], details)]
    return told + ([f"and {len(names) - most:,} more"] if len(names) > most else [])


def _together(names: tuple[str, ...], notes: list[str]) -> str:
    """``a.jpg (train) = b.jpg (test)``; of a large set the first that differ in their notes."""
    pairs = list(zip(names, notes)) if notes else [(name, "") for name in names]
    first = next((i for i, (_, note) in enumerate(pairs) if note != pairs[0][1]), 1)
    chosen = [pairs[0], pairs[first], *[p for i, p in enumerate(pairs) if i not in (0, first)][:1]]
    told = " = ".join(f"{name} ({note})" if note else name for name, note in chosen)
    return told + (f" and {len(pairs) - 3:,} more" if len(pairs) > 3 else "")


def _sought(profile: DataProfile) -> str:
    parts = [f"unreadable {'rows' if profile.rows else 'files'}", "exact copies", "leaks between splits", "classes"]
    if profile.rows:
        parts += ["columns"]
        if len(profile.columns) > MAX_COLUMNS:
            parts += [f"the target given away by one of the first {MAX_COLUMNS:,} columns"]
    if profile.compared:
        parts.insert(2, f"near copies among {profile.compared:,} {profile.examples.kind}")
    told = " · ".join(parts)
    if profile.examples.inputs is InputKind.PICTURE and profile.compared < len(profile.examples.items) / 2:
        told += "   not near copies of pictures smaller than 32 pixels, which look alike by chance"
    return told


def _one_line(text: str) -> str:
    return printable(text).replace("\n", " ").replace("\t", " ")
