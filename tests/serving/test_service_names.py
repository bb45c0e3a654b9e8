"""Runs are asked by the names of their folders, or by those that they are given."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from running import running

from fathom.errors import UserError
from fathom.serving.service.places import named_places


def test_two_runs_in_folders_of_one_name_are_served_under_names_of_their_own(trained: Any, tmp_path: Path) -> None:
    given = []
    for name, case in (("cats", "texts"), ("dogs", "classes")):
        shutil.copytree(trained(case)[0].path, tmp_path / name / "run")
        given.append(f"{name}={tmp_path / name / 'run'}")
    with pytest.raises(UserError, match=r"two runs are called run.* give one as NAME="):
        named_places([one.partition("=")[2] for one in given])
    with running(given) as one:
        assert one.post("/cats/predict", json={"input": "a lovely story"}).status_code == 200
        assert one.post("/dogs/predict", json={"input": {"width": 1}}).status_code == 200
        assert list(one.client.get("/health").json()["runs"]) == ["cats", "dogs"]


@pytest.mark.parametrize("name", ["a/b", "", "..", "a b", "é", "a?"])
def test_a_name_has_to_stand_in_an_address(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot stand in an address"):
        named_places([f"{name}={tmp_path}"])


def test_a_folder_whose_own_name_has_the_sign_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "lr=3"
    folder.mkdir()
    assert named_places([str(folder)]) == {"lr=3": folder}
