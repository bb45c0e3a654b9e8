"""What fathom reaches on text, speech and music: each row is trainings, told in the figure of its own field."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison import Ask, Figures
from benchmarks.data import DATA
from benchmarks.digit_strings import write as write_strings
from benchmarks.quality import fathom


@dataclass(frozen=True)
class Sequence:
    """One line of the table.

    Attributes:
        what: in words.
        arguments: of ``fathom train``.
        split: of which the figure is told.
        figure: what it is called, where it is not the task's metric but one of those beside it; 1 minus the error for
            ``"right"``.
        wanted: what it must reach, in words.
        rounds: how many seeds, each with a split of its own where the data has none ready; a row whose first training
            takes more than three minutes stops there.
        also: another figure beside the metric that is told, too.
        make: writes data into a folder first, given the seed, and returns what to train on.
    """

    what: str
    arguments: tuple[str, ...]
    split: str
    figure: str
    wanted: str = ""
    rounds: int = 3
    make: Callable[[Path, int], Path] | None = None
    also: str = ""
    threads: int = os.cpu_count() or 1

    @property
    def contenders(self) -> Mapping[str, Callable[[Ask], Figures]]:
        """Only fathom."""
        return {"fathom": self.train}

    def train(self, ask: Ask) -> Figures:
        """Train once through the command line, and read the figures from the run folder."""
        out = ask.folder / "run"
        given = (str(self.make(ask.folder / "data", ask.seed)),) if self.make else ()
        quick = ("--epochs", "1") if ask.quick else ()
        seconds = fathom("train", *given, *self.arguments, *quick, "--seed", str(ask.seed), "--out", str(out))
        if self.split == "test":
            fathom("test", str(out))
        figures = json.loads((out / "figures.json").read_text(encoding="utf-8"))
        baselines = figures["test_baselines"] if self.split == "test" else figures["baselines"]
        simple = [b for b in baselines if "pretrained" not in b["name"]]
        beside = {name: splits[self.split] for name, splits in figures.get("beside", {}).items()}
        return {
            "value": figures["splits"][self.split]["value"],
            "baseline": simple[-1]["value"],
            "seconds": seconds,
            **beside,
        }

    def told(self, figures: Figures) -> float:
        """The figure that the row tells."""
        return 1 - figures["value"] if self.figure == "right" else figures.get(self.figure, figures["value"])


@dataclass(frozen=True)
class Invented:
    """Names that a language model makes up: how many are new, and how likely a model of other names finds them.

    Attributes:
        what: in words.
        arguments: of ``fathom train``; the data is a file with one name a line.
        names: how many are made up.
    """

    what: str
    arguments: tuple[str, ...]
    names: int = 200
    rounds: int = 1
    threads: int = os.cpu_count() or 1

    @property
    def contenders(self) -> Mapping[str, Callable[[Ask], Figures]]:
        """Only fathom."""
        return {"fathom": self.train}

    def train(self, ask: Ask) -> Figures:
        """Train, make names up, and judge them by the n-gram model of the training names."""
        import fathom as library
        from fathom.runs.load import load_task
        from fathom.runs.prepare import source_of

        out = ask.folder / "run"
        seconds = fathom("train", *self.arguments, "--seed", str(ask.seed), "--out", str(out))
        run = library.load(out)
        task = load_task(run.folder)
        known = {e.id: e.input for e in task.examples(source_of(run.folder.read_recipe())).items}
        splits = dict(zip(run.results["id"], run.results["split"], strict=True))
        train = [text for name, text in known.items() if splits.get(name) == "train"]
        dev = [text for name, text in known.items() if splits.get(name) == "dev"]
        made = ["".join(run.generate(seed=seed, length=60)) for seed in range(20 if ask.quick else self.names)]
        judged = judge(train, [dev, made])
        return {
            "value": run.figures["dev"].value,
            "new": sum(name not in set(train) for name in made) / len(made),
            "distinct": len(set(made)) / len(made),
            "bits of dev": judged[0],
            "bits of made": judged[1],
            "seconds": seconds,
        }


def judge(train: list[str], groups: list[list[str]]) -> list[float]:
    """Bits per character of each group of names under 5-grams of the training names."""
    import numpy as np

    from fathom.tasks.text.language_model_baselines import WittenBell

    letters = {c: i for i, c in enumerate(sorted({c for group in [train, *groups] for name in group for c in name}), 1)}
    coded = [[np.array([0, *(letters[c] for c in name), 0]) for name in group] for group in (train, *groups)]
    model = WittenBell(coded[0], len(letters) + 1)
    return [float(-np.log2(model.probability(group)).mean()) for group in coded[1:]]


SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")


def held_out(speaker: str) -> Sequence:
    """Spoken digits with one of the six speakers in the test split alone."""
    arguments = (str(DATA / "fsdd"), "--group", "speaker", "--set", f"held_out={speaker}")
    return Sequence(
        f"spoken digits, {speaker} held out", arguments, "test", "right", "97.5 % on average, 95 % the worst", 1
    )


def strings(folder: Path, seed: int) -> Path:
    """Strings of digits, the speakers mixed."""
    return write_strings(folder, seed=seed)


def reviews(folder: Path, seed: int) -> Path:
    """rt_polarity with a tenth of it for dev, drawn by the seed, and the rest for training."""
    import random

    with (DATA / "rt_polarity" / "reviews.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    random.Random(seed).shuffle(rows)
    folder.mkdir(parents=True)
    for name, part in (("dev", rows[: len(rows) // 10]), ("train", rows[len(rows) // 10 :])):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *part])
    return folder


ROWS: dict[str, Sequence | Invented] = {
    "rt-polarity": Sequence(
        "rt_polarity, default", (), "dev", "right", "83.5 % over 5 splits, in 5 min", 5, reviews
    ),
    **{f"fsdd-{name}": held_out(name) for name in SPEAKERS},
    "names": Sequence("practice:names, which of 12 languages", ("practice:names",), "dev", "right"),
    "shakespeare": Sequence(
        "tinyshakespeare, characters", (str(DATA / "tinyshakespeare"),), "dev", "bits", "2.15 in 9 min, aim 2.0"
    ),
    "jsb": Sequence(
        "JSB chorales", (str(DATA / "jsb_chorales" / "jsb-chorales-quarter.json"),), "test", "nats",
        "8.3 in 2 min, aim 8.05",
    ),
    "dates": Sequence("practice:dates", ("practice:dates",), "dev", "right", "99 % in 1 min"),
    "multi30k": Sequence(
        "multi30k, English to German", (str(DATA / "multi30k"), "--budget", "20m"), "test", "BLEU", "36 in 20 min"
    ),
    "wnut17": Sequence(
        "wnut17", (str(DATA / "wnut17"),), "test", "entity F1", "told beside 41.9, the shared task's best, in 10 min", 1
    ),
    "strings-mixed": Sequence(
        "strings of fsdd digits, speakers mixed", (), "test", "WER", "3 % in 5 min, aim 1.5 %", 1, strings
    ),
    "strings-practice": Sequence(
        "practice:spoken-digits in strings", ("practice:spoken-digits?n=2000&most=6",), "dev", "WER", "5 % in 10 min", 1
    ),
    "ljspeech": Sequence(
        "ljspeech150, 16 minutes of one reader", (str(DATA / "ljspeech150"),), "test", "WER", "told, in 10 min", 1
    ),
    "trigger": Sequence(
        "trigger word 7 among fsdd digits, new speakers",
        (str(DATA / "fsdd"), "--group", "speaker", "--task", "trigger-word", "--set", "trigger=7"),
        "test", "event F1", "", 1,
    ),
    "dinos": Invented("dinos", (str(DATA / "dinos"),)),
    "names-polish": Invented("practice:names, Polish", ("practice:names?n=3000&language=Polish",)),
}  # fmt: skip
"""In the order of the table."""
UNITS = {"bits": "{:.2f} bits", "nats": "{:.2f} nats"}
"""How a figure is written that is no share."""
