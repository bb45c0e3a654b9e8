"""Music as events: note by note, each with the time since the one before it and its duration.

Where `fathom.tasks.music.piano_roll` asks of each time step which keys sound, here one note follows another: long
pauses and long notes cost one event, and notes that are struck again are told from notes that are held. Both read the
same files.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.data.music import piano_roll
from fathom.data.music.note_events import MOST, Events, events_of, framed
from fathom.errors import UserError
from fathom.exported import sampling
from fathom.metrics import NATS_PER_EVENT, Metric
from fathom.nets.music.events import BEGIN, END, EVENT_NETS, KEYS, MAX_DURATION, EventLogits, EventNet
from fathom.nets.net_options import choose_net
from fathom.nets.text.classifier import padding_mask
from fathom.records import Baseline, Example, Prediction, Source
from fathom.task import Batch, Draw, Recognition
from fathom.tasks.music.piano_roll import MOST_SEMITONES, OPTIONS, Music
from fathom.tasks.text.language_model_baselines import WittenBell

ORDER = 7
"""Parts of events that the n-gram model sees, the one that is guessed included: two events before."""


class MusicEvents(Music):
    """Piano rolls as JSON, and folders of MIDI files, read as events."""

    name = "music-events"
    inputs = ("events",)
    nets = tuple(EVENT_NETS)
    ragged = ("events",)

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """What `Music` takes as well, which comes first."""
        found = Music.recognize(source)
        return Recognition(found.score / 2, found.reason)

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``events`` (notes + 2, 3) uint8: the beginning, the notes, the end."""
        return {"events": framed(events_of(self._roll(example))).astype(np.uint8)}

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Numbers as they must be; while training each piece is transposed, within the keyboard."""
        events = batch["events"].long()
        if draw is not None and self.settings.augment:
            reach = min(11, round(MOST_SEMITONES * self.settings.augment))
            drawn = torch.from_numpy(draw.uniform(1)[:, 0]).to(events.device)  # (batch,)
            wanted = (drawn * (2 * reach + 1)).floor().long() - reach
            there = padding_mask(events[:, :, 0], batch["events_length"])
            pitch = events[:, :, 0]
            notes = there & (pitch < KEYS)  # (batch, T)
            low = pitch.where(notes, KEYS).amin(1)
            high = pitch.where(notes, 0).amax(1)
            moved = torch.minimum(torch.maximum(wanted, -low), KEYS - 1 - high)
            events = torch.cat([pitch.add(moved[:, None]).where(notes, pitch)[:, :, None], events[:, :, 1:]], 2)
        return {**batch, "events": events}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """About 700 steps of few pieces each; transposed, unless the pieces stand in one key already."""
        small = super().defaults(train)
        lr = 1e-3 if self.settings.net == "transformer" else 5e-3
        epochs = int(np.clip(700 * small["batch_size"] / max(len(train), 1), 8, 60))
        return {**small, "net": "lstm", "epochs": epochs, "lr": lr}

    def net(self) -> nn.Module:
        """Build the net of that name."""
        cls, options = choose_net(EVENT_NETS, self.settings, usual="lstm", kind="music", own=OPTIONS)
        return cls(**options)

    def loss(self, output: EventLogits, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats of each piece and its number of events, the end one of them, both ``(batch,)``."""
        pitch, step, lasts = batch["events"][:, 1:].unbind(2)  # (batch, T) each
        real = torch.arange(pitch.shape[1], device=pitch.device) < batch["events_length"][:, None] - 1
        notes = real & (pitch < KEYS)

        def nats(logits: Tensor, target: Tensor, which: Tensor) -> Tensor:
            each = F.cross_entropy(logits.float().transpose(1, 2), target.where(which, 0), reduction="none")
            return (each * which).sum(1)

        total = nats(output.pitch[:, :-1], pitch, real) + nats(output.step, step, notes)
        return total + nats(output.duration, lasts, notes), real.sum(1).to(torch.float32)

    @property
    def metric(self) -> Metric:
        """Negative log-likelihood of an event, in nats."""
        return NATS_PER_EVENT

    def decode(self, output: EventLogits, batch: Batch) -> list[Prediction]:
        """The likeliest note after the piece's last."""
        last = batch["events_length"] - 2  # the end itself is not looked at
        rows = torch.arange(len(last), device=last.device)
        keys = output.pitch[rows, last, :KEYS].argmax(1).tolist()
        return [Prediction(piano_roll.chord_name((key + piano_roll.LOWEST_NOTE,))) for key in keys]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """The nats, and the events."""
        return {"nats": loss, "events": weight}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """How often each pitch, step and duration occurs, and interpolated n-grams of the three in turn."""
        rolls = [roll for roll in map(self._roll_or_none, train) if roll is not None and roll.any()]
        known = [framed(events_of(roll)) for roll in rolls]
        asked = [self.encode(e)["events"].astype(np.int64) for e in others]
        found = []
        for name, order in (("frequency of each", 3), (f"interpolated {ORDER}-grams", ORDER)):
            began = time.monotonic()
            if order == 3:
                losses = _by_frequency(known, asked)
            else:
                model = WittenBell([_flat(e) for e in known], _SYMBOLS, order)
                p = -np.log(model.probability([_flat(e) for e in asked]))
                counts = [3 * (len(e) - 1) for e in asked]
                parts = np.split(p, np.cumsum(counts)[:-1]) if counts else []
                losses = [float(part[:-2].sum()) for part in parts]  # the end has neither step nor duration
            weights = [float(len(e) - 1) for e in asked]
            said = [x / n for x, n in zip(losses, weights, strict=True)]
            found.append(Baseline(name, said, time.monotonic() - began, losses, weights))
        return found

    @torch.inference_mode()
    def compose(
        self,
        net: nn.Module,
        *,
        prompt: Example | None = None,
        length: int = 64,
        temperature: float = 1.0,
        seed: int = 0,
    ) -> Iterator[piano_roll.Roll]:
        """Play on, one time step at a time: each ``(88,)``, the prompt's first; see `Music.compose`.

        A piece that ends before its length is followed by silence.

        Raises:
            UserError: length or temperature is out of range, or the net cannot play.
            Unreadable: the prompt cannot be read.
        """
        if length < 1 or not (math.isfinite(temperature) and temperature >= 0):
            raise UserError("the length is 1 or more, and the temperature 0 or more: change `length` or `temperature`")
        if not isinstance(net, EventNet):
            raise UserError("this net cannot play: train one of fathom's, such as `net=lstm`")
        net.eval()
        given = np.zeros((0, KEYS), np.uint8) if prompt is None else self._roll(prompt)
        known = events_of(given)
        roll = np.zeros((len(given) + length, KEYS), np.uint8)
        roll[: len(given)] = given
        now = int(known[:, 1].sum())
        told = 0
        for pitch, step, lasts in _drawn(net, known, temperature, seed):
            begins = max(now + step, len(given))
            while told < min(begins, len(roll)):  # nothing that comes can change what was before it
                yield roll[told]
                told += 1
            if begins >= len(roll):
                return
            now = begins
            roll[begins : begins + max(1, lasts), pitch] = 1
        yield from roll[told:]


