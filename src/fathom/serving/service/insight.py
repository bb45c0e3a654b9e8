"""What a page shows beside an answer: where the net looked, the nearest training examples, the limits of the run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fathom.errors import FathomError
from fathom.reporting import thumbnails
from fathom.runs import similar
from fathom.runs.folder import RunFolder
from fathom.runs.predict import Predictor
from fathom.serving.service.messages import Arrays
from fathom.training.batching import collate
from fathom.training.evaluation import to_device
from fathom.training.gradcam import gradcam, last_feature_maps

MOST_KNOWN = 3_000
"""Training pictures of which the nearest are looked for; with more none are."""
SIDE = 112


class Insight:
    """Looks into a run; what it needs is found out in the background.

    Args:
        folder: of the run.
        predictor: its net, loaded.
    """

    def __init__(self, folder: Path, predictor: Predictor) -> None:
        self.run, self.task, self.net = RunFolder.open(folder), predictor.task, predictor.net
        self._known: list[Any] = []
        if self.task.name in similar.TASKS and not self.task.settings.has_custom_net:
            threading.Thread(target=self._learn, daemon=True).start()

    def _learn(self) -> None:
        try:
            if self.run.results().height <= MOST_KNOWN:
                self._known = similar.known_embeddings(self.run, self.task, self.net)
        except FathomError:  # the data is gone
            return

    def limits(self) -> str:
        """What the run itself says of its limits, in a line."""
        splits, metric = self.run.figures()["splits"], self.task.metric
        split = next((name for name in ("test", "dev", "train") if name in splits), None)
        said = []
        if split is not None:
            one = splits[split]
            said.append(f"{metric.label} {metric.show_with_range(one['value'], one['low'], one['high'])} on {split}")
        said += [finding.title for finding in self.run.findings() if finding.severity != "good"][:1]
        return "; ".join(said)

    def heat(self, arrays: Arrays) -> list[list[float]] | None:
        """Grad-CAM of what is said of a picture, ``(h, w)`` in [0, 1]; None where the net has no maps."""
        maps = self.task.inputs == ("image",) and last_feature_maps(self.net) is not None
        if not maps or not self.task.metric.is_classification_error:
            return None
        batch = self.task.prepare(
            to_device(collate(self.task, [dict(arrays)]), self.task.settings.device or "cpu"), None
        )
        inputs = tuple(batch[name] for name in self.task.inputs)
        with torch.no_grad():
            chosen = self.net(*inputs).argmax(1)
        heat = gradcam(self.net, inputs, chosen)
        return None if heat is None else heat[0].tolist()

    def nearest(self, arrays: Arrays, most: int = 4) -> Sequence[tuple[str, str, bytes]]:
        """Label, distance and picture of the training pictures that are most like one; none as long as none are known.

        Args:
            arrays: of the picture, encoded.
            most: how many.
        """
        known = self._known
        if not known:
            return []
        asked = similar.embeddings(self.task, self.net, [dict(arrays)])[0]
        distance = 1 - np.stack([vector for _, vector in known]) @ asked
        found = []
        for i in np.argsort(distance, kind="stable")[:most]:
            example = known[i][0]
            try:
                picture = thumbnails.jpeg(self.task.show(example)["picture"], SIDE)
            except (FathomError, OSError):
                continue
            found.append((str(example.target), f"{distance[i]:.2f}", picture))
        return found
