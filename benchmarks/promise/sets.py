"""The sets that the promise is tested on; those that some setting was chosen on are told from those that were not."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.data import DATA, FASHION

Make = Callable[[Path, int], str]
"""An empty folder and a seed → what ``fathom train`` is given."""


@dataclass(frozen=True)
class PromiseSet:
    """One set.

    Attributes:
        task: as fathom calls it.
        make: lays the data out.
        arguments: of ``fathom train`` besides the data: what nobody could find out, and the budget.
        tuned_on: whether a setting of a default was chosen by looking at it, or at parts of it.
        own_test: its test split is always the same, so that seeds change the net alone.
        seeds: how often it is trained.
    """

    task: str
    make: Make
    arguments: tuple[str, ...] = ()
    tuned_on: bool = False
    own_test: bool = False
    seeds: int = 5


def shared(*parts: str) -> Make:
    """A set as it lies in the folder of real data."""
    return lambda _folder, _seed: str(DATA.joinpath(*parts))


def practice(name: str, drawn: bool = False) -> Make:
    """A practice set; one that is drawn is another for each seed, of others the splits are."""
    return lambda _folder, seed: f"practice:{name}?seed={seed}" if drawn else f"practice:{name}"


def friedman(folder: Path, seed: int) -> str:
    """Friedman's first function: five of ten columns matter, smoothly and together, with noise (Friedman 1991)."""
    from sklearn.datasets import make_friedman1

    x, y = make_friedman1(1000, noise=1.0, random_state=seed)
    return _table(folder, np.column_stack([x, y]).round(5).tolist(), [f"x{i}" for i in range(10)])


def rules(folder: Path, seed: int) -> str:
    """Classes by rules on thresholds, as trees have them, with one label in twenty wrong."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(2000, 8)).round(4)
    yes = ((x[:, 0] > 0.6) & (x[:, 1] < 0.5)) | ((x[:, 2] > 0.7) & (x[:, 3] > 0.4))
    yes ^= rng.uniform(size=2000) < 0.05
    rows = [[*row, "yes" if one else "no"] for row, one in zip(x.tolist(), yes)]
    return _table(folder, rows, [f"x{i}" for i in range(8)])


def languages(folder: Path, seed: int) -> str:
    """English and German sentences, the first six words of each."""
    rng = np.random.default_rng(seed)
    lines = (DATA / "multi30k" / "train.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = []
    for place in rng.permutation(len(lines))[:1500]:
        side = int(rng.integers(2))
        rows.append([" ".join(lines[place].split("\t")[side].split()[:6]), ("English", "German")[side]])
    return _table(folder, rows, ["text"])


def few_fashion(folder: Path, seed: int) -> str:
    """2,500 pictures of Fashion-MNIST."""
    import gzip

    from PIL import Image

    pixels = gzip.decompress((FASHION / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((FASHION / "train-labels-idx1-ubyte.gz").read_bytes())
    pictures = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28)
    for place in np.random.default_rng(seed).permutation(len(pictures))[:2500]:
        where = folder / "data" / str(labels[8 + place])
        where.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pictures[place]).save(where / f"{place}.png")
    return str(folder / "data")


def held_out_speaker(folder: Path, seed: int) -> str:
    """Spoken digits, all of one of the six speakers in test."""
    with (DATA / "fsdd" / "metadata.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    speakers = sorted({row["speaker"] for row in rows})
    for part in ("train", "test"):
        place = folder / "data" / part
        place.mkdir(parents=True)
        kept = [row for row in rows if (row["speaker"] == speakers[seed % len(speakers)]) == (part == "test")]
        for row in kept:
            (place / Path(row["file_name"]).name).hardlink_to(_near(folder, DATA / "fsdd" / row["file_name"]))
        with (place / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", "label", "speaker"])
            writer.writerows([Path(row["file_name"]).name, row["label"], row["speaker"]] for row in kept)
    return str(folder / "data")


def _near(folder: Path, path: Path) -> Path:
    """A copy on the disk of the folder, which other names can be given to."""
    near = folder / "copies" / path.name
    if not near.exists():
        near.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, near)
    return near


def _table(folder: Path, rows: list[list[object]], columns: list[str]) -> str:
    path = folder / "data.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*columns, "target"], *rows])
    return str(path)


_MINUTES = ("--budget", "4m")

SETS: dict[str, PromiseSet] = {
    "adult": PromiseSet("table", shared("adult", "adult.csv"), ("--target", "income"), tuned_on=True),
    "housing": PromiseSet("table", shared("housing", "housing.csv"), ("--target", "median_house_value")),
    "white wine": PromiseSet("table", shared("winequality-white", "winequality-white.csv")),
    "breast cancer": PromiseSet("table", practice("breast-cancer"), tuned_on=True),
    "diabetes": PromiseSet("table", practice("diabetes"), tuned_on=True),
    "friedman": PromiseSet("table", friedman, tuned_on=True),
    "rules": PromiseSet("table", rules, tuned_on=True),
    "reviews": PromiseSet("text", shared("rt_polarity", "reviews.csv"), _MINUTES, tuned_on=True, seeds=3),
    "questions": PromiseSet("text", shared("trec6"), _MINUTES, own_test=True, seeds=3),
    "messages": PromiseSet("text", shared("sms", "SMSSpamCollection"), ("--header", "no", *_MINUTES), seeds=3),
    "surnames": PromiseSet("text", shared("names18", "names18.csv"), _MINUTES, tuned_on=True, seeds=3),
    "languages": PromiseSet("text", languages, _MINUTES, seeds=3),
    "entities": PromiseSet("tagging", shared("wnut17"), _MINUTES, tuned_on=True, own_test=True, seeds=3),
    "drawn cats": PromiseSet("image", practice("cats", drawn=True), seeds=3),
    "cats of the course": PromiseSet("image", shared("catvnoncat"), own_test=True),
    "few clothes": PromiseSet("image", few_fashion, _MINUTES, tuned_on=True, seeds=3),
    "digits": PromiseSet("image", practice("digits"), seeds=3),
    "streets": PromiseSet("segmentation", shared("camvid"), ("--budget", "10m"), True, True, 1),
    "membranes": PromiseSet("segmentation", shared("isbi"), _MINUTES, tuned_on=True, seeds=3),
    "faces": PromiseSet("verification", shared("orl_faces"), _MINUTES, tuned_on=True, seeds=3),
    "raccoons": PromiseSet("detection", shared("raccoon"), ("--budget", "8m"), tuned_on=True, seeds=1),
    "spoken digits": PromiseSet("speech-commands", held_out_speaker, _MINUTES, tuned_on=True, seeds=6),
    "sentences": PromiseSet("speech", shared("ljspeech150"), ("--budget", "8m"), tuned_on=True, seeds=2),
    "yes and no": PromiseSet("speech", shared("yesno"), ("--budget", "2m"), tuned_on=True, seeds=3),
    "Shakespeare": PromiseSet("language", shared("tinyshakespeare"), _MINUTES, True, True, 1),
    "dinosaurs": PromiseSet("language", shared("dinos"), _MINUTES, tuned_on=True, seeds=3),
    "captions": PromiseSet("translation", shared("multi30k"), ("--budget", "20m"), True, True, 1),
    "phrases": PromiseSet("translation", shared("deu_head"), _MINUTES, seeds=1),
    "chorales": PromiseSet("music", shared("jsb_chorales", "jsb-chorales-quarter.json"), _MINUTES, True, True, 2),
}
"""By name. What is said to be tuned on was looked at while a rule of some default was chosen; the others were not."""
