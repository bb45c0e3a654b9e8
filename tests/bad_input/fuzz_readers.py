"""The readers of data: what lays sound files out, and what reads one of them that was damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import fuzz_files as files
import numpy as np

from fathom import tasks
from fathom.data import label_corrections, spreadsheet_csv
from fathom.data.audio import recordings as spoken
from fathom.data.audio import transcripts, waveform
from fathom.data.image import boxes, idx, image_file, listings, mask_values, masks
from fathom.data.music import piano_roll
from fathom.data.source import resolve
from fathom.data.table import tables
from fathom.data.text import conll, pairs, running_text, texts
from fathom.declared_options import Settings
from fathom.errors import Unreadable, UserError
from fathom.runs import review_tags

Reader = tuple[Callable[[Path], list[Path]], Callable[[Path], object]]


def folder_with(path: Path, marks: tuple[str, ...]) -> Path:
    """The folder of data that a file lies in, which has one of these."""
    return next(p for p in path.parents if any((p / mark).exists() for mark in marks))


def read_picture(path: Path) -> None:
    image_file.probe(path)
    for channels in (1, 3):
        assert image_file.decode(path, 16, channels).shape == (16, 16, channels)


def read_masks(path: Path) -> None:
    read = masks.read_masks(resolve(str(folder_with(path, ("masks",)))))
    masks.class_names(folder_with(path, ("masks",)))
    for example in read.items:
        with suppress(Unreadable):
            mask_values.decode_mask(example.target)


def read_boxes(path: Path) -> None:
    read, _ = boxes.read_boxes(resolve(str(folder_with(path, ("images", "JPEGImages")))))
    for example in read.items:
        values = np.array([box[1:5] for box in json.loads(example.target)], float)
        assert np.isfinite(values).all()


def read_idx(path: Path) -> None:
    idx.read_idx(path)
    idx.read_idx_folder(resolve(str(path.parent)))


def read_recording(path: Path) -> None:
    samples = waveform.decode(path, 8000, 20.0)
    assert np.isfinite(samples).all()


def read_pieces(path: Path) -> None:
    for example in piano_roll.read_music(resolve(str(path))).items:
        piano_roll.chords_to_roll(example.input)


def read_rows(path: Path) -> None:
    listings.is_picture_csv(path)
    spoken.is_recording_source(path)
    pairs.find_pairs(resolve(str(path)))
    read = tables.read_rows(resolve(str(path)))
    assert read.items
    for example in read.items[:50]:
        for value in (*example.input.values(), example.target):
            assert value is None or isinstance(value, (int, str)) or (isinstance(value, float) and np.isfinite(value))


def read_anything(path: Path) -> None:
    """What any task makes of a file."""
    source = resolve(str(path))
    task, _ = tasks.recognize(source)
    task(Settings()).examples(source)


def refused(path: Path) -> None:
    """A file that is never read: whatever becomes of it but a refusal is a fault of ours."""
    with suppress(UserError, Unreadable):
        read_anything(path)


def decisions(folder: Path) -> list[Path]:
    rows = [("id", "tags", "decision", "label", "note"), ("a.png", "blurry|dark", "correct", "cat", 'a "note"')]
    rows += [(f"{i}.png", "", "drop" if i % 2 else "keep", "", "=1+1") for i in range(20)]
    return files.lay_out(folder, {"labels.csv": spreadsheet_csv.written(rows).encode()})


def read_decisions(path: Path) -> None:
    with suppress(UserError):
        label_corrections.read_decisions(path)
    review_tags.read(path)


READERS: dict[str, Reader] = {
    "pictures": (files.pictures, read_picture),
    "masks": (files.masks, read_masks),
    "idx": (files.idx, read_idx),
    "coco": (files.coco, read_boxes),
    "voc": (files.voc, read_boxes),
    "yolo": (files.yolo, read_boxes),
    "recordings": (files.recordings, read_recording),
    "transcripts": (files.transcripts, lambda p: transcripts.read_transcripts(resolve(str(p.parent)))),
    "midi": (files.midi, lambda p: piano_roll.read_midi(p, 4)),
    "pieces": (files.pieces, read_pieces),
    "csv": (files.csv, read_rows),
    "tsv": (files.tsv, read_rows),
    "json": (files.json_rows, read_rows),
    "parquet": (files.parquet, read_rows),
    "arrays": (files.arrays, refused),
    "conll": (files.conll, lambda p: conll.read_sentences(resolve(str(p.parent)))),
    "pairs": (files.pairs, lambda p: pairs.read_pairs(resolve(str(p)))),
    "texts": (files.texts, lambda p: texts.read_text_table(resolve(str(p)))),
    "running-text": (files.running_text, lambda p: running_text.read_lines_or_text(resolve(str(p)), None, 16)),
    "decisions": (decisions, read_decisions),
}
