"""Sound files of every kind that is read, made in code: each function lays some out in a folder and returns them."""

from __future__ import annotations

import gzip
import io
import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import soundfile
from PIL import Image

from fathom.data.music.midi import roll_to_midi

Files = list[Path]


def lay_out(folder: Path, contents: Mapping[str, bytes]) -> Files:
    """Write files into a folder, those in folders of their own included."""
    found = []
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        found.append(path)
    return found


# --- pictures ---------------------------------------------------------------------------------------------------------


def saved(image: Image.Image, form: str, **how: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **how)
    return file.getvalue()


def photo(width: int = 64, height: int = 48) -> Image.Image:
    smooth = np.cumsum(np.random.default_rng(0).normal(0, 3, (height, width, 3)), 1)
    return Image.fromarray(np.clip(smooth + 128, 0, 255).astype(np.uint8))


def pictures(folder: Path) -> Files:
    rgb, exif = photo(), Image.Exif()
    exif[0x0112] = 6
    more = [rgb.rotate(90), rgb.rotate(180)]
    grey = np.asarray(rgb.convert("L"))
    forms = {
        "a.jpg": saved(rgb, "JPEG", exif=exif), "prog.jpg": saved(rgb, "JPEG", progressive=True),
        "cmyk.jpg": saved(rgb.convert("CMYK"), "JPEG"), "a.png": saved(rgb, "PNG", exif=exif),
        "16.png": saved(Image.fromarray(grey.astype(np.uint16) * 257), "PNG"),
        "p.png": saved(rgb.quantize(16), "PNG", transparency=3), "la.png": saved(rgb.convert("LA"), "PNG"),
        "many.png": saved(rgb, "PNG", save_all=True, append_images=more), "a.gif": saved(rgb, "GIF"),
        "many.gif": saved(rgb, "GIF", save_all=True, append_images=more), "a.webp": saved(rgb, "WEBP"),
        "many.webp": saved(rgb, "WEBP", save_all=True, append_images=more), "a.bmp": saved(rgb, "BMP"),
        "a.tif": saved(rgb, "TIFF", exif=exif), "lzw.tif": saved(rgb, "TIFF", compression="tiff_lzw"),
        "jpeg.tif": saved(rgb, "TIFF", compression="jpeg"), "a.ppm": saved(rgb, "PPM"),
        "float.tif": saved(Image.fromarray(grey.astype(np.float32)), "TIFF"),
        "int.tif": saved(Image.fromarray(grey.astype(np.int32) * 9), "TIFF"),
        "a.jp2": saved(rgb, "JPEG2000"), "many.mpo": saved(rgb, "MPO", save_all=True, append_images=more),
    }  # fmt: skip
    return lay_out(folder, forms)


def masks(folder: Path) -> Files:
    lay_out(folder, {f"images/{i}.png": saved(photo(16, 12), "PNG") for i in range(4)})
    labels = np.arange(192, dtype=np.uint8).reshape(12, 16) % 3
    palette = Image.fromarray(labels).convert("P")
    palette.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    wide = saved(Image.fromarray(labels.astype(np.uint16)), "PNG")
    forms = {"0": saved(Image.fromarray(labels), "PNG"), "1": saved(palette, "PNG"), "2": wide}
    forms["3"] = saved(Image.fromarray(labels > 0), "PNG")
    made = lay_out(folder, {f"masks/{name}.png": data for name, data in forms.items()})
    return made + lay_out(folder, {"classes.txt": b"sky\nroad\ncar\n"})


def idx(folder: Path) -> Files:
    rng = np.random.default_rng(3)
    array = rng.integers(0, 256, (20, 8, 8)).astype(np.uint8)
    plain = struct.pack(">BBBB3I", 0, 0, 8, 3, *array.shape) + array.tobytes()
    labels = struct.pack(">BBBBI", 0, 0, 8, 1, 20) + bytes(i % 3 for i in range(20))
    zipped = {"t10k-images-idx3-ubyte.gz": gzip.compress(plain, mtime=0), "t10k-labels-idx1-ubyte": labels}
    return lay_out(folder, {"train-images-idx3-ubyte": plain, "train-labels-idx1-ubyte": labels, **zipped})


# --- boxes ------------------------------------------------------------------------------------------------------------


