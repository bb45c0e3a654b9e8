"""Thousands of damaged files: each is read or refused with a sentence; no crash, no hang, no flood of memory.

``FATHOM_FUZZ=N`` asks for N cases of each kind instead of the few of an ordinary run; ``FATHOM_FUZZ_SEED`` for others.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fuzz_data.py")
USUAL = {"pictures": 900, "text": 500, "parquet": 700, "idx": 1000}
MIB = 500
"""By how much the memory may grow: the largest allocation that damaged numbers got through."""


@pytest.mark.parametrize("kind", USUAL)
def test_damaged_files(kind, tmp_path):
    asked = int(os.environ.get("FATHOM_FUZZ", "0"))
    n = asked or USUAL[kind]
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), kind, str(n), os.environ.get("FATHOM_FUZZ_SEED", "0")],
        capture_output=True,
        text=True,
        timeout=120 + n / 5,
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "FATHOM_CACHE": str(tmp_path)},
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    if kind != "pictures":  # libtiff prints by itself
        assert ran.stderr == ""
    found = json.loads(ran.stdout)
    assert found["failures"] == []
    assert found["grown"] < MIB
    assert sum(found["counts"].values()) == n
    assert min(found["counts"].values()) > n / 100  # both happen: the damage is neither fatal each time nor harmless


def test_the_fuzzer_sees_a_defect(monkeypatch):
    """A reader that stumbles, one that answers without a sentence, and one that never ends are all told."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import signal

    import fuzz_data

    from fathom.errors import UserError

    def stumbles(path):
        raise KeyError("x")

    def rambles(path):
        raise UserError("two\nlines")

    def hangs(path):
        while True:
            pass

    monkeypatch.setattr(fuzz_data, "SECONDS", 0.2)
    before = signal.signal(signal.SIGALRM, fuzz_data._too_slow)
    try:
        told = [fuzz_data.attempt(SCRIPT, read) for read in (stumbles, rambles, hangs)]
    finally:
        signal.signal(signal.SIGALRM, before)
    assert [t.split(":")[0] for t in told] == ["KeyError", "no sentence", "longer than 0.2 s"]
