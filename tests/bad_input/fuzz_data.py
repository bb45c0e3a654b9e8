"""Damages real files and reads them: run by `test_fuzz_data`, and by hand with ``python fuzz_data.py KIND N SEED``.

A case follows from (kind, seed, number) alone. What is damaged may be read, or refused as `UserError` or `Unreadable`;
anything else, and what takes longer than `SECONDS`, is printed as a JSON line and its bytes are kept beside it.
"""

from __future__ import annotations

import gzip
import io
import json
import logging
import random
import resource
import signal
import struct
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from fathom.data.image import idx, image_file, listings
from fathom.data.source import resolve
from fathom.data.table import tables
from fathom.errors import Unreadable, UserError

SECONDS = 10
KINDS = ("pictures", "text", "parquet", "idx")


class TooSlow(BaseException):
    """A case took longer than `SECONDS`."""


def saved(image: Image.Image, form: str, **how) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **how)
    return file.getvalue()


def picture_seeds() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    smooth = np.cumsum(rng.normal(0, 3, (48, 64, 3)), 1)
    rgb = Image.fromarray(np.clip(smooth + 128, 0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    more = [rgb.rotate(90), rgb.rotate(180)]
    wide = Image.fromarray(np.asarray(rgb.convert("L"), np.uint16) * 257)
    return {
        "jpg": saved(rgb, "JPEG", exif=exif), "prog.jpg": saved(rgb, "JPEG", progressive=True),
        "cmyk.jpg": saved(rgb.convert("CMYK"), "JPEG"), "png": saved(rgb, "PNG", exif=exif),
        "16.png": saved(wide, "PNG"), "p.png": saved(rgb.quantize(16), "PNG", transparency=3),
        "a.png": saved(rgb, "PNG", save_all=True, append_images=more), "gif": saved(rgb, "GIF"),
        "a.gif": saved(rgb, "GIF", save_all=True, append_images=more), "webp": saved(rgb, "WEBP"),
        "a.webp": saved(rgb, "WEBP", save_all=True, append_images=more), "bmp": saved(rgb, "BMP"),
        "tif": saved(rgb, "TIFF", exif=exif), "lzw.tif": saved(rgb, "TIFF", compression="tiff_lzw"),
        "jpeg.tif": saved(rgb, "TIFF", compression="jpeg"), "ppm": saved(rgb, "PPM"), "jp2": saved(rgb, "JPEG2000"),
        "mpo": saved(rgb, "MPO", save_all=True, append_images=more),
    }  # fmt: skip


def text_seeds() -> dict[str, bytes]:
    rng = np.random.default_rng(1)
    rows = [
        (
            i,
            f"{rng.normal():.4g}",
            rng.choice(["red", "grün", 'a "b", c', ""]),
            f"2020-01-{i % 28 + 1:02d}",
            "yn"[i % 2],
        )
        for i in range(40)
    ]
    frame = pl.DataFrame(rows, schema=["id", "x", "colour", "day", "y"], orient="row")
    comma = frame.write_csv()
    return {
        "csv": comma.encode(), "bom.csv": comma.encode("utf-8-sig"), "latin.csv": comma.encode("latin-1"),
        "utf16.csv": comma.encode("utf-16"), "tsv": frame.write_csv(separator="\t").encode(),
        "semicolon.csv": frame.write_csv(separator=";").replace(".", ",").encode(),
        "jsonl": frame.write_ndjson().encode(),
    }  # fmt: skip


def parquet_seeds() -> dict[str, bytes]:
    rng = np.random.default_rng(2)
    n = 40
    frame = pl.DataFrame(
        {
            "i": list(range(n)), "x": rng.normal(size=n).tolist(), "s": [f"v{i % 5}" for i in range(n)],
            "b": [i % 3 == 0 for i in range(n)], "l": [[i, i + 1] for i in range(n)],
            "y": ["yn"[i % 2] for i in range(n)],
        }
    )  # fmt: skip
    found = {}
    for compression in ("uncompressed", "snappy", "zstd"):
        file = io.BytesIO()
        frame.write_parquet(file, compression=compression)
        found[f"{compression}.parquet"] = file.getvalue()
    return found


def idx_seeds() -> dict[str, bytes]:
    rng = np.random.default_rng(3)
    array = rng.integers(0, 256, (20, 8, 8)).astype(np.uint8)
    plain = struct.pack(">BBBB3I", 0, 0, 8, 3, *array.shape) + array.tobytes()
    return {"idx": plain, "idx.gz": gzip.compress(plain, mtime=0)}


def damaged(data: bytes, rng: random.Random) -> bytes:
    """One to four changes: bits, bytes, cuts, insertions, repeated and moved parts, numbers at their limits."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        n = max(1, len(out))
        at = rng.randrange(min(n, 64)) if rng.random() < 0.4 else rng.randrange(n)
        if rng.random() < 0.15:
            at = max(0, n - 1 - rng.randrange(min(n, 64)))  # the end: footers
        size = rng.choice((1, 2, 4, 16, 200))
        kind = rng.randrange(7)
        if kind == 0 and out:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[at : at + size] = rng.randbytes(size)
        elif kind == 2:
            del out[at:]
        elif kind == 3:
            out[at:at] = rng.randbytes(size)
        elif kind == 4:
            out[at:at] = out[at : at + size] * rng.choice((1, 2, 50))
        elif kind == 5:
            del out[at : at + size]
        else:
            out[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"))
    return bytes(out)


def read_picture(path: Path) -> None:
    image_file.probe(path)
    for channels in (1, 3):
        pixels = image_file.decode(path, 16, channels)
        assert pixels.shape == (16, 16, channels)


def read_rows(path: Path) -> None:
    listings.is_picture_csv(path)
    read = tables.read_rows(resolve(str(path)))
    assert read.items
    for example in read.items[:50]:
        for value in (*example.input.values(), example.target):
            assert value is None or isinstance(value, (int, str)) or (isinstance(value, float) and np.isfinite(value))


def read_array(path: Path) -> None:
    idx.read_idx(path)


JOBS: dict[str, tuple[Callable[[], dict[str, bytes]], Callable[[Path], None]]] = {
    "pictures": (picture_seeds, read_picture),
    "text": (text_seeds, read_rows),
    "parquet": (parquet_seeds, read_rows),
    "idx": (idx_seeds, read_array),
}


def attempt(path: Path, read: Callable[[Path], None]) -> str:
    """What became of it: read, refused, or the name of what must not be."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        read(path)
    except (UserError, Unreadable) as error:
        text = str(error)
        return "refused" if text and "\n" not in text and len(text) < 1000 else f"no sentence: {text[:200]!r}"
    except TooSlow:
        return f"longer than {SECONDS} s"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "read"


def campaign(kind: str, n: int, seed: int) -> dict[str, object]:
    """Counts, failures, and by how many MiB the memory grew at its peak."""
    seeds, read = JOBS[kind]
    files = list(seeds().items())
    counts: dict[str, int] = {"read": 0, "refused": 0}
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files:  # the seeds themselves are sound, and warm everything up
            path = Path(folder, f"a.{name}")
            path.write_bytes(data)
            read(path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for i in range(n):
            name, data = files[i % len(files)]
            path = Path(folder, f"a.{name}")
            path.write_bytes(damaged(data, random.Random(f"{kind}/{seed}/{i}")))
            what = attempt(path, read)
            if what in counts:
                counts[what] += 1
            else:
                failures.append(f"{kind} {seed} {i} ({name}): {what}")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    return {"counts": counts, "failures": failures, "grown": grown}


def _too_slow(*_: object) -> None:
    raise TooSlow


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _too_slow)
    print(json.dumps(campaign(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
