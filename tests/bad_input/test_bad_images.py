"""Pictures of every mode against values worked out apart; folders, lists and idx files as they should not be."""

import gzip
import os
import struct
import zlib

import numpy as np
import PIL
import pytest
from PIL import Image

from fathom import tasks
from fathom.cli import main
from fathom.data.image import idx, image_csv, image_file, image_folder
from fathom.data.source import resolve
from fathom.data.splits import split
from fathom.errors import Unreadable, UserError
from fathom.records import Settings

RAMP = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
"""16 bits; 65535 is white."""
EXPECTED = np.rint(RAMP / 257).astype(np.uint8)


def colour(path, channels=3, size=8):
    return image_file.decode(path, size, channels)


def grey(r, g, b):
    """Luma of ITU-R 601."""
    return 0.299 * r + 0.587 * g + 0.114 * b


def png(width, height, depth, kind, rows, extra=b""):
    """A PNG by its definition."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = chunk(b"IHDR", header) + extra + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("a.png", RAMP), ("a.tif", RAMP), ("i.tif", RAMP.astype(np.int32)),
        ("f.tif", (RAMP / 65535).astype(np.float32)),
        ("f16.tif", RAMP.astype(np.float32)), ("l.png", EXPECTED), ("i8.tif", EXPECTED.astype(np.int32)),
        ("wide.tif", RAMP.astype(np.int32) * 32768),
    ],
)  # fmt: skip
@pytest.mark.parametrize("channels", [1, 3])
def test_grey_of_any_depth(tmp_path, name, array, channels):
    Image.fromarray(array).save(tmp_path / name)
    pixels = colour(tmp_path / name, channels)
    assert np.abs(pixels.astype(int) - EXPECTED[:, :, None]).max() <= 1
    assert pixels[0, 0, 0] == 0
    assert pixels[-1, -1, 0] == 255


def test_big_endian_and_deep_colour(tmp_path):
    (tmp_path / "b.tif").write_bytes(big_endian_tiff(RAMP))
    assert np.abs(colour(tmp_path / "b.tif", 1)[:, :, 0].astype(int) - EXPECTED).max() <= 1
    rows = [struct.pack(">24H", *([60000, 30000, 1000] * 8))] * 8
    (tmp_path / "rgb16.png").write_bytes(png(8, 8, 16, 2, rows))
    assert np.abs(colour(tmp_path / "rgb16.png")[0, 0] - np.array([60000, 30000, 1000]) / 257).max() <= 1
    rows = [struct.pack(">16H", *([20000, 32768] * 8))] * 8
    (tmp_path / "la16.png").write_bytes(png(8, 8, 16, 4, rows))
    assert abs(int(colour(tmp_path / "la16.png", 1)[0, 0, 0]) - (20000 / 257 * 0.5 + 255 * 0.5)) <= 2
    rows = [RAMP[i].astype(">u2").tobytes() for i in range(8)]
    clear = struct.pack(">I", 2) + b"tRNS" + b"\0\0" + struct.pack(">I", zlib.crc32(b"tRNS\0\0"))
    (tmp_path / "clear16.png").write_bytes(png(8, 8, 16, 0, rows, clear))
    assert colour(tmp_path / "clear16.png", 1)[0, 0, 0] == 255  # black is what is transparent here
    assert colour(tmp_path / "clear16.png", 1)[0, 1, 0] == EXPECTED[0, 1]


def big_endian_tiff(array):
    """A grey TIFF of 16 bits, by its definition."""
    height, width = array.shape
    data = array.astype(">u2").tobytes()
    tags = [
        (256, 3, width), (257, 3, height), (258, 3, 16), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1),
        (278, 3, height), (279, 4, len(data)),
    ]  # fmt: skip
    entries = [
        struct.pack(">HHI", t, k, 1) + (struct.pack(">HH", v, 0) if k == 3 else struct.pack(">I", v))
        for t, k, v in tags
    ]
    return (
        b"MM\0\x2a"
        + struct.pack(">I", 8 + len(data))
        + data
        + struct.pack(">H", len(tags))
        + b"".join(entries)
        + b"\0" * 4
    )


MODES = {
    "cmyk.tif": (Image.new("CMYK", (8, 8), (10, 200, 30, 40)), [245 * 215 / 255, 55 * 215 / 255, 225 * 215 / 255]),
    "cmyk.jpg": (Image.new("CMYK", (8, 8), (10, 200, 30, 40)), [245 * 215 / 255, 55 * 215 / 255, 225 * 215 / 255]),
    "ycc.tif": (Image.new("YCbCr", (8, 8), (100, 90, 200)),
        [100 + 1.402 * 72, 100 + 0.344 * 38 - 0.714 * 72, 100 - 1.772 * 38]),
    "rgba.png": (Image.new("RGBA", (8, 8), (200, 10, 60, 64)), [c * 64 / 255 + 255 * 191 / 255 for c in (200, 10, 60)]),
    "la.png": (Image.new("LA", (8, 8), (40, 128)), [40 * 128 / 255 + 127] * 3),
    "rgba.webp": (Image.new("RGBA", (8, 8), (200, 10, 60, 0)), [255, 255, 255]),
    "one.png": (Image.new("1", (8, 8), 1), [255, 255, 255]),
    "rgb.jp2": (Image.new("RGB", (8, 8), (9, 80, 7)), [9, 80, 7]),
    "rgb.bmp": (Image.new("RGB", (8, 8), (9, 80, 7)), [9, 80, 7]),
}  # fmt: skip


@pytest.mark.parametrize("name", MODES)
def test_colours_over_white(tmp_path, name):
    if name == "ycc.tif" and int(PIL.__version__.split(".")[0]) < 13:
        pytest.skip("Pillow reads what it wrote itself so from 13 on")
    image, wanted = MODES[name]
    image.save(tmp_path / name, **({"quality": 100} if name.endswith("jpg") else {}))
    assert np.abs(colour(tmp_path / name).reshape(-1, 3) - np.array(wanted)).max() <= 3
    assert np.abs(colour(tmp_path / name, 1) - grey(*wanted)).max() <= 3


def test_lab_and_hsv(tmp_path):
    Image.merge("LAB", [Image.new("L", (8, 8), v) for v in (136, 208, 195)]).save(tmp_path / "red.tif")
    # CIE L*a*b* (53.2, 80.1, 67.2) is sRGB red; Pillow's file has a and b with an offset of 128
    assert np.abs(colour(tmp_path / "red.tif")[0, 0].astype(int) - [255, 0, 0]).max() < 25
    hsv = image_file._resized(
        Image.new("HSV", (8, 8), (85, 255, 200)), (8, 8), 3, crop=True
    )  # a third of the circle: green
    assert np.abs(hsv[0, 0].astype(int) - [0, 200, 0]).max() <= 3
    assert (
        abs(
            int(image_file._resized(Image.new("HSV", (8, 8), (85, 255, 200)), (8, 8), 1, crop=True)[0, 0, 0])
            - 0.587 * 200
        )
        <= 3
    )


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_palettes(tmp_path, suffix):
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 200, 10, 60])
    image.save(tmp_path / f"a.{suffix}")
    assert colour(tmp_path / f"a.{suffix}")[0, 0].tolist() == [200, 10, 60]
    assert abs(int(colour(tmp_path / f"a.{suffix}", 1)[0, 0, 0]) - grey(200, 10, 60)) <= 1
    image.save(tmp_path / f"b.{suffix}", transparency=1)
    assert (colour(tmp_path / f"b.{suffix}") == 255).all()
    if suffix == "png":
        image.save(tmp_path / "c.png", transparency=bytes([255, 128]))
        assert np.abs(colour(tmp_path / "c.png")[0, 0] - (np.array([200, 10, 60]) * 128 + 255 * 127) / 255).max() <= 1


TURNS = {
    1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: a.T,
    6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).T, 8: lambda a: np.rot90(a, 1),
}  # fmt: skip


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_exif(tmp_path, orientation, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    array = np.kron(np.arange(16, dtype=np.uint8).reshape(4, 4) * 16, np.ones((8, 8), np.uint8))
    how = {"lossless": True} if suffix == "webp" else {"quality": 100} if suffix == "jpg" else {}
    Image.fromarray(array).convert("RGB").save(tmp_path / f"a.{suffix}", exif=exif, **how)
    wanted = TURNS[orientation](array)
    assert np.abs(colour(tmp_path / f"a.{suffix}", 1, 32)[:, :, 0].astype(int) - wanted).max() <= 4


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "mpo", "tif"])
def test_the_first_frame(tmp_path, suffix):
    frames = [Image.new("RGB", (16, 16), c) for c in ("red", "blue", "lime")]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    assert np.abs(colour(tmp_path / f"a.{suffix}")[0, 0].astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize("size", [(1000, 1), (1, 1000), (60000, 1), (1, 1), (30000, 3)])
def test_slivers(tmp_path, size):
    Image.new("RGB", size, (9, 8, 7)).save(tmp_path / "a.png")
    assert (colour(tmp_path / "a.png", 3, 16) == [9, 8, 7]).all()


def test_a_bomb_and_other_files(tmp_path):
    (tmp_path / "bomb.png").write_bytes(png(60_000, 60_000, 8, 2, [b"\0" * 100]))
    (tmp_path / "eps.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to("loop.png")
    reasons = {
        "bomb": "too large",
        "eps": "not a picture",
        "pipe": "empty|pipe",
        "zero": "empty|pipe",
        "loop": "damaged|links",
    }
    for name, reason in reasons.items():
        for read in (image_file.probe, lambda p: image_file.decode(p, 8)):
            with pytest.raises(Unreadable, match=reason):
                read(tmp_path / f"{name}.png")


def paint(folder, n, shade, suffix="png"):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        Image.effect_noise((24, 24), 10 + shade + i).save(folder / f"{i}.{suffix}")


def refused(capsys, monkeypatch, folder, *words):
    """What ``fathom train`` says of it: one sentence, exit code 2, and no run folder."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["fathom", "train", *map(str, words), "--out", "a-run"])
    before = set(folder.iterdir())
    with pytest.raises(SystemExit) as left:
        main.main()
    said = [s for s in capsys.readouterr().err.strip().splitlines() if s.startswith("fathom: ")]
    assert left.value.code == 2, said
    assert len(said) == 1
    assert set(folder.iterdir()) == before
    return said[0]


