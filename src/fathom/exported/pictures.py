"""Programs for tasks that look at pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.files import is_file, is_folder
from fathom.data.image import image_file
from fathom.data.image.levels import Levels
from fathom.errors import Unreadable, UserError
from fathom.exported.batches import Arrays
from fathom.exported.classes import say_classes, say_labels
from fathom.exported.program import Answer, Program
from fathom.number_format import significant


class Pictures(Program):
    """Base of those that read pictures; here squares of one size."""

    def read(self, text: str) -> Iterator[tuple[str, Arrays | str]]:
        """A picture, or all of a folder."""
        if not is_folder(text) and not is_file(text):
            raise UserError(f"{text[:200]} is no file: give the path of a picture")
        for path in image_file.find_images(Path(text)) if is_folder(text) else [text]:
            try:
                yield path, self.arrays(Path(path))
            except Unreadable as error:
                yield path, str(error)

    def arrays(self, path: Path) -> Arrays:
        """What the net is given of a picture."""
        return {"image": image_file.decode(path, self.encoder["size"], self.encoder["channels"], self.levels)}

    @property
    def levels(self) -> Levels:
        """How values of pixels become bytes."""
        low, high = self.encoder.get("levels") or (None, None)
        return Levels(low, high, self.encoder.get("background", 255))


class Classes(Pictures):
    """Which of several classes does a picture show?"""

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The class, with the probability of each."""
        return say_classes(outputs[0], self.encoder["classes"], self.about)


class Labels(Pictures):
    """Which of several labels does a picture have?"""

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The probability of each label; shown are those of one half and more."""
        return say_labels(outputs[0], self.encoder["classes"])


class Measured(Pictures):
    """Which number belongs to a picture?"""

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """A number each."""
        values = [self.encoder["middle"] + self.encoder["spread"] * y for y in outputs[0][:, 0].tolist()]
        return [Answer(value, significant(value, 6, thousands="")) for value in values]


class Embedded(Pictures):
    """Who is on a picture? Two of one person lie close."""

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The embedding, a list of numbers of unit length."""
        return [Answer([round(v, 6) for v in row], f"an embedding ({len(row)} numbers)") for row in outputs[0].tolist()]


class Masks(Pictures):
    """What is where in a picture?"""

    def arrays(self, path: Path) -> Arrays:
        """The whole picture, at the size that was learned."""
        size = (self.encoder["width"], self.encoder["height"])
        return {"image": image_file.decode_whole(path, *size, self.encoder["channels"], self.levels)}

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The class of each pixel, as rows of numbers; shown are the shares of the classes."""
        classes, answers = self.encoder["classes"], []
        for mask in outputs[0].argmax(1).astype(np.uint8):  # (height, width)
            shares = np.bincount(mask.ravel(), minlength=len(classes)) / mask.size
            first = [i for i in np.argsort(-shares)[:4] if shares[i] >= 0.005]
            answers.append(Answer(mask.tolist(), ", ".join(f"{classes[i]} {100 * shares[i]:.0f} %" for i in first)))
        return answers
