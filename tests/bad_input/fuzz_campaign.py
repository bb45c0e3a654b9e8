"""Reads thousands of damaged files: nothing but an answer or a sentence may come of any of them.

    fuzz_campaign.py [READER …] [-n 10000] [--seed 0] [-j 2] [--keep FOLDER] [--case NUMBER]

Each reader runs in processes of its own. A case follows from (reader, seed, number) alone. One fails that raises
anything but `UserError` and `Unreadable`, answers without a sentence, takes longer than `SECONDS`, asks for more than
`GIBIBYTES` of memory, or ends its process; its file is kept, made smaller where that is cheap, and it is printed how to
have it again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import queue
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzz_mutations import damaged

from fathom.errors import Unreadable, UserError

SCRIPT = Path(__file__)
SECONDS = 10.0
"""A case takes at most so long, on a busy machine."""
GIBIBYTES = 5
"""By which a process may grow at most: the header of a page of Parquet can claim 4, which Polars asks for at once."""
PATIENCE = 6
"""Times `SECONDS` after which a process that says nothing is ended from outside."""
MOST_FAILURES = 25
"""Failures after which a reader is given up."""

Reader = tuple[Callable[[Path], list[Path]], Callable[[Path], object]]
Fail = dict[str, str | int]


class TooSlow(BaseException):
    """A case took longer than `SECONDS`."""


def attempt(read: Callable[[Path], object], path: Path) -> tuple[str, str]:
    """What became of a file: ``("read" or "refused", "")``, or what must not be and where."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        read(path)
    except (UserError, Unreadable) as error:
        text = str(error)
        if text and "\n" not in text and len(text) < 1000:
            return "refused", ""
        return "no sentence", repr(text[:200])
    except TooSlow:
        return f"longer than {SECONDS:g} s", _where()
    except BaseException as error:
        return type(error).__name__, f"{str(error)[:200]} {_where()}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "read", ""


def _where() -> str:
    """The last line of ours on the way to an error."""
    frames = [f for f in traceback.extract_tb(sys.exc_info()[2]) if "fathom/" in f.filename.replace("\\", "/")]
    return f"at {frames[-1].filename.rpartition('fathom/')[2]}:{frames[-1].lineno}" if frames else ""


def names() -> list[str]:
    """Of all readers."""
    from fuzz_readers import READERS as DATA
    from fuzz_run_readers import READERS as RUNS

    return [*DATA, *RUNS]


def reader(name: str) -> Reader:
    """What lays sound files out, and what reads one of them; torch is imported only where it is needed."""
    from fuzz_readers import READERS as DATA

    if name in DATA:
        return DATA[name]
    from fuzz_run_readers import READERS as RUNS

    return RUNS[name]


def case(name: str, seed: int, number: int, files: list[Path], sound: dict[Path, bytes]) -> tuple[Path, bytes]:
    """The file that a case damages, and its bytes."""
    path = files[number % len(files)]
    alike = [sound[p] for p in files if p != path]
    return path, damaged(sound[path], alike, random.Random(f"{name}/{seed}/{number}"))


def work(name: str, seed: int, numbers: range, keep: Path) -> Iterator[Fail]:
    """Run cases, and tell of each."""
    make, read = reader(name)
    with tempfile.TemporaryDirectory() as folder:
        files = make(Path(folder))
        sound = {path: path.read_bytes() for path in files}
        for path in files:  # the files themselves are sound, and warm everything up
            what, why = attempt(read, path)
            if what != "read":
                yield {"number": -1, "what": f"a sound file is {what}", "why": f"{path.name}: {why}"}
                return
        yield {"number": -1, "what": "ready"}
        for number in numbers:
            path, data = case(name, seed, number, files, sound)
            path.write_bytes(data)
            with bounded_memory():
                what, why = attempt(read, path)
            if what not in ("read", "refused"):
                keep.mkdir(parents=True, exist_ok=True)
                kept = keep / f"{name}-{seed}-{number}-{path.name}"
                kept.write_bytes(smaller(data, path, read, what))
                why = f"{why}; kept in {kept}"
            path.write_bytes(sound[path])
            yield {"number": number, "what": what, "why": why}


def smaller(data: bytes, path: Path, read: Callable[[Path], object], what: str, tries: int = 60) -> bytes:
    """A shorter file that fails in the same way, as far as a few attempts find one."""
    part = len(data) // 2
    while part and tries and not what.startswith("longer"):
        at = 0
        while at < len(data) and tries:
            shorter, tries = data[:at] + data[at + part :], tries - 1
            path.write_bytes(shorter)
            if attempt(read, path)[0] == what:
                data = shorter
            else:
                at += part
        part //= 2
    return data


