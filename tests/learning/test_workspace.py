"""The learner's folder: what is given, checked, hinted, shown, reviewed, and never lost."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fathom.errors import UserError
from fathom.learning.course import exercises, find
from fathom.learning.progress import NAME, Progress
from fathom.learning.render import verdict_lines
from fathom.learning.watching import watched
from fathom.learning.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.start(tmp_path / "course")


ONE = exercises()[0]


def text_of(what: object) -> str:
    console = Console(file=io.StringIO(), width=80, highlight=False)
    console.print(what)
    return console.file.getvalue()  # type: ignore[attr-defined]


def write(workspace: Workspace, text: str) -> None:
    workspace.path(ONE).write_text(text, "utf-8")


def solve(workspace: Workspace) -> None:
    write(workspace, ONE.solution)
    assert workspace.check(ONE).passed


def test_the_first_exercise_is_given_and_solved(workspace: Workspace) -> None:
    assert workspace.current() is ONE
    assert not workspace.check(ONE).passed
    assert workspace.state(ONE).solved is None
    solve(workspace)
    assert workspace.current() is exercises()[1]
    assert Workspace.find(workspace.folder).state(ONE).solved is not None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def fit(x:\n", "SyntaxError in line 1"),
        ("import os\n\n\ndef fit(x):\n    os._exit(3)\n", "Python itself ended in fit"),
        ("def fit(x):\n    return fit(x)\n", "RecursionError"),
        ("import sys\n\n\ndef fit(x):\n    sys.exit()\n", "SystemExit in line 5"),
        ("def fit(x):\n    x[0] = 1\n    return x.mean(0), x.std(0)\n", "changes its argument number 1"),
        ("def fit(x):\n    pass\n", "nothing comes back"),
        ("def other(x):\n    pass\n", "there is no function fit"),
        ("import torch\n", "written with NumPy alone"),
        ("import fathom.learning.course\n", "written with NumPy alone"),
        ("def fit(x):\n    return object()\n", "returns a object"),
        ("def fit(x):\n    return 1 / 0\n", "ZeroDivisionError in line 2, return 1 / 0"),
        ("import numpy as np\n\n\ndef fit(x):\n    return np.zeros(10**10)\n", "more memory than an exercise may have"),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt in line 1, raise KeyboardInterrupt"),
        ("def fit(x):\n    return input('?')\n", "fit waits for input in line 2, and nothing can be typed"),
        ("def fit(x):\n    breakpoint()\n", "nothing can be typed in a check"),
        ("import numpy as np\n\n\ndef fit(x):\n    return np.zeros(10**8)\n", "returns 100,000,000 numbers"),
        ("import os\n\n\ndef fit(x):\n    os.kill(os.getpid(), 11)\n", "SIGSEGV): it used memory"),
        ("import os\n\n\ndef fit(x):\n    os.kill(os.getpid(), 9)\n", "SIGKILL): something killed it"),
    ],
)
def test_broken_code_is_told_in_a_sentence(workspace: Workspace, code: str, says: str) -> None:
    write(workspace, code)
    verdict = workspace.check(ONE)
    assert verdict.failure is not None
    assert says in verdict.failure.says
    assert workspace.path(ONE).read_text("utf-8") == code


def test_a_file_in_another_encoding_is_told(workspace: Workspace) -> None:
    workspace.path(ONE).write_bytes("# Größe\n".encode("latin-1"))
    failure = workspace.check(ONE).failure
    assert failure is not None
    assert failure.says.endswith("save it as UTF-8")


def test_a_deleted_file_is_given_again(workspace: Workspace) -> None:
    workspace.path(ONE).unlink()
    with pytest.raises(UserError, match="fathom learn reset"):
        workspace.check(ONE)
    workspace.reset(ONE)
    assert workspace.path(ONE).read_text("utf-8") == ONE.stub


def test_reset_keeps_what_was_written(workspace: Workspace) -> None:
    write(workspace, ONE.solution)
    path, kept = workspace.reset(ONE)
    assert path.read_text("utf-8") == ONE.stub
    assert kept is not None
    assert kept.read_text("utf-8") == ONE.solution
    assert workspace.reset(ONE)[1] is None


def test_hints_are_rungs_with_an_attempt_between(workspace: Workspace) -> None:
    assert workspace.hint(ONE) == (1, ONE.hints[0])
    with pytest.raises(UserError, match="try once more"):
        workspace.hint(ONE)
    for rung in (2, 3, 4):
        write(workspace, f"{ONE.stub}\n# attempt {rung}\n")
        workspace.check(ONE)
        assert workspace.hint(ONE) == (rung, ONE.hints[rung - 1])
    write(workspace, f"{ONE.stub}\n# attempt 5\n")
    workspace.check(ONE)
    with pytest.raises(UserError, match="all 4 hints"):
        workspace.hint(ONE)


def test_the_solution_is_shown_after_an_honest_attempt(workspace: Workspace) -> None:
    with pytest.raises(UserError, match="after 3 different attempts"):
        workspace.solution(ONE)
    workspace.check(ONE)  # the stub is no attempt
    for i in range(3):
        with pytest.raises(UserError, match="there were"):
            workspace.solution(ONE)
        write(workspace, f"{ONE.stub}\nx = {i}\n")
        workspace.check(ONE)
    assert workspace.solution(ONE) == ONE.solution
    assert workspace.due(datetime.now(UTC) + timedelta(days=2)) == [ONE]


def test_what_is_solved_comes_back_as_a_variant(workspace: Workspace) -> None:
    solve(workspace)
    assert workspace.due() == []
    assert workspace.due(datetime.now(UTC) + timedelta(days=1, minutes=1)) == [ONE]
    path = workspace.give_review(ONE)
    assert ONE.other is not None
    assert ONE.other[0] in path.read_text("utf-8")
    path.write_text(ONE.solution, "utf-8")
    assert not workspace.check(ONE, review=True).passed
    path.write_text(ONE.other[1], "utf-8")
    assert workspace.check(ONE, review=True).passed
    assert workspace.state(ONE).reviewed == 1
    assert workspace.due(datetime.now(UTC) + timedelta(days=6)) == []
    assert workspace.due(datetime.now(UTC) + timedelta(days=8)) == [ONE]
    assert "from memory" in workspace.give_review(ONE).read_text("utf-8")


def test_work_in_a_review_is_kept_whatever_its_first_line(workspace: Workspace) -> None:
    solve(workspace)
    path = workspace.give_review(ONE)
    begun = "import numpy as np\n\n\ndef fit(x):\n    return x.mean(0), 1\n"
    path.write_text(begun, "utf-8")
    assert workspace.give_review(ONE) == path
    assert path.read_text("utf-8") == begun
    assert ONE.other is not None
    path.write_text(ONE.other[1], "utf-8")
    assert workspace.check(ONE, review=True).passed
    assert workspace.check(ONE, review=True).passed  # once more, which counts nothing
    assert Workspace.find(workspace.folder).state(ONE).reviewed == 1
    assert "from memory" in workspace.give_review(ONE).read_text("utf-8")
    kept = [one.read_text("utf-8") for one in workspace.folder.glob("review_*.kept-*.py")]
    assert kept == [ONE.other[1]]


def test_a_failed_review_stays_due_and_asks_the_same(workspace: Workspace) -> None:
    solve(workspace)
    later = datetime.now(UTC) + timedelta(days=1, minutes=1)
    path = workspace.give_review(ONE)
    assert not workspace.check(ONE, review=True).passed
    assert workspace.due(later) == [ONE]
    path.unlink()
    with pytest.raises(UserError, match="fathom learn review gives it again"):
        workspace.check(ONE, review=True)
    assert workspace.give_review(ONE) == path
    assert ONE.other is not None
    path.write_text(ONE.other[1], "utf-8")
    assert workspace.check(ONE, review=True).passed
    assert workspace.due(later) == []


def test_a_failed_review_begins_with_the_shortest_wait_again(workspace: Workspace) -> None:
    solve(workspace)
    for event, passed in (("review given", None), ("reviewed", True), ("review given", None), ("reviewed", False)):
        workspace.progress.add(event, ONE, **({} if passed is None else {"passed": passed}))
    state = workspace.state(ONE)
    assert state.last is not None
    assert not state.due(state.last + timedelta(hours=23))
    assert state.due(state.last + timedelta(hours=25))
    workspace.progress.add("reviewed", ONE, passed=True)
    state = workspace.state(ONE)
    assert state.last is not None
    assert not state.due(state.last + timedelta(hours=25))
    assert state.due(state.last + timedelta(days=7, hours=1))


def test_a_changed_check_makes_it_stale(workspace: Workspace) -> None:
    solve(workspace)
    path = workspace.folder / NAME
    path.write_text(path.read_text("utf-8").replace(ONE.version, "0" * 12), "utf-8")
    again = Workspace(workspace.folder)
    assert again.state(ONE).stale(ONE)
    assert again.state(ONE).solved is not None
    solve(again)
    assert not again.state(ONE).stale(ONE)


def test_damaged_lines_are_left_out_and_the_file_is_only_added_to(workspace: Workspace) -> None:
    path = workspace.folder / NAME
    begun = path.read_text("utf-8")
    path.write_text(begun + "{broken\n" + '{"time": "x", "event": "checked"}\n' + '{"no newline', "utf-8")
    solve(Workspace(workspace.folder))
    assert path.read_text("utf-8").startswith(begun + "{broken\n")
    again = Progress(path)
    assert again.damaged == 3
    assert again.of(ONE).solved is not None


def test_what_cannot_be_written_down_is_checked_all_the_same(workspace: Workspace) -> None:
    write(workspace, ONE.solution)

    (workspace.folder / NAME).unlink()
    (workspace.folder / NAME).mkdir()  # root may write anything but that
    assert workspace.check(ONE).passed
    assert not workspace.saved


def test_the_file_that_was_changed_instead_is_named(workspace: Workspace) -> None:
    other = exercises()[2]
    workspace.place(other).write_text(other.solution, "utf-8")
    later = time.time() + 10
    os.utime(workspace.path(other), (later, later))
    assert workspace.edited_instead(ONE) is other
    last = exercises()[4]
    workspace.place(last).write_text(last.solution, "utf-8")
    os.utime(workspace.path(last), (later + 10, later + 10))
    assert workspace.edited_instead(ONE) is last
    assert workspace.check(last).passed  # what was checked already was not meant
    assert workspace.edited_instead(ONE) is None
    last = exercises()[2]
    os.utime(workspace.path(last), (later + 20, later + 20))
    assert workspace.edited_instead(ONE) is last
    write(workspace, ONE.solution)
    assert workspace.edited_instead(ONE) is None


def test_a_renamed_file_is_found(workspace: Workspace) -> None:
    workspace.path(ONE).rename(workspace.folder / "mine.py")
    with pytest.raises(UserError, match=f"mine.py has its functions: rename it to {ONE.file}"):
        workspace.check(ONE)


def test_which_of_several_values_is_wrong_is_told(workspace: Workspace) -> None:
    one = find("dense-layer")
    workspace.place(one).write_text(one.solution.replace("upstream.sum(axis=0)", "upstream.mean(axis=0)"), "utf-8")
    said = text_of(verdict_lines(one, workspace.check(one, seed=3)))
    assert "wrong of what comes back: d_b\n" in said


@pytest.mark.parametrize(
    "damage", [{"rung": "x"}, {"exercise": 1}, {"time": "today"}, {"event": None}, {"passed": 10**30}]
)
def test_a_line_of_the_progress_that_cannot_be_is_left_out(damage: dict[str, Any], tmp_path: Path) -> None:
    good = {"time": "2026-01-01T00:00:00+00:00", "event": "hinted", "exercise": ONE.name, "rung": 2, "later": [1]}
    (tmp_path / NAME).write_text("".join(json.dumps(one) + "\n" for one in (good, good | damage)), "utf-8")
    progress = Progress(tmp_path / NAME)
    assert (progress.of(ONE).hints, progress.damaged) == (2, 1)
    assert "a line of" in progress.fault


def test_progress_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    for begin in (Workspace.find, Workspace.start):
        with pytest.raises(UserError, match="is no file, and your progress"):
            begin(tmp_path)
    (tmp_path / NAME).rmdir()
    rubbish = bytes(range(128, 256)) * 3 + b"\n"
    (tmp_path / NAME).write_bytes(rubbish)
    told = fathom("list", at=tmp_path)
    assert told.returncode == 0
    assert "could not be read; they stay there" in told.stderr.replace("a line", "they")
    assert (tmp_path / NAME).read_bytes().startswith(rubbish)


def test_a_saved_file_is_seen(workspace: Workspace) -> None:
    seen: list[str] = []
    done = threading.Event()

    def watch() -> None:
        seen.extend(one.id for one in watched(workspace, None, done.is_set))

    thread = threading.Thread(target=watch)
    thread.start()
    deadline = time.monotonic() + 20
    while len(seen) < 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    write(workspace, ONE.stub + "\n# changed\n")
    while len(seen) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    done.set()
    thread.join()
    assert seen == ["1.1", "1.1"]


def fathom(*words: str, at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fathom", "learn", *words], cwd=at, capture_output=True, text=True, check=False
    )


def test_choices_have_an_order_of_each_learner_that_stays(workspace: Workspace) -> None:
    for one in exercises():
        asked = workspace.asked(one)
        assert sorted(asked.choices) == sorted(one.predict.choices)
        assert asked.choices[asked.answer] == one.predict.choices[one.predict.answer]
        assert Workspace(workspace.folder).asked(one) == asked
        assert workspace.chosen(one) is None
        assert workspace.predict(one, asked.answer)
        assert workspace.chosen(one) == asked.answer
        assert workspace.state(one).predicted == one.predict.answer
    right = []
    for year in range(20):
        workspace.progress.events[0]["time"] = f"{2000 + year}-01-01T00:00:00+00:00"
        right += [workspace.asked(one).answer for one in exercises() if len(one.predict.choices) == 3]
    shares = [right.count(i) / len(right) for i in range(3)]
    assert all(0.25 < share < 0.42 for share in shares)


def test_the_way_through_the_command_line(tmp_path: Path) -> None:
    assert fathom("check", at=tmp_path).returncode == 2
    assert "fathom learn start" in fathom("check", at=tmp_path).stderr
    assert fathom("start", "mine", at=tmp_path).returncode == 0
    at = tmp_path / "mine"
    assert fathom(at=at).returncode == 0
    assert fathom("check", at=at).returncode == 2
    letters = "abcd"[: len(ONE.predict.choices)]
    said = {letter: fathom("predict", letter, at=at).stdout for letter in letters}
    assert [letter for letter in letters if said[letter].startswith("yes")] == [
        letters[Workspace(at).asked(ONE).answer]
    ]
    assert fathom("predict", "z", at=at).returncode == 2
    assert "hint 1 of 4" in fathom("hint", at=at).stdout
    (at / ONE.file).write_text(ONE.solution, "utf-8")
    passed = fathom("check", at=at)
    assert passed.returncode == 0, passed.stderr
    assert "comparisons hold" in passed.stdout
    assert "fathom learn next" in fathom("hint", at=at).stderr
    assert "Sigmoid" in fathom("next", at=at).stdout
    assert "Standardize" in fathom("list", at=at).stdout
    assert "nothing is due" in fathom("review", at=at).stdout
    assert "Standardize" in fathom("lesson", "normalizing-inputs", at=at).stdout
    assert fathom("solution", "1.1", at=at).stdout == ONE.solution
    assert "is as it was given" in fathom("reset", "1.1", at=at).stdout
    assert "no exercise" in fathom("check", "9.9", at=at).stderr
    events = [json.loads(line)["event"] for line in (at / NAME).read_text("utf-8").splitlines()]
    assert events[:3] == ["course started", "started", "checked"]
