"""What the pixels of masks hold, and which of it are classes.

Masks come as grey or palette pictures of the classes' numbers (of 0 and 255, of 16 bits, of one bit), as grey pictures
saved in colour, as a colour for each class, or as transparency. What they hold is found out over the training masks and
kept: a value is the number, or ``0xRRGGBB``. Where masks were saved as JPEG, or made larger or smaller smoothly, noise
lies around the values: then each pixel is of the nearest of the few values that fill whole areas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from fathom.data.image import image_file
from fathom.errors import Unreadable, UserError
from fathom.library_reasons import reason_of

MOST = 254
"""Classes at most."""
LEFT_OUT = 255
"""The class of a pixel that counts for nothing; and the number that is left out beside the numbers of classes."""
_VOID_COLOUR = 0xE0E0C0
"""What Pascal VOC paints around its objects."""
_LOSSY = ("JPEG", "MPO")
_SOLID, _REACH, _KEPT = 0.001, 24, 0.85
"""Of noisy masks: the share of all pixels that a value fills in areas, how far noise is from it, and the share near."""
_MANY = 8
"""Values from which on it is asked whether most are noise."""
_MOST_KEPT = 4096
"""Values of one mask that are counted: a photograph has more."""
_MODES = ("1", "L", "LA", "P", "PA", "I", "I;16", "I;16B", "I;16L", "F")


class MaskForm(StrEnum):
    """What tells the classes of a mask's pixels."""

    NUMBERS = "numbers"
    COLOURS = "colours"
    ALPHA = "alpha"


@dataclass(frozen=True)
class MaskValues:
    """How masks are read.

    Attributes:
        form: what tells the classes.
        values: of the classes, in order.
        left_out: values that count for nothing.
        nearest: a pixel of another value is of the class whose value is nearest, else it counts for nothing.
    """

    form: MaskForm
    values: tuple[int, ...]
    left_out: tuple[int, ...] = ()
    nearest: bool = False

    def classes(self, pixels: NDArray[np.int32]) -> NDArray[np.uint8]:
        """The class of each pixel, from 0 up, or `LEFT_OUT`."""
        known = np.array([*self.values, *self.left_out], np.int32)
        meant = np.array([*range(len(self.values)), *[LEFT_OUT] * len(self.left_out)], np.uint8)
        found, where = np.unique(pixels, return_inverse=True)
        apart = _distance(found[:, None], known[None], self.form)  # (found, known)
        classes = meant[apart.argmin(1)]
        if not self.nearest:
            classes = np.where(apart.min(1) == 0, classes, LEFT_OUT).astype(np.uint8)
        return np.asarray(classes[where].reshape(pixels.shape), np.uint8)

    def unknown(self, pixels: NDArray[np.int32]) -> list[int]:
        """The values that no training mask had."""
        if self.nearest:
            return []
        return sorted(set(np.unique(pixels).tolist()) - {*self.values, *self.left_out})


@dataclass
class MaskSurvey:
    """What stands in some masks.

    Attributes:
        form: what tells the classes.
        counts: pixels of each value.
        solid: those of them that lie within an area of the same value.
        lossy: one or more is a JPEG.
        failed: why the first that could not be read could not.
    """

    form: MaskForm = MaskForm.NUMBERS
    counts: Counter[int] = field(default_factory=Counter)
    solid: Counter[int] = field(default_factory=Counter)
    lossy: bool = False
    failed: str = ""


