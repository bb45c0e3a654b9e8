"""Where a learner stands: which exercise comes next, which reviews, and what was never given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fathom.errors import UserError
from fathom.learning.course import exercises, find
from fathom.learning.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.start(tmp_path / "course")


def test_three_reviews_a_day_what_was_given_first_then_what_waits_longest(workspace: Workspace) -> None:
    many = exercises()[:7]
    for i, one in enumerate(many):
        workspace.progress.add("checked", one, code=str(i), passed=True, check=one.version)
        workspace.progress.events[-1]["time"] = f"2026-01-{20 - i:02d}T12:00:00+00:00"
    now = datetime(2026, 2, 1, 12, tzinfo=UTC)
    today, later = workspace.reviews_today(now)
    assert today == [many[6], many[5], many[4]]
    assert later == 4
    workspace.progress.add("review given", many[0], variant=False)
    assert workspace.reviews_today(now)[0] == [many[0], many[6], many[5]]
    for one in many[:2]:
        workspace.progress.add("reviewed", one, passed=True)
        workspace.progress.events[-1]["time"] = now.isoformat()
    assert workspace.reviews_today(now) == ([many[6]], 4)
    workspace.progress.add("reviewed", many[6], passed=True)
    workspace.progress.events[-1]["time"] = now.isoformat()
    assert workspace.reviews_today(now) == ([], 4)
    assert len(workspace.reviews_today(now + timedelta(days=1))[0]) == 3


def test_what_was_never_given_is_not_to_be_reset(workspace: Workspace) -> None:
    third = exercises()[2]
    with pytest.raises(UserError, match=r"1\.3 was not given to you yet: fathom learn next 1\.3 gives it"):
        workspace.check(third)
    workspace.place(third).unlink()
    with pytest.raises(UserError, match="fathom learn reset"):
        workspace.check(third)


def test_who_was_placed_begins_there_and_comes_back_to_the_rest(tmp_path: Path) -> None:
    later = find("2.1")
    workspace = Workspace.start(tmp_path / "course", later)
    assert workspace.current() is later
    assert workspace.path(later).exists()
    for one in exercises()[exercises().index(later) :]:
        workspace.progress.add("checked", one, code=one.id, passed=True, check=one.version)
    assert Workspace.find(workspace.folder).current() is exercises()[0]


def test_the_pages_count_the_exercises_that_there_are() -> None:
    root = Path(__file__).parents[2]
    swaps = sum((one.folder / "swap.py").exists() for one in exercises())
    guide = (root / "docs" / "learning.md").read_text(encoding="utf-8")
    assert f"the first of {len(exercises())} exercises" in guide
    assert f"({swaps} of the exercises)" in guide
    assert f"{len(exercises())} exercises that are predicted" in (root / "README.md").read_text(encoding="utf-8")
