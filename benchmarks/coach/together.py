"""The entries of a bench, measured by several processes; what is done is handed back, and kept, as it comes.

Each process has one thread: small nets train no faster with more, and two trainings beside each other take no longer
than one. What is told of the time is the processor's, which other work on the machine does not lengthen. The dear
entries ought to stand first, so that no process waits for another at the end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

Entry = dict[str, Any]
Jobs = Mapping[str, Callable[[], Entry]]
WORKERS = min(4, os.cpu_count() or 1)

_jobs: Jobs = {}


def measured(make: Callable[..., Jobs], told: tuple[Any, ...], keys: Sequence[str], workers: int) -> Iterator[Entry]:
    """Each entry with its ``key`` and the ``seconds`` of a processor that it took, as it is done.

    Args:
        make: of a module, since each process makes its own: returns how each entry is measured.
        told: what `make` is told.
        keys: of the entries that are wanted.
        workers: processes; with one it is measured in this.
    """
    if workers == 1:
        _begin(make, told)
        yield from map(_measure, keys)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (make, told)) as pool:
        waiting = [pool.submit(_measure, key) for key in keys]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            for one in waiting:
                one.cancel()


def _begin(make: Callable[..., Jobs], told: tuple[Any, ...]) -> None:
    import torch

    global _jobs
    torch.set_num_threads(1)
    _jobs = make(*told)


def _measure(key: str) -> Entry:
    began = time.process_time()
    entry = _jobs[key]()
    return {"key": key, **entry, "seconds": round(time.process_time() - began, 1)}
