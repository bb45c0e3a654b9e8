"""The certificate: signed, complete in itself, and every change to it noticed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fathom.errors import UserError
from fathom.learning import certificate
from fathom.learning.course import exercises
from fathom.learning.workspace import Workspace

pytest.importorskip("cryptography")

ONE = exercises()[0]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    one = Workspace.start(tmp_path / "course")
    one.path(ONE).write_text("x = 1\n", "utf-8")
    one.check(ONE)
    one.check(ONE)
    one.path(ONE).write_text(ONE.solution, "utf-8")
    assert one.check(ONE).passed
    one.progress.add("project", None, project="cats", passed=False, figures=["no"])
    one.progress.add("project", None, project="cats", passed=True, figures=["yours is better by <7> points"])
    one.progress.add("flown", None, scenario="few", seed=1, taken=[], profit=1200, regret=300)
    return one


@pytest.fixture
def page(workspace: Workspace) -> Path:
    path = workspace.folder / certificate.PAGE
    certificate.write(workspace, path, "Ada <b>L.</b>")
    return path


def test_it_says_what_was_solved_when_and_with_how_many_attempts(workspace: Workspace) -> None:
    record = certificate.record_of(workspace, "Ada")
    (solved,) = record["exercises"]
    assert (solved["id"], solved["attempts"], solved["hints"]) == (ONE.id, 2, 0)
    assert solved["solved"][:4].isdecimal()
    assert not solved["solution_seen_before"]
    (project,) = record["projects"]
    assert project["figures"] == ["yours is better by <7> points"]
    assert project["checks"] == 2
    assert record["flights"][0]["regret"] == 300


def test_what_is_checked_after_it_was_solved_is_no_attempt(workspace: Workspace) -> None:
    workspace.path(ONE).write_text(ONE.solution + "\n# more\n", "utf-8")
    workspace.check(ONE)
    workspace.solution(ONE)
    (solved,) = certificate.record_of(workspace)["exercises"]
    assert solved["attempts"] == 2


def test_a_page_that_was_not_changed_is_genuine(workspace: Workspace, page: Path) -> None:
    found = certificate.verify(page)
    assert found.genuine
    assert found.key == certificate.own(workspace.folder)
    assert found.record is not None
    assert found.record["name"] == "Ada <b>L.</b>"
    text = page.read_text("utf-8")
    assert "<b>L." not in text
    assert found.key in text
    assert not re.search(r'(src|href)="(?!data:)', text)


def test_lines_that_end_otherwise_do_no_harm(page: Path) -> None:
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))
    assert certificate.verify(page).genuine


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"solved 1 of", b"solved 9 of", "does not fit"),
        (b"<!doctype html>", b"<!doctype html> ", "does not fit"),
        (b"<!-- fathom-signature", b"<p>more</p><!-- fathom-signature", "does not fit"),
        (b"<!-- fathom-signature", b"<!-- signature", "no signature"),
        (b" -->\n", b" --><p>more</p>\n", "no signature"),
    ],
)
def test_every_change_is_noticed(page: Path, old: bytes, new: bytes, why: str) -> None:
    raw = page.read_bytes()
    assert old in raw
    at = raw.rfind(old)
    page.write_bytes(raw[:at] + new + raw[at + len(old) :])
    found = certificate.verify(page)
    assert not found.genuine
    assert why in found.why


def test_another_key_cannot_be_put_under_a_page(workspace: Workspace, page: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    other = Ed25519PrivateKey.generate()
    body = certificate.LAST.sub(b"", page.read_bytes())
    public, signature = other.public_key().public_bytes_raw(), other.sign(body)
    last = f"<!-- fathom-signature key={certificate._text(public)} signature={certificate._text(signature)} -->\n"
    page.write_bytes(body + last.encode())
    found = certificate.verify(page)
    assert not found.genuine
    assert "another key" in found.why


def test_the_key_is_the_owners_alone_and_stays(workspace: Workspace, page: Path) -> None:
    path = workspace.folder / certificate.KEY
    assert path.stat().st_mode & 0o777 == 0o600
    before = certificate.own(workspace.folder)
    certificate.write(workspace, page)
    assert certificate.own(workspace.folder) == before
    path.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        certificate.write(workspace, page)
    path.chmod(0o600)
    path.write_text("nothing", "utf-8")
    with pytest.raises(UserError, match="is no key"):
        certificate.write(workspace, page)


def test_nothing_solved_is_not_certified(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing is solved yet"):
        certificate.record_of(Workspace.start(tmp_path))


def test_the_page_says_what_a_signature_does_not_prove(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "does not prove who that is" in text
    assert "does not prove that the work was theirs" in text


def test_at_the_terminal(workspace: Workspace) -> None:
    def learn(*words: str, at: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fathom", "learn", "certificate", *words]
        return subprocess.run(command, cwd=at, capture_output=True, text=True, check=False)

    told = learn("--name", "Ada", at=workspace.folder)
    assert told.returncode == 0, told.stderr
    page = workspace.folder / certificate.PAGE
    told = learn("--verify", str(page), at=workspace.folder)
    assert told.returncode == 0
    assert "your own, of this folder" in told.stdout
    page.write_bytes(page.read_bytes().replace(b"Ada", b"Eve"))
    told = learn("--verify", str(page), at=workspace.folder.parent.parent)
    assert told.returncode == 2
    assert told.stdout.startswith("not genuine: ")
    assert "cannot be read" in learn("--verify", "nothing.html", at=workspace.folder).stderr
