"""What all tests share: a cache of their own, quiet threads, and the real data where it is."""

from __future__ import annotations

import functools
import os
import random
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import fathom

Trained = Callable[..., "tuple[fathom.Run, Path]"]
"""From the name of a case, and settings in place of its own, to a small run and its data."""

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # what else a machine does is no failure of ours

os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers that each take all cores wait for each other most of the time

DATA = Path(os.environ.get("FATHOM_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def pytest_configure(config: pytest.Config) -> None:
    """A check that stumbles fails a test; said here, since torch must not be loaded before its threads are counted."""
    config.addinivalue_line("filterwarnings", "error::fathom.training.health.guard.WatchEnded")


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory):
    if "FATHOM_CACHE" not in os.environ:
        os.environ["FATHOM_CACHE"] = str(tmp_path_factory.getbasetemp().parent / "cache")


@pytest.fixture(autouse=True)
def _random_numbers(request: pytest.FixtureRequest) -> None:
    """Each test draws its own numbers, the same in any order and beside any other test, also where it sets no seed."""
    seed = zlib.crc32(request.node.nodeid.encode())
    random.seed(seed)
    np.random.seed(seed)
    if (torch := sys.modules.get("torch")) is not None:  # loaded by this test alone, it begins from a seed of its own
        torch.manual_seed(seed)


@pytest.fixture
def real():
    """A function from the name of a real data set to its folder; the test is skipped where it is absent."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"{name} is not here: set FATHOM_DATA to the folder that holds it")
        return path

    return find


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A function that trains a case for an epoch; each is trained once for all tests, which must leave it as it is."""

    @functools.cache
    def made(name: str, **asked: object) -> tuple[fathom.Run, Path]:
        from fathom.testing import train
        from task_cases import CASES

        folder = tmp_path_factory.mktemp("trained")
        data = CASES[name].make(folder)
        return train(data, folder / name.replace(" ", "-"), CASES[name], **{"epochs": 1, **asked}), data

    return made
