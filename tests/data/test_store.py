"""The store: what went in comes out; it is reused, rebuilt when damaged, and evicted when too large."""

import numpy as np
import pytest
import torch

from fathom.data.fingerprint import fingerprint
from fathom.data.store import build_store
from fathom.errors import FathomError, Unreadable
from fathom.records import Example

ITEMS = [Example(f"e{i}", i, i % 3) for i in range(700)]


def encode(example):
    i = example.input
    if i % 100 == 50:
        raise Unreadable("broken")
    return {
        "x": np.full((2, 3), i % 256, dtype=np.uint8),
        "y": np.int64(i),
        "t": np.arange(i % 5, dtype=np.int32),
    }


def refuse(example):
    raise AssertionError("encoded again")


def test_what_has_changed_is_encoded_again(tmp_path):
    build_store([Example("a", 1, content="as it was")], encode, "f", tmp_path)
    store, _ = build_store([Example("a", 2, content="as it is")], encode, "f", tmp_path)
    assert store.gather([0])["y"].tolist() == [2]


def test_round_trip_reuse_and_repair(tmp_path):
    told = []
    store, skipped = build_store(ITEMS, encode, "f", tmp_path, progress=told.append)
    assert sum(told) == 700
    assert [s.id for s in skipped] == [f"e{i}" for i in range(50, 700, 100)]
    assert len(store) == 693
    index = store.subset(["e7", "e50", "e3"])
    batch = store.gather(index)
    assert batch["y"].tolist() == [7, 3]
    assert batch["x"].dtype == torch.uint8
    assert batch["x"].shape == (2, 2, 3)
    assert (batch["x"][0] == 7).all()
    assert batch["t_length"].tolist() == [2, 3]
    assert batch["t"].tolist() == [[0, 1, 0], [0, 1, 2]]
    assert store.gather(torch.tensor([-1]))["y"].tolist() == [699]
    assert store.gather([])["x"].shape == (0, 2, 3)
    batch["x"].zero_()
    assert store.gather(index)["x"][0, 0, 0] == 7

    again, same = build_store(ITEMS, refuse, "f", tmp_path)
    assert same == skipped
    assert (again.gather(np.arange(693))["y"] == store.gather(np.arange(693))["y"]).all()

    values = store.folder / "x.npy"
    values.write_bytes(values.read_bytes()[:200])
    mended, _ = build_store(ITEMS, encode, "f", tmp_path)
    assert mended.gather([5])["x"].max() == 5
    with pytest.raises(AssertionError):
        build_store(ITEMS[:10], refuse, "f", tmp_path)
    assert not list(tmp_path.glob(".making-*"))


def test_evicts_the_oldest_but_never_one_in_use(tmp_path, monkeypatch):
    monkeypatch.setenv("FATHOM_CACHE_GB", "0")
    kept, _ = build_store(ITEMS, encode, "kept", tmp_path)
    gone, _ = build_store(ITEMS, encode, "gone", tmp_path)
    gone._lock.close()
    last, _ = build_store(ITEMS, encode, "last", tmp_path)
    assert kept.folder.exists()
    assert not gone.folder.exists()
    assert last.folder.exists()


def test_what_does_not_fit(tmp_path):
    with pytest.raises(FathomError, match="field"):
        build_store(ITEMS, lambda e: {"x": np.zeros((2, e.input + 1))}, "f", tmp_path)
    with pytest.raises(FathomError, match="none of"):
        build_store(ITEMS[50:51], encode, "f", tmp_path)


def test_fingerprint():
    assert fingerprint({"a": 1, "b": (2, 3)}) == fingerprint({"b": [2, 3], "a": 1})
    assert fingerprint([np.arange(3)]) != fingerprint([np.arange(4)])
