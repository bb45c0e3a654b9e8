"""What is written in the page: files of the learner's folder, saved, run and checked; nothing is lost."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fathom.errors import UserError
from fathom.learning import warm_up
from fathom.learning.course import exercises
from fathom.learning.placement import questions
from fathom.learning.workspace import USUAL, Workspace
from fathom.serving import course_files
from fathom.serving.course import Lessons
from fathom.serving.local import Missing

pytest.importorskip("latex2mathml")

ONE = exercises()[0]


class Asked:
    """The page's answers, without a server between."""

    def __init__(self, folder: Path) -> None:
        self.lessons = Lessons(Workspace(folder))

    def get(self, path: str) -> Any:
        return json.loads(self.lessons.get(path).body)

    def post(self, path: str, **body: Any) -> Any:
        return json.loads(self.lessons.post(path, body).body)

    def write(self, text: str, file: str = ONE.id, **more: Any) -> Any:
        version = self.get(f"/file/{file}")["version"]
        return self.post("/save", file=file, text=text, version=version, **more)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    one = Asked(Workspace.start(tmp_path / USUAL).folder)
    yield one
    one.lessons.jobs.stop()


def test_what_is_saved_is_the_file(asked: Asked) -> None:
    got = asked.get(f"/file/{ONE.id}")
    assert got["text"] == ONE.stub
    assert got["there"]
    told = asked.post("/save", file=ONE.id, text="x = 1\n", version=got["version"])
    assert not told["conflict"]
    assert Path(got["path"]).read_text("utf-8") == "x = 1\n"
    assert asked.get(f"/file/{ONE.id}")["version"] == told["version"] != got["version"]


def test_a_file_that_was_changed_outside_is_not_overwritten(asked: Asked) -> None:
    got = asked.get(f"/file/{ONE.id}")
    path = Path(got["path"])
    path.write_text("theirs = 1\n", "utf-8")
    told = asked.post("/save", file=ONE.id, text="mine = 1\n", version=got["version"])
    assert told["conflict"]
    assert told["text"] == "theirs = 1\n"
    assert path.read_text("utf-8") == "theirs = 1\n"
    assert not asked.post("/save", file=ONE.id, text="mine = 1\n", version=got["version"], force=True)["conflict"]
    assert path.read_text("utf-8") == "mine = 1\n"


def test_an_exercise_that_is_read_is_not_given_before_something_is_written(asked: Asked) -> None:
    other = exercises()[4]
    got = asked.get(f"/file/{other.id}")
    assert (got["there"], got["version"], got["text"]) == (False, "", other.stub)
    assert not Path(got["path"]).exists()
    asked.write("y = 2\n", other.id)
    assert Path(got["path"]).read_text("utf-8") == "y = 2\n"
    assert Workspace(asked.lessons.folder).state(other).begun


def test_lines_of_another_system_stay_as_they_end(asked: Asked) -> None:
    path = Path(asked.get(f"/file/{ONE.id}")["path"])
    path.write_bytes(b"a = 1\r\nb = 2\r\n")
    assert asked.get(f"/file/{ONE.id}")["text"] == "a = 1\nb = 2\n"
    asked.write("a = 1\nb = 3\n")
    assert path.read_bytes() == b"a = 1\r\nb = 3\r\n"


