"""Recordings in which a word is to be found: mixed from words and background, or as they are with times beside them.

As in the well-known exercise, a few words are laid into a stretch of background, some of them the one that is waited
for; nobody has to note times, since whoever mixes knows them. A mixture is kept as a recipe and mixed when it is asked
for. The recordings of words are dealt to train, dev and test first: no voice, or at least no recording, is in two.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fathom.data.audio import recordings, waveform
from fathom.data.audio.event_times import MIN_BACKGROUND_DB, format_times
from fathom.data.audio.listed_recording import ListedRecording
from fathom.data.audio.noise import colored_noise, scale_to_decibels
from fathom.data.audio.recording_tables import path_column
from fathom.data.listed_names import ListedNames
from fathom.data.table import tables
from fathom.data.table.cells import parse_number as seconds_of
from fathom.errors import UserError
from fathom.records import Example, Examples, Skipped, Source

TRIGGERS = ("trigger", "triggers", "activate", "activates", "positive", "positives", "wake", "wakeword")
"""Names of folders and labels of the word that is waited for, where none is named."""
_BACKGROUNDS = ("background", "backgrounds", "_background_noise_", "noise")
"""Names of folders and labels of recordings without words."""
_END_COLUMNS = ("end", "offset", "end_time")
"""Names of the column with the second at which an event ends, in a table of events."""
_SPLIT_SHARES = (("train", 0.8), ("dev", 0.1), ("test", 0.1))
_MAX_TRIGGERS, _MAX_OTHERS = 2, 3
"""Words in a mixture, of either kind, at most."""
MAX_BACKGROUND_DB = -15.0
"""Largest power of the background against that of the words, in decibels."""
_MIN_GAP_SECONDS = 0.15
"""Seconds between two words, at least."""
_MIN_TAIL_SECONDS = 0.3
"""Seconds that a mixture goes on after its last word, at least."""
_ADVICE = (
    "give folders of recordings named trigger, others and background, or words with --set trigger=WORD, or a table "
    "with the columns file_name and end"
)


@dataclass(frozen=True)
class Word:
    """A recording of a word in a mixture: where it lies, when it begins (seconds), and its level in decibels."""

    path: str
    start: float
    level: float


@dataclass(frozen=True)
class Mixture:
    """How to mix: the words, and the background (a recording from a second on, or noise of this seed)."""

    seconds: float
    seed: int
    level: float
    words: tuple[Word, ...] = ()
    background: str | None = None
    offset: float = 0.0

    def samples(self, rate: int) -> NDArray[np.float32]:
        """The mixture at so many samples a second: ``(samples,)``.

        Raises:
            fathom.errors.Unreadable: one of its recordings cannot be read.
        """
        count = round(self.seconds * rate)
        mixed = scale_to_decibels(self._behind(count, rate), self.level)
        for word in self.words:
            said = scale_to_decibels(waveform.decode(Path(word.path), rate), word.level)
            start = round(word.start * rate)
            said = said[: max(0, count - start)]
            mixed[start : start + len(said)] += said
        return mixed

    def _behind(self, count: int, rate: int) -> NDArray[np.float32]:
        if self.background is None:
            return colored_noise(count, np.random.default_rng(self.seed))
        found = waveform.decode(Path(self.background), rate)
        start = round(self.offset * rate) % len(found)
        return np.resize(np.roll(found, -start), count)


# --- words and background ---------------------------------------------------------------------------------------------


def _find_trigger(words: Sequence[str], asked: str | None) -> str | None:
    """The word that is waited for: the one asked for, else one with a telling name."""
    if asked is not None:
        return next((w for w in words if w.lower() == asked.strip().lower()), None)
    return next((w for w in words if w.lower() in TRIGGERS), None)


def read_mixtures(source: Source, asked: str | None, mixtures: int, seconds: float) -> Examples:
    """Mixtures of the source's words: the target is when the word that is waited for has been said, in seconds.

    Args:
        source: words and backgrounds, in folders or in a table, as for spoken words.
        asked: the word that is waited for; None where a folder is named for it.
        mixtures: of the training split; dev and test have a quarter as many each, at least 100.
        seconds: of each.

    Raises:
        UserError: there is no such word, or no others beside it.
        MissingExtra: the library that reads sound is not installed.
    """
    read = recordings.read_words(source)
    words = sorted({str(e.target) for e in read.items})
    trigger = _find_trigger(words, asked)
    if trigger is None:
        raise UserError(
            f"{source.text} has no word {asked or 'named trigger'!r} among {', '.join(words[:12])}: {_ADVICE}"
        )
    behind = [e for e in read.items if str(e.target).lower() in _BACKGROUNDS]
    dealt = _split_recordings([e for e in read.items if str(e.target).lower() not in _BACKGROUNDS], trigger)
    backgrounds = _split_recordings(behind, "") if len(behind) >= 10 else dict.fromkeys(dealt, behind)
    lasts, skipped = _lengths([e for part in dealt.values() for e in part]), list(read.skipped)
    items: list[Example] = []
    for split, part in dealt.items():
        kinds = [[e for e in part if (e.target == trigger) is wanted] for wanted in (True, False)]
        if not all(kinds):
            raise UserError(
                f"{source.text} has too few recordings of {trigger!r}, or of other words, for {split}: {_ADVICE}"
            )
        count = mixtures if split == "train" else max(100, mixtures // 4)
        names = (f"{split}/mixture {i + 1}" for i in range(count))
        items += [_draw_mixture(name, split, kinds, backgrounds[split], lasts, seconds) for name in names]
    return Examples(tuple(items), tuple(skipped), "mixtures", f"times of {trigger!r}")


def _split_recordings(items: Sequence[Example], trigger: str) -> dict[str, list[Example]]:
    """Each recording into train, dev or test, whole groups together; ready-made splits stay as they are."""
    if any(e.split for e in items):
        ready: dict[str, list[Example]] = defaultdict(list)
        for e in items:
            ready[e.split or "train"].append(e)
        return {name: ready[name] for name, _ in _SPLIT_SHARES if ready[name]}
    dealt: dict[str, list[Example]] = {name: [] for name, _ in _SPLIT_SHARES}
    for wanted in (True, False):  # each kind by itself, so that each split has both
        units: dict[str, list[Example]] = defaultdict(list)
        for e in items:
            if e.group is not None:
                units[e.group].append(e)
            elif (e.target == trigger) is wanted:
                units[e.id].append(e)
        names = sorted(units, key=lambda name: hashlib.blake2b(name.encode("utf-8", "replace")).digest())
        at = 0
        for left, (split, share) in zip(
            (2, 1, 0), _SPLIT_SHARES, strict=True
        ):  # each of the splits left gets one at least
            last = min(len(names) - left, at + max(1, round(share * len(names)))) if left else len(names)
            dealt[split] += [e for name in names[at:last] for e in units[name] if (e.target == trigger) is wanted]
            at = last
    return dealt


def _lengths(items: Sequence[Example]) -> dict[str, float]:
    return {str(e.input): waveform.probe(Path(e.input))[0] for e in items}


def _draw_mixture(
    name: str,
    split: str,
    kinds: Sequence[Sequence[Example]],
    backgrounds: Sequence[Example],
    lasts: dict[str, float],
    seconds: float,
) -> Example:
    """One mixture: words of both kinds where there is room for them."""
    seed = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=6).digest())
    rng = np.random.default_rng(seed)
    wanted = [True] * int(rng.integers(0, _MAX_TRIGGERS + 1)) + [False] * int(rng.integers(0, _MAX_OTHERS + 1))
    taken: list[tuple[float, float]] = []
    words: list[Word] = []
    ends: list[float] = []
    used = hashlib.blake2b(name.encode(), digest_size=16)
    for own in wanted:
        pool = kinds[0 if own else 1]
        chosen = pool[int(rng.integers(len(pool)))]
        length = lasts[str(chosen.input)]
        for _ in range(20):
            start = float(rng.uniform(0, max(0.0, seconds - length - _MIN_TAIL_SECONDS)))
            if length + _MIN_TAIL_SECONDS < seconds and all(
                start + length + _MIN_GAP_SECONDS < a or start > b + _MIN_GAP_SECONDS for a, b in taken
            ):
                taken.append((start, start + length))
                words.append(Word(str(chosen.input), round(start, 4), float(rng.uniform(-6, 3))))
                used.update(chosen.content.encode())
                ends += [start + length] if own else []
                break
    behind = backgrounds[int(rng.integers(len(backgrounds)))] if backgrounds else None
    mixture = Mixture(
        seconds=seconds,
        seed=seed,
        level=float(rng.uniform(MIN_BACKGROUND_DB, MAX_BACKGROUND_DB)),
        words=tuple(words),
        background=None if behind is None else str(behind.input),
        offset=float(rng.uniform(0, 600)),
    )
    used.update(json.dumps(asdict(mixture)["words"]).encode())
    return Example(name, mixture, format_times(sorted(ends)), split=split, content=used.hexdigest())


# --- recordings with times --------------------------------------------------------------------------------------------


def events_table(place: Path) -> Path | None:
    """The table beside the recordings that says when something was heard, where there is one."""
    tables_here = [place] if place.is_file() else sorted(place.iterdir()) if place.is_dir() else []
    for path in tables_here:
        if not path.is_file() or not tables.is_table(path) or not _may_have_ends(path):
            continue
        try:
            frame = tables.read_table(path)
        except UserError:
            continue
        if path_column(frame) and any(c.lower() in _END_COLUMNS for c in frame.columns):
            return path
    return None


def _may_have_ends(path: Path) -> bool:
    """Whether its first line (of Parquet, all) may name the column; others are not read, since that takes time."""
    if path.suffix.lower() == ".parquet":
        return True
    try:
        with path.open("rb") as file:
            head = file.readline(10_000).decode("utf-8", "replace").lower()
    except OSError:
        return False
    return any(name in head for name in _END_COLUMNS)


def read_events(source: Source) -> Examples:
    """Recordings as they are, one row an event: a row without a time says that nothing is to be heard.

    Raises:
        UserError: there is no such table, or none of its recordings can be read.
        MissingExtra: the library that reads sound is not installed.
    """
    skipped: list[Skipped] = []
    listed: list[ListedRecording] = []
    for place, given in ((source.path, None), (source.dev, "dev"), (source.test, "test")):
        if place is None:
            continue
        path = events_table(place)
        if path is None:
            raise UserError(f"{place} has no table of events: {_ADVICE}")
        listed += _read_event_rows(path, given, source.group, skipped)
    return recordings.probe_recordings(listed, skipped, "times", f"{source.text} can be read", _ADVICE)


def _read_event_rows(path: Path, given: str | None, group: str | None, skipped: list[Skipped]) -> list[ListedRecording]:
    table = tables.load_table(path)
    column = path_column(table.frame)
    assert column is not None, "the table was found by it"
    end = next(c for c in table.frame.columns if c.lower() in _END_COLUMNS)
    ready = tables.split_column(table.frame)
    found: dict[str, list[float]] = {}
    about: dict[str, tuple[str | None, str | None]] = {}
    for number, row in zip(table.numbers, table.frame.iter_rows(named=True)):
        name, when = row[column], row[end]
        ended = None if when is None else seconds_of(when)
        if name is None or (when is not None and (ended is None or ended < 0)):
            skipped.append(Skipped(f"row {number}", f"no {column}" if name is None else f"{when!r} is no time"))
            continue
        found.setdefault(str(name), []).extend([] if ended is None else [ended])
        split = None if ready is None else tables.SPLIT_NAMES.get(str(row[ready]).lower())
        about[str(name)] = (given or split, None if group is None else str(row.get(group, "")))
    prefix = f"{given}/" if given else ""
    named = ListedNames(path.parent)
    return [
        ListedRecording(prefix + name, named.find(name) or path.parent / name, format_times(sorted(ends)), *about[name])
        for name, ends in found.items()
    ]
