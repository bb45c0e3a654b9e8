"""Many inputs have as many answers, each in its place, or none at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import fathom
from fathom.errors import UserError
from fathom.records import Example, Prediction
from fathom.runs.predict import Predictor


def test_an_input_that_cannot_be_read_is_named_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fathom.train("practice:iris", epochs=1, out=tmp_path / "run")
    row = run.folder.read_recipe()["resolved"]["task"] == "table" and {"petal length (cm)": 1.4}
    assert row
    assert len(run.predict([row, row, row])) == 3

    def second_is_broken(self: Predictor, examples: Sequence[Example]) -> Iterator[tuple[Example, Prediction | str]]:
        yield from ((one, "it is broken" if i == 1 else Prediction("a")) for i, one in enumerate(examples))

    monkeypatch.setattr(Predictor, "predict", second_is_broken)
    with pytest.raises(UserError, match="input 2 cannot be read: it is broken"):
        run.predict([row, row, row])
