"""Pictures as people have them: a folder for each class, a CSV of paths and labels, or idx files."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.data.file_scan import look
from fathom.data.image import image_file
from fathom.data.image.idx import find_idx, read_idx
from fathom.data.image.listings import Listing, Near, find_listings, is_picture_csv, path_column, split_of
from fathom.data.table import tables
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Examples, InputKind, Skipped, Source

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "find_listings", "is_picture_csv", "path_column", "read_idx_folder", "read_picture_csv", "read_picture_folder",
    "several_labels", "targets_in",
]  # fmt: skip

_PORTION = 64  # pictures that a thread looks at in one go


Told = Callable[[Mapping[str, Any]], Any]
"""A row of a table → the target of its picture."""


@dataclass(frozen=True)
class Several:
    """How a table tells of several labels: a column that it must have, and what makes a target of a row."""

    column: str
    told: Told


@dataclass(frozen=True, slots=True)
class _Listed:
    """A picture before it was looked at."""

    id: str
    path: str
    label: str | int | float
    split: str | None
    group: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def read_picture_folder(source: Source, *, closed: bool = True) -> Examples:
    """Pictures in a folder for each class, or in train/CLASS, dev/CLASS, test/CLASS; also a folder of idx files.

    Args:
        source: where they are.
        closed: dev and test may have no class that train has not.

    Raises:
        UserError: no pictures, no class folders, or one class only.
    """
    root = source.path
    if not root.is_dir():
        raise UserError(f"{source.text} is not a folder: give a folder that has a folder of pictures for each class")
    if find_idx(root) is not None:
        return read_idx_folder(source)
    listings = find_listings(root)
    if listings and (listings[0].sure or not _has_classes(root)):
        return read_picture_csv(source)
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
    _check_classes(listed, source.text, closed=closed)
    return replace(_examples(listed, skipped, "folder", source.text), by_folder=True)


def read_picture_csv(source: Source, target: str | None = None, *, told: Told | None = None) -> Examples:
    """Pictures listed in a table with their labels, or in one for each split; see `fathom.data.image.listings`.

    A column of splits and the group column are respected; where the paths begin with the names of splits, so are they.

    Args:
        source: where the table is.
        target: the column of labels.
        told: makes the target of a row where it is more than what stands in a column.

    Raises:
        UserError: no such columns, no pictures, or one label only.
    """
    listings = [(listing, "") for listing in find_listings(source.path)]
    if not listings:
        raise UserError(f"{source.text} has no CSV of paths and labels: give one with the columns path and label")
    root = source.path if source.path.is_dir() else source.path.parent
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            found = find_listings(extra)
            if len(found) != 1:
                raise UserError(f"{extra} has no CSV of paths and labels: give one with the columns path and label")
            listings = [pair for pair in listings if pair[0].split != split]
            listings.append((Listing(found[0].table, split), f"{split}/"))
    listed: list[_Listed] = []
    skipped: list[Skipped] = []
    name = target or source.target
    for listing, prefix in listings:
        folder = listing.table.parent
        if not prefix and folder != root:
            prefix = f"{folder.relative_to(root).as_posix()}/"
        table = tables.load_table(listing.table)
        own = listing.split is not None and listed and name not in table.frame.columns
        if own and listing.table not in (source.dev, source.test):
            skipped.append(Skipped(listing.table.name, f"has no column {name!r}"))
            continue
        name = _listed_in(listing, table, prefix, name, source, listed, skipped, told)
    if not listed:
        raise UserError(f"{source.text} lists no pictures with a {name}: check the file")
    if len({entry.label for entry in listed}) < 2:
        raise UserError(f"the column {name!r} has one value only, so that there is nothing to learn: name another")
    return _examples(listed, skipped, str(name), source.text)


def _listed_in(
    listing: Listing,
    table: tables.Table,
    prefix: str,
    target: str | None,
    source: Source,
    listed: list[_Listed],
    skipped: list[Skipped],
    told: Told | None,
) -> str:
    """Adds what one table lists to `listed` and `skipped`, and returns the name of its target."""
    csv, frame, group = listing.table, table.frame, source.group
    column, name, split = _columns(csv, frame, target, source)
    skipped.extend(replace(s, id=prefix + s.id) for s in table.skipped)
    paths = [None if v is None else str(v).replace("\\", "/") for v in frame[column].to_list()]
    ready = _splits_of(frame, split, paths, listing.split)
    near, seen = Near(csv.parent), dict[str, object]()
    used = {entry.id for entry in listed}
    for number, path, where, row in zip(table.numbers, paths, ready, frame.iter_rows(named=True)):
        label = told(row) if told else row[name]
        if path is None or label is None:
            own = f"row {number}" if path is None else path
            skipped.append(Skipped(prefix + own, f"no {column if path is None else name}"))
            continue
        found = near.locate(path, where)
        inside = len(found) == 1 and found[0].is_relative_to(csv.parent)
        own = prefix + (found[0].relative_to(csv.parent).as_posix() if inside else path)
        if own in seen:
            reason = "listed twice" if seen[own] == label else "listed twice, with different labels"
            skipped.append(Skipped(f"{own} (row {number})", reason))
        elif len(found) > 1:
            skipped.append(Skipped(own, f"{len(found)} pictures have that name, the first {found[0]}"))
        else:
            belongs = None if group is None or row[group] is None else str(row[group])
            unique = own if own not in used else f"{where}/{own}"
            place = str(found[0] if found else csv.parent / path)
            metadata = {k: v for k, v in row.items() if k not in (column, name, split, group) and v is not None}
            listed.append(_Listed(unique, place, label, where, belongs, metadata))
        seen.setdefault(own, label)
    return name


def targets_in(listing: Listing, source: Source) -> list[object]:
    """The values of the column that a table would be learned from.

    Raises:
        UserError: there is no such column.
    """
    frame = tables.read_table(listing.table)
    return list(frame[_columns(listing.table, frame, source.target, source)[1]].to_list())


def several_labels(listing: Listing, target: str | None) -> Several | None:
    """How the labels of a picture are told where it may have several; None where it has one.

    They stand in one column, parted by ``|`` or ``;`` (or by blanks or commas in a column named labels or tags), or
    there are two columns of 0 and 1 or more, and none but these, the path, splits and groups.
    """
    try:
        frame = tables.read_table(listing.table)
    except UserError:
        return None
    column, split = path_column(frame, listing.table.parent), tables.split_column(frame)
    rest = [c for c in frame.columns if c not in (column, split)]
    if column is None or not rest:
        return None
    if target is None and len(rest) > 1 and all(_binary(frame[c].to_list()) for c in rest):
        return Several(rest[0], partial(_ones, rest))
    for name in [target] if target in rest else [] if target else rest:
        values = [str(v) for v in frame[str(name)].to_list() if v is not None]
        signs = "|;" + (", " if str(name).lower() in ("labels", "tags") else "")
        many = [sign for sign in signs if sum(sign in v for v in values) > max(1, len(values) // 50)]
        if many and len({part for v in values for part in v.split(many[0])}) < len(values):
            return Several(str(name), partial(_parted, str(name), many[0]))
    return None


def _binary(values: Sequence[object]) -> bool:
    """Whether a column says yes or no of each picture, and both."""
    return {str(v).strip().lower() for v in values if v is not None} in ({"0", "1"}, {"true", "false"}, {"0.0", "1.0"})


def _ones(columns: Sequence[str], row: Mapping[str, object]) -> str:
    """The names of the columns that say yes, and with a question mark those that say nothing."""
    told = {c: "" if row[c] is None else str(row[c]).strip().lower() for c in columns}
    yes = [c for c in columns if told[c] in ("1", "true", "1.0")]
    return "|".join([*yes, *(f"?{c}" for c in columns if not told[c])])


def _parted(column: str, sign: str, row: Mapping[str, object]) -> str | None:
    """The labels of a column; none where the cell is empty."""
    value = row[column]
    return None if value is None else "|".join(dict.fromkeys(p.strip() for p in str(value).split(sign) if p.strip()))


def _columns(csv: Path, frame: pl.DataFrame, target: str | None, source: Source) -> tuple[str, str, str | None]:
    """The columns of paths, of labels, and of splits if there is one."""
    shown = ", ".join(frame.columns[:20])
    column = path_column(frame, csv.parent)
    if column is None:
        raise UserError(f"no column of {csv} holds names of pictures; it has {shown}")
    tables.check_columns(source, frame.columns, csv)
    rest = frame.drop([column])
    if not rest.columns:
        raise UserError(f"{csv} has only the column {column!r}: add one with the labels")
    split = tables.split_column(frame)
    others = [c for c in rest.columns if c not in (split, *source.apart)]
    alone = target is None and len(others) == 1
    return column, others[0] if alone else tables.find_target(rest, target, csv, source.apart), split


def _splits_of(
    frame: pl.DataFrame, column: str | None, paths: Sequence[str | None], ready: str | None
) -> list[str | None]:
    """The ready-made split of each row: the table's, else the column's, else the folder's that the path begins with."""
    if ready is None and column is not None:
        return [None if v is None else tables.SPLIT_NAMES[str(v).lower()] for v in frame[column].to_list()]
    if ready is None:
        found = [None if path is None or "/" not in path else split_of(path.split("/")[0]) for path in paths]
        if "train" in found and None not in found:
            return found if len(set(found)) > 1 else [None] * len(paths)
    return [ready] * len(paths)


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
                f"{pixels.name} has the shape {images.shape} and {names.name} {labels.shape}, which do not fit: "
                "give n pictures (n, height, width) and n labels"
            )
        images.flags.writeable = False
        for i, (image, label) in enumerate(zip(images, labels.tolist()), 1):
            digest = hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()
            items.append(Example(f"{split}/{i:05d}", image, str(label), split=split, content=digest))
    if not items:
        raise UserError(f"{source.text} has no pictures in its idx files: download them again")
    if len({item.target for item in items}) < 2:
        raise UserError(f"the pictures in {source.text} all have the label {items[0].target}: it takes two or more")
    return Examples(tuple(items), (), "pictures", "label", InputKind.PICTURE)