def _drawn(net: EventNet, known: Events, temperature: float, seed: int) -> Iterator[tuple[int, int, int]]:
    """Events that follow the known ones, until the net ends the piece."""
    random, device = np.random.default_rng(seed), next(net.parameters()).device
    seen = torch.from_numpy(np.concatenate([[[BEGIN, 0, 0]], known]))[None].to(device)
    state = None
    for _ in range(MOST):
        found, state = net.go_on(seen, state)
        said: list[Tensor] = []
        for _part in range(3):
            logits = net.say(found[:, -1], *said)[0].double().cpu().numpy()
            p = sampling.probabilities(logits, temperature, 0, 1.0)
            said.append(torch.tensor([int(random.choice(len(p), p=p))], device=device))
            if int(said[0]) == END:
                return
        pitch, step, lasts = (int(part) for part in said)
        yield pitch, step, lasts
        seen = torch.tensor([[[pitch, step, lasts]]], device=device)


_OFFSETS = np.array([0, KEYS + 2, KEYS + 2 + MAX_DURATION + 1])
_SYMBOLS = KEYS + 2 + 2 * (MAX_DURATION + 1)


def _flat(events: Events) -> Events:
    """Pitch, step and duration in turn, as numbers of one alphabet; of the beginning one alone: ``(3 · T - 2,)``."""
    return (events + _OFFSETS).ravel()[2:]


def _by_frequency(train: Sequence[Events], others: Sequence[Events]) -> list[float]:
    """Nats of each piece, if pitch, step and duration are each drawn for themselves (one is added to each count)."""
    every = np.concatenate([e[1:] for e in train])
    tables: list[NDArray[np.float64]] = []
    for part, size in enumerate((KEYS + 1, MAX_DURATION + 1, MAX_DURATION + 1)):
        of = every[every[:, 0] < KEYS] if part else every
        counts = np.bincount(of[:, part], minlength=size) + 1.0
        tables.append(-np.log(counts / counts.sum()))
    return [float(tables[0][e[1:, 0]].sum() + sum(tables[i][e[1:-1, i]].sum() for i in (1, 2))) for e in others]
