"""What fathom's trainings reach on real data: each row is trainings through the command line, over several seeds."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.comparison import Ask, Figures
from benchmarks.data import DATA, FASHION


@dataclass(frozen=True)
class Quality:
    """One line of the table: what is trained on what, and which figure must be reached.

    Attributes:
        what: in words.
        arguments: of ``fathom train``.
        split: ``test`` or ``dev``: which accuracy is reported.
        wanted: what it must reach, in words.
        rounds: how many seeds; a row whose first training takes more than three minutes stops there.
    """

    what: str
    arguments: tuple[str, ...]
    split: str
    wanted: str = ""
    rounds: int = 3
    threads: int = os.cpu_count() or 1

    @property
    def contenders(self) -> Mapping[str, Callable[[Ask], Figures]]:
        """Only fathom."""
        return {"fathom": self.train}

    def train(self, ask: Ask) -> Figures:
        """Train once through the command line, and read the figures from the run folder."""
        out = ask.folder / "run"
        quick = ("--epochs", "1") if ask.quick else ()
        seconds = fathom("train", *self.arguments, *quick, "--seed", str(ask.seed), "--out", str(out))
        if self.split == "test":
            fathom("test", str(out))
        figures = json.loads((out / "figures.json").read_text(encoding="utf-8"))
        baselines = figures["test_baselines"] if self.split == "test" else figures["baselines"]
        simple = [b for b in baselines if "pretrained" not in b["name"]]
        return {
            "accuracy": 1 - figures["splits"][self.split]["value"],
            "baseline": 1 - simple[-1]["value"],
            "seconds": seconds,
        }


@dataclass(frozen=True)
class StartUp:
    """How long the shortest commands take."""

    rounds: int = 1
    threads: int = os.cpu_count() or 1

    @property
    def contenders(self) -> Mapping[str, Callable[[Ask], Figures]]:
        """Only fathom."""
        return {"fathom": self.start}

    def start(self, ask: Ask) -> Figures:
        """Median seconds of ``--help`` and of a cold prediction."""
        out = str(ask.folder / "run")
        fathom("train", str(DATA / "catvnoncat"), "--net", "convnet", "--epochs", "1", "--out", out)
        picture = str(next((DATA / "catvnoncat" / "test" / "cat").iterdir()))
        helps = [fathom("--help") for _ in range(5)]
        predicts = [fathom("predict", out, picture) for _ in range(5)]
        return {"help": statistics.median(helps), "predict": statistics.median(predicts)}


def fathom(*arguments: str) -> float:
    """Run the command line and return the seconds it took."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "fathom", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"fathom {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - began


def cats(*arguments: str) -> tuple[str, ...]:
    """Train on all 209 photos, as the published figures did, and score the 50 of the test split."""
    return (str(DATA / "catvnoncat"), "--dev", "none", *arguments)


def drawn(*arguments: str) -> tuple[str, ...]:
    """Train on the drawn cats as they come."""
    return ("practice:cats", "--net", *arguments)


PUBLISHED = "72 % (published: 80 %, from one seed)"
ROWS: dict[str, Quality] = {
    "catvnoncat-logistic": Quality("catvnoncat, logistic regression", cats("--net", "logistic"), "test", "70 %"),
    "catvnoncat-mlp": Quality(
        "catvnoncat, MLP 12288-20-7-5", cats("--net", "mlp", "--set", "hidden=20,7,5"), "test", PUBLISHED, 10
    ),
    "catvnoncat-pretrained": Quality("catvnoncat, pretrained", cats("--net", "pretrained"), "test", "96 %"),
    "catdog": Quality(
        "catdog photos, pretrained", (str(DATA / "catdog"), "--net", "pretrained"), "dev", "97.5 % in 60 s"
    ),
    "digits": Quality("practice:digits, default", ("practice:digits",), "dev", "98.5 %"),
    "fashion": Quality("Fashion-MNIST, default", (str(FASHION),), "test", "92.8 % in 180 s, aim 93.3 %"),
    "adult": Quality(
        "adult, default",
        (str(DATA / "adult" / "adult.csv"), "--target", "income"),
        "dev",
        "within 1.5 points of gradient boosting",
    ),
    "cats-logistic": Quality("practice:cats, logistic", drawn("logistic"), "dev"),
    "cats-mlp": Quality("practice:cats, MLP 20,7,5", drawn("mlp", "--set", "hidden=20,7,5"), "dev"),
    "cats-convnet": Quality("practice:cats, convnet", drawn("convnet"), "dev"),
    "cats-pretrained": Quality("practice:cats, pretrained", drawn("pretrained"), "dev"),
}
