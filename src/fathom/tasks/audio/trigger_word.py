"""Trigger word: when was the word said that the machine waits for?

A label for each 40 ms: on for half a second after the word. The net's answers become times, and a time is right that
lies within three tenths of a second of the word's end.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.data.audio import trigger_word_mixing, waveform
from fathom.data.audio.event_times import ON, PLACE, beginnings, format_times, told_times, with_tail
from fathom.data.audio.spectrogram import HOP_SECONDS
from fathom.data.audio.trigger_word_mixing import Mixture
from fathom.errors import UserError
from fathom.metrics import EVENT_F1_MISSED, Metric
from fathom.nets.audio.classifier import NormalizedBands, length_mask
from fathom.nets.audio.ctc import output_frames
from fathom.nets.audio.heard import HeardMoments, heard_steps
from fathom.nets.audio.trigger_word import TRIGGER_NETS
from fathom.nets.net_options import choose_net, parse_number
from fathom.records import Baseline, Example, Examples, Prediction, Source
from fathom.task import Batch, Draw, Recognition
from fathom.tasks.audio.audio_base import OPTIONS, Recorded
from fathom.tasks.audio.augmentation import augment
from fathom.tasks.audio.whisper_features import NET, WORD_LAYERS, heard_places

KNOWN: dict[str, type[nn.Module]] = {**TRIGGER_NETS, NET: HeardMoments}
"""Nets by name, from the simplest up."""
OWN = (*OPTIONS, "trigger", "mixtures", "seconds")
"""Options of the task itself; all others of ``--set`` are the net's."""
TOLERANCE = 0.3
"""Seconds by which a time may be wrong."""

Output = tuple[Tensor, Tensor]


