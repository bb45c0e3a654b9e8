"""Whatever is sent to ``fathom serve``, it answers with a status below 500 and a sentence.

    service_fuzz.py [TASK …] [-n 2000] [--seed 0]

Of each task a small run is served. `from_document` sends what its OpenAPI document allows and what it forbids, made up
by schemathesis; `damaged_files` sends sound files of each kind that is read, damaged, and bodies whose framing is.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path += [str(Path(__file__).parent), *(str(Path(__file__).parents[1] / name) for name in ("", "bad_input"))]

import fuzz_files
from fuzz_mutations import damaged
from running import Running, running

from fathom.serving.service.limits import Limits
from fathom.testing import train
from task_cases import CASES

Files = Callable[[Path], list[Path]]
TASKS: dict[str, tuple[str, tuple[Files, ...]]] = {
    "pictures": ("pictures", (fuzz_files.pictures,)),
    "table": ("classes", (fuzz_files.csv, fuzz_files.tsv, fuzz_files.json_rows, fuzz_files.parquet)),
    "text": ("texts", (fuzz_files.texts, fuzz_files.csv)),
    "sounds": ("words", (fuzz_files.recordings,)),
    "speech": ("speech", (fuzz_files.recordings,)),
    "language model": ("running text", (fuzz_files.running_text,)),
    "music": ("music", (fuzz_files.midi, fuzz_files.pieces)),
}
"""Task → the case that is trained, and the files that its server reads."""
LEAKS = ("Traceback", 'File "', "/tmp/", "/home/", "/root/", "site-packages", " object at 0x")
LIMITS = Limits(tokens=20, read_time=10)
ADDRESSES = {"speech": ("/predict", "/transcribe", "/transcribe?by=whisper")}
"""To which files are sent in turn, of tasks that answer at more than one address."""


def trained(task: str, folder: Path) -> Path:
    """A small run."""
    case = CASES[TASKS[task][0]]
    folder.mkdir(parents=True, exist_ok=True)
    return train(case.make(folder), folder / task.replace(" ", "-"), case, epochs=1).path


def wrong(answer: Any) -> str:
    """What is wrong with an answer; "" where nothing is."""
    if answer.status_code >= 500:
        return f"{answer.status_code}: {answer.text[:300]}"
    text = answer.text
    if leak := next((one for one in LEAKS if one in text), None):
        return f"{answer.status_code} tells {leak!r}: {text[:300]}"
    told: Any = {}
    if answer.status_code >= 400 and answer.status_code != 405:
        with contextlib.suppress(ValueError):
            told = json.loads(text)
        if "\n" in str(told.get("error", "\n")) or len(str(told["error"])) > 1000:
            return f"{answer.status_code} has no sentence: {text[:300]}"
    return ""


def from_document(one: Running, examples: int, number: int = 0) -> tuple[Counter[int], list[str]]:
    """Send what the document of a server allows, and some of what it forbids, half of each.

    Args:
        one: that runs.
        examples: of all operations together.
        number: of the seed.

    Returns:
        how often there was each status, and what was wrong.
    """
    document = schemathesis.openapi.from_dict(one.client.get("/openapi.json").json())
    document.config.update(base_url=str(one.client.base_url))
    operations = [found.ok() for found in document.get_all_operations()]
    asked = [op for op in operations if op.method.upper() == "POST" and op.path.count("/") == 1]
    counts: Counter[int] = Counter()
    failures: list[str] = []
    for op in asked:
        for mode in schemathesis.GenerationMode:
            _send(op.as_strategy(generation_mode=mode), one, examples // (2 * len(asked)), number, counts, failures)
    return counts, failures


def _send(strategy: Any, one: Running, examples: int, number: int, counts: Counter[int], failures: list[str]) -> None:
    @seed(number)
    @settings(
        max_examples=max(1, examples), deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def send(case: Any) -> None:
        answer = case.call(base_url=str(one.client.base_url), timeout=60)
        counts[answer.status_code] += 1
        if why := wrong(answer):
            failures.append(f"{case.method} {case.path} {str(case.body)[:200]}: {why}")

    send()


def damaged_files(one: Running, task: str, examples: int, number: int = 0) -> tuple[Counter[int], list[str]]:
    """Send sound files, damaged, as files of forms and by themselves, and bodies whose framing is damaged.

    Args:
        one: that runs.
        task: one of `TASKS`.
        examples: how many.
        number: of the seed.

    Returns:
        how often there was each status, and what was wrong.
    """
    rng, counts, failures = random.Random(f"{task}/{number}"), Counter[int](), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        sound = [path for make in TASKS[task][1] for path in make(Path(folder) / make.__name__)]
        files = {path.name: path.read_bytes() for path in sound if path.is_file()}
    addresses = cycle(ADDRESSES.get(task, ("/predict",)))
    for (name, kind, body), address in zip(_bodies(one, files, rng, examples), addresses):
        try:
            answer = one.client.post(address, content=body, headers={"Content-Type": kind})
        except httpx.TransportError as error:
            failures.append(f"{address} {name}: {type(error).__name__} {error}")
            continue
        counts[answer.status_code] += 1
        if why := wrong(answer):
            failures.append(f"{address} {name}: {why}")
    return counts, failures


def _bodies(
    one: Running, files: dict[str, bytes], rng: random.Random, examples: int
) -> Iterator[tuple[str, str, bytes]]:
    """The name of a case, its Content-Type and its body."""
    names = sorted(files)
    for i in range(examples):
        name = names[i % len(names)]
        others = [data for other, data in files.items() if other != name]
        data = damaged(files[name], others, rng)
        form = one.client.build_request(
            "POST", "/predict", files=[("file", (name, data)), ("file", (name, files[name]))]
        )
        body = form.read()
        match i % 4:
            case 0:
                yield f"{i} {name}", "application/octet-stream", data
            case 1 | 2:
                yield f"{i} {name} in a form", form.headers["content-type"], body
            case 3:
                yield f"{i} {name} in a damaged form", form.headers["content-type"], damaged(body, [data], rng)


def main() -> int:
    """Fuzz, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=list(TASKS), metavar="TASK", help=", ".join(TASKS))
    parser.add_argument("-n", type=int, default=2000, help="examples of each task, from the document and of files")
    parser.add_argument("--seed", type=int, default=0)
    asked, failed = parser.parse_args(), 0
    for task in asked.tasks:
        with tempfile.TemporaryDirectory() as folder, running([trained(task, Path(folder))], LIMITS) as one:
            ways = {
                "document": partial(from_document, one, asked.n, asked.seed),
                "files": partial(damaged_files, one, task, asked.n, asked.seed),
            }
            for way, fuzz in ways.items():
                begun = time.monotonic()
                counts, failures = fuzz()
                told = " · ".join(f"{status} {count:,}" for status, count in sorted(counts.items()))
                print(f"{task:15} {way:9} {sum(counts.values()):6,} in {time.monotonic() - begun:4.0f} s   {told}")
                for failure in failures[:20]:
                    print(f"    {failure}")
                failed += len(failures)
    print("nothing was wrong" if not failed else f"{failed:,} were answered as they must not be")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
