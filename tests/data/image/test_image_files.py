"""Pictures of every mode come out upright, square and 8 bits; broken ones are refused with a reason."""

import gzip
import struct

import numpy as np
import pytest
from PIL import Image

from fathom.data.image import idx, image_csv, image_file, image_folder, listings
from fathom.data.source import resolve
from fathom.errors import Unreadable, UserError


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        ("1", "png"), ("L", "png"), ("LA", "png"), ("P", "png"), ("P", "gif"), ("RGB", "png"), ("RGB", "jpg"),
        ("RGB", "webp"), ("RGB", "bmp"), ("RGB", "ppm"), ("L", "pgm"), ("RGBA", "png"), ("RGBA", "webp"),
        ("CMYK", "jpg"), ("CMYK", "tif"), ("I;16", "png"), ("I;16", "tif"), ("F", "tif"), ("YCbCr", "jpg"),
    ],
)  # fmt: skip
def test_modes(tmp_path, mode, suffix, channels):
    path = tmp_path / f"a.{suffix}"
    if mode == "I;16":
        image = Image.fromarray(np.full((40, 60), 50000, np.uint16))
    elif mode == "F":
        image = Image.fromarray(np.full((40, 60), 195.0, np.float32))
    else:
        grey = Image.new("L", (60, 40), 195)
        image = (grey if mode in ("1", "LA") else grey.convert("RGB")).convert(mode)
    image.save(path)
    assert image_file.probe(path)[0] == (60, 40)
    pixels = image_file.decode(path, 16, channels)
    assert pixels.shape == (16, 16, channels)
    assert pixels.dtype == np.uint8
    assert abs(float(pixels.mean()) - 195) < 12


def test_exif_transparency_and_first_frame(tmp_path):
    image = Image.new("RGB", (64, 64), "black")
    image.paste("white", (0, 0, 64, 32))  # white above
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: white on the right
    image.save(tmp_path / "a.jpg", exif=exif, quality=95)
    pixels = image_file.decode(tmp_path / "a.jpg", 16, 1)[:, :, 0]
    assert pixels[:, 12:].min() > 240
    assert pixels[:, :4].max() < 15
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(tmp_path / "b.png")
    assert (image_file.decode(tmp_path / "b.png", 10) == 255).all()
    frames = [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
    frames[0].save(tmp_path / "c.gif", save_all=True, append_images=frames[1:])
    assert image_file.decode(tmp_path / "c.gif", 8)[0, 0].tolist() == [255, 0, 0]


def test_central_square_and_arrays():
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, 20:40] = 200
    assert (image_file.decode(wide, 20) == 200).all()
    assert image_file.decode(np.full((5, 5), 1.0), 5, 1).max() == 255
    with pytest.raises(Unreadable):
        image_file.decode(np.zeros((3, 3, 7), np.uint8), 5)


def test_refusals(tmp_path, monkeypatch):
    whole = tmp_path / "whole.jpg"
    Image.effect_noise((200, 200), 50).save(whole)
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:3000])
    with pytest.raises(Unreadable, match="truncated"):
        image_file.decode(tmp_path / "cut.jpg", 8)
    for name, data, reason in (
        ("a.jpg", b"", "empty"),
        ("b.jpg", b"hello there", "not a picture"),
        ("c.png", b"<!DOCTYPE html>", "web page"),
        ("d.heic", b"x", "HEIC"),
        ("e.CR2", whole.read_bytes(), "raw pictures are not supported"),
        ("f.tga", whole.read_bytes(), "TGA"),
    ):
        (tmp_path / name).write_bytes(data)
        for look in (image_file.probe, lambda p: image_file.decode(p, 8)):
            with pytest.raises(Unreadable, match=reason):
                look(tmp_path / name)
    with pytest.raises(Unreadable, match="missing"):
        image_file.probe(tmp_path / "none.png")
    monkeypatch.setattr(image_file, "MAX_PIXELS", 100)
    with pytest.raises(Unreadable, match="too large"):
        image_file.probe(whole)


def idx_bytes(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def test_idx(tmp_path):
    images = np.arange(20 * 4 * 4, dtype=np.uint8).reshape(20, 4, 4)
    labels = (np.arange(20) % 2).astype(np.uint8)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx_bytes(images))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(labels)))
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(images[:4]))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(labels[:4]))
    read = image_folder.read_picture_folder(resolve(str(tmp_path)))
    assert len(read.items) == 24
    assert read.items[0].id == "train/00001"
    assert read.items[-1].split == "test"
    assert (read.items[1].input == images[1]).all()
    bad = tmp_path / "bad"
    for data in (b"", b"\0\0\x08", idx_bytes(images)[:50], idx_bytes(images) + b"x", b"\0\0\x08\x03" + b"\xff" * 12):
        bad.write_bytes(data)
        with pytest.raises(Unreadable):
            idx.read_idx(bad)


def paint(folder, n, shade):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        Image.new("L", (8, 8), shade + i).save(folder / f"{i}.png")


def test_folder_per_class(tmp_path):
    paint(tmp_path / "cats", 4, 0)
    with pytest.raises(UserError, match="one class"):
        image_folder.read_picture_folder(resolve(str(tmp_path)))
    paint(tmp_path / "dogs", 4, 100)
    (tmp_path / "dogs" / "x.jpg").write_bytes(b"")
    (tmp_path / "dogs" / ".hidden.jpg").write_bytes(b"")
    read = image_folder.read_picture_folder(resolve(str(tmp_path)))
    assert [e.id for e in read.items][:2] == ["cats/0.png", "cats/1.png"]
    assert {e.target for e in read.items} == {"cats", "dogs"}
    assert [(s.id, s.reason) for s in read.skipped] == [("dogs/x.jpg", "empty file")]
    dev = tmp_path.parent / "dev-set"
    paint(dev / "cats", 2, 0)
    paint(dev / "dogs", 2, 100)
    read = image_folder.read_picture_folder(resolve(str(tmp_path), dev=str(dev)))
    assert next(e.id for e in read.items if e.split == "dev") == "dev/cats/0.png"
    assert read.items[0].content == read.items[-4].content


def test_ready_made_and_wrong_folders(tmp_path):
    for split in ("train", "valid"):
        paint(tmp_path / "a" / split / "x", 2, 0)
        paint(tmp_path / "a" / split / "y", 2, 9)
    read = image_folder.read_picture_folder(resolve(str(tmp_path / "a")))
    assert {e.split for e in read.items} == {"train", "dev"}
    assert {e.target for e in read.items} == {"x", "y"}
    paint(tmp_path / "loose", 3, 0)
    with pytest.raises(UserError, match="loose"):
        image_folder.read_picture_folder(resolve(str(tmp_path / "loose")))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no pictures"):
        image_folder.read_picture_folder(resolve(str(tmp_path / "empty")))


def test_csv_of_paths(tmp_path):
    paint(tmp_path / "p", 4, 0)
    csv = tmp_path / "l.csv"
    csv.write_text("file,who,label,split\n" + "".join(f"p/{i}.png,w{i // 2},k{i % 2},train\n" for i in range(5)))
    assert listings.is_picture_csv(csv)
    read = image_csv.read_picture_csv(resolve(str(csv), group="who"))
    assert [e.target for e in read.items] == ["k0", "k1", "k0", "k1"]
    assert read.items[3].group == "w1"
    assert read.items[0].split == "train"
    assert read.skipped[0].reason == "file is missing"


def test_resolve(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(UserError, match=r"did you mean .*photos"):
        resolve(str(tmp_path / "fotos"))
    assert resolve(str(tmp_path), dev="none").no_dev
