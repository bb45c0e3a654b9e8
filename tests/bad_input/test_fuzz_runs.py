"""Damaged and hostile run folders by the hundred: each verb answers with a sentence or works; nothing else.

``FATHOM_FUZZ=20000`` runs a longer campaign, ``FATHOM_FUZZ_SEED`` another one.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from fuzz_mutations import mutate_bytes, mutate_json, mutate_safetensors
from PIL import Image

import fathom
from fathom.errors import FathomError
from fathom.progress import Interrupted
from fathom.testing import StopAt

CASES = int(os.environ.get("FATHOM_FUZZ", "100"))
SEED = int(os.environ.get("FATHOM_FUZZ_SEED", "0"))
SECONDS = 30.0
"""One case at most, on a busy machine."""
MEMORY = 1500 * 2**20
"""Bytes by which the process may grow."""


def rows(path: Path, target: list) -> Path:
    rng = np.random.default_rng(0)
    x = rng.normal(size=len(target))
    kind = rng.choice(["red", "green"], len(target)).tolist()
    pl.DataFrame({"x": x, "kind": kind, "target": target}).write_csv(path)
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Path]:
    """Finished runs of each kind, and interrupted ones."""
    base = tmp_path_factory.mktemp("fuzz")
    data = {
        "classes": rows(base / "classes.csv", ["yes", "no", "maybe"] * 30),
        "numbers": rows(base / "numbers.csv", np.random.default_rng(1).normal(size=90).round(3).tolist()),
        "pictures": base / "pictures",
    }
    for i in range(48):
        path = data["pictures"] / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(i).integers(0, 255, (12, 12, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    made = {}
    for name, source in data.items():
        asked = {"net": "lenet"} if name == "pictures" else {"hidden": "8", "optimizer": "adam"}
        made[name] = fathom.train(source, epochs=2, out=base / f"{name}-run", **asked).path
        part = base / f"{name}-part"
        with pytest.raises(Interrupted):
            fathom.train(source, epochs=60, batch_size=8, out=part, watcher=StopAt(12), **asked)
        made[f"{name}-part"] = part
    return made


def mutate_table(path: Path, rng: random.Random) -> None:
    """A column changed."""
    frame = pl.read_parquet(path)
    name = rng.choice(frame.columns)
    others = [pl.lit(None), pl.lit("x"), pl.lit(-1), pl.lit(float("nan")), pl.lit(1e308), pl.lit([1]), pl.lit(True)]
    kind = rng.randrange(5)
    if kind == 0:
        frame = frame.drop(name)
    elif kind == 1:
        frame = frame.with_columns(rng.choice(others).alias(name))
    elif kind == 2:
        frame = frame.head(rng.choice((0, 1, 2)))
    elif kind == 3:
        frame = frame.rename({name: name + "2"})
    else:
        frame = frame.sample(len(frame), shuffle=True, with_replacement=True, seed=rng.randrange(1000))
    with suppress(pl.exceptions.PolarsError):
        frame.write_parquet(path)


def harm(run: Path, rng: random.Random) -> str:
    """Change one file of a run; says what was done."""
    path = rng.choice(sorted(p for p in run.rglob("*") if p.is_file() and p.name != "report.html"))
    kind = rng.random()
    if kind < 0.08:
        path.unlink()
        replaced = rng.randrange(4)
        if replaced == 1:
            path.mkdir()
        elif replaced == 2:
            path.symlink_to(path.name)
        elif replaced == 3:
            os.mkfifo(path)
        return f"{path.name} replaced by {('nothing', 'a folder', 'a loop', 'a pipe')[replaced]}"
    content = path.read_bytes()
    if path.suffix == ".parquet" and kind < 0.6:
        mutate_table(path, rng)
    elif path.suffix == ".safetensors" and kind < 0.7:
        path.write_bytes(mutate_safetensors(content, rng))
    elif path.suffix == ".json" and kind < 0.85:
        path.write_text(json.dumps(mutate_json(json.loads(content), rng)), encoding="utf-8")
    elif path.suffix == ".jsonl" and kind < 0.85:
        lines = content.decode().splitlines()
        lines[0] = json.dumps(mutate_json(json.loads(lines[0]), rng))
        path.write_text("\n".join(lines), encoding="utf-8")
    else:
        path.write_bytes(mutate_bytes(content, rng))
    return path.name


def verbs(run: Path, other: Path, finished: bool) -> dict[str, Callable[[], Any]]:
    """What can be done with a run; training stops after a few steps."""
    inputs = '{"x": 0.5, "kind": "red"}'
    pictures = sorted((run.parent.parent / "pictures").rglob("*.png"))
    found: dict[str, Callable[[], Any]] = {
        "predict": lambda: fathom.load(run).predict(str(pictures[0]) if "pictures" in other.name else inputs),
        "diagnose": lambda: fathom.diagnose(run),
        "compare": lambda: fathom.compare(other, run),
        "recipe": lambda: fathom.train(recipe=run / "recipe.json", out=run.parent / "again", watcher=StopAt(3)),
    }
    if finished:
        return found | {"test": lambda: fathom.load(run).test(), "report": lambda: fathom.load(run).report()}
    return found | {"resume": lambda: fathom.train(resume=run, watcher=StopAt(3))}


@pytest.mark.filterwarnings("ignore")
def test_no_run_folder_breaks_a_verb(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = random.Random(SEED)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    refused = 0
    base = next(iter(runs.values())).parent
    for number in range(CASES):
        name = rng.choice(list(runs))
        work = base / f"case-{os.getpid()}"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(runs[name], work / "run")
        done = harm(work / "run", rng)
        possible = verbs(work / "run", runs[name.removesuffix("-part")], not name.endswith("-part"))
        cheap = [v for v in possible if v in ("predict", "diagnose", "compare", "resume")]
        verb = rng.choice(cheap if rng.random() < 0.6 else list(possible))
        began, lines = time.monotonic(), 0
        try:
            possible[verb]()
        except (FathomError, Interrupted) as error:
            refused += isinstance(error, FathomError)
            lines = str(error).count("\n")
        except BaseException as error:
            kept = tmp_path / f"case-{number}"
            shutil.move(work, kept)
            raise AssertionError(
                f"case {number} of seed {SEED}: {verb} of {name} after {done}; kept in {kept}"
            ) from error
        assert not lines, f"case {number}: {verb} after {done} gave more than a sentence"
        assert time.monotonic() - began < SECONDS, f"case {number}: {verb} after {done} took too long"
    assert refused > CASES // 5, "too little was refused: the harm does no harm"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before < MEMORY
