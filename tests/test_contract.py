"""One suite for every task: train, kill, resume, test, predict, report, bad input.

A new task is one more line in `CASES`; the suite itself is `fathom.testing.TaskContract`, for tasks from outside too.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from scipy.stats import binom

import drawn_data
import fathom
from fathom.errors import UserError
from fathom.progress import Watcher
from fathom.runs.folder import RunFolder
from fathom.testing import Case, TaskContract, train, weights


def pictures(folder: Path) -> Path:
    """Bright and dark noise, 24 of each, in folders, and one file that is no picture."""
    rng = np.random.default_rng(0)
    for name, level in (("bright", 170), ("dark", 80)):
        for i in range(24):
            path = folder / "data" / name / f"{i:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.clip(rng.normal(level, 60, (12, 12, 3)), 0, 255).astype(np.uint8)).save(path)
    (folder / "data" / "dark" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    return folder / "data"


def table(folder: Path, *, numeric_target: bool) -> Path:
    """Numbers, a category, holes, and a target that depends on them."""
    rng = np.random.default_rng(0)
    x, kind = rng.normal(size=120), rng.choice(["red", "green", "blue"], 120)
    score = 2 * x + 3 * (kind == "red") + rng.normal(0, 0.1, 120)
    target = [f"{s:.4f}" for s in score] if numeric_target else np.where(score > 1, "yes", "no").tolist()
    width = [None if i % 9 == 0 else float(v) for i, v in enumerate(x)]
    path = folder / "data.csv"
    pl.DataFrame({"width": width, "kind": kind.tolist(), "target": target}).write_csv(path)
    return path


def texts(folder: Path) -> Path:
    """Good and bad reviews, of different lengths."""
    rng = np.random.default_rng(0)
    said = {"good": ("fine", "lovely", "clever", "warm"), "bad": ("dull", "awful", "loud", "cold")}
    lines = []
    for i in range(120):
        label = ("good", "bad")[i % 2]
        words = rng.choice(["the", "film", "was", "and", "a", "story", "with"], rng.integers(3, 12)).tolist()
        lines.append({"text": " ".join([*words, *rng.choice(said[label], 2).tolist(), f"no{i}"]), "label": label})
    path = folder / "reviews.csv"
    pl.DataFrame(lines).write_csv(path)
    return path


def toy(folder: Path) -> Path:
    """Of the test double: how many points."""
    (folder / "points.toy").write_text("80")
    return folder / "points.toy"


def chorales(folder: Path) -> Path:
    """Sixty pieces of four chords that follow each other, each begun elsewhere and of another length."""
    chords = [[48, 60, 64, 67], [53, 60, 65, 69], [55, 59, 62, 67], [57, 60, 64, 69]]
    pieces = [[chords[(i + t) % 4] for t in range(6 + i % 7 + i // 7)] for i in range(60)]
    path = folder / "pieces.json"
    path.write_text(json.dumps(pieces), encoding="utf-8")
    return path


def another_note(pieces: Path) -> None:
    """One note of the last piece is another one."""
    text = pieces.read_text(encoding="utf-8")
    pieces.write_text("60".join(text.rsplit("64", 1)), encoding="utf-8")


def words(folder: Path) -> Path:
    """Rising and falling tones of about a quarter of a second, 24 of each, in folders, and one that is cut off."""
    rng = np.random.default_rng(0)
    for name, direction in (("down", -1), ("up", 1)):
        for i in range(24):
            time = np.arange(int(8000 * rng.uniform(0.2, 0.3))) / 8000
            pitch = rng.uniform(500, 1000) * (1 + direction * (time / time[-1] - 0.5))
            sound = np.sin(2 * np.pi * np.cumsum(pitch) / 8000) + rng.normal(0, 0.03, len(time))
            path = folder / "data" / name / f"{i:02}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, 8000, len(time), "NONE", ""))
                file.writeframes((sound * 8000).astype("<i2").tobytes())
    (folder / "data" / "up" / "broken.wav").write_bytes(path.read_bytes()[:1000])
    return folder / "data"


def sentences(folder: Path) -> Path:
    """The same tones in a table with transcripts; some of two words."""
    words(folder)
    said = {"down": "down", "up": "go up"}
    rows = [{"file_name": f"{w}/{i:02}.wav", "transcription": said[w]} for w in said for i in range(24)]
    rows.append({"file_name": "up/broken.wav", "transcription": "up"})
    pl.DataFrame(rows).write_csv(folder / "data" / "metadata.csv")
    return folder / "data"


def tagged(folder: Path) -> Path:
    """Sentences in which a name follows Mr or lives in a place, and one that is ragged."""
    rng = np.random.default_rng(0)
    lines = []
    for i in range(60):
        who, where = rng.choice(["Ant", "Bee", "Cat", "Dog"]), rng.choice(["Rome", "Oslo", "Bern"])
        words = [("Mr", "O"), (who, "B-person"), (f"Jr{i}", "I-person"), ("is", "O"), ("in", "O"), (where, "B-place")]
        lines.append("\n".join(f"{w}\t{t}" for w, t in words[: 6 if i % 3 else 4]))
    lines.append("ragged\tO\nline")
    (folder / "names.conll").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return folder / "names.conll"


def names(folder: Path) -> Path:
    """Eighty made-up names, one a line."""
    parts = ("an", "ber", "do", "el", "fi", "gu", "hel", "ina", "jo")
    path = folder / "names.txt"
    path.write_text("\n".join(a + b for a in parts for b in parts if a != b) + "\n", encoding="utf-8")
    return path


def tale(folder: Path) -> Path:
    """About 2,600 characters of running text, with blank lines."""
    rng = np.random.default_rng(0)
    words = ["the", "king", "sleeps", "and", "who", "wakes", "him", "then"]
    said = "\n\n".join(" ".join(rng.choice(words, 12)) + "." for _ in range(45))
    (folder / "tale.txt").write_text(said, encoding="utf-8")
    return folder / "tale.txt"


def another_letter(text: Path) -> None:
    """The first letter is another one."""
    text.write_text("x" + text.read_text(encoding="utf-8")[1:], encoding="utf-8")


def another_name(sentences: Path) -> None:
    """The first name is another one."""
    text = sentences.read_text(encoding="utf-8")
    sentences.write_text(text.replace("Jr0", "Jr61", 1), encoding="utf-8")


def waited_for(folder: Path) -> Path:
    """The rising tones are waited for; a table says when each is over, and of the falling ones nothing."""
    words(folder)
    rows = [{"file_name": f"up/{i:02}.wav", "end": "0.10"} for i in range(24)]
    rows += [{"file_name": f"down/{i:02}.wav", "end": ""} for i in range(24)]
    rows.append({"file_name": "up/broken.wav", "end": "0.10"})
    pl.DataFrame(rows).write_csv(folder / "data" / "events.csv")
    return folder / "data"


def pairs(folder: Path) -> Path:
    """Numbers in words and in digits, and one without its digits."""
    ones = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    rows = [(f"{a} and {b}", f"{i + 1}+{j + 1}") for i, a in enumerate(ones) for j, b in enumerate(ones)]
    path = folder / "sums.tsv"
    path.write_text("source\ttarget\n" + "".join(f"{a}\t{b}\n" for a, b in rows) + "ten\t\n", encoding="utf-8")
    return path


def another_number(pairs: Path) -> None:
    """The first source is another one."""
    pairs.write_text(pairs.read_text(encoding="utf-8").replace("one and one", "two and one", 1), encoding="utf-8")


CASES = {
    "toy": Case(toy, {}, lambda data: "0.5"),
    "pictures": Case(pictures, {"net": "convnet", "batch_size": 8}, lambda data: str(data / "dark" / "00.png")),
    "masks": Case(
        drawn_data.masked,
        {"net": "unet", "width": 8, "depth": 2, "batch_size": 8},
        lambda data: str(data / "images" / "00.png"),
    ),
    "boxes": Case(
        drawn_data.boxed,
        {"weights": False, "options": {"width": 16}, "size": 64, "batch_size": 8},
        lambda data: str(data / "images" / "00.png"),
        drawn_data.another_box,
    ),
    "identities": Case(
        drawn_data.identities,
        {"task": "verification", "net": "lenet", "batch_size": 16},
        lambda data: str(data / "p0" / "0.png"),
    ),
    "measured pictures": Case(
        drawn_data.measured,
        {"net": "lenet", "batch_size": 8},
        lambda data: str(data / "00.png"),
        drawn_data.another_value,
    ),
    "labels": Case(
        drawn_data.labelled,
        {"net": "lenet", "batch_size": 8},
        lambda data: str(data / "00.png"),
        drawn_data.another_value,
    ),
    "classes": Case(lambda f: table(f, numeric_target=False), {}, lambda data: '{"width": 1.5, "kind": "red"}'),
    "texts": Case(texts, {"epochs": 2}, lambda data: "a lovely story"),
    "words": Case(words, {"net": "conv", "batch_size": 8}, lambda data: str(data / "up" / "00.wav")),
    "speech": Case(sentences, {"batch_size": 8, "hidden": 8, "epochs": 2}, lambda data: str(data / "up" / "00.wav")),
    "trigger": Case(waited_for, {"batch_size": 8, "hidden": 8}, lambda data: str(data / "up" / "00.wav")),
    "tags": Case(tagged, {"batch_size": 8, "units": 8, "epochs": 2}, lambda data: "Mr Cat is in Rome", another_name),
    "pairs": Case(pairs, {"hidden": 8, "embedding": 8}, lambda data: "two and two", another_number),
    "numbers": Case(lambda f: table(f, numeric_target=True), {}, lambda data: '{"width": null, "kind": "new"}'),
    "lines": Case(names, {"batch_size": 8, "hidden": 16}, lambda data: "anbel", another_letter),
    "running text": Case(
        tale, {"batch_size": 4, "hidden": 16, "piece": 16}, lambda data: "the king wakes", another_letter
    ),
    "pieces of words": Case(
        names, {"batch_size": 8, "hidden": 16, "tokens": "pieces", "pieces": 260}, lambda data: "anbel", another_letter
    ),
    "events": Case(
        chorales,
        {"task": "music-events", "batch_size": 8, "hidden": 16, "embedding": 8},
        lambda data: "[[48, 60, 64, 67], [53, 60, 65, 69]]",
        another_note,
    ),
    "music": Case(
        chorales,
        {"batch_size": 8, "hidden": 16, "members": 2},
        lambda data: "[[48, 60, 64, 67], [53, 60, 65, 69]]",
        another_note,
    ),
}


@pytest.fixture(scope="module")
def toy_package(tmp_path_factory):
    """A package from outside that brings the test double by the entry point, as pip would install it."""
    folder = tmp_path_factory.mktemp("site-packages")
    about = folder / "toy-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[fathom.tasks]\ntoy = fathom.testing:ToyTask\n")
    return folder


class TestEveryTask(TaskContract):
    @pytest.fixture(params=list(CASES))
    def case(self, request, toy_package, monkeypatch) -> Case:
        if request.param == "toy":
            monkeypatch.syspath_prepend(toy_package)
        return CASES[request.param]


@pytest.mark.parametrize("name", ["recipe.json", "encoder/state.json", "weights.safetensors", "results.parquet"])
@pytest.mark.parametrize("harm", ["missing", "truncated", "hostile"])
def test_a_harmed_run_is_refused_in_a_sentence(name, harm, tmp_path):
    case = CASES["numbers"]
    data = case.make(tmp_path)
    run = train(data, tmp_path / "run", case)
    path = run.path / name
    whole = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(whole[: len(whole) // 2] if harm == "truncated" else b'{"a": [1]}')

    def use() -> None:
        opened = fathom.load(run.path)
        opened.predict(case.new(data))
        opened.results.height  # noqa: B018

    with pytest.raises(UserError) as refused:
        use()
    assert "\n" not in str(refused.value)


def beats_a_constant(run: fathom.Run, chance: float = 1e-3) -> bool:
    """Whether dev has fewer mistakes than the best constant answer would have once in a thousand times."""
    dev = run.results.filter(pl.col("split") == "dev")
    wrong = int((dev["prediction"] != dev["target"]).sum())
    assert run.figures["dev"].value == pytest.approx(wrong / dev.height)
    constant = 1 - dev["target"].value_counts()["count"].max() / dev.height
    return binom.cdf(wrong, dev.height, constant) < chance


def test_a_net_that_answers_constantly_does_not_pass_for_one_that_learned(tmp_path):
    from torch import nn

    class Constant(nn.Module):
        """Learns how frequent the classes are, and sees nothing."""

        def __init__(self) -> None:
            super().__init__()
            self.logits = nn.Parameter(torch.zeros(2))

        def forward(self, images):
            return self.logits.expand(len(images), 2)

    assert not beats_a_constant(
        fathom.train(pictures(tmp_path), net=Constant(), epochs=10, batch_size=8, out=tmp_path / "run")
    )


def test_any_module_is_a_net(tmp_path):
    from torch import nn

    data = pictures(tmp_path)
    torch.manual_seed(0)
    mine = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 2))
    run = fathom.train(data, net=mine, epochs=10, batch_size=8, out=tmp_path / "run")
    assert beats_a_constant(run)
    with pytest.raises(UserError, match="your own"):
        fathom.load(run.path).predict(str(data / "dark" / "00.png"))
    fresh = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 2))
    assert fathom.load(run.path, net=fresh).predict(str(data / "dark" / "00.png"))[0].value in ("dark", "bright")


def test_unreadable_examples_are_listed(tmp_path):
    run = train(pictures(tmp_path), tmp_path / "run", CASES["pictures"])
    assert "broken.png" in (run.path / "skipped.csv").read_text()
    assert len(run.results) < 49


class Seconds(Watcher):
    """A clock that goes on by as much with each step of training, and stands still else."""

    def __init__(self, per_step: float) -> None:
        self.per_step, self.steps, self.training = per_step, 0, False

    def begin_stage(self, name: str, total: int) -> None:
        self.training = name == "train"

    def advance(self, n: int = 1) -> None:
        self.steps += n * self.training

    def monotonic(self) -> float:
        return self.per_step * self.steps


@pytest.mark.parametrize(("budget", "per_step"), [(2, 0.02), (2, 0.005), (4, 0.02), (2, 0.15)])
def test_the_budget_becomes_as_many_steps_as_fit_and_the_rate_is_annealed(budget, per_step, tmp_path, monkeypatch):
    """With the looks at dev, each of which costs a third of a pass over as many examples."""
    clock = Seconds(per_step)
    monkeypatch.setattr("fathom.training.time_budget.time", clock)
    run = fathom.train(table(tmp_path, numeric_target=True), budget=budget, out=tmp_path / "run", watcher=clock)
    train, dev = (run.results.filter(pl.col("split") == name).height for name in ("train", "dev"))
    seconds = clock.steps * per_step * (1 + dev / train / 3)
    assert budget - 1.5 * per_step - 0.04 * budget < seconds < 1.04 * budget
    assert run.history[-1]["step"] == clock.steps
    assert run.history[-1]["lr"] < 1e-4 < max(r["lr"] for r in run.history)


@pytest.mark.filterwarnings("ignore")
def test_a_loss_that_becomes_nan_stops_and_keeps_the_last_good_weights(tmp_path):
    from torch import nn

    data = table(tmp_path, numeric_target=True)
    asked = {"optimizer": "sgd", "schedule": "constant", "net": "logistic"}
    with pytest.raises(UserError, match="lower --lr"):
        fathom.train(data, lr=900, epochs=60, batch_size=4, out=tmp_path / "early", **asked)

    class Breaks(nn.Module):
        """Gives NaN from the 20th training step on: 10 steps are an epoch, so the first epoch is good."""

        def __init__(self) -> None:
            super().__init__()
            self.inner, self.steps = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 2)), 0

        def forward(self, images):
            self.steps += self.training
            return self.inner(images) * (float("nan") if self.training and self.steps >= 20 else 1.0)

    net = Breaks()
    run = fathom.train(pictures(tmp_path), net=net, batch_size=4, epochs=9, out=tmp_path / "late")
    assert net.steps < 30
    assert run.results["loss"].is_finite().all()
    assert "became" in run.folder.read_json("figures.json")["stopped"]
    assert {"not_finite", "diverged"} & {f.name for f in run.diagnose()}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fathom", *arguments]


KILLED = {"pictures": {"net": "convnet", "epochs": 25, "batch_size": 4}, "classes": {"epochs": 40, "batch_size": 16}}


@pytest.mark.parametrize("kind", list(KILLED))
def test_killed_at_random_moments_it_ends_with_the_same_bits(kind, tmp_path):
    """`kill -9` on a real process, verified alive, at ten random moments and more.

    The processes are forked from one that has imported everything, so that they die while they work. One that ends
    before its time has the right weights, too, and the next begins anew.
    """
    data, out, whole = CASES[kind].make(tmp_path), tmp_path / "killed", tmp_path / "whole"
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(
        ["fathom.runs.train", "fathom.runs.report", "fathom.tasks.table.tabular", "sklearn.ensemble"]
    )

    def start(folder: Path) -> Any:
        how = {"resume": folder} if RunFolder(folder).has("recipe.json") else {"out": folder, **KILLED[kind]}
        process = forked.Process(target=fathom.train, args=() if "resume" in how else (str(data),), kwargs=how)
        process.start()
        return process

    def laid_out(process: Any, folder: Path) -> float:
        """The moment at which the run has its recipe; from there on it can be resumed."""
        while process.is_alive() and not RunFolder(folder).has("recipe.json"):
            time.sleep(0.002)
        return time.monotonic()

    first = start(whole)
    began = laid_out(first, whole)
    first.join()
    assert first.exitcode == 0
    rng, lasts = random.Random(0), time.monotonic() - began
    kills, trained = 0, 0
    while kills < 10:
        if RunFolder(out).has("findings.json"):
            shutil.rmtree(out)
        process = start(out)
        laid_out(process, out)
        process.join(rng.uniform(0, lasts))
        process.kill()  # it may have ended just before
        process.join()
        if process.exitcode == -signal.SIGKILL:
            kills += 1
            trained += (out / "checkpoint").exists()
        else:
            assert process.exitcode == 0
            assert weights(out) == weights(whole)
    assert trained > 0, "it was never killed while it trained"
    if not RunFolder(out).has("findings.json"):
        done = subprocess.run(command("train", "--resume", str(out)), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert weights(out) == weights(whole)
