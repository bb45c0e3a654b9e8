"""Pictures with a mask each: which class every pixel belongs to.

    images/NAME.jpg  masks/NAME.png      in folders beside each other, or within train/, dev/ and test/
    train/NAME.jpg  train_masks/NAME.png  in folders whose names differ by that
    a/NAME.jpg  b/NAME_mask.png          in folders of any names
    NAME.jpg  NAME_mask.png              in one folder; also NAME_sat.jpg

Two folders of the same names, of which one holds pictures of a few values, are read so whatever they are called. Lists
of splits are heeded (`fathom.data.image.split_lists`).

What masks hold says `fathom.data.image.mask_values`. A file ``classes.txt`` (or ``labels.txt``,
``codes.txt``) with a name a line says what the numbers mean, from 0 up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from fathom.data import repairs
from fathom.data.file_scan import find_files, visible_folders
from fathom.data.image import image_file
from fathom.data.image.annotated_images import AnnotatedImage, Size, probe_images
from fathom.data.image.listings import split_of
from fathom.data.image.split_lists import split_lists
from fathom.data.splits.split_folders import split_word
from fathom.data.table import tables
from fathom.data.text.text_file import read_text
from fathom.errors import Unreadable, UserError
from fathom.records import Examples, InputKind, Skipped, Source

_IMAGE_FOLDERS = ("images", "image", "imgs", "img", "jpegimages", "photos", "pictures", "leftimg8bit", "x")
_MASK_FOLDERS = (
    "masks", "mask", "labels", "label", "annotations", "segmentationclass", "segmentations", "gt", "gtfine", "gtcoarse",
    "y",
)  # fmt: skip
_CLASS_FILES = ("classes.txt", "labels.txt", "codes.txt")
_MASK_SUFFIX = re.compile(
    r"[_\-. ]?(?:(?:gtfine|gtcoarse)_)?"
    r"(?:masks?|labels?|label(?:train)?ids|seg|segmentation|ground_?truth|annotation|gt|l|p)$",
    re.IGNORECASE,
)
"""What may end the name of a mask after that of its picture."""
_SURE_SUFFIX = re.compile(r"[_\-. ](?:masks?|seg|segmentation|ground_?truth|annotation|labelids|gt)$", re.IGNORECASE)
"""What tells a mask by its name alone, whatever its folder is called."""
_IMAGE_SUFFIX = re.compile(r"[_\-. ](?:leftimg8bit|sat|image|img|rgb|photo)$", re.IGNORECASE)
"""What may end the name of a picture, where that of its mask has something else instead."""
_MASK_WORD = re.compile(r"[_\-. ]?(masks?|labels?|annot(?:s|ations?)?|seg(?:s|mentations?)?|gt|targets?)$")
_IMAGE_WORD = re.compile(r"[_\-. ]?(images?|imgs?|pictures|photos|x)$")
"""What the names of folders of masks and of pictures end with, after a part that they share."""
_FEW_ODD = 0.9
"""Share of the masks whose pictures must be found by their names."""
_LOOKED_AT, _MAX_COLOURS = 5, 32
"""Pictures that tell masks by what they show, and the most colours that a mask has."""
_ADVICE = "give the folders images and masks, with a mask of the same name for each picture"


@dataclass(frozen=True)
class _MaskFolders:
    """Folders of pictures and of masks (perhaps the same), their ready-made split, and what their ids begin with."""

    images: Path
    masks: Path
    split: str | None = None
    prefix: str = ""
    guessed: bool = False


def only_content_says(place: Path) -> bool:
    """Whether pictures and masks are told apart by what they show, and not by the names of their folders."""
    return any(one.guessed for one in _places(place))


def has_masks(place: Path) -> bool:
    """Whether a folder has pictures and masks."""
    return place.is_dir() and bool(_places(place))


def read_masks(source: Source) -> Examples:
    """Pictures, each with the path of its mask as target.

    Raises:
        UserError: there are none.
    """
    places = _places(source.path)
    if not places:
        raise UserError(f"{source.text} has no pictures with masks: {_ADVICE}")
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            found = _places(extra)
            if not found:
                raise UserError(f"{extra} has no pictures with masks: {_ADVICE}")
            own = [replace(p, split=split, prefix=f"{split}/{p.prefix}") for p in found]
            places = [p for p in places if p.split != split] + own
    skipped: list[Skipped] = []
    scaled: list[str] = []
    listed = [entry for place in places for entry in _pairs(place, skipped, scaled)]
    examples, bad = probe_images(listed)
    if not examples:
        first = (*skipped, *bad)[0] if skipped or bad else None
        why = f": the first, {first.id}, {first.reason}" if first else ""
        raise UserError(f"no picture in {source.text} can be used with its mask{why}; {_ADVICE}")
    if scaled:
        count = "1 mask is not of its" if len(scaled) == 1 else f"{len(scaled):,} masks are not of their"
        are = "is" if len(scaled) == 1 else "are"
        repairs.tell(f"{count} picture's size, and {are} scaled to it: {min(scaled)}, for example")
    return Examples(tuple(examples), (*skipped, *bad), "pictures", "mask", InputKind.PICTURE)


def class_names(place: Path) -> list[str]:
    """What the numbers of classes mean, where a file says so; else nothing."""
    folder = place if place.is_dir() else place.parent
    for name in _CLASS_FILES:
        if (folder / name).is_file():
            lines = (re.sub(r"^\d+[\s:,]+", "", line.strip()) for line in read_text(folder / name).splitlines())
            return [line for line in lines if line]
    return []


def _places(root: Path) -> list[_MaskFolders]:
    """Where pictures with masks lie: in the folder, in its splits, or in ``images/train`` and so on."""
    if not root.is_dir():
        return []
    if sides := _sides(root):
        images, masks = sides
        parts = [(p, split) for p, split in _splits(images) if (masks / p.name).is_dir()]
        return [_MaskFolders(p, masks / p.name, split, f"{p.name}/") for p, split in parts] or [
            _MaskFolders(images, masks)
        ]
    if found := _named_alike(root) or _by_names(root):
        return found
    for part, split in _splits(root):
        if sides := _sides(part) or ((part, part) if _beside(part) else None):
            found.append(_MaskFolders(*sides, split, f"{part.name}/"))
    if any(place.split == "train" for place in found):
        return found
    inside = [p for p in root.iterdir() if not p.name.startswith(".") and p.name != "__MACOSX"]
    if len(inside) == 1 and inside[0].is_dir():
        return _places(inside[0])
    return [_MaskFolders(root, root)] if _beside(root) else _by_content(root)


def _named_alike(root: Path) -> list[_MaskFolders]:
    """Folders such as ``train`` and ``trainannot``, ``val_images`` and ``val_masks``."""
    below = [p for p in sorted(root.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    pictures = {_IMAGE_WORD.sub("", p.name.lower()): p for p in below if not _MASK_WORD.search(p.name.lower())}
    found = []
    for masks in below:
        stem = _MASK_WORD.sub("", masks.name.lower())
        images = pictures.get(stem)
        if stem and stem != masks.name.lower() and images and image_file.has_images(masks):
            found.append(_MaskFolders(images, masks, split_of(stem), f"{images.name}/"))
    return found if found and (len(found) == 1 or any(one.split == "train" for one in found)) else []


def _by_names(root: Path) -> list[_MaskFolders]:
    """Folders in pairs, of which one has the names of the other and a word for masks: ``ISIC_1_segmentation``."""
    full = [p for p in visible_folders(root) if image_file.has_images(p)]
    masks = [p for p in full if _SURE_SUFFIX.search(Path(next(find_files(p, image_file.is_picture), "")).stem)]
    if not masks or 2 * len(masks) != len(full):
        return []
    names = {folder: [Path(p).relative_to(folder) for p in image_file.find_images(folder)] for folder in full}
    pictures = {folder: {n.with_suffix("") for n in names[folder]} for folder in full if folder not in masks}
    found: list[_MaskFolders] = []
    for folder in masks:
        plain = [n.with_name(_SURE_SUFFIX.sub("", n.stem)) for n in names[folder] if _SURE_SUFFIX.search(n.stem)]
        of = [p for p, own in pictures.items() if sum(n in own for n in plain) >= _FEW_ODD * len(names[folder])]
        if len(of) == 1:
            found.append(_MaskFolders(of[0], folder, split_word(of[0].name), f"{of[0].name}/"))
    if len({one.images for one in found}) != len(pictures):
        return []
    if len(found) == 1:
        return [replace(found[0], split=None, prefix="")]
    splits = [one.split for one in found]
    return found if "train" in splits and None not in splits else []


def _by_content(root: Path) -> list[_MaskFolders]:
    """Two folders of pictures of the same names and sizes, one of them of a few values: these are its masks."""
    full = [p for p in visible_folders(root) if image_file.has_images(p)]
    if len(full) != 2 or _splits(root):
        return []
    stems = [{Path(p).stem: p for p in image_file.find_images(folder)} for folder in full]
    shared = sorted(stems[0].keys() & stems[1].keys())
    if len(shared) < max(_LOOKED_AT, 0.8 * min(map(len, stems))):
        return []
    pairs = [(stems[0][name], stems[1][name]) for name in shared[:: max(1, len(shared) // _LOOKED_AT)]]
    try:
        alike = all(image_file.upright_size(a) == image_file.upright_size(b) for a, b in pairs)
        flat = [all(_is_flat(pair[side]) for pair in pairs) for side in (0, 1)]
    except Unreadable:
        return []
    if not alike or flat[0] == flat[1]:
        return []
    images, masks = full[::-1] if flat[0] else full
    return [_MaskFolders(images, masks, guessed=True)]


def _is_flat(path: str) -> bool:
    """Whether a picture has few colours, as a mask has."""
    with image_file.open_image(path) as image:
        try:
            small = image.convert("RGB") if image.mode not in ("1", "L", "P") else image
            return small.getcolors(_MAX_COLOURS) is not None
        except (OSError, SyntaxError, ValueError) as error:  # cut off after its header
            raise Unreadable("damaged") from error


def _splits(folder: Path) -> list[tuple[Path, str]]:
    """The folders that are ready-made splits."""
    below = sorted(p for p in folder.iterdir() if p.is_dir())
    return [(p, tables.SPLIT_NAMES[p.name.lower()]) for p in below if p.name.lower() in tables.SPLIT_NAMES]


def _sides(folder: Path) -> tuple[Path, Path] | None:
    """The folders of pictures and of masks in a folder."""
    named = {p.name.lower(): p for p in folder.iterdir() if p.is_dir()}
    images = next((named[n] for n in _IMAGE_FOLDERS if n in named), None)
    masks = next((named[n] for n in _MASK_FOLDERS if n in named), None)
    return (
        (images, masks) if images and masks and image_file.has_images(images) and image_file.has_images(masks) else None
    )


def _beside(folder: Path) -> bool:
    """Whether pictures and masks lie in one folder, told apart by the ends of their names."""
    stems = {p.stem for p in folder.iterdir() if p.is_file() and image_file.is_picture(p)}
    bases = {_IMAGE_SUFFIX.sub("", s) for s in stems}
    return sum("mask" in s.lower() and _MASK_SUFFIX.sub("", s) in bases for s in stems) > max(1, len(stems) // 4)


def _pairs(place: _MaskFolders, skipped: list[Skipped], scaled: list[str]) -> Iterator[AnnotatedImage]:
    """Each picture with its mask; `scaled` is filled when the sizes are looked at."""
    of: dict[str, Path] = {}
    inner: dict[Path, Path] = {}  # masks in folders below, by the folder and the name
    stems = {Path(p).stem for p in image_file.find_images(place.images)}
    bases = {_IMAGE_SUFFIX.sub("", stem): stem for stem in stems}
    for path in map(Path, image_file.find_images(place.masks)):
        plain = _MASK_SUFFIX.sub("", path.stem)
        plain = plain if plain in stems else bases.get(plain, plain)
        own = plain if plain in stems and (place.images == place.masks or path.stem not in stems) else path.stem
        if own != path.stem or own not in of or place.images != place.masks:  # a picture is no mask of its own
            of[own] = inner[path.relative_to(place.masks).parent / own] = path
    taken = {path for name, path in of.items() if name != path.stem}
    every = [] if place.split else [Path(p) for p in image_file.find_images(place.images) if Path(p).stem in of]
    lists = split_lists(every, place.images.parent)
    for text in image_file.find_images(place.images):
        path = Path(text)
        if place.images == place.masks and path in taken:
            continue
        split = place.split or lists.split_of(path)
        below = path.relative_to(place.images)
        name, mask = place.prefix + below.as_posix(), inner.get(below.parent / path.stem, of.get(path.stem))
        if mask is None or mask == path:
            skipped.append(Skipped(name, "it has no mask"))
        elif lists and split is None:
            skipped.append(Skipped(name, "no list of train, dev or test has it"))
        else:
            check = partial(_mismatch, mask, scaled)
            yield AnnotatedImage(name, text, str(mask), split, belonging=mask, check=check)


def _mismatch(mask: Path, scaled: list[str], size: Size) -> str:
    """What is wrong with a mask for a picture of that size; "" where nothing is. One to be scaled is noted."""
    try:
        width, height = image_file.upright_size(mask)
    except Unreadable as error:
        return f"its mask is unreadable ({error})"
    if abs(width * size[1] - height * size[0]) > max(width, height, *size):  # of the same shape it is scaled
        return f"its mask is {width} × {height} pixels, and the picture {size[0]} × {size[1]}"
    if (width, height) != size:
        scaled.append(f"{mask.name} is {width} × {height} pixels for {size[0]} × {size[1]}")
    return ""
