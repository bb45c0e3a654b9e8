"""The pages are followed as a reader would: their examples run and their links lead somewhere."""

from __future__ import annotations

import re

import pytest

from pages import PAGES, ROOT, blocks, follow, same

README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLLOWED = [
    page
    for page in PAGES
    if page.name != "CONTRIBUTING.md" and any(b.run and b.kind in ("console", "python") for b in blocks(page))
]


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda page: page.stem)
def test_what_the_page_says_happens(page, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert follow(page, tmp_path) > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    links = re.findall(r"\]\(([^)\s#]+)[^)]*\)", text) + re.findall(r'(?:src|href)="([^"#]+)"', text)
    assert [link for link in links if "//" not in link and not (page.parent / link).exists()] == []


def test_every_command_is_named():
    from fathom.cli.main import app

    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert [name for name in names if f"fathom {name}" not in README] == []


def fields(of: str) -> set[str]:
    """The names in the first column of the section's table."""
    section = next(part for part in (ROOT / "docs" / "run-folder.md").read_text().split("\n## ") if part.startswith(of))
    first = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in first for name in re.findall(r"`([^`]+)`", cell)}


def test_the_run_folder_page_names_every_file_and_every_field(tmp_path):
    import fathom

    run = fathom.train("practice:iris", epochs=2, out=tmp_path / "run")
    run.test()
    read = run.folder.read_json
    assert fields("`recipe.json`") == set(run.folder.read_recipe())
    assert fields("`results.parquet`") == {"p_CLASS" if name.startswith("p_") else name for name in run.results.columns}
    assert fields("`history.jsonl`") == {name for record in run.history for name in record}
    assert fields("`figures.json`") == set(read("figures.json"))
    assert fields("`findings.json`") >= {name for finding in read("findings.json") for name in finding}
    page = (ROOT / "docs" / "run-folder.md").read_text()
    files = [path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if path.is_file()]
    assert [name for name in files if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    ("printed", "expected", "fits"),
    [
        ("error 6.5 % (3.8–11.0)", "error 7.2 % (4.0–12.1)", True),
        ("600 rows", "601 rows", False),
        ("a\nb\nc\nd", "a\n…\nd", True),
        ("a\nd", "a\n…\nc", False),
        ("report    runs/x-1/report.html", "report    runs/…/report.html", True),
        ("one line\nmore", "one line", False),
        ("worse", "better", False),
    ],
)
def test_what_is_printed_is_compared(printed, expected, fits):
    if fits:
        same(printed, expected, "here")
    else:
        with pytest.raises(AssertionError):
            same(printed, expected, "here")
