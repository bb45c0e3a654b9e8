"""The examples of the README are run, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.S))
def test_python_examples_run(code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert "Interval" in capsys.readouterr().out


def test_links_lead_somewhere():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "//" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_command_is_named():
    from fathom.cli import app

    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert [name for name in names if f"fathom {name}" not in README] == []
