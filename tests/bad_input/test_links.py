"""A stranger's run folder with links in it: nothing outside is read, written or removed, and the link is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import fathom
from fathom.data import files
from fathom.errors import UserError
from fathom.runs.folder import RunFolder

VERBS: dict[str, Callable[[Path], object]] = {
    "test": lambda run: fathom.load(run).test(),
    "report": lambda run: fathom.load(run).report(),
    "diagnose": lambda run: fathom.load(run).diagnose(),
    "predict": lambda run: fathom.load(run).predict({"x": 1}),
    "next": lambda run: fathom.load(run).next(budget=1),
    "resume": lambda run: fathom.train(resume=run),
    "init_from": lambda run: fathom.train("practice:iris", init_from=run, out=run.parent / "new"),
    "compare": lambda run: fathom.compare(run, run),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("links") / "run"
    return fathom.train("practice:iris", epochs=1, hidden=(4,), out=out).path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Somebody's folder, with files of all the names that are swept or written in a run."""
    home = tmp_path / "home"
    home.mkdir()
    for name in (".draft.tmp", ".letter.1.tmp.txt", ".a.1.fathom-tmp.json", "state.json", "state.safetensors"):
        (home / name).write_text("dear")
    return home


def kept(home: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in home.iterdir()}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", ["outputs", "encoder", "checkpoint", "deep/er", "report.html", "findings.json"])
def test_no_verb_follows_a_link_below_a_run(trained, home, tmp_path, verb, name):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    place = run / name
    place.parent.mkdir(exist_ok=True)
    if place.is_dir():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    target = home / "state.json" if place.suffix else home
    place.symlink_to(target)
    before = kept(home)
    with pytest.raises(UserError, match=f"{name.split('/')[0]}.* is a link"):
        VERBS[verb](run)
    assert kept(home) == before
    assert place.is_symlink()


def test_a_link_that_leads_nowhere_is_named_too(trained, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    (run / "outputs").mkdir(exist_ok=True)
    (run / "outputs" / "x.npy").symlink_to(tmp_path / "nothing")
    with pytest.raises(UserError, match=r"x\.npy is a link"):
        fathom.load(run)


def test_the_run_itself_may_be_a_link_that_its_owner_set(trained, tmp_path):
    (tmp_path / "latest").symlink_to(trained)
    assert 0 <= fathom.load(tmp_path / "latest").figures["dev"].value <= 1


def test_a_link_set_after_opening_is_refused_when_the_run_is_worked_on(trained, home, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    opened = RunFolder.open(run)
    (run / "checkpoint").symlink_to(home)
    before = kept(home)
    with pytest.raises(UserError, match="checkpoint is a link"), opened.locked():
        pass
    assert kept(home) == before


def test_only_what_fathom_left_half_written_is_swept(home):
    files.sweep(home)
    assert set(kept(home)) == {".draft.tmp", ".letter.1.tmp.txt", "state.json", "state.safetensors"}


def test_a_search_follows_no_link_either(home, tmp_path):
    folder = tmp_path / "search"
    folder.mkdir()
    (folder / "outputs").symlink_to(home)
    before = kept(home)
    with pytest.raises(UserError, match="outputs is a link"):
        fathom.tune("practice:iris", out=None, resume=folder, budget=1)
    assert kept(home) == before
