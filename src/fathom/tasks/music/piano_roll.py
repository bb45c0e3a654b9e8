"""Music: what sounds next, given all that sounded so far?

A piece is a piano roll: which of 88 keys sound at each time step. The net gives each key a probability, and is judged
by the likelihood of what was written: 88 Bernoullis a step, summed, as in Boulanger-Lewandowski, Bengio & Vincent 2012.
What it learned can be played on, from nothing or from the beginning of a piece (`Music.compose`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.data.music import piano_roll
from fathom.errors import Unreadable, UserError
from fathom.exported.sampling import drawn_keys
from fathom.metrics import NATS_PER_STEP, Metric
from fathom.nets.music.piano_roll import MUSIC_NETS
from fathom.nets.net_options import choose_net
from fathom.records import Baseline, Example, Examples, Prediction, Source
from fathom.task import Batch, Draw, Recognition, Task
from fathom.tasks import music_baselines

OPTIONS = ("grid",)
"""Options of the task itself; all others of ``--set`` are the net's."""
FINEST = 24
MOST_SEMITONES = 5
"""How far a piece is transposed while training, up or down."""
ONE_KEY = 3.3
"""Bits of entropy of the pitch classes below which pieces are taken to stand in one key; 12 even ones have 3.58."""
SHOWN = 48
"""Steps of a piece that a report shows."""


