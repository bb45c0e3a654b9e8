"""Spoken words: which of several words is said in a recording?

The recordings come as `fathom.tasks.audio.audio_base` makes them; a net says one word for each.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from fathom.data.audio import recordings
from fathom.data.class_names import with_class_names
from fathom.data.table.tables import target_kind
from fathom.errors import Unreadable
from fathom.nets.audio.classifier import SPEECH_NETS, NormalizedBands
from fathom.nets.audio.heard import HeardWord
from fathom.nets.net_options import choose_net
from fathom.records import Baseline, Example, Examples, Source
from fathom.task import Recognition
from fathom.tasks.audio.audio_base import OPTIONS, Recorded
from fathom.tasks.audio.whisper_features import NET, heard_mean
from fathom.tasks.classification import Classification, check_repeats, majority

KNOWN: dict[str, type[nn.Module]] = {**SPEECH_NETS, NET: HeardWord}
"""Nets by name, from the simplest up."""


class SpokenWords(Recorded, Classification):
    """Recordings in a folder for each word, in a table, or with telling names.

    Attributes:
        classes_: the words, sorted.
    """

    name = "spoken-words"
    nets = tuple(KNOWN)

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """Recordings in folders, or a table whose rows name recordings."""
        if recordings.is_recording_source(source.path):
            return Recognition(0.85, "recordings")
        return Recognition(0.0, "no recordings")

    def examples(self, source: Source) -> Examples:
        """Read names and headers; ``--set held_out=NAME`` puts a speaker (several, with commas) into the test split."""
        read = with_class_names(recordings.read_words(source))
        if asked := self.settings.options.get("held_out"):
            names = asked if isinstance(asked, list | tuple) else str(asked).split(",")
            read = recordings.hold_out(read, [str(name).strip() for name in names])
        what = "name another target, or put the recordings of a word into one folder"
        if target_kind([e.target for e in read.items]) == "regression":
            what = "numbers are not learned from recordings, so name a column of words, or write ranges as classes"
        check_repeats(read.items, what)
        return read

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the words, the rate, and the mean and deviation of each band."""
        super().fit(train)
        self.learn_sound(train)

    def _hear(self) -> None:
        """One row of features for a recording."""
        self.inputs, self.ragged, self.augments = ("heard",), (), False  # type: ignore[misc, assignment]

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``mel`` (frames, mels) float16, or ``heard`` (384,) of the packaged encoder; and ``label`` () int64."""
        if self.hears_:
            return {"heard": heard_mean(self.samples(example)), "label": self.label(example)}
        return {"mel": self.mel(example).astype(np.float16), "label": self.label(example)}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """The packaged encoder where it is installed, else convolutions: the fewer the recordings, the more epochs."""
        n = len(train)
        if self.would_hear():
            return {"net": NET, "epochs": 10, "batch_size": 32, "optimizer": "adamw", "lr": 1e-3, "weight_decay": 0.01}
        batch = 16 if n < 1000 else 32 if n < 10_000 else 64
        return {
            "net": "conv",
            "epochs": int(np.clip(50_000 / n, 8, 60)),
            "batch_size": batch,
            "optimizer": "adamw",
            "lr": 2e-3,
            "schedule": "one-cycle",
            "weight_decay": 0.01,
            "grad_clip": 5.0,
            "augment": 1.0,
            "label_smoothing": 0.1,
        }

    def net(self) -> nn.Module:
        """Build the net of that name."""
        own = (*OPTIONS, "held_out")
        if self.hears_:
            _, options = choose_net(KNOWN, self.settings, usual=NET, kind="spoken words", own=own)
            return HeardWord(len(self.classes_), **options)
        cls, options = choose_net(KNOWN, self.settings, usual="conv", kind="spoken words", own=own)
        return NormalizedBands(cls(self.mels_, len(self.classes_), **options), self.mean_, self.std_)

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The most frequent word, and logistic regression on what each band does over time (of 4,000 recordings)."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        began = time.monotonic()
        trivial = majority(train, others)
        known = [e for e in train if e.target is not None]
        sample = [(e, s) for e in known[:: -(-len(known) // 4000)] if (s := self._summary(e)) is not None]
        if not others or len({e.target for e, _ in sample}) < 2:
            return [trivial]
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200, tol=1e-3))
        model.fit(np.stack([s for _, s in sample]), [e.target for e, _ in sample])
        rows = [self._summary(e) for e in others]
        said = [trivial.predictions[0] if row is None else model.predict(row[None])[0] for row in rows]
        said = [str(word) for word in said]
        return [trivial, Baseline("logistic regression on log-mel statistics", said, time.monotonic() - began)]

    def _summary(self, example: Example) -> NDArray[np.float32] | None:
        """Mean, deviation, and three percentiles of each band over time, ``(5 · mels,)``; None if unreadable."""
        try:
            mel = self.mel(example)
        except Unreadable:
            return None
        return np.concatenate([mel.mean(0), mel.std(0), *np.percentile(mel, (10, 50, 90), axis=0)]).astype(np.float32)
