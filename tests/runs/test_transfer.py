"""A training that starts from another run knows inputs as that run did, and targets as its own data has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import drawn_data
import fathom
from task_cases import CASES, tagged


def state_of(run: fathom.Run) -> dict[str, Any]:
    return run.folder.read_json("encoder/state.json")


def test_letters_of_words_are_inputs_and_keep_their_numbers(tmp_path: Path) -> None:
    asked = {**CASES["tags"].asked, "epochs": 1}
    (tmp_path / "more").mkdir()
    first = fathom.train(tagged(tmp_path), out=tmp_path / "first", **asked)
    data = tagged(tmp_path / "more")
    text = data.read_text(encoding="utf-8")
    data.write_text(text.replace("Rome", "Äbö").replace("B-place", "B-town"), encoding="utf-8")
    second = fathom.train(data, init_from=first.path, out=tmp_path / "second", **asked)
    before, after = state_of(first), state_of(second)
    assert (after["letters"], after["words"]) == (before["letters"], before["words"])
    assert "B-town" in after["tags"]
    assert "B-town" not in before["tags"]


def test_the_numbers_in_masks_are_those_of_the_new_masks(tmp_path: Path) -> None:
    asked = {**CASES["masks"].asked, "epochs": 1}
    (tmp_path / "more").mkdir()
    first = fathom.train(drawn_data.masked(tmp_path), out=tmp_path / "first", **asked)
    data = drawn_data.masked(tmp_path / "more")
    for path in (data / "masks").iterdir():
        Image.fromarray(np.asarray(Image.open(path)) * np.uint8(7)).save(path)
    second = fathom.train(data, init_from=first.path, out=tmp_path / "second", **asked)
    assert state_of(second)["values"] == [0, 7]
    assert state_of(second)["mean"] == state_of(first)["mean"]
    assert second.figures["dev"].value < 1.0


@pytest.mark.parametrize("name", ["labels", "measured pictures"])
def test_pictures_without_classes_can_start_from_another_run(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    data = case.make(tmp_path)
    first = fathom.train(data, out=tmp_path / "first", **{**case.asked, "epochs": 1})
    second = fathom.train(data, init_from=first.path, out=tmp_path / "second", **{**case.asked, "epochs": 1})
    assert state_of(second)["size"] == state_of(first)["size"]