def test_folders_that_are_refused(tmp_path, capsys, monkeypatch):
    def say(*words):
        return refused(capsys, monkeypatch, tmp_path, *words)

    assert "does not exist" in say("photos")
    (tmp_path / "empty").mkdir()
    assert "is a folder without files, so that nothing can be learned from it" in say("empty")
    paint(tmp_path / "single" / "cats", 12, 0)
    assert "one class folder only, cats" in say("single")
    for name in ("cats", "dogs"):
        (tmp_path / "broken" / name).mkdir(parents=True)
        for i in range(10):
            (tmp_path / "broken" / name / f"{i}.jpg").write_bytes(b"nothing")
    assert "none of the 20 pictures in broken can be read: the first, cats/0.jpg: not a picture" in say("broken")
    for i in range(12):
        paint(tmp_path / "each" / f"class{i}", 1, i)
    assert "each of the 12 classes has one example only" in say("each")
    paint(tmp_path / "few" / "a", 2, 0)
    paint(tmp_path / "few" / "b", 1, 50)
    assert "too few pictures to hold out test and dev (3)" in say("few")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    assert "is an archive: unpack it" in say("a.zip")
    os.mkfifo(tmp_path / "pipe")
    assert "neither a file nor a folder" in say("pipe")
    paint(tmp_path / "good" / "a", 12, 0)
    paint(tmp_path / "good" / "b", 12, 50)
    assert "--set size=big is no number" in say("good", "--set", "size=big")


