"""Terminals and pipes as they come: narrow, in ASCII, closed, full, without a home: a sensible code, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fathom
from fathom.errors import UserError

HELP, WRONG, LONG = ["train", "--help"], ["diagnose", "nowhere"], ["check", "iris.csv"]


def run(place: Path, args: list[str], how: str = "", **env: str | None) -> tuple[int, str, str]:
    """Code, stdout and stderr of a command, whose streams the shell turns as `how` says."""
    rows = "\n".join(f"{i % 7},{i % 5 + 0.5},{'é' if i % 2 else 'b'}" for i in range(60))
    (place / "iris.csv").write_text(f"a,b,target\n{rows}\n", encoding="utf-8")
    own = {**os.environ, "FATHOM_CACHE": str(place / "cache"), **env}
    script = f'set -o pipefail; "{sys.executable}" -m fathom "$@" {how}'
    told = subprocess.run(
        ["bash", "-c", script, "bash", *args], cwd=place, capture_output=True, text=True, errors="replace",
        env={name: value for name, value in own.items() if value is not None}, timeout=120,
    )  # fmt: skip
    assert "Traceback" not in told.stderr + told.stdout
    return told.returncode, told.stdout, told.stderr


@pytest.mark.parametrize("args", [HELP, LONG], ids=" ".join)
def test_who_has_read_enough_hears_no_complaint(tmp_path: Path, args: list[str]) -> None:
    code, _, told = run(tmp_path, args, "| true")
    assert (code, told) == (0, "")


@pytest.mark.parametrize(("args", "how", "code"), [(HELP, ">&-", 0), (WRONG, "2>&-", 2), (WRONG, "<&- >&- 2>&-", 2)])
def test_closed_streams(tmp_path: Path, args: list[str], how: str, code: int) -> None:
    assert run(tmp_path, args, how)[0] == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_full_streams(tmp_path: Path) -> None:
    code, _, told = run(tmp_path, HELP, ">/dev/full")
    assert (code, told.count("\n")) == (2, 1)
    assert "No space left" in told
    assert run(tmp_path, WRONG, "2</dev/null")[0] == 2  # open, but not for writing


def test_a_narrow_terminal_in_ascii_without_a_home(tmp_path: Path) -> None:
    odd = {
        "COLUMNS": "20",
        "LC_ALL": "C",
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
        "NO_COLOR": "1",
        "HOME": None,
    }
    code, out, _ = run(tmp_path, LONG, **odd)
    assert code == 0
    assert "classes" in out


def test_a_cache_that_cannot_be_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "t.csv").write_text("a,target\n" + "".join(f"{i % 7},{'xy'[i % 2]}\n" for i in range(60)))
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(UserError, match="FATHOM_CACHE"):
        fathom.train(tmp_path / "t.csv", net="logistic", epochs=1, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_warnings_of_libraries_are_not_heard(capfd: pytest.CaptureFixture[str]) -> None:
    script = (
        "from fathom.cli.library_messages import silence_libraries; silence_libraries(); import logging, warnings;"
        "import sklearn; warnings.simplefilter('always'); warnings.warn('of a library', DeprecationWarning);"
        "logging.getLogger('other').warning('of a library'); logging.getLogger('fathom').warning('of fathom');"
        "from scipy import stats; import numpy as np; stats.ks_2samp(np.arange(9.), np.ones(9))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stderr) == (0, "of fathom\n")
