"""Pictures in a folder for each class."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fathom.data import name_fields
from fathom.data.file_scan import visible_folders
from fathom.data.image import image_file
from fathom.data.image.class_lists import read_class_lists
from fathom.data.image.idx import find_idx, read_idx_folder
from fathom.data.image.image_csv import read_picture_csv
from fathom.data.image.listed_images import ListedImage, examples_of
from fathom.data.image.listings import Listing, find_listings, labels_most, names_most, split_of
from fathom.data.image.named_images import class_rule
from fathom.data.image.other_annotations import told_of
from fathom.data.image.picture_lists import labels_listed, split_by_lists
from fathom.data.name_fields import asked_field, field_of
from fathom.data.splits.split_folders import split_folders, splits_by_name, tell_splits
from fathom.data.table import tables
from fathom.declared_options import NOT_GROUPED
from fathom.errors import UserError
from fathom.records import Examples, Skipped, Source

FOLDER = "folder"
"""What the target is called, and asked for, where the names of folders are the classes."""
_PART = re.compile(
    r"(?:.*[^a-z])?(?:images?|imgs?|pictures?|pics?|photos?|data|parts?|batch(?:es)?|chunks?|shards?|folders?|folds?|zip)"
    r"[-_ ]?#.*"
)
"""What a folder of some of the pictures is called, its numbers written #: a word for pictures or parts before one."""


@dataclass(frozen=True, slots=True)
class LoosePicture(Skipped):
    """A picture that lies in no folder of a class; its name may say one."""

    path: str = ""
    split: str | None = None


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
    if find_picture_tables(source):
        return read_picture_csv(source)
    field, group = asked_field(source.target), asked_field(source.group)
    if source.target not in (None, FOLDER) and field is None:
        raise UserError(
            f"{source.text} has no table of pictures with a column {source.target!r}: give one, or leave `target` out"
        )
    if source.group not in (None, NOT_GROUPED) and group is None:
        raise UserError(
            f"a folder of pictures has no column {source.group!r} to group by: give a CSV with the columns path, label "
            f"and {source.group}"
        )
    listed, skipped, named = _list_by_field(root, "", None, field) if field else _list_all(root)
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            if not extra.is_dir():
                raise UserError(f"{extra} is not a folder: give a folder that has a folder of pictures for each class")
            listed = [entry for entry in listed if entry.split != split]
            if field:
                listed += _list_by_field(extra, f"{split}/", split, field)[0]
            else:
                _classes(_unwrap(extra), extra, f"{split}/", split, listed, skipped)
    _refuse_nothing(source, listed, skipped, closed=closed)
    if group:
        listed = [replace(entry, group=field_of(entry.path, group)) for entry in listed]
    read = examples_of(listed, skipped, str(source.target) if field else FOLDER, source.text)
    return replace(read, by_folder=not named)


def _refuse_nothing(source: Source, listed: Sequence[ListedImage], skipped: Sequence[Skipped], *, closed: bool) -> None:
    """Refuse pictures without classes, with one alone, or in folders that may be no classes."""
    text, field = source.text, asked_field(source.target)
    if not listed:
        loose = [one.id for one in skipped if isinstance(one, LoosePicture)]
        if skipped:
            raise UserError(
                f"the {len(skipped)} pictures in {text} lie loose{told_of(source.path)}: put those of each class into "
                f"a folder named after it, or give a CSV with the columns path and label{name_fields.advice(loose)}"
            )
        raise UserError(f"{text} has no pictures: give a folder that has a folder of pictures for each class")
    names = [] if source.target or not closed else [entry.path for entry in listed]
    if other := name_fields.refusal(names, text):
        raise UserError(other)
    _check_classes(listed, text if field is None else f"field {field} of the names in {text}", closed=closed)


def _list_by_field(
    root: Path, prefix: str, split: str | None, field: int
) -> tuple[list[ListedImage], list[Skipped], bool]:
    """The pictures with a field of their names as class, and with the splits of the folders that they lie in."""
    listed: list[ListedImage] = []
    skipped: list[Skipped] = []
    for path in image_file.find_images(root):
        inner = Path(path).relative_to(root)
        name = prefix + _printable_name(inner.as_posix())
        label = field_of(path, field)
        if label is None:
            skipped.append(Skipped(name, f"its name has no field {field}"))
        else:
            ready = tables.SPLIT_NAMES.get(inner.parts[0].lower()) if len(inner.parts) > 1 else None
            listed.append(ListedImage(name, path, _printable_name(label), split or ready))
    return listed, skipped, True