def coco(folder: Path) -> Files:
    lay_out(folder, {f"images/{i}.jpg": saved(photo(), "JPEG") for i in range(3)})
    told = {
        "images": [{"id": i, "file_name": f"{i}.jpg", "width": 64, "height": 48} for i in range(3)],
        "annotations": [
            {"id": i, "image_id": i % 3, "category_id": 1 + i % 2, "bbox": [1.5, 2, 20, 10], "iscrowd": 0, "area": 200}
            for i in range(5)
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }
    return lay_out(folder, {"annotations.json": json.dumps(told).encode()})


def voc(folder: Path) -> Files:
    lay_out(folder, {f"JPEGImages/{i}.jpg": saved(photo(), "JPEG") for i in range(3)})
    box = "<object><name>{}</name><difficult>0</difficult><bndbox><xmin>3</xmin><ymin>4.5</ymin><xmax>40</xmax>"
    box += "<ymax>30</ymax></bndbox></object>"
    head = "<?xml version='1.0'?><annotation><filename>{}.jpg</filename>"
    head += "<size><width>64</width><height>48</height><depth>3</depth></size>"
    texts = {i: head.format(i) + box.format("cat") + box.format("dog") + "</annotation>" for i in range(3)}
    forms = {f"Annotations/{i}.xml": text.encode("utf-16" if i == 2 else "utf-8") for i, text in texts.items()}
    return lay_out(folder, {name: data.replace(b" version='1.0'", b"  version='1.0'") for name, data in forms.items()})


def yolo(folder: Path) -> Files:
    lay_out(folder, {f"images/{i}.jpg": saved(photo(), "JPEG") for i in range(3)})
    rows = {"labels/0.txt": b"0 0.5 0.5 0.2 0.25\n1 0.25 0.25 0.1 0.1\n", "labels/1.txt": b"1 0.5 0.5 0.2 0.25 0.9\n"}
    rows["labels/2.txt"] = b"0 0.1 0.1 0.4 0.1 0.4 0.4 0.1 0.4\n0 0.5 0.5 0.2 0.25\n"
    names = b"# a set\npath: .\ntrain: images\nnc: 2\nnames:\n  0: cat  # purring\n  1: 'dog'\n"
    return lay_out(folder, {**rows, "data.yaml": names})


# --- sound and music --------------------------------------------------------------------------------------------------


def recordings(folder: Path) -> Files:
    time = np.arange(1600) / 8000
    mono = 0.4 * np.sin(2 * np.pi * 440 * time)
    stereo = np.stack([mono, 0.5 * mono], 1)
    kinds = {
        "16.wav": (mono, "WAV", "PCM_16"), "24.wav": (stereo, "WAV", "PCM_24"), "float.wav": (mono, "WAV", "FLOAT"),
        "8.wav": (mono, "WAV", "PCM_U8"), "mulaw.wav": (mono, "WAV", "ULAW"), "adpcm.wav": (mono, "WAV", "MS_ADPCM"),
        "ex.wav": (stereo, "WAVEX", "PCM_16"), "rf64.wav": (mono, "RF64", "PCM_16"), "a.flac": (mono, "FLAC", None),
        "2.flac": (stereo, "FLAC", "PCM_24"), "a.ogg": (mono, "OGG", "VORBIS"), "a.opus": (mono, "OGG", "OPUS"),
        "a.mp3": (stereo, "MP3", None), "a.aiff": (mono, "AIFF", "PCM_16"), "a.au": (mono, "AU", "PCM_16"),
    }  # fmt: skip
    found = {}
    for name, (samples, form, kind) in kinds.items():
        file = io.BytesIO()
        soundfile.write(file, samples, 8000, format=form, subtype=kind)
        found[name] = file.getvalue()
    listed = bytearray(found["16.wav"])
    listed[36:36] = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf58.29.100\0"
    return lay_out(folder, {**found, "list.wav": bytes(listed)})


def transcripts(folder: Path) -> Files:
    lay_out(folder, {f"wavs/a-{i}.wav": recordings_16() for i in range(4)})
    return lay_out(folder, {"metadata.csv": "".join(f"a-{i}|Dr. No {i}|doctor no\n" for i in range(4)).encode()})


def recordings_16() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, 0.4 * np.sin(np.arange(800) / 3), 8000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def midi(folder: Path) -> Files:
    roll = np.zeros((16, 88), np.uint8)
    for step in range(16):
        roll[step, 30 + step % 5] = roll[step, 45] = 1
    whole = roll_to_midi(roll)
    track = whole[14:]
    running = b"\x00\xff\x51\x03\x07\xa1\x20\x00\x90\x3c\x40\x30\x3c\x00\x00\x40\x40\x30\x40\x00\x00\xff\x2f\x00"
    lines = b"MTrk" + len(running).to_bytes(4, "big") + running
    two = b"MThd\0\0\0\6\0\1\0\2\0\x60" + lines + track
    zero = b"MThd\0\0\0\6\0\0\0\1\0\x60" + lines
    return lay_out(folder, {"a.mid": whole, "two.mid": two, "zero.midi": zero})


def pieces(folder: Path) -> Files:
    told = {"train": [[[60, 64], [], [62, -1]]] * 3, "valid": [[[60], [62]]], "test": [[[59.0], [62]]]}
    return lay_out(folder, {"pieces.json": json.dumps(told).encode()})


# --- tables and text --------------------------------------------------------------------------------------------------


def frame() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    words = ["red", "grün", 'a "b", c', ""]
    rows = [(i, f"{rng.normal():.4g}", rng.choice(words), f"2020-01-{i % 28 + 1:02d}", "yn"[i % 2]) for i in range(40)]
    return pl.DataFrame(rows, schema=["id", "x", "colour", "day", "y"], orient="row")


def csv(folder: Path) -> Files:
    comma = frame().write_csv()
    forms = {"a.csv": comma.encode(), "bom.csv": comma.encode("utf-8-sig"), "latin.csv": comma.encode("latin-1")}
    forms["utf16.csv"] = comma.encode("utf-16")
    forms["semicolon.csv"] = frame().write_csv(separator=";").replace(".", ",").encode()
    return lay_out(folder, forms)


def tsv(folder: Path) -> Files:
    rows = [f'{"ham" if i % 3 else "spam"}\t"message {i}, it says {"so " * (i % 5)}' for i in range(40)]
    return lay_out(folder, {"a.tsv": frame().write_csv(separator="\t").encode(), "b.tsv": "\n".join(rows).encode()})


def json_rows(folder: Path) -> Files:
    rows = frame().to_dicts()
    columns = {name: frame()[name].to_list() for name in frame().columns}
    forms = {"a.jsonl": frame().write_ndjson(), "a.json": json.dumps(rows), "columns.json": json.dumps(columns)}
    return lay_out(folder, {name: text.encode() for name, text in forms.items()})


def parquet(folder: Path) -> Files:
    rng = np.random.default_rng(2)
    n = 40
    columns = {
        "i": list(range(n)), "x": rng.normal(size=n).tolist(), "s": [f"v{i % 5}" for i in range(n)],
        "b": [i % 3 == 0 for i in range(n)], "l": [[i, i + 1] for i in range(n)], "y": ["yn"[i % 2] for i in range(n)],
    }  # fmt: skip
    found = {}
    for compression in ("uncompressed", "snappy", "zstd"):
        file = io.BytesIO()
        pl.DataFrame(columns).write_parquet(file, compression=compression)
        found[f"{compression}.parquet"] = file.getvalue()
    return lay_out(folder, found)


def arrays(folder: Path) -> Files:
    """What NumPy writes, under names of tables: to be refused, or read."""
    rows = np.array([[(60, 64), (62, 65)]] * 3)
    one, many = io.BytesIO(), io.BytesIO()
    np.save(one, rows)
    np.savez_compressed(many, train=rows, test=rows)
    return lay_out(folder, {"a.npy": one.getvalue(), "a.npz": many.getvalue()})


def conll(folder: Path) -> Files:
    lines = [("Anna", "B-per"), ("Lee", "I-per"), ("went", "O"), ("to", "O"), ("Rome", "B-loc"), (".", "O")]
    text = "\n".join("\n".join(f"{word}\t{tag}" for word, tag in lines) + "\n" for _ in range(12))
    blanks = "-DOCSTART- -X- O\n\n" + "\n".join("\n".join(f"{w} NN {t}" for w, t in lines) + "\n" for _ in range(12))
    return lay_out(folder, {"train.conll": text.encode(), "dev.bio": blanks.encode(), "test.conll": text.encode()})


def pairs(folder: Path) -> Files:
    rows = [f"This is sentence number {i} of all.\tDas ist der Satz Nummer {i} von allen." for i in range(30)]
    return lay_out(folder, {"train.tsv": ("source\ttarget\n" + "\n".join(rows)).encode()})


def texts(folder: Path) -> Files:
    rows = [f'"It was {"good" if i % 2 else "bad"}, number {i}",{"pos" if i % 2 else "neg"}' for i in range(40)]
    return lay_out(folder, {"reviews.csv": ("text,label\n" + "\n".join(rows)).encode()})


def running_text(folder: Path) -> Files:
    long = "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n\n" * 80
    return lay_out(
        folder, {"a.txt": long.encode(), "names.txt": "\n".join(f"Name{i}saurus" for i in range(80)).encode()}
    )
