"""Whether fathom sees what was planted, and is silent where nothing was: splits, shifts, slices, copies, labels.

Thresholds were chosen on other data than is scored here: see the constants of `fathom.diagnosis.distribution_shift`, of
`fathom.diagnosis.slices` and of `fathom.checking.near_duplicate_records`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.comparison import Ask, Figures
from benchmarks.data import DATA
from benchmarks.end_to_end import crossed, crossing
from benchmarks.interval_coverage import coverage


@dataclass(frozen=True)
class Planted:
    """One line of the table.

    Attributes:
        what: in words.
        wanted: what it must reach, in words.
        plant: makes it, asks fathom, and counts.
        told: the figures as a person reads them.
    """

    what: str
    wanted: str
    plant: Callable[[Ask], Figures]
    told: Callable[[Mapping[str, float]], str]
    rounds: int = 1
    threads: int = 2

    @property
    def contenders(self) -> Mapping[str, Callable[[Ask], Figures]]:
        """Only fathom."""
        return {"fathom": self.plant}


# --- one kind or two ---------------------------------------------------------------------------------------------------


def examples(text: str) -> list[Any]:
    """All examples of some data."""
    from fathom import tasks
    from fathom.data.source import resolve

    source = resolve(text)
    return list(tasks.recognize(source)[0]().examples(source).items)


def another_kind(train: Sequence[Any], dev: Sequence[Any]) -> bool:
    """Whether fathom says that dev is of another kind than train."""
    import polars as pl

    from fathom.data.simple_features import extract_features
    from fathom.diagnosis import distribution_shift
    from fathom.metrics import ERROR

    both = [*train, *dev]
    said = extract_features(both)
    frame = pl.DataFrame(
        {
            "id": [str(i) for i in range(len(both))],
            "split": ["train"] * len(train) + ["dev"] * len(dev),
            "target": [str(e.target) for e in both],
            **{f"look_{name}": values for name, values in said.numbers.items()},
            **{f"look_{name}": words for name, words in said.categories.items()},
        }
    )
    return bool(distribution_shift.check(frame, ERROR))


def turned(one: Any, folder: Path, number: int) -> Any:
    """The picture turned by 25 degrees and a little blurred, in a file of its own."""
    from PIL import Image, ImageFilter

    with Image.open(one.input) as picture:
        changed = picture.rotate(25, Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(0.7))
    path = folder / f"{number}.png"
    changed.save(path)
    return replace(one, id=f"turned {number}", input=path)


def mismatches(ask: Ask) -> Figures:
    """Three kinds of mismatch, over seeds."""
    seeds = 2 if ask.quick else 20
    digits, spoken = examples("practice:digits"), examples_of_speakers()
    photos, web = (
        [replace(e, target="cat" if e.target == "cat" else "other") for e in examples(str(DATA / name))]
        for name in ("catdog", "catvnoncat")
    )
    folder = ask.folder / "turned"
    folder.mkdir(parents=True, exist_ok=True)
    found = dict.fromkeys(("turned", "speaker", "source"), 0.0)
    speakers = sorted({e.group for e in spoken})
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        drawn = [digits[i] for i in rng.permutation(len(digits))[:900]]
        dev = [turned(e, folder, i) for i, e in enumerate(drawn[700:])]
        found["turned"] += another_kind(drawn[:700], dev)
        apart = speakers[seed % len(speakers)]
        others = [e for e in spoken if e.group != apart]
        mine = [e for e in spoken if e.group == apart]
        found["speaker"] += another_kind(some(others, 700, rng), some(mine, 150, rng))
        found["source"] += another_kind(some(photos, 400, rng), some(web, 100, rng))
    return {**found, "seeds": float(seeds)}


def examples_of_speakers() -> list[Any]:
    """Spoken digits with their speakers."""
    from fathom.data.audio.recordings import read_words
    from fathom.data.source import resolve

    return list(read_words(resolve(str(DATA / "fsdd"), group="speaker")).items)


def some(items: Sequence[Any], n: int, rng: np.random.Generator) -> list[Any]:
    """So many of them, at random."""
    return [items[i] for i in rng.permutation(len(items))[:n]]


def no_mismatch(ask: Ask) -> Figures:
    """Dev drawn from train's own distribution, over seeds and kinds of data."""
    seeds = 4 if ask.quick else 100
    kinds = [examples_of_speakers(), examples(str(DATA / "rt_polarity")), examples("practice:cats?n=1200&seed=3")]
    false = 0.0
    for seed in range(seeds):
        rng = np.random.default_rng(1000 + seed)
        drawn = some(kinds[seed % len(kinds)], 900, rng)
        false += another_kind(drawn[:650], drawn[650:])
    return {"false": false, "seeds": float(seeds)}