class Music(Task):
    """Piano rolls as JSON, and folders of MIDI files.

    Attributes:
        frequency_: share of the training steps at which each of the 88 keys sounds.
        grid_: time steps to a quarter note.
        voices_: how few and how many keys usually sound at once: all but 5 % of the training steps on either side.
    """

    name = "music"
    inputs = ("roll",)
    nets = tuple(MUSIC_NETS)
    augments = True
    ragged = ("roll",)

    frequency_: list[float]
    grid_: int = 0
    voices_: list[int]

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A folder of MIDI files, or JSON that begins as pieces do."""
        if piano_roll.begins_as_pieces(source.path):
            return Recognition(0.95, "pieces of chords of MIDI numbers")
        if piano_roll.find_midi(source.path):
            return Recognition(0.9, "a folder of MIDI files")
        return Recognition(0.0, "no music")

    def examples(self, source: Source) -> Examples:
        """Read the pieces; MIDI files are decoded later, once."""
        return piano_roll.read_music(source)

    def fit(self, train: Sequence[Example]) -> None:
        """Learn how often each key sounds, and on which grid MIDI is read."""
        self.grid_ = self._asked_grid() or (4 if any(isinstance(e.input, Path) for e in train) else 1)
        rolls = [roll for roll in map(self._roll_or_none, train) if roll is not None]
        if not rolls:
            raise UserError("none of the training pieces can be read any more: put their files back")
        every = np.concatenate(rolls)
        if not every.any():
            raise UserError("the training pieces are silent: give some in which notes sound")
        self.frequency_ = every.mean(0, dtype=np.float64).tolist()
        self.voices_ = np.quantile(every.sum(1), (0.05, 0.95), method="nearest").astype(int).tolist()

    def _asked_grid(self) -> int:
        """What ``--set grid=…`` says; 0 without."""
        asked = self.settings.options.get("grid") or 0
        try:
            grid = int(asked)
        except (TypeError, ValueError):
            grid = -1
        if grid and (not 1 <= grid <= FINEST):
            raise UserError(f"`grid={asked}` is out of range: choose 1 to {FINEST} time steps to a quarter note")
        return grid

    def _roll(self, example: Example) -> piano_roll.Roll:
        """The example's roll, ``(steps, 88)`` uint8."""
        if isinstance(example.input, Path):
            return piano_roll.read_midi(example.input, self.grid_)
        return piano_roll.chords_to_roll(example.input)

    def _roll_or_none(self, example: Example) -> piano_roll.Roll | None:
        try:
            return self._roll(example)
        except Unreadable:  # it will be skipped and listed when it is encoded
            return None

    def check_state(self) -> None:
        """Refuse frequencies of another keyboard, and grids that cannot be."""
        whole = len(self.frequency_) == piano_roll.KEYS and all(0 <= p <= 1 for p in self.frequency_)
        if not (whole and 1 <= self.grid_ <= FINEST and len(self.voices_) == 2):
            raise UserError("its sizes do not fit each other")

    def read(self, text: str) -> Example:
        """The path of a MIDI file, or chords as JSON: ``[[60, 64, 67], [62, 65, 69]]``."""
        return Example(text, piano_roll.asked_piece(text))

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``roll`` (steps, 88) uint8: input and target at once, since the net sees what is before a step alone."""
        return {"roll": self._roll(example)}

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Transposed while training, each piece by as many semitones for all its steps, within the keyboard."""
        if draw is None or not self.settings.augment:
            return batch
        reach = min(11, round(MOST_SEMITONES * self.settings.augment))
        drawn = torch.from_numpy(draw.uniform(1)[:, 0]).to(batch["roll"].device)  # (batch,)
        wanted = (drawn * (2 * reach + 1)).floor().long() - reach
        return {**batch, "roll": transpose(batch["roll"], wanted)}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """About 1,000 steps of few pieces each; transposed, unless the pieces stand in one key already."""
        batch = 8
        epochs = int(np.clip(1000 * batch / max(len(train), 1), 8, 60))
        return {
            "net": "lstm",
            "epochs": epochs,
            "batch_size": batch,
            "optimizer": "adamw",
            "lr": 0.01,
            "schedule": "one-cycle",
            "weight_decay": 0.02,
            "grad_clip": 1.0,
            "augment": 0.0 if self._in_one_key(train) else 1.0,
        }

    def _in_one_key(self, train: Sequence[Example]) -> bool:
        """Whether the pitch classes of (at most 200) pieces are as uneven as those of one key."""
        self.grid_ = self.grid_ or self._asked_grid() or 4
        rolls = [r for r in map(self._roll_or_none, train[:: max(1, len(train) // 200)]) if r is not None]
        if not rolls or not any(r.any() for r in rolls):
            return True
        keys = np.sum([r.sum(0, dtype=np.int64) for r in rolls], 0)  # (88,)
        share = np.bincount((np.arange(piano_roll.KEYS) + piano_roll.LOWEST_NOTE) % 12, keys) / keys.sum()
        return float(-(share[share > 0] * np.log2(share[share > 0])).sum()) < ONE_KEY

    def net(self) -> nn.Module:
        """Build the net of that name."""
        cls, options = choose_net(MUSIC_NETS, self.settings, usual="lstm", kind="music", own=OPTIONS)
        net = cls(**options)
        net.set_frequency(torch.tensor(self.frequency_))
        return net

    def loss(self, output: Any, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats of each piece and its number of steps; several members of a net are averaged.

        Args:
            output: logits ``(batch, T + 1, members, 88)``, or ``(batch, T + 1, 88)``; the last step is not judged.
            batch: with ``roll`` ``(batch, T, 88)``; steps beyond ``roll_length`` do not count.
        """
        roll = batch["roll"]
        logits = output.float().reshape(len(roll), output.shape[1], -1, piano_roll.KEYS)[:, : roll.shape[1]]
        target = roll.to(logits.dtype)[:, :, None].expand_as(logits)
        nats = F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(3).mean(2)  # (batch, T)
        real = torch.arange(roll.shape[1], device=roll.device) < batch["roll_length"][:, None]  # (batch, T)
        return nats.where(real, nats.new_zeros(())).sum(1), batch["roll_length"].to(nats.dtype)

    @property
    def metric(self) -> Metric:
        """Negative log-likelihood of a time step, in nats."""
        return NATS_PER_STEP

    def decode(self, output: Any, batch: Batch) -> list[Prediction]:
        """The chord that would come after the piece: the keys that rather sound than not."""
        logits = output.float().reshape(len(output), output.shape[1], -1, piano_roll.KEYS).mean(2)
        rows = torch.arange(len(logits), device=logits.device)
        after = logits[rows, batch["roll_length"]]  # (batch, 88)
        return [
            Prediction(piano_roll.chord_name(chord)) for chord in piano_roll.roll_to_chords((after > 0).cpu().numpy())
        ]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """The nats, and the steps."""
        return {"nats": loss, "steps": weight}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """How often each key sounds, and interpolated n-grams of chords."""
        rolls = [roll for roll in map(self._roll_or_none, train) if roll is not None]
        return music_baselines.baselines(rolls, [self._roll(example) for example in others])

    def show(self, example: Example) -> dict[str, Any]:
        """The beginning of the piece as a piano roll."""
        return {"picture": piano_roll.draw_roll(self._roll(example)[:SHOWN])}

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
        """Play on, one time step at a time: each ``(88,)``, the prompt's first.

        Args:
            net: as `net` built it, trained.
            prompt: the beginning, as `read` returned it; None begins with nothing.
            length: time steps in all that are added to the prompt.
            temperature: 1 plays as the probabilities say, less is surer; 0 always takes what is more likely. Of what
                is drawn, a chord of an unusual number of notes is drawn again.
            seed: the same seed plays the same.

        Raises:
            UserError: length or temperature is out of range, or the net cannot play.
            Unreadable: the prompt cannot be read.
        """
        if length < 1 or not (math.isfinite(temperature) and temperature >= 0):
            raise UserError("the length is 1 or more, and the temperature 0 or more: change `length` or `temperature`")
        step = getattr(net, "step", None)
        if not callable(step):
            raise UserError("this net cannot play: train one of fathom's, such as `net=lstm`")
        net.eval()
        device = next(net.parameters()).device
        random = np.random.default_rng(seed)
        given = [] if prompt is None else list(self._roll(prompt))
        logits, states = step(None, None)
        for i in range(len(given) + length):
            if i < len(given):
                chord = given[i]
            else:
                chord = drawn_keys(logits[0].numpy(force=True), temperature, self.voices_, random)
            yield chord
            logits, states = step(torch.from_numpy(chord)[None].to(device), states)

    def generate(
        self,
        net: nn.Module,
        *,
        prompt: str = "",
        length: int = 64,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int = 0,
    ) -> Iterator[str]:
        """Play on, each time step as a line with the names of its notes: ``"C3 E4 G4\\n"``; see `compose`.

        Raises:
            UserError: as for `compose`, or `top_k` or `top_p` is asked for: keys are drawn each for itself.
        """
        if top_k or top_p not in (None, 0, 1):
            raise UserError("`top_k` and `top_p` choose among words, but each key is drawn for itself: leave them out")
        beginning = self.read(prompt) if prompt else None
        for chord in self.compose(net, prompt=beginning, length=length, temperature=temperature, seed=seed):
            yield piano_roll.chord_name(piano_roll.roll_to_chords(chord[None])[0])
            yield "\n"


def transpose(roll: Tensor, semitones: Tensor) -> Tensor:
    """Move each roll up by its number of semitones, or as near to it as the keyboard lets it.

    Args:
        roll: ``(batch, T, 88)``.
        semitones: ``(batch,)`` int64, negative for down.
    """
    keys = torch.arange(piano_roll.KEYS, device=roll.device)
    heard = roll.amax(1) > 0  # (batch, 88)
    low = torch.where(heard, keys, piano_roll.KEYS - 1).amin(1)
    high = torch.where(heard, keys, 0).amax(1)
    moved = torch.minimum(torch.maximum(semitones, -low), piano_roll.KEYS - 1 - high)
    from_key = (keys - moved[:, None]) % piano_roll.KEYS  # (batch, 88)
    return roll.gather(2, from_key[:, None].expand_as(roll))
