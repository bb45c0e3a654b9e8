"""Memory that a step has freed is reused by the next one, instead of being asked for and filled with zeros again."""

from __future__ import annotations

import subprocess
import sys

import pytest

STEPS = """
import resource, sys, torch
from fathom.training.allocator import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def step():
    for _ in range(4):
        torch.empty(4_000_000).fill_(1.0)  # 16 MB, over 3,900 pages
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator of glibc")
def test_pages_are_not_asked_for_again() -> None:
    """Counted in page faults of five steps: as glibc does it, each block is mapped anew."""

    def faults(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", STEPS, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert faults("kept") * 10 < faults("given back")