def test_truncated_after_the_header_is_skipped_in_fit(tmp_path):
    for k, name in enumerate(("a", "b")):
        paint(tmp_path / name, 12, 40 + 20 * k, "jpg")
        cut = tmp_path / name / "0.jpg"
        cut.write_bytes(cut.read_bytes()[:500])
        image_file.probe(cut)  # its header is whole
    source = resolve(str(tmp_path))
    task = tasks.recognize(source)[0](Settings(net="logistic"))
    read = task.examples(source)
    task.fit(read.items)
    skipped = []
    for example in read.items:
        try:
            task.encode(example)
        except Unreadable as error:
            skipped.append((example.id, str(error)))
    assert skipped == [("a/0.jpg", "truncated"), ("b/0.jpg", "truncated")]
    with pytest.raises(UserError, match="none of the training pictures can be read"):
        task.fit([e for e in read.items if e.id.endswith("/0.jpg")])


def test_odd_names_and_litter(tmp_path):
    names = ["a b.png", "new\nline.png", "\N{CAT FACE}.png", os.fsdecode(b"caf\xe9.png"), "deep/er/x.PNG"]
    for k, name in enumerate(("a", "b")):
        for i, file in enumerate(names):
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.effect_noise((8, 8), 20 + 9 * i + k).save(path)
        for litter in (".DS_Store", "Thumbs.db", "._a b.png", "__MACOSX/x.png", ".hidden/x.png", "notes.txt"):
            (tmp_path / name / litter).parent.mkdir(exist_ok=True)
            (tmp_path / name / litter).write_bytes(b"x")
        (tmp_path / name / "loop").symlink_to(tmp_path)
        (tmp_path / name / "self").symlink_to("self")
    for i in range(300):  # more files of other kinds than pictures
        (tmp_path / f"{i}.txt").write_bytes(b"")
    source = resolve(str(tmp_path))
    task = tasks.recognize(source)[0](Settings())
    assert task.name == "image-classification"
    read = image_folder.read_picture_folder(source)
    ids = [e.id for e in read.items if e.id.startswith("a/") and "loop" not in e.id]
    assert sorted(ids) == sorted(
        ["a/a b.png", "a/new\nline.png", "a/\N{CAT FACE}.png", "a/caf\\xe9.png", "a/deep/er/x.PNG"]
    )
    splits = split.make_splits(read)
    split.save(splits, tmp_path / "splits")
    assert split.load(tmp_path / "splits").of == splits.of
    assert len({e.id for e in read.items}) == len(read.items)


