"""Pictures in a folder for each class, and beside them a file with their true labels."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image


def write_labelled(root: Path, classes: Sequence[str], pictures: Iterable[tuple[str, int, int, Image.Image]]) -> Path:
    """Write each picture as ``root/[SPLIT/]CLASS/NAME.png``, and ``truth.csv`` beside `root`.

    Args:
        root: the folder of the pictures, to be made.
        classes: names of the classes; each has its folder, even an empty one.
        pictures: name (``"00012"`` or ``"dev/00012"``), index of the class in whose folder it goes, index of the class
            that is true, and the picture.

    Returns:
        `root`.
    """
    made = set()
    root.mkdir(parents=True)
    with (root.parent / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "label", "truth"])
        for name, label, truth, picture in pictures:
            split, _, stem = name.rpartition("/")
            if split not in made:
                for folder in classes:
                    (root / split / folder).mkdir(parents=True, exist_ok=True)
                made.add(split)
            path = root / split / classes[label] / f"{stem}.png"
            picture.save(path, compress_level=1)
            rows.writerow([path.relative_to(root).as_posix(), classes[label], classes[truth]])
    return root
