"""Runs the pages of the documentation as a reader would: from top to bottom, in one empty folder.

- A block under a line that ends with a file's path in backticks and a colon is that file: it is written.
- In a ```console block each line after ``$`` is a command; what stands below it is what it prints. A command that is
  shown to fail prints ``fathom: …``; every other must succeed.
- A ```python block is executed, with the names of those before it; a ```text block right after it is what it prints.
- A block under ``<!-- not run: reason -->`` is only shown.

In what is printed, ``…`` stands for anything within a line, or as a line of its own for any lines; a number with a
decimal point stands for any such number, since machines round differently.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, its line, the file that it is, and whether it is run."""

    kind: str
    text: str
    where: str
    file: str | None
    run: bool


def blocks(page: Path) -> Iterator[Block]:
    """The page's blocks, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    above, begin = "", None
    for number, line in enumerate(lines, 1):
        if begin is None and line.startswith("```"):
            begin = number
        elif line == "```" and begin is not None:
            named = re.search(r"`([^`]+\.\w+)`:$", above)
            text = "\n".join(lines[begin : number - 1]) + "\n"
            yield Block(
                kind=lines[begin - 1][3:],
                text=text,
                where=f"{page.name}:{begin}",
                file=named[1] if named else None,
                run=not above.startswith("<!-- not run:"),
            )
            above, begin = "", None
        elif begin is None and line.strip():
            above = line.strip()


def follow(page: Path, folder: Path) -> int:
    """Do in this folder what the page says, and return how many blocks were run.

    Raises:
        AssertionError: a command fails, or prints something else than the page says.
    """
    names: dict[str, object] = {"__name__": page.stem}
    printed, done = None, 0
    with contextlib.chdir(folder):
        for block in blocks(page):
            if not block.run:
                continue
            if block.file:
                write(folder / block.file, block.text)
            elif block.kind == "console":
                for command, expected in commands(block.text):
                    same(call(command), expected, f"{block.where}: {command}")
            elif block.kind == "python":
                printed = execute(block.text, block.where, names)
            elif block.kind == "text" and printed is not None:
                same(printed, block.text, block.where)
            else:
                continue
            done += 1
            printed = printed if block.kind == "python" else None
    return done


def write(path: Path, text: str) -> None:
    """Write a file that the page shows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what it is to print; a comment after two spaces is no part of it."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, expected = part.replace("\\\n", " ").partition("\n")
        yield re.sub(r"  +# .*$", "", command), expected


def call(command: str) -> str:
    """Run one command and return what it prints; `fathom` is called here, which saves the start."""
    words = shlex.split(command)
    plain = not re.search(r"[|<>&;$*]", command)
    code, out, err = _fathom(words[1:]) if plain and words[0] == "fathom" else _shell(command)
    assert code == 0 or err.startswith("fathom: "), f"{command}: exit code {code}\n{out}{err}"
    return out + (err if code else "")


def _fathom(arguments: list[str]) -> tuple[int, str, str]:
    from fathom.cli.main import main

    before, sys.argv = sys.argv, ["fathom", *arguments]
    try:
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            code = 0
            try:
                main()
            except SystemExit as stop:
                code = int(stop.code or 0)
    finally:
        sys.argv = before
    return code, out.getvalue(), err.getvalue()


def _shell(command: str) -> tuple[int, str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=300, env={**os.environ, "PATH": path}
    )
    return done.returncode, done.stdout, done.stderr


def execute(code: str, where: str, names: dict[str, object]) -> str:
    """Execute a python block and return what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, where, "exec"), names)
    return out.getvalue()


def same(printed: str, expected: str, where: str) -> None:
    """Compare what was printed with what the page says.

    Raises:
        AssertionError: it says something else.
    """
    if expected.strip():
        there, page = _tidy(printed), _tidy(expected)
        assert re.fullmatch(pattern(page), there), f"{where}\n--- the page says\n{page}\n--- it prints\n{there}"


def pattern(expected: str) -> str:
    """What is expected, as a regular expression."""
    lines = []
    for line in expected.split("\n"):
        if line.strip() == "…":
            lines.append(r"(?:.*\n)*?.*")
            continue
        escaped = re.escape(line).replace("…", ".*")
        lines.append(re.sub(r"\d+\\\.\d+(?:e\\-\d+)?", r"\\d+(?:\\.\\d+)?(?:e-?\\d+)?", escaped))
    return "\n".join(lines)


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))