def survey(paths: Sequence[str]) -> MaskSurvey:
    """Look at masks; those that cannot be read are passed over."""
    found = MaskSurvey(_form(paths))
    for path in paths:
        try:
            pixels = decode_mask(path, found.form)
            found.lossy |= _is_lossy(path)
        except Unreadable as error:
            found.failed = found.failed or f"{Path(path).name}: {error}"
            continue
        values, n = np.unique(pixels, return_counts=True)
        most = np.argsort(-n)[:_MOST_KEPT]
        found.counts.update(dict(zip(values[most].tolist(), n[most].tolist(), strict=True)))
        here = pixels[:-1, :-1]
        inner = here[(here == pixels[1:, :-1]) & (here == pixels[:-1, 1:]) & (here == pixels[1:, 1:])]
        values, n = np.unique(inner, return_counts=True)
        most = np.argsort(-n)[:_MOST_KEPT]
        found.solid.update(dict(zip(values[most].tolist(), n[most].tolist(), strict=True)))
    return found


def settle(found: MaskSurvey, ignored: int | None = None, named: int = 0) -> MaskValues:
    """Which values are classes.

    Args:
        found: in the training masks.
        ignored: the value that counts for nothing, as the user says; None leaves it to what is usual.
        named: how many numbers have names.

    Raises:
        UserError: fewer than two are, or more than can be.
    """
    values, nearest = sorted(found.counts), False
    if found.lossy or _is_noisy(found):
        values, nearest = _main_values(found), True
    void = {ignored} if ignored is not None else _usual_void(found.form, values, named)
    classes = tuple(v for v in values if v not in void)
    what = "colours" if found.form is MaskForm.COLOURS else "values"
    if not classes and found.failed:
        raise UserError(f"no training mask can be read (the first, {found.failed}): give a value or colour for a class")
    if len(classes) < 2:
        shown = ", ".join(value_name(v, found.form) for v in classes) or "nothing"
        noise = ", as far as the noise of JPEG lets them be told: save masks as PNG" if nearest else ""
        raise UserError(
            f"the training masks hold {shown} alone{noise}: with one class there is nothing to learn; give masks with "
            "a number or a colour for each class"
        )
    if len(classes) > MOST:
        raise UserError(
            f"the training masks have {len(classes):,} {what}, more than the {MOST} that can be told apart: give masks "
            "of classes, not of single things or of shades, and save them as PNG"
        )
    return MaskValues(found.form, classes, tuple(sorted(v for v in void if v in found.counts or nearest)), nearest)


def value_name(value: int, form: MaskForm) -> str:
    """A value as people say it: ``128``, ``red`` or ``#8b2252``."""
    if form is not MaskForm.COLOURS:
        return str(value)
    code = f"#{value:06x}"
    return next((name for name, known in ImageColor.colormap.items() if known == code), code)


def decode_mask(path: Path | str, form: MaskForm = MaskForm.NUMBERS) -> NDArray[np.int32]:
    """The values of a mask's pixels, ``(height, width)``.

    Raises:
        Unreadable: it is damaged, or holds something else than `form` says.
    """
    with image_file.open_image(path) as image:
        try:
            if form is MaskForm.COLOURS:
                return _codes(np.asarray(image.convert("RGB")))
            if form is MaskForm.ALPHA:
                return np.asarray(image.convert("RGBA"))[..., 3].astype(np.int32)
            if image.mode in _MODES:
                values = np.asarray(image)
                values = values[..., 0] if values.ndim == 3 else values
            else:
                rgb = np.asarray(image.convert("RGB"))
                if (rgb[..., :1] != rgb).any():
                    raise Unreadable("its mask has colours, where the others have one number a pixel")
                values = rgb[..., 0]
        except (OSError, SyntaxError, ValueError) as error:
            raise Unreadable(f"its mask is damaged ({reason_of(error, 60)})") from None
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and (values == np.rint(values)).all()):
        raise Unreadable("its mask holds fractions, where whole numbers tell the classes")
    if values.size and (values.min() < 0 or values.max() > 2**31 - 1):
        raise Unreadable("its mask holds numbers below 0 or beyond all classes")
    return values.astype(np.int32)


def resize_mask(mask: NDArray[np.int32], width: int, height: int) -> NDArray[np.int32]:
    """The mask at another size, without new values: ``(height, width)``."""
    if mask.shape == (height, width):
        return mask
    return np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST))


