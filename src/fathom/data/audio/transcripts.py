"""Recordings with what is said in them, in the layouts of the field.

    metadata.csv      columns file_name and transcription (or transcript, text, sentence), perhaps speaker and split
    LJSpeech          metadata.csv without a header, ``ID|as written|as spoken``, beside wavs/ID.wav
    Kaldi             ``wav.scp`` (ID and path) and ``text`` (ID and words), perhaps ``utt2spk`` (ID and speaker)

Folders named train, dev and test that each have one of these are ready-made splits. Transcripts are brought to lower
case; of their signs only letters, digits, the apostrophe and single blanks stay, since nothing else is heard.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fathom.data.audio import recordings, waveform
from fathom.data.audio.recordings import ListedRecording
from fathom.data.table import tables
from fathom.data.text.texts import read_text
from fathom.errors import Unreadable, UserError
from fathom.records import Examples, Skipped, Source

_TRANSCRIPT_COLUMNS = ("transcription", "transcript", "sentence", "normalized_text", "text")
"""What columns of transcripts are called."""
_SPEAKER_COLUMNS = ("speaker", "speaker_id", "client_id")
"""What columns of speakers are called: recordings of one never part."""
_ADVICE = "give a metadata.csv with the columns file_name and transcription, or the layout of LJSpeech or Kaldi"

Reader = Callable[[Path, Source, str, str | None, list[Skipped]], list[ListedRecording]]


def has_transcripts(place: Path) -> bool:
    """Whether a place has recordings with transcripts."""
    return bool(_parts(place))


def normalize_transcript(text: str) -> str:
    """What is heard of a text: ``"It's 9, Dr. No!"`` is ``"it's 9 dr no"``."""
    kept = (c if c.isalnum() or c == "\x00" or unicodedata.category(c) == "Mn" else " " for c in _plain(text))
    return " ".join("".join(kept).replace("\x00", "'").split())


def _plain(text: str) -> str:
    """Lower case, composed; an apostrophe between letters is kept as a zero for the moment."""
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\x00", " ").lower()
    inner = (
        0 < i < len(text) - 1 and c == "'" and text[i - 1].isalnum() and text[i + 1].isalnum()
        for i, c in enumerate(text)
    )
    return "".join("\x00" if apostrophe else c for apostrophe, c in zip(inner, text, strict=True))


def read_transcripts(source: Source) -> Examples:
    """Recordings, each with its transcript as target and its speaker, where known, as group.

    Raises:
        UserError: no recordings with transcripts, or no such column.
        MissingExtra: the library that reads sound is not installed.
    """
    skipped: list[Skipped] = []
    parts = [(place, split, f"{place.name}/" if split else "", reader) for place, split, reader in _parts(source.path)]
    if not parts:
        raise UserError(f"{source.text} has no recordings with transcripts: {_ADVICE}")
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            found = _parts(extra)
            if len(found) != 1:
                raise UserError(f"{extra} has no recordings with transcripts: {_ADVICE}")
            parts = [part for part in parts if part[1] != split]
            parts.append((extra, split, f"{split}/", found[0][2]))
    listed: list[ListedRecording] = []
    for place, ready, prefix, reader in parts:
        for entry in reader(place, source, prefix, ready, skipped):
            said = normalize_transcript(entry.word)
            if said:
                listed.append(replace(entry, word=said))
            else:
                skipped.append(Skipped(entry.id, "its transcript is empty"))
    if not listed:
        raise UserError(f"no transcript in {source.text} has a letter or a digit: {_ADVICE}")
    return recordings.probe_recordings(listed, skipped, "transcription", f"{source.text} can be read", _ADVICE)


def _parts(place: Path) -> list[tuple[Path, str | None, Reader]]:
    """The place itself, or its folders that are splits, each with how it is to be read; empty where there is none."""
    if reader := _reader(place):
        return [(place, None, reader)]
    if not place.is_dir():
        return []
    below = [p for p in sorted(place.iterdir()) if p.is_dir() and p.name.lower() in tables.SPLIT_NAMES]
    found = [(p, tables.SPLIT_NAMES[p.name.lower()], r) for p in below if (r := _reader(p))]
    return list(found) if any(split == "train" for _, split, _ in found) else []


def _reader(place: Path) -> Reader | None:
    """How the transcripts of a place are to be read; None where it has none."""
    if place.is_dir() and (place / "wav.scp").is_file() and (place / "text").is_file():
        return _kaldi
    if place.is_dir() and (place / "metadata.csv").is_file() and (place / "wavs").is_dir():
        return _ljspeech
    table = _table(place)
    return _of_table if table is not None else None


def _table(place: Path) -> Path | None:
    """The table that names recordings and their transcripts, where there is exactly one."""
    candidates = [place] if place.is_file() else sorted(place.iterdir()) if place.is_dir() else []
    found = [p for p in candidates if p.is_file() and tables.is_table(p) and _column(p) is not None]
    return found[0] if len(found) == 1 else None


def _column(path: Path) -> str | None:
    """The column of transcripts, where the table also names recordings."""
    try:
        frame = tables.read_table(path)
    except UserError:
        return None
    named = {c.lower(): c for c in frame.columns}
    column = next((named[n] for n in _TRANSCRIPT_COLUMNS if n in named), None)
    return column if column is not None and recordings.path_column(frame) is not None else None


def _of_table(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    path = _table(place)
    assert path is not None
    frame = tables.read_table(path)
    group = source.group or next((c for c in frame.columns if c.lower() in _SPEAKER_COLUMNS), None)
    asked = replace(source, target=source.target or _column(path), group=group)
    return recordings.list_table(path, asked, prefix, split, skipped)[0]


def _ljspeech(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    listed = []
    audio = {p.stem: p for p in waveform.find_recordings(place / "wavs")}
    for number, line in enumerate(_lines(place / "metadata.csv"), 1):
        name, *texts = (part.strip() for part in line.split("|"))
        said = next((text for text in reversed(texts) if text), "")
        if not name or not texts:
            skipped.append(Skipped(f"{prefix}metadata.csv line {number}", "is no ID|text"))
        elif name not in audio:
            skipped.append(Skipped(prefix + name, "its recording is not in wavs/"))
        else:
            listed.append(ListedRecording(prefix + name, audio.pop(name), said, split))
    skipped.extend(Skipped(prefix + name, "has no transcript") for name in audio)
    return listed


def _kaldi(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    text, speakers = _pairs(place / "text"), _pairs(place / "utt2spk")
    listed = []
    for name, where in _pairs(place / "wav.scp").items():
        if where.endswith("|"):
            text.pop(name, None)
            skipped.append(Skipped(prefix + name, "its recording is the output of a command, which is never run"))
        elif name not in text:
            skipped.append(Skipped(prefix + name, "has no transcript"))
        else:
            listed.append(ListedRecording(prefix + name, place / where, text.pop(name), split, speakers.get(name)))
    skipped.extend(Skipped(prefix + name, "has no recording") for name in text)
    return listed


def _pairs(path: Path) -> dict[str, str]:
    """The first word of each line, and the rest of it; nothing where there is no file."""
    if not path.is_file():
        return {}
    lines = (line.strip().partition(" ") for line in _lines(path))
    return {name: rest.strip() for name, _, rest in lines if name}


def _lines(path: Path) -> list[str]:
    try:
        return read_text(path).splitlines()
    except Unreadable as error:
        raise UserError(f"{path} cannot be read ({error}): restore it from where it came") from None
