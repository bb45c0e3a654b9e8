"""Pictures as people have them: a folder for each class, a CSV of paths and labels, or idx files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from fathom.data import pictures, tables
from fathom.data.idx import find_idx, read_idx
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Examples, Skipped, Source


@dataclass(frozen=True)
class _Listed:
    """A picture before it was looked at."""

    id: str
    path: Path
    label: str | int | float
    split: str | None
    group: str | None = None


def read_picture_folder(source: Source) -> Examples:
    """Pictures in a folder for each class, or in train/CLASS, dev/CLASS, test/CLASS; also a folder of idx files.

    Raises:
        UserError: no pictures, no class folders, or one class only.
    """
    root = source.path
    if not root.is_dir():
        raise UserError(f"{source.text} is not a folder: give a folder that has a folder of pictures for each class")
    if find_idx(root) is not None:
        return read_idx_folder(source)
    if source.group is not None:
        raise UserError(
            f"a folder of pictures has no column {source.group!r} to group by: give a CSV with the columns path, label "
            f"and {source.group}"
        )
    listed: list[_Listed] = []
    skipped: list[Skipped] = []
    base = _unwrap(root)
    parts = _ready_parts(base)
    if parts:
        for split, folder in parts:
            _classes(folder, root, "", split, listed, skipped)
    else:
        _classes(base, root, "", None, listed, skipped)
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            if not extra.is_dir():
                raise UserError(f"{extra} is not a folder: give a folder that has a folder of pictures for each class")
            listed = [entry for entry in listed if entry.split != split]
            _classes(_unwrap(extra), extra, f"{split}/", split, listed, skipped)
    if not listed:
        if skipped:
            raise UserError(
                f"the {len(skipped)} pictures in {source.text} lie loose: put those of each class into a folder "
                "named after it, or give a CSV with the columns path and label"
            )
        raise UserError(f"{source.text} has no pictures: give a folder that has a folder of pictures for each class")
    _check_classes(listed, source.text)
    return _examples(listed, skipped, "folder", source.text)


def read_picture_csv(source: Source, target: str | None = None) -> Examples:
    """Pictures listed in a CSV with their labels; the paths are relative to the CSV.

    The column of paths is the one whose values are names of pictures. A column of splits and the group column are
    respected.

    Raises:
        UserError: no such columns, no pictures, or one label only.
    """
    listed: list[_Listed] = []
    skipped: list[Skipped] = []
    main = _csv_of(source.path)
    if main is None:
        raise UserError(f"{source.text} has no CSV of paths and labels: give one with the columns path and label")
    name = ""
    files: list[tuple[Path, str, str | None]] = [(main, "", None)]
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            found = _csv_of(extra)
            if found is None:
                raise UserError(f"{extra} has no CSV of paths and labels: give one with the columns path and label")
            files.append((found, f"{split}/", split))
    for csv, prefix, ready in files:
        table = tables.load_table(csv)
        skipped.extend(Skipped(prefix + s.id, s.reason) for s in table.skipped)
        frame = table.frame
        column = path_column(frame)
        if column is None:
            raise UserError(f"no column of {csv} holds names of pictures; it has {', '.join(frame.columns[:20])}")
        group = source.group
        if group is not None and group not in frame.columns:
            raise UserError(f"{csv} has no column {group!r} to group by; it has {', '.join(frame.columns[:20])}")
        rest = frame.drop([column])
        if not rest.columns:
            raise UserError(f"{csv} has only the column {column!r}: add one with the labels")
        wanted = name or target or source.target
        others = [c for c in rest.columns if c not in (group, tables.split_column(frame))]
        alone = wanted is None and len(others) == 1
        name = others[0] if alone else tables.find_target(rest, wanted, csv, group)
        splits = tables.split_column(frame)
        seen: dict[str, object] = {}
        for number, row in zip(table.numbers, frame.iter_rows(named=True)):
            if row[column] is None:
                skipped.append(Skipped(f"{prefix}row {number}", f"no {column}"))
                continue
            relative = str(row[column]).replace("\\", "/")
            label = row[name]
            if label is None:
                skipped.append(Skipped(prefix + relative, f"no {name}"))
                continue
            if relative in seen:
                reason = "listed twice" if seen[relative] == label else "listed twice, with different labels"
                skipped.append(Skipped(f"{prefix}{relative} (row {number})", reason))
                continue
            seen[relative] = label
            where = ready
            if where is None and splits is not None and row[splits] is not None:
                where = tables.SPLIT_NAMES[str(row[splits]).lower()]
            belongs = None if group is None or row[group] is None else str(row[group])
            listed.append(_Listed(prefix + relative, csv.parent / relative, label, where, belongs))
    if not listed:
        raise UserError(f"{source.text} lists no pictures with a {name}: check the file")
    if len({entry.label for entry in listed}) < 2:
        raise UserError(f"the column {name!r} has one value only, so that there is nothing to learn: name another")
    return _examples(listed, skipped, name, source.text)


def path_column(frame: pl.DataFrame) -> str | None:
    """The column whose values are names of pictures, where there is one."""
    for column in frame.columns:
        if frame[column].dtype == pl.String:
            values = frame[column].drop_nulls().head(1000).to_list()
            if values and sum(pictures.is_picture(v) for v in values) > 0.9 * len(values):
                return column
    return None


def is_picture_csv(path: Path) -> bool:
    """Whether a file, or the one table in a folder, lists pictures."""
    csv = _csv_of(path)
    try:
        return csv is not None and path_column(tables.read_table(csv)) is not None
    except UserError:
        return False


def read_idx_folder(source: Source) -> Examples:
    """Pictures in idx files, as arrays; ids are ``train/00001`` and so on.

    Raises:
        UserError: the files are damaged, or do not belong together.
    """
    pairs = find_idx(source.path)
    if pairs is None:
        raise UserError(f"{source.text} has no idx files: give a folder with train-images-idx3-ubyte and its labels")
    found = [(split, files) for split, files in pairs.items()]
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            more = find_idx(extra) or {}
            if not more:
                raise UserError(f"{extra} has no idx files: give a folder with images-idx3-ubyte and its labels")
            found = [(s, f) for s, f in found if s != split] + [(split, more.get(split) or next(iter(more.values())))]
    items: list[Example] = []
    for split, (pixels, names) in found:
        try:
            images = read_idx(pixels)
        except Unreadable as error:
            raise UserError(f"{pixels} cannot be read ({error}): download it again") from error
        try:
            labels = read_idx(names)
        except Unreadable as error:
            raise UserError(f"{names} cannot be read ({error}): download it again") from error
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
            raise UserError(
                f"{pixels.name} has the shape {images.shape} and {names.name} {labels.shape}, which do not fit"
            )
        images.flags.writeable = False
        for i, (image, label) in enumerate(zip(images, labels.tolist()), 1):
            digest = hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()
            items.append(Example(f"{split}/{i:05d}", image, str(label), split=split, content=digest))
    if not items:
        raise UserError(f"{source.text} has no pictures in its idx files: download them again")
    return Examples(tuple(items), (), "pictures", "label")


def _csv_of(path: Path) -> Path | None:
    if path.is_file():
        return path if tables.is_table(path) else None
    found = sorted(p for p in path.iterdir() if p.is_file() and tables.is_table(p) and not p.name.startswith("."))
    return found[0] if len(found) == 1 else None


def _folders(folder: Path) -> list[Path]:
    """The visible folders in a folder that hold pictures, at any depth."""
    below = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".") and p.name != "__MACOSX")
    return [p for p in below if pictures.find(p)]


def _loose(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".") and pictures.is_picture(p))


def _unwrap(root: Path) -> Path:
    """The folder that has the classes or splits, below wrappers such as unpacking leaves them."""
    while True:
        below = _folders(root)
        if len(below) != 1 or _loose(root) or len(_folders(below[0])) < 2:
            return root
        if below[0].name.lower() in tables.SPLIT_NAMES:
            return root
        root = below[0]


def _ready_parts(folder: Path) -> list[tuple[str, Path]]:
    """Folders that are ready-made splits, where all are and one is for training."""
    below = _folders(folder)
    parts = [(tables.SPLIT_NAMES[p.name.lower()], p) for p in below if p.name.lower() in tables.SPLIT_NAMES]
    splits = [split for split, _ in parts]
    if not parts or len(parts) < len(below) or "train" not in splits:
        return []
    if len(set(splits)) < len(splits):
        twice = next(s for s in splits if splits.count(s) > 1)
        names = " and ".join(p.name for s, p in parts if s == twice)
        raise UserError(f"{folder} has the folders {names}, both for {twice}: keep one of them")
    order = ("train", "train-dev", "dev", "test")
    return sorted(parts, key=lambda part: order.index(part[0]))


def _classes(
    folder: Path, root: Path, prefix: str, split: str | None, listed: list[_Listed], skipped: list[Skipped]
) -> None:
    """Lists the pictures of each class folder; those that lie loose are skipped."""
    for path in pictures.find(folder):
        name = prefix + path.relative_to(root).as_posix()
        parts = path.relative_to(folder).parts
        if len(parts) < 2:
            skipped.append(Skipped(name, "lies outside the class folders"))
        else:
            listed.append(_Listed(name, path, parts[0], split))


def _check_classes(listed: Sequence[_Listed], text: str) -> None:
    train = {e.label for e in listed if e.split in (None, "train")}
    if len(train) < 2:
        only = f"one class folder only, {next(iter(train))}" if train else "no class folders"
        raise UserError(f"{text} has {only}: it takes a folder of pictures for each of two classes or more")
    for split in ("train-dev", "dev", "test"):
        if unknown := sorted(str(e) for e in {e.label for e in listed if e.split == split} - train):
            raise UserError(
                f"the {split} pictures have the class {unknown[0]!r} that the training pictures have not: "
                f"name the class folders alike; training has {', '.join(sorted(str(c) for c in train)[:20])}"
            )


def _look(entry: _Listed) -> Example | Skipped:
    """Probes the picture and digests its file."""
    try:
        pictures.probe(entry.path)
        with entry.path.open("rb") as file:
            content = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except Unreadable as error:
        return Skipped(entry.id, str(error))
    except OSError as error:
        return Skipped(entry.id, f"cannot be read ({error.strerror or error})")
    return Example(entry.id, entry.path, entry.label, group=entry.group, split=entry.split, content=content)


def _examples(listed: Sequence[_Listed], skipped: Sequence[Skipped], target: str, text: str) -> Examples:
    with ThreadPoolExecutor(min(8, (os.cpu_count() or 1) * 2)) as pool:
        looked = list(pool.map(_look, listed))
    items = tuple(x for x in looked if isinstance(x, Example))
    bad = tuple(x for x in looked if isinstance(x, Skipped))
    if not items:
        raise UserError(
            f"none of the {len(bad)} pictures in {text} can be read: the first, {bad[0].id}, is {bad[0].reason}"
        )
    if len({e.target for e in items}) < 2:
        raise UserError(
            f"the readable pictures in {text} are all of the class {items[0].target!r}: it takes two or more"
        )
    return Examples(items, (*skipped, *bad), "pictures", target)