def _folders(folder: Path) -> list[Path]:
    """The visible folders in a folder that hold pictures, at any depth."""
    below = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".") and p.name != "__MACOSX")
    return [p for p in below if image_file.any_below(p)]


def _loose(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".") and image_file.is_picture(p)
    )


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


def _has_classes(root: Path) -> bool:
    """Whether there are folders named after classes: two or more that are none of splits."""
    base = _unwrap(root)
    train = [folder for split, folder in _ready_parts(base) if split == "train"]
    return len([folder for folder in _folders((train or [base])[0]) if split_of(folder.name) is None]) > 1


def _classes(
    folder: Path, root: Path, prefix: str, split: str | None, listed: list[_Listed], skipped: list[Skipped]
) -> None:
    """Lists the pictures of each class folder; those that lie loose are skipped."""
    start = len(os.path.join(folder, ""))  # noqa: PTH118 - it ends with the separator
    if folder != root:
        prefix += sound(folder.relative_to(root).as_posix()) + "/"
    for path in image_file.find(folder):
        name = sound(path[start:].replace(os.sep, "/"))
        label, inside, _ = name.partition("/")
        if inside:
            listed.append(_Listed(prefix + name, path, sys.intern(label), split))
        else:
            skipped.append(Skipped(prefix + name, "lies outside the class folders"))


