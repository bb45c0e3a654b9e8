"""Boxes and masks as people have them: the layouts of the field, and what is wrong with their files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fathom.data import repairs
from fathom.data.image import boxes, mask_values, masks
from fathom.errors import UserError
from fathom.records import Examples, Source

SIZE = (40, 30)
BOXES = {"a": [("cat", 4, 6, 20, 18)], "b": [("dog", 0, 0, 10, 10), ("cat", 20, 10, 36, 28)], "c": []}


def picture(path: Path, size: tuple[int, int] = SIZE, orientation: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(abs(hash(path.stem)) % 1000 if not path.stem.isalpha() else ord(path.stem[0]))
    image = Image.fromarray(rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    image.save(path, quality=95, exif=exif)


def coco(folder: Path, images: str = "images") -> Path:
    names = ["dog", "cat"]
    listed = [{"id": i, "file_name": f"{n}.jpg", "width": 40, "height": 30} for i, n in enumerate(BOXES)]
    rows = [
        {"id": 1, "image_id": i, "category_id": names.index(k) + 5, "bbox": [x, y, r - x, b - y]}
        for i, n in enumerate(BOXES)
        for k, x, y, r, b in BOXES[n]
    ]
    for n in BOXES:
        picture(folder / images / f"{n}.jpg")
    about = {"images": listed, "annotations": rows, "categories": [{"id": 5, "name": "dog"}, {"id": 6, "name": "cat"}]}
    (folder / "annotations.json").write_text(json.dumps(about))
    return folder


def yolo(folder: Path) -> Path:
    for n, rows in BOXES.items():
        picture(folder / "images" / "train" / f"{n}.jpg")
        lines = [
            f"{['dog', 'cat'].index(k)} {(x + r) / 80} {(y + b) / 60} {(r - x) / 40} {(b - y) / 30}"
            for k, x, y, r, b in rows
        ]
        place = folder / "labels" / "train" / f"{n}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("\n".join(lines))
    (folder / "data.yaml").write_text("path: .\nnames:\n  0: dog\n  1: cat\n")
    return folder


def voc(folder: Path) -> Path:
    for n, rows in BOXES.items():
        picture(folder / "JPEGImages" / f"{n}.jpg")
        inner = "".join(
            f"<object><name>{k}</name><bndbox><xmin>{x + 1}</xmin><ymin>{y + 1}</ymin><xmax>{r}</xmax><ymax>{b}</ymax>"
            "</bndbox></object>"
            for k, x, y, r, b in rows
        )
        place = folder / "Annotations" / f"{n}.xml"
        place.parent.mkdir(parents=True, exist_ok=True)
        size = "<size><width>40</width><height>30</height></size>"
        place.write_text(f"<annotation><filename>{n}.jpg</filename>{size}{inner}</annotation>")
    return folder


def told(examples: Examples, read: boxes.Read) -> dict[str, list[tuple]]:
    """Boxes by name of picture, with the names of their classes."""
    return {
        Path(e.id).stem: [(read.classes[row[0]], *row[1:5]) for row in json.loads(e.target)] for e in examples.items
    }


@pytest.mark.parametrize("layout", [coco, yolo, voc])
def test_every_layout_tells_the_same(layout, tmp_path):
    place = layout(tmp_path / "data")
    examples, read = boxes.read_boxes(Source("data", place))
    expected = {n: [(k, *map(float, corners)) for k, *corners in rows] for n, rows in BOXES.items()}
    found = told(examples, read)
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        for (kind, *corners), (other, *said) in zip(sorted(rows), sorted(found[name]), strict=True):
            assert kind == other
            assert said == pytest.approx(corners, abs=0.02)
    assert not examples.skipped
    assert not read.faults


def test_splits_by_folder_and_by_name(tmp_path):
    for part in ("train", "valid"):
        coco(tmp_path / part, images="")
    examples, _ = boxes.read_boxes(Source("d", tmp_path))
    assert {e.split for e in examples.items} == {"train", "dev"}
    for part, name in (("train2017", "instances_train2017"), ("val2017", "instances_val2017")):
        coco(tmp_path / "coco" / part, images="")
        (tmp_path / "coco" / "annotations").mkdir(exist_ok=True)
        (tmp_path / "coco" / part / "annotations.json").rename(tmp_path / "coco" / "annotations" / f"{name}.json")
    found, _ = boxes.read_boxes(Source("d", tmp_path / "coco"))
    assert sorted({e.split for e in found.items}) == ["dev", "train"]
    assert len(found.items) == 6


def test_boxes_outside_empty_and_missing_are_told(tmp_path):
    place = coco(tmp_path)
    about = json.loads((place / "annotations.json").read_text())
    about["annotations"] += [
        {"id": 7, "image_id": 0, "category_id": 5, "bbox": [30, 20, 30, 30]},
        {"id": 8, "image_id": 0, "category_id": 5, "bbox": [90, 90, 5, 5]},
        {"id": 9, "image_id": 0, "category_id": 5, "bbox": [3, 3, 0, 4]},
        {"id": 10, "image_id": 99, "category_id": 5, "bbox": [3, 3, 4, 4]},
    ]
    about["images"].append({"id": 50, "file_name": "../../etc/passwd", "width": 4, "height": 4})
    about["images"].append({"id": 51, "file_name": "gone.jpg", "width": 4, "height": 4})
    (place / "images" / "b.jpg").write_bytes(b"\xff\xd8\xff broken")
    (place / "annotations.json").write_text(json.dumps(about))
    examples, read = boxes.read_boxes(Source("d", place))
    assert {e.id for e in examples.items} == {"a.jpg", "c.jpg"}
    assert {s.id for s in examples.skipped} >= {"b.jpg", "gone.jpg", "../../etc/passwd"}
    assert read.faults[boxes.OUTSIDE] == ["a.jpg"]
    assert read.faults[boxes.EMPTY] == ["a.jpg"]
    assert read.faults["boxes that reach outside the picture"] == ["a.jpg"]
    assert json.loads(examples.items[0].target)[-1][1:5] == [30, 20, 40, 30]


def test_boxes_are_those_of_the_upright_picture(tmp_path):
    """A photograph that lies on its side: the annotations are of what is shown."""
    picture(tmp_path / "a.jpg", (30, 40), orientation=6)  # stored 30 × 40, shown 40 × 30
    about = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 30}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 10, 18, 15]}],
        "categories": [{"id": 1, "name": "x"}],
    }
    (tmp_path / "a.json").write_text(json.dumps(about))
    examples, read = boxes.read_boxes(Source("d", tmp_path))
    assert json.loads(examples.items[0].target) == [[0, 20.0, 10.0, 38.0, 25.0, 0]]
    assert not read.faults


@pytest.mark.parametrize(
    "text", ["[1, 2]", '{"images": 5, "annotations": []}', '{"images": [{"id": 1}], "annotations": [', ""]
)
def test_a_broken_coco_file_is_refused_in_a_sentence(text, tmp_path):
    picture(tmp_path / "a.jpg")
    (tmp_path / "a.json").write_text(text or '{"images": [], "annotations": [], "categories": []}')
    with pytest.raises(UserError) as refused:
        boxes.read_boxes(Source("d", tmp_path))
    assert "\n" not in str(refused.value)


def test_an_xml_bomb_is_refused(tmp_path):
    voc(tmp_path)
    bomb = '<!DOCTYPE a [<!ENTITY x "xxxx"><!ENTITY y "&x;&x;">]><annotation><object>&y;</object></annotation>'
    (tmp_path / "Annotations" / "b.xml").write_text(bomb)
    examples, _ = boxes.read_boxes(Source("d", tmp_path))
    assert [s.id for s in examples.skipped] == ["b.jpg"]


def mask(path: Path, size: tuple[int, int] = SIZE, *, mode: str = "L", values: tuple[int, ...] = (0, 1, 2)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.random.default_rng(1).choice(values, (size[1], size[0])).astype(np.uint8)
    image = Image.fromarray(array)
    if mode == "P":
        image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0] + [0] * 759)
    image.convert(mode if mode != "P" else image.mode).save(path)


@pytest.mark.parametrize("layout", ["beside", "inside", "split first", "split last", "suffix"])
def test_layouts_of_masks(layout, tmp_path):
    for part, name in (("train", "a"), ("train", "b"), ("val", "c")):
        place = {
            "beside": ("images", "masks", ""),
            "inside": ("data/JPEGImages", "data/SegmentationClass", ""),
            "split first": (f"{part}/images", f"{part}/labels", ""),
            "split last": (f"images/{part}", f"masks/{part}", ""),
            "suffix": ("", "", "_mask"),
        }[layout]
        picture(tmp_path / place[0] / f"{name}.jpg")
        mask(tmp_path / place[1] / f"{name}{place[2]}.png", mode="P")
    assert masks.has_masks(tmp_path)
    examples = masks.read_masks(Source("d", tmp_path))
    assert len(examples.items) == 3
    assert not examples.skipped
    for e in examples.items:
        assert Path(e.target).stem.removesuffix("_mask") == Path(e.id).stem
    expected = {"train", "dev"} if "split" in layout else {None}
    assert {e.split for e in examples.items} == expected


def test_masks_that_do_not_fit_are_skipped_with_the_reason(tmp_path):
    for name in "abcd":
        picture(tmp_path / "images" / f"{name}.jpg")
    mask(tmp_path / "masks" / "a.png")
    mask(tmp_path / "masks" / "b.png", (30, 30))
    (tmp_path / "masks" / "c.png").write_bytes(b"no picture")
    examples = masks.read_masks(Source("d", tmp_path))
    assert [e.id for e in examples.items] == ["a.jpg"]
    reasons = {s.id: s.reason for s in examples.skipped}
    assert "30 × 30" in reasons["b.jpg"]
    assert "unreadable" in reasons["c.jpg"]
    assert reasons["d.jpg"] == "it has no mask"


def square(path: Path, form: str, i: int) -> None:
    """A mask of a square of one class on ground, stored as tools do."""
    truth = np.zeros((30, 40), np.uint8)
    truth[4 + i : 18 + i, 6 + i : 24 + i] = 1
    array = {
        "0 and 255": truth * 255,
        "one bit": truth > 0,
        "rgb": np.stack([truth * 255] * 3, -1),
        "rgba": np.stack([truth * 255] * 3 + [np.full_like(truth, 255)], -1),
        "alpha": np.stack([truth * 0] * 3 + [truth * 255], -1),
        "colours": np.stack([truth * 128, truth * 0, truth * 0], -1),
        "16 bits": truth.astype(np.uint16) * 700,
        "JPEG": truth * 255,
    }.get(form)
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "smooth":
        Image.fromarray(truth * 255).resize((80, 60), Image.Resampling.BICUBIC).save(path)
    elif form == "palettes":
        image = Image.fromarray(truth if i % 2 else 1 - truth)
        image.putpalette(([0, 0, 0, 255, 0, 0] if i % 2 else [255, 0, 0, 0, 0, 0]) + [0] * 762)
        image.save(path)
    else:
        assert array is not None
        kind = {"quality": 85, "format": "JPEG"} if form == "JPEG" else {}
        Image.fromarray(array).save(path, **kind)


FORMS = {
    "0 and 255": [0, 255], "one bit": [0, 1], "rgb": [0, 255], "rgba": [0, 255], "alpha": [0, 255],
    "colours": [0, 0x800000], "16 bits": [0, 700], "JPEG": [0, 255], "smooth": [0, 255], "palettes": [0, 0xFF0000],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_masks_as_tools_store_them_are_two_classes(form, tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(5)]
    for i, path in enumerate(paths):
        square(path, form, i)
    read = mask_values.settle(mask_values.survey([str(p) for p in paths]))
    assert list(read.values) == FORMS[form]
    for i, path in enumerate(paths):
        found = mask_values.resize_mask(mask_values.decode_mask(path, read.form), 40, 30)
        truth = np.zeros((30, 40), np.uint8)
        truth[4 + i : 18 + i, 6 + i : 24 + i] = 1
        assert (read.classes(found) != truth).mean() < 0.005


def settled(folder: Path, arrays: list[np.ndarray], **options: int) -> mask_values.MaskValues:
    for i, array in enumerate(arrays):
        Image.fromarray(array).save(folder / f"{i}.png")
    return mask_values.settle(mask_values.survey([str(folder / f"{i}.png") for i in range(len(arrays))]), **options)


@pytest.mark.parametrize(
    ("stands", "classes", "left_out"),
    [
        ((0, 255), (0, 255), ()),
        ((0, 128, 255), (0, 128, 255), ()),
        ((0, 1, 2, 255), (0, 1, 2), (255,)),
        ((0, 7, 20, 255), (0, 7, 20), (255,)),
        ((0, 85, 170, 255), (0, 85, 170, 255), ()),
    ],
)
def test_255_is_left_out_beside_small_numbers_only(stands, classes, left_out, tmp_path):
    array = np.repeat(np.repeat(np.array([stands], np.uint8), 8, 0), 8, 1)
    read = settled(tmp_path, [array])
    assert (read.values, read.left_out) == (classes, left_out)


def test_masks_that_are_no_classes_are_refused_with_the_reason(tmp_path):
    rng = np.random.default_rng(0)
    with pytest.raises(UserError, match="no few of them stand out"):
        settled(tmp_path, [rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)])
    with pytest.raises(UserError, match="hold 3 alone"):
        settled(tmp_path, [np.full((8, 8), 3, np.uint8)])
    (tmp_path / "0.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"first, 0\.png: not a picture"):
        mask_values.settle(mask_values.survey([str(tmp_path / "0.png")]))


def test_a_value_that_training_lacks_counts_for_nothing_and_is_known_as_new(tmp_path):
    read = settled(tmp_path, [np.repeat(np.arange(3, dtype=np.uint8), 8).reshape(1, -1).repeat(8, 0)])
    new = np.array([[0, 2, 9]], np.int32)
    assert read.unknown(new) == [9]
    assert read.classes(new).tolist() == [[0, 2, 255]]


def test_colours_have_names():
    assert mask_values.value_name(0x800000, mask_values.MaskForm.COLOURS) == "maroon"
    assert mask_values.value_name(0x800001, mask_values.MaskForm.COLOURS) == "#800001"


def test_a_mask_of_the_same_shape_is_scaled(tmp_path):
    picture(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png", (80, 60))
    assert len(masks.read_masks(Source("d", tmp_path)).items) == 1


def test_scaled_masks_are_told(tmp_path):
    for name, size in (("a", SIZE), ("b", SIZE), ("c", (SIZE[0] // 2, SIZE[1] // 2))):
        picture(tmp_path / "images" / f"{name}.jpg")
        mask(tmp_path / "masks" / f"{name}.png", size)
    with repairs.unsaid(), repairs.collected() as told:
        assert len(masks.read_masks(Source("d", tmp_path)).items) == 3
    assert told == [
        "1 mask is not of its picture's size, and is scaled to it: c.png is 20 × 15 pixels for 40 × 30, for example"
    ]


def test_masks_of_one_name_in_several_folders_belong_to_the_pictures_of_their_folder(tmp_path):
    for part in "ab":
        picture(tmp_path / "images" / part / "1.jpg")
        mask(tmp_path / "masks" / part / "1.png")
    found = masks.read_masks(Source("d", tmp_path)).items
    assert [(e.id, Path(e.target).parent.name) for e in found] == [("a/1.jpg", "a"), ("b/1.jpg", "b")]


def test_names_of_classes(tmp_path):
    (tmp_path / "classes.txt").write_text("0 sky\n1: road\ncar\n")
    assert masks.class_names(tmp_path) == ["sky", "road", "car"]
