"""CONTRIBUTING is followed to the letter: its package is written, installed, tested and used."""

from __future__ import annotations

import sys

import pytest

from fathom.testing import Case, TaskContract
from pages import ROOT, blocks, follow

PAGE = ROOT / "CONTRIBUTING.md"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder that `pip install` fills and that is imported from; nothing is fetched, nothing else is touched."""
    folder = tmp_path / "site"
    for name, value in {"TARGET": str(folder), "NO_DEPS": "1", "NO_INDEX": "1", "NO_BUILD_ISOLATION": "0"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)  # the page says `pip install`, this says where and how
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop("fathom_dna", None)


def test_the_package_on_the_page_is_installed_tested_and_used(site, tmp_path):
    (tmp_path / "work").mkdir()
    done = follow(PAGE, tmp_path / "work")
    assert done == 4  # three files and the console
    assert (site / "fathom_dna.py").exists()
    recipe = (tmp_path / "work" / "runs" / "promoters-1" / "recipe.json").read_text()
    assert '"task": "dna"' in recipe
    assert '"looks_at_test": 1' in recipe


def test_the_task_on_the_page_is_short():
    task = next(block for block in blocks(PAGE) if block.file == "fathom-dna/fathom_dna.py")
    assert len(task.text.splitlines()) <= 65


def test_the_suite_notices_a_task_that_does_not_tell_content_apart(tmp_path, monkeypatch):
    """The suite can fail: without `content`, changed data would go unnoticed."""
    files = {block.file: block.text for block in blocks(PAGE)}
    (tmp_path / "careless.py").write_text(files["fathom-dna/fathom_dna.py"].replace(", content=letters", ""))
    names: dict = {}
    exec(files["fathom-dna/test_dna.py"], names)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("fathom.tasks.BUILT_IN", ("careless:Dna",))
    case = Case(names["promoters"], {"epochs": 1}, new=str)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        TaskContract().test_changed_data_is_refused(case, case.make(tmp_path), tmp_path)
