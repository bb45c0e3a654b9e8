"""Folders that are parts of one whole (``images_001``, ``images_002``) are no classes where a table says the labels."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from fathom.data.image import image_folder
from fathom.data.source import resolve
from fathom.tasks import recognize


def paint(root: Path, folders: tuple[str, ...], n: int = 12) -> list[str]:
    """Pictures in each folder; returns their names without extension."""
    names = []
    for number, name in enumerate(folders):
        (root / name).mkdir(parents=True)
        for i in range(n):
            names.append(f"p_{number}{i:02d}")
            Image.new("L", (8, 8), 20 * number + i).save(root / name / f"{names[-1]}.png")
    return names


def targets(root: Path, target: str | None = None) -> set[object]:
    source = resolve(str(root), target=target)
    return {e.target for e in recognize(source)[0]().examples(source).items}


def write(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def test_parts_beside_a_table_of_most_pictures_are_no_classes(tmp_path):
    names = paint(tmp_path, ("HAM10_images_part_1", "HAM10_images_part_2"))
    kinds = ("nv", "mel", "bcc")
    rows = [f"L{i},{name},{kinds[i % 3]},{40 + i},{('ear', 'back')[i % 2]}" for i, name in enumerate(names)]
    write(tmp_path / "metadata_of_all.csv", "lesion_id,image_id,dx,age,localization", rows)
    assert targets(tmp_path) == set(kinds)
    assert targets(tmp_path, "localization") == {"ear", "back"}
    assert targets(tmp_path, "folder") == {"HAM10_images_part_1", "HAM10_images_part_2"}
    where, other = image_folder.reading_of_pictures(resolve(str(tmp_path)))
    assert "metadata_of_all.csv" in where
    assert "--target folder" in other


def test_several_labels_and_a_second_table_of_a_few_pictures(tmp_path):
    names = paint(tmp_path, ("images_001/images", "images_002/images"))
    labels = ("No Finding", "Mass", "Mass|Nodule", "Nodule")
    rows = [f"{name}.png,{labels[i % 4]},{30 + i}" for i, name in enumerate(names)]
    write(tmp_path / "Entries.csv", "Image Index,Finding Labels,Age", rows)
    write(
        tmp_path / "Boxes.csv",
        "Image Index,Finding Label,x",
        [f"{name}.png,Mass,{i}" for i, name in enumerate(names[:4])],
    )
    source = resolve(str(tmp_path))
    assert recognize(source)[0].name == "multi-label"
    assert targets(tmp_path) == set(labels)


@pytest.mark.parametrize("folders", [("0", "1"), ("s1", "s2"), ("class_1", "class_2"), ("image", "part")])
def test_other_folders_stay_classes_beside_a_table(tmp_path, folders):
    names = paint(tmp_path, folders)
    write(tmp_path / "about.csv", "image_id,camera", [f"{name},{'ab'[i % 2]}" for i, name in enumerate(names)])
    assert targets(tmp_path) == set(folders)


def test_parts_stay_classes_without_a_table_of_most_pictures(tmp_path):
    names = paint(tmp_path, ("part_1", "part_2"))
    assert targets(tmp_path) == {"part_1", "part_2"}
    write(tmp_path / "about.csv", "image_id,camera", [f"{name},{'ab'[i % 2]}" for i, name in enumerate(names[:6])])
    assert targets(tmp_path) == {"part_1", "part_2"}
