"""A little of ``make fuzz-serving``: what is sent to a server is answered below 500, and with a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from running import Running, running
from service_fuzz import LIMITS, TASKS, damaged_files, from_document, trained

EXAMPLES = 24


@pytest.fixture(scope="module", params=["speech", "language model"])
def fuzzed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Running]]:
    with running([trained(request.param, tmp_path_factory.mktemp("fuzz"))], LIMITS) as one:
        yield request.param, one


def test_what_the_document_allows_and_forbids_is_answered(fuzzed: tuple[str, Running]) -> None:
    counts, failures = from_document(fuzzed[1], EXAMPLES)
    assert failures == []
    assert counts[200 if fuzzed[0] == "language model" else 422]  # a text is one; bytes made up are no recording
    assert sum(counts.values()) >= EXAMPLES // 2


def test_damaged_files_and_bodies_are_refused(fuzzed: tuple[str, Running]) -> None:
    task, one = fuzzed
    assert task in TASKS
    counts, failures = damaged_files(one, task, EXAMPLES)
    assert failures == []
    assert sum(counts.values()) == EXAMPLES
