"""What measured: the machine, its versions, and how busy it was with other things meanwhile."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("torch", "lightning", "keras", "tensorflow-cpu", "pandas")


def describe() -> dict[str, str]:
    """Processor, cores, system and versions, as they are written into each row's results."""
    found = {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """The model, with the extensions that change what is fastest."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    values = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    values = {name.strip(): value.strip() for name, value in values.items()}
    flags = values.get("flags", "").split()
    known = [shown for flag, shown in (("avx512_bf16", "AVX512-BF16"), ("amx_tile", "AMX")) if flag in flags]
    return " with ".join([values.get("model name", platform.machine()), *known])


@contextmanager
def load_elsewhere(into: dict[str, float]) -> Iterator[None]:
    """Write into `elsewhere` which share of the cores other programs had while the body waited for its children.

    A ratio that was measured beside other work is worth less; where the system does not tell, nothing is written.
    """
    began, busy, ours = time.monotonic(), _busy(), _children()
    yield
    if busy is not None:
        wall = (time.monotonic() - began) * (os.cpu_count() or 1)
        into["elsewhere"] = round(max(0.0, (_busy() or 0.0) - busy - (_children() - ours)) / wall, 3)


def _busy() -> float | None:
    """Seconds in which a core worked, for any program, since the machine started."""
    try:
        first = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0]
    except OSError:
        return None
    user, nice, system, _idle, _wait, irq, softirq, steal, *_ = map(int, first.split()[1:])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _children() -> float:
    """Seconds of processor time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