@contextlib.contextmanager
def bounded_memory() -> Iterator[None]:
    """This process may grow by `GIBIBYTES` and no more."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + GIBIBYTES * 2**30, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def too_slow(*_: object) -> None:
    raise TooSlow


def worker(name: str, seed: int, numbers: range, keep: Path) -> None:
    """A process that runs cases, and prints a line of JSON for each."""
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)  # libtiff and others print by themselves
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, too_slow)
    for one in work(name, seed, numbers, keep):
        told.write(json.dumps(one) + "\n")


# --- from outside -----------------------------------------------------------------------------------------------------


def run_reader(name: str, n: int, seed: int, keep: Path) -> tuple[Counter[str], list[str]]:
    """All cases of a reader: how often what happened, and the failures in words."""
    counts: Counter[str] = Counter()
    failures: list[str] = []
    begin = 0
    while begin < n and len(failures) < MOST_FAILURES:
        begin = _run_process(name, range(begin, n), seed, keep, counts, failures)
    return counts, failures


def _run_process(name: str, numbers: range, seed: int, keep: Path, counts: Counter[str], failures: list[str]) -> int:
    """Run cases in one process until it ends or must be ended; the number of the next case."""
    command = [sys.executable, str(SCRIPT), name, "--worker", f"{numbers.start}:{numbers.stop}"]
    command += ["--seed", str(seed), "--keep", str(keep)]
    again = f"scripts/fuzz {name} --seed {seed} --case"
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "FATHOM_CACHE": cache}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        following, ready = numbers.start, False
        for line in _lines_of(process, PATIENCE * SECONDS):
            one = json.loads(line)
            if one["number"] < 0:
                ready = one["what"] == "ready"
                if not ready:
                    failures.append(f"{name}: {one['what']} ({one['why']})")
                continue
            following = one["number"] + 1
            counts[one["what"]] += 1
            if one["what"] not in ("read", "refused"):
                failures.append(f"{again} {one['number']}: {one['what']}: {one['why']}")
                if len(failures) >= MOST_FAILURES:
                    process.kill()
        code = process.wait()
    if not ready:
        failures.append(f"{name}: its process ended with {code} before the first case")
        return numbers.stop
    if following < numbers.stop and len(failures) < MOST_FAILURES:
        what = f"longer than {PATIENCE * SECONDS:g} s" if code == -signal.SIGKILL else f"process ended with {code}"
        counts[what] += 1
        failures.append(f"{again} {following}: {what}")
        following += 1
    return following


def _lines_of(process: subprocess.Popen[str], patience: float) -> Iterator[str]:
    """The lines that a process prints; it is killed where it prints none for so many seconds."""
    lines: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=listen, daemon=True).start()
    waiting = 60 + patience  # the first takes longer: everything is imported
    while True:
        try:
            line = lines.get(timeout=waiting)
        except queue.Empty:
            process.kill()
            return
        if line is None:
            return
        waiting = patience
        yield line


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("readers", nargs="*", metavar="READER", help="all of them where none is named")
    parser.add_argument("-n", type=int, default=10_000, help="cases of each reader (10,000)")
    parser.add_argument("--seed", type=int, default=0, help="another seed damages otherwise (0)")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, help="readers at once (as many as processors)")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="where files that fail are kept")
    parser.add_argument("--case", type=int, help="run this case alone, with its traceback")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.worker:
        begin, end = map(int, told.worker.split(":"))
        worker(told.readers[0], told.seed, range(begin, end), told.keep)
        return 0
    if unknown := set(told.readers) - set(names()):
        parser.error(f"there is no reader {', '.join(sorted(unknown))}: choose among {', '.join(names())}")
    if told.case is not None:
        return show(told.readers[0], told.seed, told.case)
    failed, chosen = False, told.readers or names()
    with ThreadPoolExecutor(told.j) as pool:
        jobs = [pool.submit(run_reader, name, told.n, told.seed, told.keep) for name in chosen]
        for name, job in zip(chosen, jobs, strict=True):
            counts, failures = job.result()
            print(f"{name:<22}" + "  ".join(f"{what} {count:,}" for what, count in counts.most_common()), flush=True)
            for line in failures:
                print(f"    {line}", flush=True)
            failed |= bool(failures)
    return int(failed)


def show(name: str, seed: int, number: int) -> int:
    """One case, in this process."""
    make, read = reader(name)
    with tempfile.TemporaryDirectory() as folder:
        files = make(Path(folder))
        path, data = case(name, seed, number, files, {p: p.read_bytes() for p in files})
        path.write_bytes(data)
        print(f"{path.name}, {len(data):,} bytes: {data[:200]!r}")
        try:
            print(repr(read(path))[:1000])
        except (UserError, Unreadable) as error:
            print(f"refused: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