# --- labels ------------------------------------------------------------------------------------------------------------


def labels(text: str, task: str) -> Callable[[Ask], Figures]:
    """A fifth of the labels replaced by another class; which are flagged?"""

    def plant(ask: Ask) -> Figures:
        from fathom import tasks
        from fathom.data.source import resolve
        from fathom.progress import Watcher
        from fathom.runs import label_error_search as judging

        flipped: set[str] = set()
        kind = tasks.by_name(task)

        class Noisy(kind):  # type: ignore[misc,valid-type]
            def examples(self, source: Any) -> Any:
                read = super().examples(source)
                rng = np.random.default_rng(ask.seed)
                classes = sorted({e.target for e in read.items})
                items = []
                for e in read.items:
                    if rng.random() < 0.2:
                        e = replace(e, target=str(rng.choice([c for c in classes if c != e.target])))
                        flipped.add(e.id)
                    items.append(e)
                return replace(read, items=tuple(items))

        began = time.monotonic()
        found = {s.id for s in judging.find_label_errors(Noisy, resolve(text), Watcher()).suspects}
        return {
            "precision": len(found & flipped) / max(1, len(found)),
            "recall": len(found & flipped) / len(flipped),
            "flipped": float(len(flipped)),
            "seconds": time.monotonic() - began,
        }

    return plant


# --- copies ------------------------------------------------------------------------------------------------------------


def copies(ask: Ask) -> Figures:
    """A tenth of what is judged by copied into train, changed; and the same data without copies."""
    from fathom.checking import near_duplicate_records

    quiet: Callable[[int], None] = lambda n: None  # noqa: E731
    folder = ask.folder / "copies"
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    result: dict[str, float] = {}
    spoken = examples("practice:spoken-digits?n=600&seed=5")
    heard = {name: dict(pairs) for name, pairs in (("sound", sounds(spoken, folder, rng)),)}
    originals = near_duplicate_records.recordings(spoken, quiet)[0]
    both = [*spoken, *heard["sound"].values()]
    found = {tuple(sorted(p)) for p in near_duplicate_records.recordings(both, quiet)[0]}
    result["sound"] = share(found, heard["sound"])
    result["sound false"] = len(originals) / len(spoken)
    texts = examples(str(DATA / "rt_polarity"))[:6000]
    changed = {e.id: replace(e, id=f"copy of {e.id}", input=recased(e.input, rng), content=f"copy {e.id}")
               for e in some(texts, 600, rng)}  # fmt: skip
    found = {tuple(sorted(p)) for p in near_duplicate_records.texts([*texts, *changed.values()], quiet)}
    result["text"] = share(found, changed)
    result["text false"] = len(near_duplicate_records.texts(texts, quiet)) / len(texts)
    photos = some(examples(str(DATA / "catdog")), 700, rng)
    pairs: dict[str, Any] = {}
    for i, e in enumerate(some(photos, 140, rng)):
        pairs[e.id] = photo(e, folder, i)
    everything = [*photos, *pairs.values()]
    near = picture_pairs(everything)
    result["picture"] = share(near, pairs)
    result["picture false"] = sum("copy" not in a + b for a, b in near) / len(photos)
    return result


def share(found: set[Any], planted: Mapping[str, Any]) -> float:
    """Of the planted copies, how many were found beside their original."""
    return sum(tuple(sorted((name, copy.id))) in found for name, copy in planted.items()) / len(planted)