def sound(name: str) -> str:
    r"""A name of a file as text that any file can hold: bytes that are no UTF-8 are written ``\xe9``."""
    return name if name.isascii() else name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _check_classes(listed: Sequence[_Listed], text: str, *, closed: bool) -> None:
    train = {e.label for e in listed if e.split in (None, "train")}
    if len(train) < 2:
        only = f"one class folder only, {next(iter(train))}" if train else "no class folders"
        raise UserError(f"{text} has {only}: it takes a folder of pictures for each of two classes or more")
    for split in ("train-dev", "dev", "test") if closed else ():
        if unknown := sorted(str(e) for e in {e.label for e in listed if e.split == split} - train):
            raise UserError(
                f"the {split} pictures have the class {unknown[0]!r} that the training pictures have not: "
                f"name the class folders alike; training has {', '.join(sorted(str(c) for c in train)[:20])}"
            )


def _look_at(entries: Sequence[_Listed]) -> list[Example | Skipped]:
    return [look(entry, entry.label, image_file.probe) for entry in entries]


def _examples(listed: Sequence[_Listed], skipped: Sequence[Skipped], target: str, text: str) -> Examples:
    with ThreadPoolExecutor(min(8, (os.cpu_count() or 1) * 2)) as pool:
        portions = pool.map(_look_at, (listed[i : i + _PORTION] for i in range(0, len(listed), _PORTION)))
        looked = [one for portion in portions for one in portion]
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
    return Examples(items, (*skipped, *bad), "pictures", target, InputKind.PICTURE)
