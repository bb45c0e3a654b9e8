"""A little data for every task, and the settings of a short training on it."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

import drawn_data
from fathom.testing import Case


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


def another_kind(table: Path) -> None:
    """The last row is of another kind, and its class is the same."""
    *rows, last = table.read_text(encoding="utf-8").splitlines()
    width, kind, target = last.split(",")
    table.write_text("\n".join([*rows, f"{width},{'blue' if kind == 'red' else 'red'},{target}"]), encoding="utf-8")


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


def labelled_texts(folder: Path) -> Path:
    """Reviews that praise, complain, do both or neither; a few do not say whether they complain."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(120):
        praise, complaint, spoiler = i % 2, int(i % 4 < 2), int(i % 5 == 0)
        words = rng.choice(["the", "film", "was", "and", "a", "story", "with"], rng.integers(3, 12)).tolist()
        words += ["lovely"] * praise + ["dull"] * complaint + ["dies"] * spoiler
        told = None if i % 30 == 7 else complaint
        rows.append({"text": " ".join([*words, f"no{i}"]), "praise": praise, "complaint": told, "spoiler": spoiler})
    path = folder / "reviews.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


def another_label(table: Path) -> None:
    """The last review is of other labels."""
    text = table.read_text(encoding="utf-8").rstrip()
    table.write_text(text[:-5] + ("1,1,1" if text[-5:] != "1,1,1" else "0,0,0") + "\n", encoding="utf-8")


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
    "ranks": Case(
        lambda f: table(f, numeric_target=False),
        {"order": "no,maybe,yes"},
        lambda data: '{"width": 1.5, "kind": "red"}',
        another_kind,
    ),
    "texts": Case(texts, {"net": "average", "epochs": 2}, lambda data: "a lovely story"),
    "labels of texts": Case(
        labelled_texts, {"net": "average", "epochs": 2}, lambda data: "a lovely story", another_label
    ),
    "words": Case(words, {"net": "conv", "batch_size": 8}, lambda data: str(data / "up" / "00.wav")),
    "speech": Case(
        sentences,
        {"net": "conv-lstm", "batch_size": 8, "hidden": 8, "epochs": 2},
        lambda data: str(data / "up" / "00.wav"),
    ),
    "trigger": Case(
        waited_for, {"net": "conv-gru", "batch_size": 8, "hidden": 8}, lambda data: str(data / "up" / "00.wav")
    ),
    "tags": Case(tagged, {"batch_size": 8, "units": 8, "epochs": 2}, lambda data: "Mr Cat is in Rome", another_name),
    "pairs": Case(pairs, {"hidden": 8, "embedding": 8}, lambda data: "two and two", another_number),
    "numbers": Case(lambda f: table(f, numeric_target=True), {}, lambda data: '{"width": 1.5, "kind": "new"}'),
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