def _codes(rgb: NDArray[np.uint8]) -> NDArray[np.int32]:
    """``0xRRGGBB`` of each pixel."""
    wide = rgb.astype(np.int32)
    return (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]


def _form(paths: Sequence[str]) -> MaskForm:
    """What tells the classes: colours where one mask has some, or where palettes differ from mask to mask."""
    palettes: dict[int, int] = {}
    plain, clear = set[int](), False
    for path in paths:
        try:
            with image_file.open_image(path) as image:
                if image.mode in ("P", "PA"):
                    codes, numbers = _codes(np.asarray(image.convert("RGB"))), np.asarray(image)
                    numbers = numbers[..., 0] if numbers.ndim == 3 else numbers
                    _, first = np.unique(numbers, return_index=True)
                    for number, code in zip(numbers.flat[first].tolist(), codes.flat[first].tolist(), strict=True):
                        if palettes.setdefault(number, code) != code:
                            return MaskForm.COLOURS
                elif image.mode not in _MODES:
                    rgb = np.asarray(image.convert("RGB"))
                    if (rgb[..., :1] != rgb).any():
                        return MaskForm.COLOURS
                    plain.update(np.unique(rgb).tolist())
                    clear = clear or (image.mode == "RGBA" and len(np.unique(np.asarray(image)[..., 3])) > 1)
        except (Unreadable, OSError, SyntaxError, ValueError):
            continue  # told by `survey`
    return MaskForm.ALPHA if clear and len(plain) == 1 else MaskForm.NUMBERS


def _is_lossy(path: str) -> bool:
    with image_file.open_image(path) as image:
        return image.format in _LOSSY


def _distance(one: NDArray[np.int32], other: NDArray[np.int32], form: MaskForm) -> NDArray[np.int32]:
    """How far values are from each other; of colours in the channel in which they differ most."""
    if form is not MaskForm.COLOURS:
        return np.abs(one - other)
    return np.stack([np.abs((one >> s & 255) - (other >> s & 255)) for s in (0, 8, 16)]).max(0)


def _is_noisy(found: MaskSurvey) -> bool:
    """Whether most values only lie on edges, as where masks were resized smoothly."""
    thin = sum(found.solid[v] < 0.1 * n for v, n in found.counts.items())
    return len(found.counts) > _MANY and thin > len(found.counts) / 2


def _main_values(found: MaskSurvey) -> list[int]:
    """The values that fill areas, each with the noise around it.

    Raises:
        UserError: they are not plain.
    """
    total = found.counts.total()
    values = np.array(list(found.counts), np.int32)
    n = np.array(list(found.counts.values()))
    free = np.ones(len(values), bool)
    main: list[int] = []
    for value, solid in found.solid.most_common():
        if solid < _SOLID * total or len(main) > MOST:
            break
        near = _distance(values, np.array(value, np.int32), found.form) <= _REACH
        if free[values == value].all():
            main.append(value)
            free &= ~near
    if n[~free].sum() < _KEPT * total or len(main) > MOST:
        what = "colours" if found.form is MaskForm.COLOURS else "values"
        raise UserError(
            f"the training masks hold {len(values):,} {what}, and no few of them stand out, as in photographs: give "
            "masks with one number or colour for each class, saved as PNG"
        )
    return sorted(main)


def _usual_void(form: MaskForm, values: Sequence[int], named: int) -> set[int]:
    """What is left out where nobody says: 255 beside small numbers of classes, or Pascal VOC's paint."""
    if form is MaskForm.COLOURS:
        return {_VOID_COLOUR} if _VOID_COLOUR in values and 0 in values and len(values) > 2 else set()
    others = [v for v in values if v != LEFT_OUT]
    if form is MaskForm.ALPHA or not set(others) - {0}:
        return set()
    small = max(others) < max(named, 4 * len(others) + 32)
    return {LEFT_OUT} if small and LEFT_OUT in values else set()