def test_a_file_that_is_no_text_is_left_alone(asked: Asked) -> None:
    path = Path(asked.get(f"/file/{ONE.id}")["path"])
    path.write_bytes(b"# \xff\xfe\n")
    with pytest.raises(Missing, match="save it as UTF-8"):
        asked.get(f"/file/{ONE.id}")
    with pytest.raises(UserError, match="save it as UTF-8"):
        asked.post("/save", file=ONE.id, text="x = 1\n", version="")
    assert path.read_bytes() == b"# \xff\xfe\n"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"file": "../../etc/passwd", "text": ""}, "no exercise"),
        ({"file": "project/flight", "text": ""}, "nothing is written"),
        ({"file": "project/../x", "text": ""}, "no project"),
        ({"file": ONE.id}, "no text"),
        ({"file": ONE.id, "text": "x" * 300_000}, "more than 200 kB"),
    ],
)
def test_what_cannot_be_saved_is_said(asked: Asked, body: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        asked.post("/save", **body)


def test_a_run_shows_what_is_printed_and_the_line_that_failed(asked: Asked) -> None:
    asked.write(ONE.solution + "\nprint('hello')\n")
    told = asked.post("/run", file=ONE.id, tried="a = np.ones((2, 2))\nfit(a)[0].tolist()")
    assert told["says"] == ""
    assert told["printed"] == ["hello", "[1.0, 1.0]"]
    asked.write("import numpy as np\n\nx = 1 / 0\n")
    told = asked.post("/run", file=ONE.id)
    assert told["line"] == 3
    assert "ZeroDivisionError" in told["says"]
    asked.write("x = (\n")
    assert asked.post("/run", file=ONE.id)["line"] == 1
    asked.write("x = 1\n")
    told = asked.post("/run", file=ONE.id, tried="y")
    assert (told["line"], "NameError" in told["says"]) == (0, True)


def test_a_run_has_the_libraries_of_its_exercise(asked: Asked) -> None:
    pytest.importorskip("torch")
    one = next(one for one in exercises() if one.libraries)
    asked.get(f"/file/{one.id}")
    asked.write(one.solution, one.id)
    told = asked.post("/run", file=one.id, tried="torch.ones(2).sum().item()")
    assert (told["says"], told["printed"]) == ("", ["2.0"])


def test_a_check_tells_its_parts(asked: Asked) -> None:
    asked.write(ONE.solution.replace("axis=0", "axis=1"))
    told = asked.post("/check", exercise=ONE.id)
    failure = told["failure"]
    assert not told["passed"]
    assert failure["kind"] == "wrong"
    assert failure["call"] == "fit(x)"
    assert failure["inputs"][0]["name"] == "x"
    assert failure["inputs"][0]["rows"]
    assert failure["line"] == ONE.solution.splitlines().index("def fit(x):") + 1
    assert not failure["raised"]
    assert failure["yours"]["items"]
    assert failure["expected"]["items"]
    asked.write(ONE.solution.replace("x.std(axis=0)", "x.std(axis=7)"))
    failure = asked.post("/check", exercise=ONE.id)["failure"]
    assert failure["raised"]
    assert "axis=7" in ONE.solution.replace("x.std(axis=0)", "x.std(axis=7)").splitlines()[failure["line"] - 1]


def test_numbers_that_are_wrong_are_marked(asked: Asked) -> None:
    asked.write(ONE.solution.replace("(x - mean) / deviation", "(x - mean)"))
    failure = asked.post("/check", exercise=ONE.id)["failure"]
    assert failure["function"] == "apply"
    assert failure["difference"]
    assert "of what is expected" in failure["tolerance"]
    off = [wrong for row in failure["yours"]["rows"] for _, wrong in row]
    assert any(off)
    assert not any(wrong for row in failure["expected"]["rows"] for _, wrong in row)


def test_a_known_mistake_is_named_with_why_it_is_tempting(asked: Asked) -> None:
    told = set()
    for mistake in ONE.mistakes:
        asked.write(mistake.source)
        failure = asked.post("/check", exercise=ONE.id)["failure"]
        told.add((failure["mistake"], failure["why"]))
    assert told & {(one.name, one.why) for one in ONE.mistakes}


def test_the_solution_is_shown_with_the_difference_when_it_may_be(asked: Asked) -> None:
    with pytest.raises(UserError, match="after 3 different attempts"):
        asked.post("/solution", exercise=ONE.id)
    asked.write(ONE.solution.replace("1.0", "1"))
    assert asked.post("/check", exercise=ONE.id)["passed"]
    told = asked.post("/solution", exercise=ONE.id)
    assert told["code"] == ONE.solution
    assert not told["same"]
    assert {sign for sign, _ in told["rows"]} == {" ", "+", "-"}


def test_a_new_folder_is_welcomed_placed_and_begun(tmp_path: Path) -> None:
    asked = Asked(tmp_path / USUAL)
    assert not asked.get("/course")["started"]
    assert str(tmp_path / USUAL) == asked.get("/welcome")["folder"]
    assert "<math" in asked.get("/lesson/1.1")["html"]
    with pytest.raises(UserError, match="has not begun"):
        asked.post("/save", file="1.1", text="x", version="")
    assert all("answer" not in one for one in asked.get("/placement")["questions"])
    told = asked.post("/placement", answers=[one.answer if one.part < 2 else -1 for one in questions()])
    assert told["begin"]["id"] == "2.1"
    assert list(tmp_path.iterdir()) == []
    assert asked.post("/start", at=told["begin"]["id"])["current"] == "2.1"
    assert asked.get("/file/2.1")["there"]


@pytest.mark.parametrize("answers", [None, [], [0] * 11, [9] * 12, ["a"] * 12])
def test_answers_that_cannot_be_are_refused(tmp_path: Path, answers: object) -> None:
    with pytest.raises(UserError):
        Asked(tmp_path).post("/placement", answers=answers)


def test_the_warm_up_is_written_and_checked_in_the_page(asked: Asked) -> None:
    assert "raise NotImplementedError" in asked.get("/file/warm-up")["text"]
    asked.write(warm_up.solution().replace("return x.mean(axis=0)\n", "return x.mean(axis=1)\n", 1), "warm-up")
    told = asked.post("/warm-up")
    assert [one["holds"] for one in told["functions"]].count(True) == 9
    wrong = next(one for one in told["functions"] if not one["holds"])
    assert wrong["call"].startswith("column_means(")
    assert wrong["got"] != wrong["expected"]
    asked.write(warm_up.solution(), "warm-up")
    assert asked.post("/warm-up")["held"]


def test_a_review_that_is_due_is_given_and_passed_in_the_page(asked: Asked) -> None:
    workspace = Workspace(asked.lessons.folder)
    event = {"time": "2024-01-01T10:00:00+00:00", "event": "checked", "exercise": ONE.name, "code": "x", "passed": True}
    path = workspace.progress.path
    path.write_text(path.read_text("utf-8") + json.dumps({**event, "check": ONE.version}) + "\n", "utf-8")
    assert asked.get("/course")["due"] == 1
    assert [one["id"] for one in asked.get("/reviews")["today"]] == [ONE.id]
    file = asked.post("/review", exercise=ONE.id)["file"]
    assert asked.get(f"/file/{file}")["text"].startswith("# ")
    asked.write(ONE.other[1] if ONE.other else ONE.solution, file)
    assert asked.post("/check", exercise=ONE.id, review=True)["passed"]
    assert asked.get("/reviews")["today"] == []


@pytest.mark.parametrize(
    ("words", "first"), [("dropout", "dropout"), ("feature maps", "convolution"), ("Adam", "optimizers")]
)
def test_a_word_of_the_field_is_found(asked: Asked, words: str, first: str) -> None:
    assert asked.get(f"/search/{words}")["found"][0]["name"] == first


def test_a_part_of_a_word_is_found_and_a_misspelt_one_is_asked_about(asked: Asked) -> None:
    assert "dropout" in [one["name"] for one in asked.get("/search/dropo")["found"]]
    told = asked.get("/search/overfiting")
    assert told["found"] == []
    assert "did you mean overfitting" in told["said"]


def test_the_map_has_every_exercise_project_and_flight(asked: Asked) -> None:
    from fathom.learning.projects import PROJECTS
    from fathom.learning.strategy_simulator import SCENARIOS

    told = asked.get("/course")
    assert [e["id"] for part in told["parts"] for e in part["exercises"]] == [one.id for one in exercises()]
    named = [part["project"]["name"] for part in told["parts"] if part["project"]]
    assert set(named) == {one.name for one in PROJECTS}
    assert [one["name"] for one in told["flights"]] == [one.name for one in SCENARIOS]


def test_the_glossary_leads_to_lessons(asked: Asked) -> None:
    told = asked.get("/glossary")
    word = next(one for one in told["words"] if one["term"] == "dropout")
    assert word["means"]
    assert word["lesson"]["name"] == "dropout"
    assert word["anchor"] == "glossary-dropout"
    assert told["letters"]


def test_a_project_of_which_one_line_does_not_hold_is_not_passed(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    from fathom.learning import cat_recognizer

    for holds in (False, True):
        lines = [(holds, "first [of two]"), (None, "told"), (True, "last")]
        monkeypatch.setattr(cat_recognizer, "check", lambda folder, lines=lines: iter(lines))
        job = asked.lessons.jobs.find(asked.post("/project", name="cats")["job"])
        job.thread.join(20)
        told = asked.get(f"/job/{job.id}")
        assert (told["state"], told["held"], told["now"]) == ("done", holds, "told")
        assert [holds, "first [of two]"] in told["lines"]
        assert asked.get("/project/cats")["passed"] is holds


def test_the_framework_is_told_and_nothing_is_written(asked: Asked) -> None:
    from fathom.learning.own_framework import pieces

    told = asked.get("/mynn")
    assert len(told["layers"]) == len(pieces())
    assert all(bool(one["missing"]) == bool(one["of"]) for one in told["layers"])  # what is given needs no exercise
    assert [one["ready"] for one in told["trainings"]] == [False] * 3
    assert "CrossEntropy" in told["trainings"][0]["nets"]["dense"]
    assert not Path(told["folder"]).exists()
    with pytest.raises(UserError, match="no training"):
        asked.post("/mynn", name="moon")


def test_a_job_is_followed_and_cancelled(asked: Asked) -> None:
    from fathom.serving.course_jobs import Job

    def work(job: Job) -> None:
        job.say("begun", True)
        job.asked([("go", "go on")])
        job.say("gone on")
        while True:
            job.asked([("never", "never")])

    job = asked.lessons.jobs.start("a job", work)
    while not job.ask:
        pass
    assert asked.get(f"/job/{job.id}")["lines"] == [[True, "begun"]]
    with pytest.raises(UserError, match="cannot be chosen"):
        asked.post("/answer", job=job.id, choice="stay")
    with pytest.raises(UserError, match="still running"):
        asked.lessons.jobs.start("another", work)
    asked.post("/answer", job=job.id, choice="go")
    while len(job.lines) < 2:
        pass
    asked.post("/cancel", job=job.id)
    job.thread.join(20)
    assert asked.get(f"/job/{job.id}")["state"] == "cancelled"


def test_the_end_of_the_server_ends_a_swap(asked: Asked) -> None:
    asked.write(ONE.solution)
    assert asked.post("/check", exercise=ONE.id)["passed"]
    job = asked.lessons.jobs.find(asked.post("/swap", exercise=ONE.id)["job"])
    asked.lessons.jobs.stop()
    job.thread.join(20)
    assert job.state == "cancelled"


def test_a_swap_of_what_is_not_solved_says_so(asked: Asked) -> None:
    job = asked.lessons.jobs.find(asked.post("/swap", exercise="1.5")["job"])
    job.thread.join(20)
    assert job.state == "failed"
    assert "is not solved yet" in job.error


def test_what_is_tried_shows_the_value_of_its_last_line_alone() -> None:
    assert course_files._shown("x = 1\nx + 1") == "x = 1\nprint(x + 1)\n"
    assert course_files._shown("x = 1") == "x = 1\n"
    assert course_files._shown("x = (") == "x = ("


def test_no_job_of_that_name(asked: Asked) -> None:
    with pytest.raises(Missing):
        asked.get("/job/none")


def test_errors_are_told_over_http(tmp_path: Path) -> None:
    from test_course_page import ask

    from fathom.serving.course import local

    server = local(Workspace(tmp_path / USUAL))
    server.start()
    try:
        with pytest.raises(urllib.error.HTTPError) as error:
            ask(server, "/hint", {"exercise": "1.1"})
        assert "has not begun" in json.loads(error.value.read())["error"]
    finally:
        server.stop()
