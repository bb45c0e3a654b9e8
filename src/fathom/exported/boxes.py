"""The program for pictures in which things are to be found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.image import image_file
from fathom.data.image.letterbox import square_of
from fathom.exported.batches import Arrays
from fathom.exported.box_rows import boxes_in_picture, suppressed, told_boxes
from fathom.exported.pictures import Pictures
from fathom.exported.program import Answer


class Boxes(Pictures):
    """What is in a picture, and where?"""

    def arrays(self, path: Path) -> Arrays:
        """The picture in a grey square, and its width and height."""
        frame = image_file.upright_size(path)
        image = square_of(path, frame, self.encoder["width"], self.encoder["channels"], self.levels)
        return {"image": image, "frame": np.array(frame, np.float32)}

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The boxes that stay, in pixels of the picture, the surest first; shown are those with some confidence."""
        answers = []
        for logits, corners, frame in zip(outputs[0], outputs[1], batch["frame"].tolist(), strict=True):
            rows = boxes_in_picture(suppressed(logits, corners), (frame[0], frame[1]), self.encoder["width"])
            told = told_boxes(rows, self.encoder["classes"])
            answers.append(Answer(json.dumps(rows), told, rows[0][1] if rows else None))
        return answers
