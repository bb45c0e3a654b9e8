"""Tables that list pictures: which table, which column, and where each picture lies.

What people have: one CSV of paths and labels; ``train.csv`` and ``test.csv`` beside the pictures; ``metadata.csv`` or
``metadata.jsonl`` with ``file_name`` (Hugging Face's imagefolder), for all or in each split's folder; and, as on
Kaggle, a table of names without folder or extension, with the pictures in folders beside it.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data import repairs
from fathom.data.image import image_file
from fathom.data.label_sets import say_yes_or_no
from fathom.data.listed_names import ListedNames, composed, folded, with_slashes
from fathom.data.table import tables
from fathom.data.wrappers import unwrapped
from fathom.errors import UserError
from fathom.records import Example, Skipped

if TYPE_CHECKING:
    import polars as pl

_SPLIT = re.compile(
    r"(?:(?:images?|imgs?|pictures|photos|labels?|annotations?)[-_ ]?)?"
    r"(train(?:ing)?|test(?:ing)?|val(?:id(?:ation)?)?|dev(?:elopment)?)(?:[-_ ]?20\d\d)?"
    r"(?:[-_ ]?(?:images?|imgs?|pictures|photos|data|set|labels?|annotations?|metadata|split|list))*"
)
_NAMING = re.compile(
    r"(?:.*[-_ ])?(?:id|image|img|file|picture|photo)(?:[-_ ]?(?:id|name|path|file))?|(?:file)?(?:name|path)", re.I
)
_DEEP = 2  # folders below a table in which its pictures are looked for
_SAMPLE = 1000


@dataclass(frozen=True)
class Listing:
    """A table that lists pictures.

    Attributes:
        table: the file.
        split: the ready-made split that it is for, or None.
        sure: its name says that it is the list, so that it counts more than folders named like classes.
    """

    table: Path
    split: str | None = None
    sure: bool = False


def split_of(name: str) -> str | None:
    """The split that a file or folder is for by its name: ``train``, ``trainLabels``, ``val_images``; or None."""
    match = _SPLIT.fullmatch(name.lower())
    return None if match is None else tables.SPLIT_NAMES[match[1]]


def find_listings(place: Path, *, repeated: bool = False) -> list[Listing]:
    """The tables in a folder that list pictures, train first; a file is taken as it is. Empty where there are none.

    Args:
        place: the folder, or a table.
        repeated: a picture may stand in several rows.

    Raises:
        UserError: two tables are for the same split.
    """
    if place.is_file():
        return [Listing(place)] if tables.is_table(place) else []
    place = unwrapped(place)
    if found := [path for path in tables_in(place) if path.stem.lower() == "metadata" and _lists(path, repeated)]:
        others = [] if repeated or _has_labels(found[0]) else [path for path in tables_in(place) if path not in found]
        labelled = [p for p in others if _lists(p) and _has_labels(p) and names_most(Listing(p), place)]
        if len(labelled) == 1:
            repairs.tell(f"the labels are read from it, and {found[0].name} says none", labelled[0])
        return [Listing(labelled[0] if len(labelled) == 1 else found[0], sure=True)]
    parts = [(split_of(path.name), path) for path in sorted(place.iterdir()) if path.is_dir()]
    inner = [(s, t) for s, folder in parts if s for t in tables_in(folder) if t.stem.lower() == "metadata"]
    named = [(split_of(path.stem), path) for path in tables_in(place)]
    for pairs in (inner, named):
        by_split: dict[str, Path] = {}
        for split, path in pairs:
            if split is not None and _lists(path, repeated):
                if split in by_split:
                    raise UserError(f"{by_split[split]} and {path} are both for {split}: keep one of them")
                by_split[split] = path
        if "train" in by_split:
            return [Listing(by_split[s], s, True) for s in ("train", "train-dev", "dev", "test") if s in by_split]
    alone = [Listing(path) for path in tables_in(place) if _lists(path, repeated)]
    if len(alone) > 1 and not repeated:  # beside the table of all, one of boxes on a few
        alone = [listing for listing in alone if names_most(listing, place)]
        alone = alone if len(alone) < 2 else _labelled(alone)
    return alone if len(alone) == 1 else []


def _labelled(listings: list[Listing]) -> list[Listing]:
    """Of tables that all name the pictures the one that has labels: by a name, or as columns of 0 and 1; it is told."""
    found = [listing for listing in listings if _has_labels(listing.table)]
    if len(found) == 1:
        others = " and ".join(one.table.name for one in listings if one not in found)
        are = "are" if len(listings) > 2 else "is"
        repairs.tell(f"the labels are read from it, and {others} {are} not read", found[0].table)
    return found


def _has_labels(table: Path) -> bool:
    """Whether a table of pictures has labels: by the name of a column, or as columns of 0 and 1."""
    frame = tables.read_table(table)
    rest = [c for c in frame.columns if c != path_column(frame, table.parent)]
    return any(c.lower() in (*tables.TARGET_NAMES, "dx") for c in rest) or say_yes_or_no(frame, rest)


def labels_most(listing: Listing, root: Path) -> bool:
    """Whether a table has a column of labels, by its name, for more than half of the pictures of a folder."""
    frame = tables.read_table(listing.table)
    column = path_column(frame, listing.table.parent)
    labels = [c for c in frame.columns if c != column and c.lower() in tables.TARGET_NAMES]
    return bool(labels) and frame.height > len(image_file.find_images(root)) / 2


def names_most(listing: Listing, root: Path) -> bool:
    """Whether a table names more than half of the pictures of a folder, in the way that they are called there."""
    frame, folder = tables.read_table(listing.table), listing.table.parent
    column = path_column(frame, folder)
    if column is None:
        return False
    near = NearbyImages(folder).names
    asked = {composed(Path(with_slashes(str(v))).name) for v in frame[column].drop_nulls().to_list()}
    return sum(name in near for name in asked) > len(image_file.find_images(root)) / 2


def path_column(frame: pl.DataFrame, folder: Path | None = None, *, repeated: bool = False) -> str | None:
    """The column whose values are names of pictures, where there is one.

    Args:
        frame: the table.
        folder: where it lies; with it, a column of names without extension is found by the pictures there.
        repeated: a picture may stand in several rows; else a column of few names without extension is one of labels.
    """
    import polars as pl

    for column in frame.columns:
        if frame[column].dtype == pl.String:
            values = frame[column].drop_nulls().head(_SAMPLE).to_list()
            if values and sum(image_file.is_picture(with_slashes(v)) for v in values) > 0.9 * len(values):
                return column
    candidates = [c for c in frame.columns if _NAMING.fullmatch(c) and not frame[c].dtype.is_float()]
    if folder is None or not candidates:
        return None
    near = NearbyImages(folder)
    for column in candidates:
        names = [str(v) for v in frame[column].drop_nulls().head(_SAMPLE).to_list()]
        there = sum(composed(name) in near.names for name in names)
        if (repeated or len(set(names)) > 0.9 * len(names)) and there > 0.9 * max(1, len(names)):
            return column
    return None


def read_listed(path: Path) -> list[Example | Skipped]:
    """The pictures that a table names, to be predicted: one for each row, without a target.

    Args:
        path: of the table; what is in its other columns does not matter.

    Raises:
        UserError: none of its columns names pictures.
    """
    table, near = tables.load_table(path), NearbyImages(path.parent)
    found: list[Example | Skipped] = []
    for one in tables.names_to_ask(table, path, path_column(table.frame, path.parent), "pictures"):
        if isinstance(one, Skipped):
            found.append(one)
            continue
        row, name = one[0], with_slashes(one[1])
        places = near.locate(one[1], None)
        if len(places) > 1:
            found.append(Skipped(row, f"{len(places)} pictures have the name {name}"))
        else:
            found.append(Example(f"{row} {name}", places[0] if places else path.parent / name))
    return found


class NearbyImages:
    """The pictures near a table: in its folder, and in the folders below, two deep.

    Args:
        folder: where the table lies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listed = ListedNames(folder)

    @cached_property
    def names(self) -> dict[str, list[Path]]:
        """The pictures by their name, with and without extension, accents in one form."""
        found: dict[str, list[Path]] = defaultdict(list)
        deepest = len(self.folder.parts) + _DEEP
        for here, below, files in os.walk(self.folder):
            level = len(Path(here).parts)
            below[:] = sorted(name for name in below if not name.startswith(".")) if level < deepest else []
            for name in sorted(files):
                if image_file.is_picture(name) and not name.startswith("."):
                    stem = name if image_file.is_foreign(name) else Path(name).stem  # a raw one lies beside its JPEG
                    for key in {composed(name), composed(stem)}:
                        found[key].append(Path(here, name))
        return dict(found)

    @cached_property
    def _alike(self) -> dict[str, list[Path]]:
        """The pictures by their name without capitals."""
        found: dict[str, list[Path]] = defaultdict(list)
        for name, places in self.names.items():
            found[folded(name)] += places
        return dict(found)

    def locate(self, name: str, split: str | None) -> list[Path]:
        """Where the picture of that name lies; of several those in a folder of its split; empty where there is none."""
        if (there := self._listed.find(name, shortest=2)) is not None:
            return [there]
        last = composed(Path(with_slashes(name)).name)
        found = self.names.get(last) or self._alike.get(folded(last), [])
        return [p for p in found if split_of(p.relative_to(self.folder).parts[0]) == split] or found


def is_picture_csv(path: Path) -> bool:
    """Whether a table lists pictures."""
    return path.is_file() and tables.is_table(path) and _lists(path)


def _lists(path: Path, repeated: bool = False) -> bool:
    try:
        return path_column(tables.read_table(path), path.parent, repeated=repeated) is not None
    except UserError:
        return False


def tables_in(folder: Path) -> list[Path]:
    """The tables in a folder; a sample of what to hand in is none.

    Args:
        folder: that is looked at, without those in it.
    """
    found = sorted(p for p in folder.iterdir() if p.is_file() and tables.is_table(p) and not p.name.startswith("."))
    return [path for path in found if "submission" not in path.stem.lower()]
