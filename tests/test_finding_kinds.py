"""What may be found is declared once, by the check that says it; the list of it all is made of the declarations."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import fathom
from fathom.coaching.remedies import available_remedies
from fathom.diagnosis.decomposition import UNDECIDED
from fathom.finding_catalogue import every_kind
from fathom.finding_kinds import SEVERITIES, FindingKind, Role, kind_of
from fathom.learning.course import of_topic
from fathom.training.health import CHECKS

SOURCE = Path(fathom.__file__).parent
MAKERS = {"finding_kinds.py", "training/health/check.py"}
"""The files that make findings, of a kind and of a health check; kept ones are read by their schema."""


def fields_of(kind: FindingKind) -> set[str]:
    """What its templates ask for."""
    parts = string.Formatter().parse(kind.meaning + kind.advice)
    return {name for _, name, _, _ in parts if name is not None}


def calls() -> Iterator[tuple[Path, ModuleType | None, ast.Call]]:
    """Every call in the source, with its file, and its module where that may declare a kind."""
    for path in SOURCE.rglob("*.py"):
        if "course" in path.parts:
            continue
        text = path.read_text("utf-8")
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        module = import_module(".".join(parts)) if ".found(" in text else None
        yield from ((path, module, node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))


def said() -> dict[str, list[set[str | None]]]:
    """By the name of each kind the fields that are given wherever it is found by its own name."""
    told: dict[str, list[set[str | None]]] = {}
    for _, module, call in calls():
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr == "found" and isinstance(func.value, ast.Name):
            kind = getattr(module, func.value.id, None)
            if isinstance(kind, FindingKind):
                told.setdefault(kind.name, []).append({one.arg for one in call.keywords})
    return told


def test_every_kind_is_declared_wholly_and_leads_to_a_lesson() -> None:
    for name, kind in every_kind().items():
        assert re.fullmatch("[a-z]+(_[a-z]+)*", name)
        assert kind.name == name
        assert kind.severity in SEVERITIES
        assert kind.meaning.strip()
        assert kind.advice.strip()
        assert of_topic(kind.lesson) is not None, (name, kind.lesson)
        assert all(every_kind()[other.name] == other for other in kind.replaces)
        assert (kind.role is Role.NOTHING_WRONG) <= (not kind.unlearned), name


def test_findings_are_made_of_kinds_only_so_that_the_list_covers_all_that_can_be_said() -> None:
    makers = {
        path.relative_to(SOURCE).as_posix()
        for path, _, call in calls()
        if isinstance(call.func, ast.Name) and call.func.id == "Finding"
    }
    assert makers == MAKERS
    assert {check.name for check in CHECKS} <= set(every_kind())
    assert all(every_kind()[check.name] == check.kind for check in CHECKS)


def test_texts_are_filled_wherever_a_kind_is_found() -> None:
    told = said()
    health = {check.name for check in CHECKS}
    assert all("{" not in check.meaning + check.advice for check in CHECKS)
    for name, kind in every_kind().items():
        assert all(given == fields_of(kind) for given in told.get(name, [])), name
        by_variable = name not in told and name not in health
        assert not (by_variable and fields_of(kind)) or kind is UNDECIDED, name
    made = UNDECIDED.found("title", {}, advice="do")
    assert made.advice == "do"
    with pytest.raises(KeyError):
        UNDECIDED.found("title", {})


def test_no_two_checks_declare_one_name() -> None:
    with pytest.raises(ValueError, match="'undecided'"):
        FindingKind(name="undecided", severity="note", lesson="metrics", meaning="Another.", advice="None.")
    assert kind_of("undecided") is UNDECIDED


def test_of_a_name_that_nothing_declares_nothing_particular_holds() -> None:
    kind = kind_of("no_such_thing")
    assert (kind.role, kind.rank, kind.unlearned, kind.separate, kind.replaces) == (Role.SYMPTOM, 0, False, False, ())
    assert "no_such_thing" not in every_kind()
    assert "" not in every_kind()


def test_remedies_are_against_what_can_be_found() -> None:
    known = {*every_kind(), "bias", "variance", "mismatch"}
    assert {name for remedy in available_remedies() for name in remedy.against} <= known


def test_each_finding_of_a_training_has_a_remedy_that_is_against_it() -> None:
    against = {name for remedy in available_remedies() for name in remedy.against}
    assert {check.name for check in CHECKS} - against == set()


def test_what_is_declared_is_known_where_it_is_asked_about() -> None:
    """In a process of its own, as other tests load everything."""
    script = (
        "import fathom.runs.findings; from fathom.finding_kinds import declared;"
        "print(*declared()); import fathom.coaching.advice; print(*declared())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    by_writer, by_coach = (set(line.split()) for line in done.stdout.splitlines())
    kinds = every_kind().values()
    assert {kind.name for kind in kinds if kind.separate or kind.refutable} <= by_writer
    assert {check.name for check in CHECKS} <= by_writer
    particular = {k.name for k in kinds if k.role is not Role.SYMPTOM or k.rank or k.unlearned or k.replaces}
    assert particular <= by_coach


def test_the_page_of_all_messages_is_that_of_the_source() -> None:
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, root / "scripts" / "list-messages"], capture_output=True, text=True, check=True
    )
    written = (root / "docs" / "reference" / "messages.md").read_text(encoding="utf-8")
    assert written == done.stdout, "write it anew: scripts/list-messages --write"


def test_messages_are_of_short_sentences() -> None:
    for name, kind in every_kind().items():
        for sentence in re.split(r"(?<=[.!?])\s+", f"{kind.meaning} {kind.advice}"):
            assert len(sentence.split()) <= 25, (name, sentence)