def _list_all(root: Path) -> tuple[list[ListedImage], list[Skipped], bool]:
    """The pictures in a folder, those without a class, and whether the classes are from their names."""
    listed: list[ListedImage] = []
    skipped: list[Skipped] = []
    base = _unwrap(root)
    by_list, unlisted = read_class_lists(root, base)
    if by_list:
        return by_list, unlisted, True
    if parts := _ready_parts(base) or _loose_parts(base):
        for split, folder in parts:
            _classes(folder, root, "", split, listed, skipped)
        listed = _with_listed_labels(parts, listed, skipped)
    else:
        _refuse_one_trained(base)
        _classes(base, root, "", None, listed, skipped)
        listed = _splits_within(listed, base)
        if listed and listed[0].split is None:
            listed = split_by_lists(listed, [base, *(p for p in base.parents if p == root or root in p.parents)])
    found, skipped = _named(listed, skipped)
    return found, skipped, found is not listed


def find_picture_tables(source: Source) -> list[Listing]:
    """The tables that say the labels of pictures; none where the names of folders do.

    A table counts more than folders named like classes where its name says so, where a column of it was asked for,
    where it has a column of labels for most of the pictures, or where it names most of them and the folders are parts
    of one whole (``images_001``, ``images_002``).

    Args:
        source: where the pictures are; the target ``folder`` asks for the folders.
    """
    elsewhere = source.target == FOLDER or asked_field(source.target) is not None
    found = [] if elsewhere and source.path.is_dir() else find_listings(source.path)
    if not found or not source.path.is_dir() or found[0].sure or source.target is not None:
        return found
    if not _has_classes(source.path) or labels_most(found[0], source.path):
        return found
    return found if _are_parts(source.path) and names_most(found[0], source.path) else []


def reading_of_pictures(source: Source) -> tuple[str, str]:
    """Where the labels of a folder of pictures come from, and how else it may be meant; "" where that is plain."""
    listed, folders = find_listings(source.path), _has_classes(source.path)
    if source.target is not None or not listed:
        loose = not listed and not folders and _names_say(source.path)
        where = "a folder of pictures whose names begin with their class" if loose else "a folder of pictures"
        return where, "give a CSV with the columns path and label where they do not" if loose else ""
    table = listed[0].table.name
    if find_picture_tables(source):
        return f"pictures with labels in {table}", "--target folder takes the names of the folders" if folders else ""
    return "a folder of pictures for each class", f"--target COLUMN takes the labels from {table}"


def _names_say(root: Path) -> bool:
    loose = [path.name for path in _lists_loose_images(_unwrap(root))]
    return class_rule(loose) is not None


def _with_listed_labels(
    parts: Sequence[tuple[str, Path]], listed: list[ListedImage], skipped: list[Skipped]
) -> list[ListedImage]:
    """The pictures of splits without folders of classes, with the classes that a list says; others are left out.

    Left out are those of one folder that is no class of train (``test/images``), where another split has classes.
    """
    train = {entry.label for entry in listed if entry.split == "train"}
    for split, folder in parts:
        own = [entry for entry in listed if entry.split == split]
        only = {entry.label for entry in own}
        if split == "train" or len(only) != 1 or only & train or len(train) < 2:
            continue
        labels = labels_listed(folder, {str(label) for label in train})
        rest = [entry for entry in listed if entry.split != split]
        said = [replace(entry, label=labels[name]) for entry in own if (name := Path(entry.path).name) in labels]
        if not said and not any(entry.split != "train" for entry in rest):
            continue
        known = {entry.id for entry in said}
        skipped.extend(Skipped(entry.id, "no file says its class") for entry in own if entry.id not in known)
        listed = [*rest, *said]
    return listed


def _refuse_one_trained(base: Path) -> None:
    """Refuse folders train, of one class, and test, of it and others: the unusual is not learned from the usual."""
    below = {folder.name.lower(): folder for folder in _folders(base)}
    if not {"train", "test"} <= below.keys():
        return
    known, others = ({p.name for p in _folders(below[name])} for name in ("train", "test"))
    if len(known) == 1 and known < others:
        raise UserError(
            f"{base / 'train'} has the class {next(iter(known))} alone, and to find what is unusual in others is not "
            f"learned: give {below['test']}, whose folders are classes, or put pictures of each into train"
        )


def _splits_within(listed: list[ListedImage], base: Path) -> list[ListedImage]:
    """The pictures with the splits that lie within the classes (``cat/train/1.png``), where all of them do."""
    inner = [Path(entry.path).relative_to(base).parts[1:-1] for entry in listed]
    splits = [tables.SPLIT_NAMES.get(parts[0].lower()) if parts else None for parts in inner]
    if "train" not in splits or None in splits:
        return listed
    return [replace(entry, split=split) for entry, split in zip(listed, splits)]