def test_lists_of_pictures(tmp_path):
    paint(tmp_path / "p", 12, 0)
    paint(tmp_path.parent / "elsewhere", 2, 70)
    rows = [f"p/{i}.png,{'ab'[i % 2]}" for i in range(12)]
    rows += [f"{tmp_path}/p/none.png,a", f"{tmp_path.parent}/elsewhere/0.png,a", "../elsewhere/1.png,b"]
    rows += ["p/0.png,a", "p/1.png,a", "x" * 5000 + ".png,a", "p/2.png,", ",a", "p,a", "p/\x01.png,b"]
    (tmp_path / "list.csv").write_text("path,label\n" + "\n".join(rows) + "\n")
    read = image_csv.read_picture_csv(resolve(str(tmp_path / "list.csv")))
    assert len(read.items) == 14
    assert {e.target for e in read.items} == {"a", "b"}
    reasons = [s.reason for s in read.skipped]
    assert sum("file is missing" in r for r in reasons) >= 2
    assert reasons.count("listed twice") == 1
    assert reasons.count("listed twice, with different labels") == 1
    assert "no label" in reasons
    assert "no path" in reasons
    assert len(reasons) == 8


def idx_bytes(array, shape=None):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *(shape or array.shape)) + array.tobytes()


def test_idx_files(tmp_path, capsys, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8)).astype(np.uint8)
    labels = (np.arange(20) % 2).astype(np.uint8)
    bad = tmp_path / "bad"
    plain = idx_bytes(images)
    huge = idx_bytes(images, (60000, 250, 250))  # 3.75 GB claimed, 1.3 kB there
    for data in (plain[:-1], plain + b"x", b"\1" + plain[1:], b"\0\0\x07" + plain[3:], huge, gzip.compress(huge)[:-4]):
        bad.write_bytes(data)
        with pytest.raises(Unreadable):
            idx.read_idx(bad)
    bad.write_bytes(gzip.compress(plain))
    assert (idx.read_idx(bad) == images).all()
    bad.unlink()
    folder = tmp_path / "set"
    folder.mkdir()
    names = (folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte")
    for pixels, marks, words in (
        (huge, idx_bytes(labels), "cannot be read"),
        (plain, idx_bytes(labels)[:9], "cannot be read"),
        (plain, idx_bytes(labels[:5]), "which do not fit"),
        (plain, idx_bytes(labels * 0), "all have the label 0"),
    ):
        names[0].write_bytes(pixels)
        names[1].write_bytes(marks)
        assert words in refused(capsys, monkeypatch, tmp_path, "set")
