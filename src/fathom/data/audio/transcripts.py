"""Recordings with what is said in them, in the layouts of the field.

    metadata.csv      columns file_name and transcription (or transcript, text, sentence), perhaps speaker and split
    Common Voice      train.tsv, dev.tsv and test.tsv with the columns path, sentence and client_id, beside clips/
    without a header  LJSpeech, Kaldi, LibriSpeech, texts beside, telling names: `fathom.data.audio.transcript_layouts`

Folders or tables named train, dev and test that each have one of these are ready-made splits, and so are folders whose
names have such a word, as ``train-clean-100`` and ``dev-clean`` of LibriSpeech, which is said. Transcripts are brought
to lower case; of their signs only letters, digits, the apostrophe and single blanks stay, since nothing else is heard.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from fathom.data import repairs
from fathom.data.audio import recordings, waveform
from fathom.data.audio.listed_recording import ListedRecording
from fathom.data.audio.recording_tables import path_column
from fathom.data.audio.transcript_layouts import Reader, layout_of, librispeech
from fathom.data.splits.name_groups import keep_versions_together
from fathom.data.splits.split_folders import splits_by_name, tell_splits
from fathom.data.table import tables
from fathom.data.wrappers import unwrapped
from fathom.declared_options import NOT_GROUPED
from fathom.errors import UserError
from fathom.records import Examples, Skipped, Source

_TRANSCRIPT_COLUMNS = ("transcription", "transcript", "sentence", "normalized_text", "text")
"""What columns of transcripts are called."""
_SPEAKER_COLUMNS = ("speaker", "speaker_id", "client_id")
"""What columns of speakers are called: recordings of one never part."""
_ADVICE = "give a metadata.csv with the columns file_name and transcription, or the layout of LJSpeech or Kaldi"

_WHOLE = ("metadata", "validated")
"""What the table is called that lists all, where there are several: validated.tsv of Common Voice."""


@dataclass(frozen=True)
class Part:
    """A place with transcripts, its ready-made split, what its ids begin with, and how it is read."""

    place: Path
    split: str | None
    prefix: str
    reader: Reader


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
    parts = _parts(source.path)
    if not parts:
        raise UserError(f"{source.text} has no recordings with transcripts: {_ADVICE}")
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            found = _parts(extra)
            if len(found) != 1:
                raise UserError(f"{extra} has no recordings with transcripts: {_ADVICE}")
            parts = [part for part in parts if part.split != split]
            parts.append(Part(extra, split, f"{split}/", found[0].reader))
    listed: list[ListedRecording] = []
    for part in parts:
        for entry in part.reader(part.place, source, part.prefix, part.split, skipped):
            said = normalize_transcript(entry.word)
            if said:
                group = None if source.group == NOT_GROUPED else entry.group
                listed.append(replace(entry, word=said, group=group))
            else:
                skipped.append(Skipped(entry.id, "its transcript is empty"))
    if not listed:
        raise UserError(f"no transcript in {source.text} has a letter or a digit: {_ADVICE}")
    read = recordings.probe_recordings(listed, skipped, "transcription", f"{source.text} can be read", _ADVICE)
    return keep_versions_together(read, source.group)


def _parts(place: Path) -> list[Part]:
    """The place itself, or its folders or tables that are splits; empty where it has no transcripts."""
    if place.is_dir():
        place = unwrapped(place)
        below = sorted(p for p in place.iterdir() if tables.SPLIT_NAMES.get(p.stem.lower()))
        found = [
            Part(p, tables.SPLIT_NAMES[p.stem.lower()], f"{p.stem}/", reader)
            for p in below
            if (p.is_dir() or tables.is_table(p)) and (reader := _reader(p))
        ]
        tables_too = any(part.place.is_file() for part in found)
        if not tables_too and (by_word := _parts_by_word(place)):
            return by_word
        if any(part.split == "train" for part in found):
            return found
    if reader := _reader(place):
        _tell_no_train(place)
        return [Part(place, None, "", reader)]
    return []


def _tell_no_train(place: Path) -> None:
    """Tell where folders are called as splits, and none is for training."""
    known = splits_by_name([p for p in place.iterdir() if p.is_dir()]) if place.is_dir() else {}
    if known and "train" not in known.values():
        told = " and ".join(sorted(p.name for p in known))
        repairs.tell(f"none of the folders is for training, so that {told} are put together and split anew", place)


def _parts_by_word(place: Path) -> list[Part]:
    """The folders whose names have the word of a split, as ``train-clean-100`` and ``dev-clean``, where all of them are
    laid out as those of train; else nothing."""
    folders = sorted(p for p in place.iterdir() if p.is_dir() and not p.name.startswith("."))
    known = splits_by_name(folders)
    if "train" not in known.values() or len(set(known.values())) < 2 or _table(place) is not None:
        return []
    readers = {p: _reader(p) for p in known}
    wanted = next(readers[p] for p, split in known.items() if split == "train")
    exact = {p for p in known if p.name.lower() in tables.SPLIT_NAMES and readers[p]}
    parts = {p: split for p, split in known.items() if readers[p] is wanted or p in exact}
    if wanted is None or len(set(parts.values())) < 2:
        return []
    tell_splits(place, parts, [p for p in folders if p not in parts and waveform.has_recordings(p)])
    unique = wanted is librispeech and not exact
    found = ((p, split, readers[p] or wanted) for p, split in parts.items())
    return [Part(p, split, "" if unique else f"{p.name}/", reader) for p, split, reader in found]


def _reader(place: Path) -> Reader | None:
    """How the transcripts of a place are to be read; None where it has none."""
    return _of_table if _table(place) is not None else layout_of(place)


def _table(place: Path) -> Path | None:
    """The table that names recordings and their transcripts: the only one, or that of those that were found right."""
    candidates = [place] if place.is_file() else sorted(place.iterdir()) if place.is_dir() else []
    found = [p for p in candidates if p.is_file() and tables.is_table(p) and _column(p) is not None]
    named = [p for p in found if p.stem.lower() in _WHOLE]
    return found[0] if len(found) == 1 else named[0] if len(named) == 1 else None


def _column(path: Path) -> str | None:
    """The column of transcripts, where the table also names recordings."""
    try:
        frame = tables.read_table(path)
    except UserError:
        return None
    named = {c.lower(): c for c in frame.columns}
    column = next((named[n] for n in _TRANSCRIPT_COLUMNS if n in named), None)
    return column if column is not None and path_column(frame, path.parent) is not None else None


def _of_table(
    place: Path, source: Source, prefix: str, split: str | None, skipped: list[Skipped]
) -> list[ListedRecording]:
    path = _table(place)
    assert path is not None
    frame = tables.read_table(path)
    own = None if source.group == NOT_GROUPED else source.group
    group = own or next((c for c in frame.columns if c.lower() in _SPEAKER_COLUMNS), None)
    asked = replace(source, target=source.target or _column(path), group=group)
    return recordings.list_table(path, asked, prefix, split, skipped)[0]
