"""One picture: is it one, how large is it, and its pixels as a square array.

Whatever comes in (palette, CMYK, 16 bits, transparency, an animation, a rotated photograph) goes out as uint8 with the
axes (height, width, channel). JPEGs are decoded at an eighth, a quarter or half of their size where that is enough, and
the cut and the resizing are one pass, so that a large photograph costs little more than a small one.
"""

from __future__ import annotations

import contextlib
import mimetypes
import os
import re
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from fathom.data.file_scan import find_files
from fathom.data.image import orientation
from fathom.data.image.levels import BY_TYPE, Levels
from fathom.errors import TooLarge, Unreadable
from fathom.library_reasons import reason_of

MAX_PIXELS = 200_000_000
"""Pixels; a larger picture is refused, since a small file can claim any size (a decompression bomb)."""

_FOREIGN = {
    ".heic": "HEIC", ".heif": "HEIC", ".jxl": "JPEG XL", ".svg": "SVG", ".ico": "icon", ".cur": "icon", ".tga": "TGA",
    ".psd": "Photoshop", ".xcf": "GIMP", ".dds": "DDS", ".pcx": "PCX", ".exr": "OpenEXR", ".hdr": "HDR",
    ".dcm": "DICOM", ".cr2": "raw", ".cr3": "raw", ".nef": "raw", ".arw": "raw", ".dng": "raw", ".orf": "raw",
    ".rw2": "raw", ".raf": "raw",
}  # fmt: skip
"""Endings of pictures that are not read, and what these are called."""
_READ = frozenset({
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".bmp", ".gif", ".webp", ".avif", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm", ".jp2",
})  # fmt: skip
EXTENSIONS = _READ | _FOREIGN.keys()
_MAX_STRANGERS = 100
"""Files one after the other whose names say nothing and that are no pictures, before no more of them are opened."""
_ENDINGS = frozenset(mimetypes.MimeTypes().types_map[True]) | {
    ".parquet", ".jsonl", ".yaml", ".yml", ".npy", ".npz", ".feather", ".arrow", ".arff", ".data", ".names", ".flac",
    ".conll", ".idx", ".md", ".toml", ".ini", ".cfg", ".log", ".gz", ".xz", ".bz2", ".7z", ".pt", ".safetensors", ".db",
}  # fmt: skip
"""Endings of names that say what a file is."""
_MAGIC = re.compile(
    rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|BM.{4}\0{4}|II\*\0|MM\0\*|RIFF.{4}WEBP|P[1-6]\s(?:#[^\n]*\n)*\s*\d+\s+\d+\s"
    rb"|\0{3}.ftyp(?:avif|heic|heix|mif1)|\0{3}\x0cjP  ",
    re.DOTALL,
)
"""How pictures begin."""
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "AVIF", "TIFF", "PPM", "JPEG2000")  # no others are opened

# Pillow refuses beyond twice its limit, and warns beyond it; our limit is where it refuses.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")  # of small faults in files that can be read nevertheless


def is_picture(path: Path | str) -> bool:
    """Whether the name is that of a picture; also of a foreign one, which is refused and not passed over."""
    return os.path.splitext(path)[1].lower() in EXTENSIONS  # noqa: PTH122 - asked of every file


def is_foreign(path: Path | str) -> bool:
    """Whether the name is that of a picture of a kind that is not read."""
    return os.path.splitext(path)[1].lower() in _FOREIGN  # noqa: PTH122 - asked of every file


def find_images(folder: Path) -> list[str]:
    """The paths of all pictures below a folder, sorted; hidden files and folders are passed over.

    They are text, since a `Path` takes ten times the memory, and there may be millions.
    """
    return sorted(_images(folder), key=None if os.sep == "/" else lambda path: path.replace(os.sep, "/"))


def has_images(folder: Path) -> bool:
    """Whether there is a picture below a folder; stops at the first."""
    return next(_images(folder), None) is not None


def _images(folder: Path) -> Iterator[str]:
    """The pictures below a folder by their names, and by their first bytes where the name says nothing."""
    looked = _MAX_STRANGERS
    for path in find_files(folder, lambda name: is_picture(name) or says_nothing(name)):
        if is_picture(path):
            yield path
        elif looked and begins_as_picture(path):
            looked = _MAX_STRANGERS
            yield path
        elif looked:
            looked -= 1


