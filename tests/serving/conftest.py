"""What needs the extra ``serve`` is left out where that is not installed; one browser for all tests of the course."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fathom.learning.workspace import USUAL, Workspace

if TYPE_CHECKING:
    from course_browser import Page

collect_ignore_glob = [] if find_spec("fastapi") and find_spec("httpx") else ["test_service*.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from course_browser import chromium

    yield from chromium()


@pytest.fixture
def new(browser: Any, tmp_path: Path) -> Iterator[Page]:
    from course_browser import served

    yield from served(browser, tmp_path / USUAL)


@pytest.fixture
def begun(browser: Any, tmp_path: Path) -> Iterator[Page]:
    from course_browser import served

    yield from served(browser, Workspace.start(tmp_path / USUAL).folder)