def _named(listed: list[ListedImage], skipped: list[Skipped]) -> tuple[list[ListedImage], list[Skipped]]:
    """Loose pictures get the class that their names begin with, where there are no folders of classes."""
    known = [one for one in skipped if isinstance(one, LoosePicture)]
    train = [one for one in known if one.split in (None, "train")]
    rule = None if listed else class_rule([Path(one.id).name for one in train])
    if rule is None:
        return listed, skipped
    said = {one.id: rule(Path(one.id).name) for one in known}
    classes = {said[one.id] for one in train}
    of = {name: label for name, label in said.items() if label in classes}
    found = [ListedImage(one.id, one.path, of[one.id], one.split) for one in known if one.id in of]
    return found, [one for one in skipped if one.id not in of]


def _folders(folder: Path) -> list[Path]:
    """The visible folders in a folder that hold pictures, at any depth."""
    return [p for p in visible_folders(folder) if image_file.has_images(p)]


def _lists_loose_images(folder: Path) -> list[Path]:
    visible = (p for p in folder.iterdir() if not p.name.startswith(".") and p.is_file())
    return sorted(p for p in visible if image_file.looks_like_picture(p))


def _unwrap(root: Path) -> Path:
    """The folder that has the classes or splits, below wrappers such as unpacking leaves them."""
    while True:
        below = _folders(root)
        if len(below) != 1 or _lists_loose_images(root) or not _folders(below[0]):
            return root
        if below[0].name.lower() in tables.SPLIT_NAMES:
            return root
        root = below[0]


def _ready_parts(folder: Path) -> list[tuple[str, Path]]:
    """Folders that are ready-made splits, where one is for training."""
    return split_folders(folder, _folders(folder))


def _loose_parts(base: Path) -> list[tuple[str, Path]]:
    """Folders called as splits are (``train``, ``test1``), of loose pictures whose names say classes in train."""
    folders = _folders(base)
    known = splits_by_name(folders)
    if len(known) < max(2, len(folders)) or any(_folders(folder) for folder in folders):
        return []
    train = [path.name for p, split in known.items() if split == "train" for path in _lists_loose_images(p)]
    if class_rule(train) is None:
        return []
    tell_splits(base, known, [])
    return sorted(((split, folder) for folder, split in known.items()), key=lambda part: part[0] != "train")


def _has_classes(root: Path) -> bool:
    """Whether there are folders named after classes: two or more that are none of splits."""
    return len(_class_folders(root)) > 1


def _class_folders(root: Path) -> list[Path]:
    base = _unwrap(root)
    train = [folder for split, folder in _ready_parts(base) if split == "train"]
    return [folder for folder in _folders((train or [base])[0]) if split_of(folder.name) is None]


def _are_parts(root: Path) -> bool:
    """Whether the folders are parts of one whole: their names differ by a number alone, after a word such as part."""
    alike = {re.sub(r"\d+", "#", folder.name.lower()) for folder in _class_folders(root)}
    return len(alike) == 1 and _PART.fullmatch(alike.pop()) is not None


def _classes(
    folder: Path, root: Path, prefix: str, split: str | None, listed: list[ListedImage], skipped: list[Skipped]
) -> None:
    """Lists the pictures of each class folder; those that lie loose are skipped."""
    start = len(os.path.join(folder, ""))  # noqa: PTH118 - it ends with the separator
    if folder != root:
        prefix += _printable_name(folder.relative_to(root).as_posix()) + "/"
    for path in image_file.find_images(folder):
        name = _printable_name(path[start:].replace(os.sep, "/"))
        label, inside, _ = name.partition("/")
        if inside:
            listed.append(ListedImage(prefix + name, path, sys.intern(label), split))
        else:
            skipped.append(LoosePicture(prefix + name, "lies outside the class folders", path=path, split=split))


def _printable_name(name: str) -> str:
    r"""A name of a file as text that any file can hold: bytes that are no UTF-8 are written ``\xe9``."""
    return name if name.isascii() else name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _check_classes(listed: Sequence[ListedImage], text: str, *, closed: bool) -> None:
    train = {e.label for e in listed if e.split in (None, "train")}
    if len(train) < 2:
        only = f"one class folder only, {next(iter(train))}" if train else "no class folders"
        more = name_fields.advice([entry.path for entry in listed])
        raise UserError(f"{text} has {only}: it takes a folder of pictures for each of two classes or more{more}")
    for split in ("train-dev", "dev", "test") if closed else ():
        if unknown := sorted(str(e) for e in {e.label for e in listed if e.split == split} - train):
            raise UserError(
                f"the {split} pictures have the class {unknown[0]!r} that the training pictures have not: "
                f"name the class folders alike; training has {', '.join(sorted(str(c) for c in train)[:20])}"
            )