def looks_like_picture(path: Path | str) -> bool:
    """Whether a file is a picture by its name, or, where the name says nothing, by its first bytes."""
    return is_picture(path) or (says_nothing(str(path)) and begins_as_picture(path))


def says_nothing(name: str) -> bool:
    """Whether the name of a file has no ending that is known of any kind of file, as in ``subject01.glasses``."""
    return os.path.splitext(name)[1].lower() not in _ENDINGS  # noqa: PTH122 - asked of every file


def begins_as_picture(path: Path | str) -> bool:
    """Whether the first bytes of a file are those of a picture."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return _MAGIC.match(file.read(64)) is not None
    except OSError:
        return False


def probe(path: Path | str) -> tuple[tuple[int, int], str]:
    """Size (width, height) and Pillow's mode, from the header alone.

    Raises:
        Unreadable: with the reason in plain words.
    """
    with open_image(path) as image:
        return image.size, image.mode


def upright_size(path: Path | str) -> tuple[int, int]:
    """Width and height of a picture as it is shown, from its header alone: a photograph may lie on its side.

    Raises:
        Unreadable: with the reason in plain words.
    """
    with open_image(path) as image:
        width, height = image.size
        return (
            (height, width)
            if orientation.exchanges_sides(orientation.turns(image)) and image.format != "TIFF"
            else (width, height)
        )


def stored_size(path: Path | str) -> tuple[int, int]:
    """Width and height of a picture as its pixels lie in the file, before it is turned upright.

    Raises:
        Unreadable: with the reason in plain words.
    """
    return probe(path)[0]


def turns_of(path: Path | str) -> tuple[tuple[Image.Transpose, ...], tuple[int, int]]:
    """What turns a picture upright, and the size of its pixels in the file.

    Raises:
        Unreadable: with the reason in plain words.
    """
    with open_image(path) as image:
        return orientation.turns(image), image.size


def decode(
    picture: Path | str | NDArray[Any], size: int, channels: int = 3, levels: Levels = BY_TYPE
) -> NDArray[np.uint8]:
    """The picture, upright, its largest central square resized to `size`: (size, size, channels).

    Args:
        picture: a file, or an array (height, width) or (height, width, 1, 3 or 4).
        size: side of the square in pixels.
        channels: 1 for grey, 3 for colour.
        levels: what is black and white where values are no bytes, and what lies behind clear pixels.

    Raises:
        Unreadable: with the reason in plain words.
    """
    return _decode(picture, (size, size), channels, levels, crop=True)


def decode_whole(
    picture: Path | str | NDArray[Any], width: int, height: int, channels: int = 3, levels: Levels = BY_TYPE
) -> NDArray[np.uint8]:
    """The whole picture, upright, resized to a width and a height: (height, width, channels); the rest as `decode`.

    Raises:
        Unreadable: with the reason in plain words.
    """
    return _decode(picture, (width, height), channels, levels, crop=False)


def _decode(
    picture: Path | str | NDArray[Any], wanted: tuple[int, int], channels: int, levels: Levels, *, crop: bool
) -> NDArray[np.uint8]:
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 or 3, not {channels}")
    if isinstance(picture, np.ndarray):
        return _resized(_from_array(picture, levels), wanted, channels, levels, crop=crop)
    try:
        with open_image(picture) as image:
            smaller = 2 * max(wanted) / min(image.size)
            if smaller < 1:
                least = (int(image.width * smaller) + 1, int(image.height * smaller) + 1)
                image.draft("L" if channels == 1 else image.mode, least)
            image.load()
            rotation = orientation.turns(image)  # now, since Pillow has turned a TIFF by itself
            pixels = _resized(image, wanted, channels, levels, rotation, crop=crop)
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable("too large for the memory") from error
    except Exception as error:  # Pillow's plugins raise whatever a broken file makes them stumble over
        raise _reason(error) from error
    return pixels


def open_image(path: Path | str) -> Image.Image:
    """The picture, of which only the header has been read.

    Raises:
        Unreadable: with the reason in plain words.
    """
    if kind := _FOREIGN.get(os.path.splitext(path)[1].lower()):  # noqa: PTH122
        raise Unreadable(f"{kind} pictures are not supported: convert it to JPEG or PNG")
    try:
        about = os.stat(path)  # noqa: PTH116
        if stat.S_ISDIR(about.st_mode):
            raise Unreadable("a folder, not a picture")
        if about.st_size == 0:
            raise Unreadable("empty file")
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("no file, but a pipe or a device")
        image = Image.open(path, formats=_FORMATS)
    except Unreadable:
        raise
    except FileNotFoundError as error:
        raise Unreadable("file is missing") from error
    except PermissionError as error:
        raise Unreadable("no permission to read it") from error
    except UnidentifiedImageError as error:
        raise Unreadable(_not_a_picture(path)) from error
    except Exception as error:  # as above
        raise _reason(error) from error
    if image.width < 1 or image.height < 1:
        image.close()
        raise Unreadable("has no pixels")
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise _too_large()
    return image


def _too_large() -> TooLarge:
    return TooLarge(f"too large (more than {MAX_PIXELS // 1_000_000} megapixels)")


def _not_a_picture(path: Path | str) -> str:
    """What it is instead, where that is plain to see."""
    head = b""
    with contextlib.suppress(OSError), Path(path).open("rb") as file:
        head = file.read(64).lstrip().lower()
    if head.startswith((b"<!doctype", b"<html")):
        return "not a picture but a web page"
    if head.startswith(b"version https://git-lfs"):
        return "not a picture but a Git LFS pointer: run git lfs pull"
    if head.startswith(b"riff") and head[8:12] == b"wave":
        return "not a picture but a sound"
    if head.startswith((b"\xff\xd8\xff", b"\x89png", b"gif8", b"riff")):
        return "truncated within its header"
    return "not a picture"


def _reason(error: Exception) -> Unreadable:
    if isinstance(error, Image.DecompressionBombError):
        return _too_large()
    text = str(error).strip()
    if "truncated" in text.lower() or isinstance(error, EOFError):
        return Unreadable("truncated")
    if isinstance(error, (SyntaxError, UnidentifiedImageError)):
        return Unreadable("damaged")
    return Unreadable(f"damaged ({reason_of(error, 80)})" if text else "damaged")


def _from_array(array: NDArray[Any], levels: Levels) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)) or array.size == 0:
        raise Unreadable(f"an array of shape {array.shape} is not a picture")
    if array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise _too_large()
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * 255
    return Image.fromarray(levels.as_bytes(array))


def _plain(image: Image.Image, channels: int, levels: Levels) -> Image.Image:
    """In a mode that can be resized smoothly: L, RGB, LA or RGBA."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        wide = np.asarray(image)
        values = levels.as_bytes(wide)
        if isinstance(clear := image.info.get("transparency"), int):
            values = np.where(wide == clear, np.uint8(levels.background), values)
        return Image.fromarray(values)
    if mode in ("RGBA", "LA"):
        return image
    if mode in ("PA", "La", "RGBa") or (mode in ("P", "L", "RGB", "1") and "transparency" in image.info):
        return image.convert("RGBA")
    if channels == 1:
        return image if mode == "L" else _convert(image if mode in ("1", "YCbCr") else _convert(image, "RGB"), "L")
    return image if mode in ("L", "RGB") else _convert(image, "RGB")