class TriggerWord(Recorded):
    """Words and background, mixed; or recordings with the times of events in a table."""

    name = "trigger-word"
    nets = tuple(KNOWN)
    ragged = ("mel", "marks")
    usual_longest = 600.0

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A table of events, or folders named for the word, for others and for the background."""
        place = source.path
        if trigger_word_mixing.events_table(place):
            return Recognition(0.97, "recordings and the times of events")
        names = {p.name.lower() for p in place.iterdir() if p.is_dir()} if place.is_dir() else set()
        if names & set(trigger_word_mixing.TRIGGERS) and len(names) > 1 and waveform.has_recordings(place):
            return Recognition(0.9, "recordings of a word to wait for, and of others")
        return Recognition(0.0, "no table of events, and no folder of recordings named trigger")

    def examples(self, source: Source) -> Examples:
        """Read the events, or mix; ``--set trigger=WORD`` says what is waited for."""
        asked = self.settings.options.get("trigger")
        if asked is None and trigger_word_mixing.events_table(source.path):
            return trigger_word_mixing.read_events(source)
        mixtures = parse_number(self.settings, "mixtures", 1000, 20, 100_000)
        seconds = parse_number(self.settings, "seconds", 5.0, 1.0, 60.0, float)
        return trigger_word_mixing.read_mixtures(source, None if asked is None else str(asked), mixtures, seconds)

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the rate, and the mean and deviation of each band; the word must be heard somewhere."""
        if not any(e.target for e in train):
            raise UserError("the word is in none of the training recordings: give some in which it is said")
        self.learn_sound(train)

    def samples(self, example: Example) -> NDArray[np.float32]:
        """Mixed, or of a recording, to which half a second is added: a word at its very end is heard as well."""
        if isinstance(example.input, Mixture):
            return example.input.samples(self.rate_)
        return with_tail(super().samples(example), self.rate_)

    def _hear(self) -> None:
        """What was heard at each place, in place of spectrograms."""
        self.inputs, self.ragged, self.augments = ("heard", "heard_length"), ("heard", "marks"), False  # type: ignore[misc]

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``mel`` (frames, mels) float16 and ``marks`` (places,) uint8, 1 in the half second after the word.

        In place of ``mel`` the packaged encoder gives ``heard`` (places of 20 ms, 384) float16.
        """
        if self.hears_:
            heard = heard_places(self.samples(example), WORD_LAYERS)
            return {"heard": heard.astype(np.float16), "marks": _marks(example, heard_steps(len(heard)))}
        mel = self.mel(example)
        return {"mel": mel.astype(np.float16), "marks": _marks(example, output_frames(len(mel)))}

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Another voice, microphone and noise, and blanks in pitch, while training; time stays as it is."""
        if draw is None or not self.settings.augment or self.hears_:
            return batch
        mean = torch.tensor(self.mean_, device=batch["mel"].device)
        mel, _ = augment(batch["mel"], batch["mel_length"], draw, self.settings.augment, mean, still=True)
        return {**batch, "mel": mel}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """What the packaged encoder hears where it is installed, in about 600 steps; else convolutions, in 1,200.

        Gradients are clipped.
        """
        n = len(train)
        batch = 16 if n < 4000 else 32
        usual = {"batch_size": batch, "optimizer": "adamw", "lr": 2e-3, "schedule": "one-cycle"}
        usual |= {"weight_decay": 0.01, "grad_clip": 5.0}
        if self.would_hear():
            return {"net": NET, "epochs": int(np.clip(round(600 * batch / n), 4, 60)), **usual}
        return {"net": "conv-gru", "epochs": int(np.clip(round(1200 * batch / n), 4, 60)), **usual, "augment": 0.7}

    def net(self) -> nn.Module:
        """Build the net of that name."""
        cls, options = choose_net(KNOWN, self.settings, usual="conv-gru", kind="trigger words", own=OWN)
        if self.hears_:
            return cls(**options)
        return NormalizedBands(cls(self.mels_, **options), self.mean_, self.std_)

    def loss(self, output: Output, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats of all labels, and their number, both ``(batch,)``."""
        logits, count = output
        marks = batch["marks"][:, : logits.shape[1]].to(torch.float32)
        nats = F.binary_cross_entropy_with_logits(logits.float(), marks, reduction="none")  # (batch, places)
        return (nats * length_mask(count, logits.shape[1])).sum(1), count.to(torch.float32)

    @property
    def metric(self) -> Metric:
        """What is missing to an event F1 of 1."""
        return EVENT_F1_MISSED

    def decode(self, output: Output, batch: Batch) -> list[Prediction]:
        """When the net became sure that the word had been said."""
        logits, count = output
        sure = (logits > 0).cpu().numpy()
        return [Prediction(format_times(beginnings(row[:n]))) for row, n in zip(sure, count.tolist(), strict=True)]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Words that were heard at the right time, times that were told, and times that were meant."""
        said, meant = ([float(t) for t in str(value or "").split()] for value in (prediction.value, target))
        return {
            "event_hits": float(matches(said, meant)),
            "events_found": float(len(said)),
            "events_meant": float(len(meant)),
        }

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """Never; and logistic regression on the bands' means and deviations over the last 0.6 seconds."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        never = Baseline("never", [""] * len(others), 0.0)
        began = time.monotonic()
        some = train[:: -(-len(train) // 200)]
        seen = [self._windows(e) for e in some]
        marks = np.concatenate([m for _, m in seen])
        if not others or len(set(marks.tolist())) < 2:
            return [never]
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
        model.fit(np.concatenate([w for w, _ in seen]), marks)
        said = [format_times(beginnings(model.predict(self._windows(e)[0]) > 0)) for e in others]
        return [never, Baseline("logistic regression on log-mel statistics", said, time.monotonic() - began)]

    def _windows(self, example: Example) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """For each place the mean and deviation of each band before it ``(places, 2 · mels)``, and its label."""
        mel = self.mel(example).astype(np.float64)
        marks = _marks(example, output_frames(len(mel)))
        width = round(0.6 / HOP_SECONDS)
        sums = np.concatenate([np.zeros((1, mel.shape[1])), mel.cumsum(0)])
        squares = np.concatenate([np.zeros((1, mel.shape[1])), (mel**2).cumsum(0)])
        last = np.minimum(4 * (np.arange(len(marks)) + 1), len(mel))
        first = np.maximum(last - width, 0)
        count = (last - first)[:, None]
        mean = (sums[last] - sums[first]) / count
        spread = np.sqrt(np.maximum((squares[last] - squares[first]) / count - mean**2, 0))
        return np.concatenate([mean, spread], 1).astype(np.float32), marks

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """The times in words."""
        return told_times(str(prediction.value))

    def show(self, example: Example) -> dict[str, Any]:
        """The spectrogram, and when the word was said."""
        shown = super().show(example)
        return {**shown, "fields": {**shown["fields"], "said at": str(example.target or "never")}}


def _marks(example: Example, places: int) -> NDArray[np.uint8]:
    """Which places lie in the half second after the word: ``(places,)``, 1 or 0."""
    at = (np.arange(places) + 0.5) * PLACE  # the middle of each place, in seconds
    ends = np.array([float(t) for t in str(example.target or "").split()])
    return np.any((at[:, None] > ends) & (at[:, None] <= ends + ON), axis=1).astype(np.uint8)  # over (places, events)


def matches(said: Sequence[float], meant: Sequence[float]) -> int:
    """How many times can be paired so that none is off by more than `TOLERANCE`; both are sorted.

    >>> matches([1.0, 1.1, 5.0], [1.05, 1.2, 9.0])
    2
    """
    i = j = found = 0
    while i < len(said) and j < len(meant):
        if abs(said[i] - meant[j]) <= TOLERANCE:
            found, i, j = found + 1, i + 1, j + 1
        elif said[i] < meant[j]:
            i += 1
        else:
            j += 1
    return found
