"""Measure what fathom reaches on real data, and write it to RESULTS.md.

Each row is one or more trainings through the command line, exactly as a user would type them, over several seeds. What
is measured is kept in ``.state``, so that an interrupted bench goes on where it stopped; ``--fresh`` starts anew.

    python -m benchmarks.run             every row
    python -m benchmarks.run fashion     one row
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
STATE = HERE / ".state"
DATA = Path(os.environ.get("FATHOM_DATA", HERE.parents[1] / "shared" / "data"))
FASHION = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))

Figures = dict[str, float]


@dataclass(frozen=True)
class Row:
    """One line of the table: what is trained on what, and which figure must be reached.

    Attributes:
        what: in words.
        arguments: of ``fathom train``.
        figure: ``test`` or ``dev``: which split's accuracy is reported.
        wanted: what it must reach, in words.
        seeds: how many.
    """

    what: str
    arguments: tuple[str, ...]
    figure: str
    wanted: str
    seeds: int = 3


def cats(*arguments: str) -> tuple[str, ...]:
    """Train on all 209 photos, as the published figures did, and score the 50 of the test split."""
    return (str(DATA / "catvnoncat"), "--dev", "none", *arguments)


ROWS = {
    "catvnoncat-logistic": Row("catvnoncat, logistic regression", cats("--net", "logistic"), "test", "70 %"),
    "catvnoncat-mlp": Row(
        "catvnoncat, MLP 12288-20-7-5",
        cats("--net", "mlp", "--set", "hidden=20,7,5"),
        "test",
        "72 % (published: 80 %, from one seed)",
        10,
    ),
    "catvnoncat-pretrained": Row("catvnoncat, pretrained", cats("--net", "pretrained"), "test", "96 %"),
    "catdog": Row(
        "catdog photos, pretrained", (str(DATA / "catdog"), "--net", "pretrained"), "dev", "97.5 % in 60 s"
    ),
    "digits": Row("practice:digits, default", ("practice:digits",), "dev", "98.5 %"),
    "fashion": Row("Fashion-MNIST, default", (str(FASHION),), "test", "92.8 % in 180 s, aim 93.3 %"),
    "adult": Row(
        "adult, default",
        (str(DATA / "adult" / "adult.csv"), "--target", "income"),
        "dev",
        "within 1.5 points of gradient boosting",
    ),
    "cats-logistic": Row("practice:cats?n=2000, logistic", ("practice:cats?n=2000", "--net", "logistic"), "dev", ""),
    "cats-mlp": Row("practice:cats?n=2000, MLP 20,7,5", ("practice:cats?n=2000", "--net", "mlp", "--set", "hidden=20,7,5"), "dev", ""),
    "cats-convnet": Row("practice:cats?n=2000, convnet", ("practice:cats?n=2000", "--net", "convnet"), "dev", ""),
    "cats-pretrained": Row("practice:cats?n=2000, pretrained", ("practice:cats?n=2000", "--net", "pretrained"), "dev", ""),
}  # fmt: skip


def fathom(*arguments: str) -> float:
    """Run the command line and return the seconds it took."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "fathom", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"fathom {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - began


def measure(row: Row, seed: int) -> Figures:
    """Train once, and read the figures from the run folder."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "run")
        seconds = fathom("train", *row.arguments, "--seed", str(seed), "--out", out)
        if row.figure == "test":
            fathom("test", out)
        figures = json.loads((Path(out) / "figures.json").read_text(encoding="utf-8"))
    baselines = figures["test_baselines"] if row.figure == "test" else figures["baselines"]
    simple = [b for b in baselines if "pretrained" not in b["name"]]
    return {
        "accuracy": 1 - figures["splits"][row.figure]["value"],
        "baseline": 1 - simple[-1]["value"],
        "seconds": seconds,
    }


def kept(name: str, seed: int, make: Callable[[], Figures]) -> Figures:
    """The figures as measured before, or measured now."""
    path = STATE / f"{name}-{seed}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    figures = make()
    STATE.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures), encoding="utf-8")
    return figures


def spread(values: list[float], scale: float = 100, unit: str = " %") -> str:
    """Mean and standard deviation; one value stands alone."""
    if len(values) == 1:
        return f"{scale * values[0]:.1f}{unit}"
    return f"{scale * statistics.mean(values):.1f} ± {scale * statistics.stdev(values):.1f}{unit}"


def start_up() -> dict[str, str]:
    """Median seconds of ``--help`` and of a cold prediction."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "run")
        fathom("train", str(DATA / "catvnoncat"), "--net", "convnet", "--epochs", "1", "--out", out)
        picture = str(next((DATA / "catvnoncat" / "test" / "cat").iterdir()))
        helps = [fathom("--help") for _ in range(5)]
        predicts = [fathom("predict", out, picture) for _ in range(5)]
    return {"help": f"{statistics.median(helps):.2f} s", "predict": f"{statistics.median(predicts):.2f} s"}


def write() -> None:
    """Write RESULTS.md from all that is in the state."""
    import torch

    lines = [
        "# What fathom reaches",
        "",
        f"Measured on {platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, torch {torch.__version__}; mean ± standard deviation over seeds. A training's "
        "seconds are those of the whole command, reading and report included. `make bench` measures it again.",
        "",
        "| command: `fathom train …` | accuracy | wanted | simple baseline | seconds | seeds |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in ROWS.items():
        found = [
            json.loads(p.read_text(encoding="utf-8")) for p in sorted(STATE.glob(f"{name}-*.json")) if _is(p, name)
        ]
        if found:
            accuracy, baseline = ([f[key] for f in found] for key in ("accuracy", "baseline"))
            seconds = spread([f["seconds"] for f in found], 1, "")
            lines.append(
                f"| {row.what} | {spread(accuracy)} {row.figure} | {row.wanted} | {spread(baseline)} | {seconds} | {len(found)} |"
            )
    started = STATE / "start-up.json"
    if started.exists():
        times = json.loads(started.read_text(encoding="utf-8"))
        lines += ["", f"`fathom --help` {times['help']}; `fathom predict` on one picture, cold, {times['predict']}."]
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _is(path: Path, name: str) -> bool:
    return path.stem.removeprefix(name + "-").isdigit()


def main() -> None:
    """Measure what is asked, and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", nargs="*", help=f"of {', '.join(ROWS)}, start-up; all when none is named")
    parser.add_argument("--seeds", type=int, help="at most so many seeds for each row")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    asked = parser.parse_args()
    if asked.fresh:
        shutil.rmtree(STATE, ignore_errors=True)
    for name in asked.rows or [*ROWS, "start-up"]:
        if name == "start-up":
            STATE.mkdir(exist_ok=True)
            (STATE / "start-up.json").write_text(json.dumps(start_up()), encoding="utf-8")
            write()
            continue
        row = ROWS[name]
        for seed in range(min(row.seeds, asked.seeds or row.seeds)):
            figures = kept(name, seed, lambda row=row, seed=seed: measure(row, seed))
            print(name, seed, {k: round(v, 4) for k, v in figures.items()}, flush=True)
            write()
    write()


if __name__ == "__main__":
    main()
