"""How the benchmark of reported faults counts what the coach said; nothing is trained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RIGHT = ("a", "Rows come sorted", "Shuffle them.")
SYMPTOM = ("b", "The loss swings")
OTHER = ("c", "The rate is too high", "Lower it.")
MORE = ("unfinished", "There was more to learn")
ACCEPT, SWINGS = "sorted|shuffle", "swing"


@pytest.fixture(autouse=True)
def _from_the_checkout(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture
def score():
    from benchmarks.coach.reports import score

    return score


def told(score, *said):
    return [score.Said(*s) for s in said]


@pytest.mark.parametrize(
    ("said", "expected", "wrong_first"),
    [
        ([], "silent", False),
        ([RIGHT], "first", False),
        ([RIGHT, OTHER], "first", False),
        ([OTHER, RIGHT], "later", True),
        ([SYMPTOM, RIGHT], "later", False),
        ([OTHER], "misleading", True),
        ([SYMPTOM], "symptom", False),
        ([SYMPTOM, OTHER], "symptom", False),
        ([OTHER, SYMPTOM], "misleading", True),
        ([MORE], "symptom", False),
    ],
)
def test_first_finding_decides(score, said, expected, wrong_first):
    assert score.verdict(ACCEPT, SWINGS, told(score, *said)) == expected
    assert score.misled(ACCEPT, SWINGS, told(score, *said)) is wrong_first


def test_word_may_stand_in_the_advice_in_any_case(score):
    assert score.verdict("shuffle", "", told(score, ("a", "One class at a time", "SHUFFLE the rows."))) == "first"


def test_no_symptom_words_are_in_no_sentence(score):
    assert score.verdict(ACCEPT, "", told(score, SYMPTOM)) == "misleading"


@pytest.mark.parametrize(
    ("said", "expected"),
    [([], "none"), ([MORE, MORE], "unfinished"), ([MORE, SYMPTOM], "alarm"), ([OTHER], "alarm")],
)
def test_healthy_program_may_be_unfinished_but_nothing_else(score, said, expected):
    assert score.alarm(told(score, *said)) == expected


def sick(score, name, *said, visible=True):
    said = told(score, *said)
    judged = {"verdict": score.verdict(ACCEPT, SWINGS, said), "misled": score.misled(ACCEPT, SWINGS, said)}
    titles = [{"title": s.title} for s in said]
    return {"program": name, "set": "faulty", "visible": visible, "seconds": 1.0, "said": titles, **judged}


def well(score, name, *said, origin="twin"):
    said = told(score, *said)
    titles = [{"title": s.title} for s in said]
    return {"program": name, "set": origin, "alarm": score.alarm(said), "seconds": 1.0, "said": titles}


def test_table_counts_each_program_once_in_its_row(score):
    from benchmarks.coach.reports.__main__ import table

    kept = [
        sick(score, "p", RIGHT),
        sick(score, "q", OTHER, RIGHT),
        sick(score, "r", SYMPTOM),
        sick(score, "s"),
        sick(score, "t", OTHER, visible=False),
        well(score, "p", MORE),
        well(score, "q", OTHER),
        well(score, "u", origin="healthy"),
    ]
    visible, hidden, twins, others = table(kept).splitlines()
    assert visible.endswith("4: named first 1, named anywhere 2, first misleading 1, only a symptom 1, silent 1")
    assert hidden.endswith("1: named first 0, named anywhere 0, first misleading 1, only a symptom 0, silent 0")
    assert twins == "twin: 2: false alarms 1, unfinished 1, nothing 0: q"
    assert others == "healthy: 1: false alarms 0, unfinished 0, nothing 1: "


def test_line_shows_the_first_sentence(score):
    from benchmarks.coach.reports.__main__ import line

    assert line(sick(score, "p", OTHER, RIGHT)).endswith(OTHER[1])
    assert line(well(score, "p")).endswith("nothing")


def test_there_are_fifty_faults_and_a_hundred_healthy_programs_with_words_that_can_be_matched():
    from benchmarks.coach.reports import programs
    from benchmarks.coach.reports.common import FAULTY, HEALTHY

    programs.load()
    assert sum(p.visible for p in FAULTY.values()) >= 50
    assert len(FAULTY) + len(HEALTHY) >= 100
    assert sum(p.set == "second" for p in FAULTY.values()) >= 30
    assert sum(p.set == "second" for p in HEALTHY.values()) >= 15
    assert sum(p.set == "third" for p in FAULTY.values()) >= 30
    assert sum(p.set == "third" for p in HEALTHY.values()) >= 15
    assert sum(p.set == "fourth" for p in FAULTY.values()) >= 30
    assert sum(p.set == "fourth" for p in HEALTHY.values()) >= 25
    assert sum(p.set == "fifth" for p in FAULTY.values()) >= 40
    assert sum(p.set == "fifth" for p in HEALTHY.values()) >= 35
    assert sum(p.set == "sixth" for p in FAULTY.values()) >= 40
    assert sum(p.set == "sixth" for p in HEALTHY.values()) >= 40
    assert sum(p.set == "seventh" for p in FAULTY.values()) >= 40
    assert sum(p.set == "seventh" for p in HEALTHY.values()) >= 40
    assert sum(p.set == "eighth" for p in FAULTY.values()) >= 45
    assert sum(p.set == "eighth" for p in HEALTHY.values()) >= 60
    assert sum(p.set == "ninth" for p in FAULTY.values()) >= 45
    assert sum(p.set == "ninth" for p in HEALTHY.values()) >= 25
    assert not set(FAULTY) & set(HEALTHY)
    for p in FAULTY.values():
        assert p.accept, p.name
        assert not re.search(p.accept, ""), p.name
        assert not re.search(p.symptom or "(?!)", ""), p.name
        assert re.fullmatch(r"[\w.-]+/[\w.-]+#\d+|[\w.-]+: \w.+", p.thread), p.name  # or a page of a site
    for h in HEALTHY.values():
        assert h.set != "third" or re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", h.thread), h.name
