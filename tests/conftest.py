"""What all tests share: a cache of their own, quiet threads, and the real data where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers that each take all cores wait for each other most of the time

DATA = Path(os.environ.get("FATHOM_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory):
    if "FATHOM_CACHE" not in os.environ:
        os.environ["FATHOM_CACHE"] = str(tmp_path_factory.getbasetemp().parent / "cache")


@pytest.fixture
def real():
    """A function from the name of a real data set to its folder; the test is skipped where it is absent."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"{name} is not here: set FATHOM_DATA to the folder that holds it")
        return path

    return find