def sounds(spoken: Sequence[Any], folder: Path, rng: np.random.Generator) -> Iterator[tuple[str, Any]]:
    """A tenth of the recordings at another rate, volume and format."""
    import soundfile
    import soxr

    for i, e in enumerate(some(spoken, len(spoken) // 10, rng)):
        samples, rate = soundfile.read(e.input, dtype="float32")
        other = int(rng.choice([6000, 8000, 11025, 22050, 44100]))
        path = folder / f"copy {i}.{rng.choice(['wav', 'flac', 'ogg'])}"
        soundfile.write(path, np.clip(soxr.resample(samples, rate, other) * rng.uniform(0.3, 1.2), -1, 1), other)
        yield e.id, replace(e, id=f"copy {i}", input=path, content=f"copy {i}")


def recased(text: str, rng: np.random.Generator) -> str:
    """The text in capitals, in small letters or in title case, with other spaces."""
    changed = [text.upper(), text.lower(), text.title()][int(rng.integers(3))]
    return changed.replace(" ", "  ") if rng.random() < 0.5 else changed


def photo(one: Any, folder: Path, number: int) -> Any:
    """The photograph saved again with loss, or moved by a pixel."""
    from PIL import Image, ImageChops

    with Image.open(one.input) as picture:
        picture = picture.convert("RGB")
        changed = ImageChops.offset(picture, 1, 1) if number % 2 else picture
    path = folder / f"copy {number}.jpg"
    changed.save(path, quality=95 if number % 2 else 60)
    return replace(one, id=f"copy {number}", input=path, content=f"copy {number}")


def picture_pairs(items: Sequence[Any]) -> set[Any]:
    """Pairs of ids of the pictures that are copies."""
    from fathom.checking import near_duplicate_images
    from fathom.data.image import image_file

    thumbs = np.stack([image_file.decode(e.input, near_duplicate_images.THUMBNAIL_SIDE, 3) for e in items])
    vectors = near_duplicate_images.descriptors(lambda i: thumbs[i], len(items))
    found = near_duplicate_images.copies(lambda i: thumbs[i], near_duplicate_images.candidates(vectors))
    return {tuple(sorted((items[i].id, items[j].id))) for i, j in found.tolist()}


# --- slices, and intervals ---------------------------------------------------------------------------------------------


def slices(ask: Ask) -> Figures:
    """One slice of 8 % made 20 points worse, by brightness, by length, or by what a table says; and none."""
    import polars as pl

    from fathom.data.simple_features import extract_features
    from fathom.diagnosis.slices import worse_slices
    from fathom.metrics import ERROR

    seeds = 4 if ask.quick else 20
    kinds = [examples("practice:cats?n=1200&seed=9"), examples("practice:spoken-digits?n=1000&seed=9")]
    said = [extract_features(items).numbers for items in kinds]
    found = false = 0
    for seed in range(seeds):
        rng = np.random.default_rng(2000 + seed)
        items, numbers = kinds[seed % 2], said[seed % 2]
        n = len(items)
        name = sorted(numbers)[int(rng.integers(len(numbers)))]
        values = numbers[name] + rng.normal(size=n) * 1e-9
        members = values <= np.quantile(values, 0.08) if seed % 4 < 2 else rng.random(n) < 0.08
        category = np.where(members, "camera B", "camera A") if seed % 4 >= 2 else np.full(n, "camera A")
        for planted in (True, False):
            wrong = rng.random(n) < np.where(members & planted, 0.3, 0.1)
            frame = pl.DataFrame(
                {
                    "id": [e.id for e in items], "split": ["dev"] * n, "target": [str(e.target) for e in items],
                    "group": pl.Series([None] * n, dtype=pl.String), "loss": wrong.astype(float), "weight": np.ones(n),
                    "stat_wrong": wrong.astype(float), "stat_count": np.ones(n), "look_camera": category,
                    **{f"look_{key}": column for key, column in numbers.items()},
                }
            )  # fmt: skip
            named = worse_slices(frame, ERROR)
            if not planted:
                false += bool(named)
                continue
            true = {e.id for e, inside in zip(items, members, strict=True) if inside}
            found += any(len(true & set(s.ids)) >= 0.5 * len(true | set(s.ids)) for s in named)
    return {"found": float(found), "false": float(false), "seeds": float(seeds)}


def held_out_speaker(ask: Ask) -> Figures:
    """A training on spoken digits whose dev is a speaker that train has not."""
    import fathom

    quick = {"epochs": 2} if ask.quick else {}
    run = fathom.train(str(DATA / "fsdd"), group="speaker", seed=ask.seed, out=ask.folder / "run", **quick)
    found = [f for f in run.diagnose() if f.name == "of_another_kind"]
    rise = found[0].evidence.get("rise") if found else None
    rise = rise if isinstance(rise, dict) or rise is None else vars(rise)
    return {
        "named": float(bool(found)),
        "train-dev": run.figures["train-dev"].value,
        "dev": run.figures["dev"].value,
        "rise": rise["value"] if rise else float("nan"),
        "low": rise["low"] if rise else float("nan"),
        "high": rise["high"] if rise else float("nan"),
    }


ROWS: dict[str, Planted] = {
    "mismatch": Planted(
        "planted mismatch named: turned and blurred digits, another speaker, another source", "19 of 20 each",
        mismatches, lambda f: ", ".join(f"{f[k]:.0f}" for k in ("turned", "speaker", "source")) + f" of {f['seeds']:.0f}",
    ),
    "no-mismatch": Planted(
        "dev from train's distribution, falsely named", "at most 3 of 100", no_mismatch,
        lambda f: f"{f['false']:.0f} of {f['seeds']:.0f}",
    ),
    "labels-digits": Planted(
        "20 % of the labels of practice:digits flipped: precision, recall of the flagged", ".90, .85",
        labels("practice:digits", "image-classification"),
        lambda f: f"{f['precision']:.3f}, {f['recall']:.3f} in {f['seconds']:.0f} s",
    ),
    "labels-spoken": Planted(
        "20 % of the labels of fsdd flipped: precision, recall of the flagged", ".90, .85",
        labels(str(DATA / "fsdd"), "spoken-words"),
        lambda f: f"{f['precision']:.3f}, {f['recall']:.3f} in {f['seconds']:.0f} s",
    ),
    "copies": Planted(
        "copies found (pictures saved again or moved by a pixel, sound at another rate, text in another case), false",
        "99 %, under 0.5 %", copies,
        lambda f: "; ".join(f"{k} {100 * f[k]:.1f} %, {100 * f[k + ' false']:.2f} %" for k in ("picture", "sound", "text")),
    ),
    "slices": Planted(
        "a slice of 8 % made 20 points worse, found and named; something named where none was", "18 of 20", slices,
        lambda f: f"{f['found']:.0f} of {f['seeds']:.0f}; {f['false']:.0f} of {f['seeds']:.0f}",
    ),
    "coverage": Planted(
        "the 95 % intervals hold the truth known from a pool of 200,000", "92–98 %", coverage,
        lambda f: ", ".join(f"{name} {100 * value:.1f} %" for name, value in f.items() if name not in ("draws", "elsewhere", "took")),
    ),
    "held-out-speaker": Planted(
        "spoken digits, dev of another speaker: named, and how much it hurts", "said", held_out_speaker,
        lambda f: f"{'named' if f['named'] else 'not named'}: train-dev {100 * f['train-dev']:.1f} %, dev "
        f"{100 * f['dev']:.1f} %, rise {100 * f['rise']:.1f} points ({100 * f['low']:.1f} to {100 * f['high']:.1f})",
    ),
    "crossing-spoken": Planted(
        "error of the net : of the pipeline (log-mel statistics, logistic regression) on fsdd, over examples of train",
        "shown", crossing(str(DATA / "fsdd"), "50,100,200,400,800", "conv"), crossed,
    ),
    "crossing-cats": Planted(
        "error of the convnet : of the pipeline (logistic regression on pixels) on practice:cats?n=1500, likewise",
        "shown", crossing("practice:cats?n=1500", "40,120,360,840", "convnet"), crossed,
    ),
}  # fmt: skip
"""In the order of the table."""