def _convert(image: Image.Image, mode: str) -> Image.Image:
    try:
        return image.convert(mode)
    except ValueError as error:
        raise Unreadable(f"its colour mode {image.mode} is not supported") from error


def _resized(
    image: Image.Image,
    wanted: tuple[int, int],
    channels: int,
    levels: Levels = BY_TYPE,
    rotation: tuple[Image.Transpose, ...] = (),
    *,
    crop: bool,
) -> NDArray[np.uint8]:
    """The picture or its central square, resized, turned upright, over its background, in the wanted channels."""
    image = _plain(image, channels, levels)
    width, height = image.size
    before = wanted[::-1] if orientation.exchanges_sides(rotation) else wanted
    if (width, height) != before:
        side = min(width, height)
        left, top = ((width - side) / 2, (height - side) / 2) if crop else (0.0, 0.0)
        box = (left, top, width - left, height - top)
        image = image.resize(before, Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)
    for turn in rotation:
        image = image.transpose(turn)
    if image.mode in ("RGBA", "LA"):
        behind = Image.new("RGBA", image.size, (levels.background,) * 3 + (255,))
        image = Image.alpha_composite(behind, image.convert("RGBA"))
    image = image.convert("L" if channels == 1 else "RGB")
    return np.array(image, dtype=np.uint8).reshape(wanted[1], wanted[0], channels)
