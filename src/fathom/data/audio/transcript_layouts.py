"""Recordings with transcripts that no table with a header lists: how each layout is recognized, and read.

LJSpeech      metadata.csv without a header, ``ID|as written|as spoken``, beside wavs/ID.wav; lists of the same kind
              under other names, with paths for IDs and columns of speakers
Kaldi         ``wav.scp`` (ID and path) and ``text`` (ID and words), perhaps ``utt2spk`` (ID and speaker)
LibriSpeech   SPEAKER/CHAPTER/*.trans.txt with lines ``ID WORDS``, beside the recordings ID.flac
side by side  NAME.wav and NAME.txt (or .lab) in one folder, or in folders beside each other
telling names ``0_1_1_0.wav``: each name is what is said, word by word, out of a few words
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from fathom.data.audio import waveform
from fathom.data.audio.listed_recording import ListedRecording
from fathom.data.listed_names import ListedNames, composed, with_slashes
from fathom.data.text.text_file import read_text
from fathom.errors import Unreadable, UserError
from fathom.records import Skipped, Source

Reader = Callable[[Path, Source, str, str | None, list[Skipped]], list[ListedRecording]]

_LISTS = ("metadata", "transcript", "transcripts", "train", "filelist", "list")
"""What lists with ``|`` are called, whatever their endings."""
_LIST_ENDINGS = (".csv", ".txt", ".list")
_HEADERS = frozenset({"id", "path", "file", "file_name", "filename", "wav", "wav_filename", "audio", "audio_file"})
_TEXTS = (".txt", ".lab", ".normalized.txt")
_FEW_WORDS, _MIN_WORDS = 20, 4
"""Different words of telling names at most, and words in each name at least."""
_LOOKED_AT = 200


def layout_of(place: Path) -> Reader | None:
    """How the transcripts of a folder are to be read; None where it has none of these layouts."""
    if not place.is_dir():
        return None
    if (place / "wav.scp").is_file() and (place / "text").is_file():
        return _kaldi
    if _bar_list(place) is not None:
        return _ljspeech
    if next(place.rglob("*.trans.txt"), None) is not None:
        return librispeech
    if _texts_beside(place):
        return _side_by_side
    return _telling_names if _words_of_names(waveform.find_recordings(place)) else None


# --- LJSpeech ---------------------------------------------------------------------------------------------------------


def _bar_list(place: Path) -> Path | None:
    """The list whose lines are parted by ``|`` and name recordings of the folder."""
    stems: set[str] | None = None
    for path in sorted(place.iterdir()):
        if path.stem.lower() not in _LISTS or path.suffix.lower() not in _LIST_ENDINGS or not path.is_file():
            continue
        try:
            rows = [line.split("|") for line in read_text(path).splitlines()[:_LOOKED_AT] if line.strip()]
        except Unreadable:
            continue
        if sum(len(row) > 1 for row in rows) <= 0.9 * len(rows):
            continue
        stems = stems or {composed(p.stem) for p in waveform.find_recordings(place)}
        if sum(_stem(row[0]) in stems for row in rows) > 0.5 * len(rows):
            return path
    return None


def _stem(name: str) -> str:
    """``a`` of ``a``, ``a.wav`` and ``wavs/a.wav``."""
    last = composed(with_slashes(name)).rpartition("/")[2]
    return Path(last).stem if waveform.is_recording(last) else last


def _ljspeech(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    path = _bar_list(place)
    assert path is not None, "the layout was recognized by it"
    rows = [[part.strip() for part in line.split("|")] for line in _lines(path)]
    column = _spoken_column(rows)
    listed = []
    audio = {composed(p.stem): p for p in waveform.find_recordings(place)}
    for number, (name, *texts) in enumerate(rows, 1):
        at = min(column, len(texts)) - 1
        said = (texts[at] if at >= 0 else "") or next((text for text in reversed(texts) if text), "")
        own = _stem(name)
        if number == 1 and name.lower() in _HEADERS:
            continue
        if not name or not texts:
            skipped.append(Skipped(f"{prefix}{path.name} line {number}", "is no ID|text"))
        elif own not in audio:
            skipped.append(Skipped(prefix + own, "has no recording"))
        else:
            listed.append(ListedRecording(prefix + own, audio.pop(own), said, split))
    skipped.extend(Skipped(prefix + name, "has no transcript") for name in audio)
    return listed


def _spoken_column(rows: list[list[str]]) -> int:
    """Which column says what is spoken: the last that holds texts, and not names of speakers or feelings."""
    lengths: dict[int, list[int]] = {}
    for row in rows[:_LOOKED_AT]:
        for i, text in enumerate(row[1:], 1):
            lengths.setdefault(i, []).append(len(text))
    means = {i: sum(found) / len(found) for i, found in lengths.items()}
    longest = max(means.values(), default=0.0)
    return max((i for i, mean in means.items() if mean > longest / 2), default=1)


# --- Kaldi and LibriSpeech --------------------------------------------------------------------------------------------


def _kaldi(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    text, speakers = _pairs(place / "text"), _pairs(place / "utt2spk")
    named, listed = ListedNames(place), list[ListedRecording]()
    for name, where in _pairs(place / "wav.scp").items():
        if where.endswith("|"):
            text.pop(name, None)
            skipped.append(Skipped(prefix + name, "its recording is the output of a command, which is never run"))
        elif name not in text:
            skipped.append(Skipped(prefix + name, "has no transcript"))
        else:
            found = named.find(where) or place / where
            listed.append(ListedRecording(prefix + name, found, text.pop(name), split, speakers.get(name)))
    skipped.extend(Skipped(prefix + name, "has no recording") for name in text)
    return listed


def librispeech(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    """The recordings whose IDs stand before their words in ``*.trans.txt``; no ID is in two parts of the corpus."""
    listed = []
    audio = {p.stem: p for p in waveform.find_recordings(place)}
    for path in sorted(place.rglob("*.trans.txt")):
        for name, said in _pairs(path).items():
            if name not in audio:
                skipped.append(Skipped(prefix + name, "has no recording"))
            else:
                speaker = name.partition("-")[0] if "-" in name else None
                listed.append(ListedRecording(prefix + name, audio.pop(name), said, split, speaker))
    skipped.extend(Skipped(prefix + name, "has no transcript") for name in audio)
    return listed


# --- texts beside, and telling names ----------------------------------------------------------------------------------


def _texts_beside(place: Path) -> dict[Path, Path]:
    """The text of each recording, where nearly all have one of their name, or most and all texts are such."""
    audio = waveform.find_recordings(place)
    texts: dict[str, Path] = {}
    for path in place.rglob("*"):
        if (ending := next((e for e in reversed(_TEXTS) if path.name.lower().endswith(e)), None)) and path.is_file():
            texts.setdefault(path.name[: -len(ending)], path)
    found = {path: texts[path.stem] for path in audio if path.stem in texts}
    beside = len(found) > 0.5 * len(audio) and len(found) >= 0.9 * len(texts)
    return found if audio and (len(found) > 0.9 * len(audio) or beside) else {}


def _side_by_side(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    texts, listed = _texts_beside(place), []
    for path in waveform.find_recordings(place):
        inner = path.relative_to(place)
        name = prefix + inner.as_posix()
        if path not in texts:
            skipped.append(Skipped(name, "has no transcript"))
            continue
        try:
            said = read_text(texts[path])
        except Unreadable as error:
            skipped.append(Skipped(name, f"its transcript is {error}"))
            continue
        listed.append(ListedRecording(name, path, said, split))
    return listed


def _words_of_names(paths: Iterable[Path]) -> dict[Path, list[str]]:
    """The words that names tell, ``0_1_1_0.wav``: the same few at each place of every name; else nothing.

    Names that hold a word, a speaker and a number have other words at each place.
    """
    words = {path: path.stem.replace("-", "_").split("_") for path in paths}
    known = {word for told in words.values() for word in told}
    if not words or not 2 <= len(known) <= _FEW_WORDS or min(map(len, words.values())) < _MIN_WORDS:
        return {}
    shortest = min(map(len, words.values()))
    places = [{told[i] for told in words.values()} for i in range(shortest)]
    return words if all(len(place) > len(known) / 2 for place in places) else {}


def _telling_names(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    told = _words_of_names(waveform.find_recordings(place))
    return [
        ListedRecording(prefix + path.relative_to(place).as_posix(), path, " ".join(words), split)
        for path, words in told.items()
    ]


def _pairs(path: Path) -> dict[str, str]:
    """The first word of each line, and the rest of it; nothing where there is no file."""
    if not path.is_file():
        return {}
    found = {}
    for line in _lines(path):
        name, *rest = line.strip().split(None, 1) or [""]
        if name:
            found[name] = rest[0] if rest else ""
    return found


def _lines(path: Path) -> list[str]:
    try:
        return read_text(path).splitlines()
    except Unreadable as error:
        raise UserError(f"{path} cannot be read ({error}): restore it from where it came") from None
