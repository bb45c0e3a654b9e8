"""The allocator can be told to keep what a step has freed."""

from __future__ import annotations

import sys

import pytest

from fathom.training.allocator import keep_freed_memory


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator of glibc")
def test_the_allocator_takes_both_settings() -> None:
    """How many pages that saves differs from run to run, so that it is measured and not tested."""
    assert keep_freed_memory()
