"""Playing on: a run that learned music makes a tune, which is written as MIDI, as sound, or as a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fathom.data import files
from fathom.data.music import midi, piano_roll, synthesizer
from fathom.errors import Unreadable, UserError
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_net, load_task
from fathom.tasks.music.piano_roll import Music

TEMPERATURE = 0.7
"""Less than 1, since keys that are drawn one by one, each for itself, go astray more often than chords do."""
TEMPO = 80.0
"""Quarter notes a minute."""
SLOWEST, FASTEST = 10.0, 1000.0


@dataclass(frozen=True)
class Tune:
    """What was played.

    Attributes:
        roll: 1 where a key sounds, ``(steps, 88)`` uint8, the prompt's steps first.
        grid: time steps to a quarter note.
        tempo: quarter notes a minute.
    """

    roll: piano_roll.Roll
    grid: int
    tempo: float = TEMPO

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.roll) * 60 / self.tempo / self.grid

    def write_midi(self, path: Path) -> None:
        """Write it as a MIDI file.

        Raises:
            UserError: the file cannot be written.
        """
        midi.write_midi(path, self.roll, steps_per_quarter=self.grid, tempo=self.tempo)

    def write_wav(self, path: Path) -> None:
        """Write it as sound, played by the small synthesizer.

        Raises:
            UserError: the file cannot be written.
        """
        synthesizer.write_wav(path, self.roll, seconds_per_step=60 / self.tempo / self.grid)

    def picture(self) -> NDArray[np.uint8]:
        """It as a piano roll, ``(height, width, 3)``."""
        return piano_roll.draw_roll(self.roll)

    def write_picture(self, path: Path) -> None:
        """Write the piano roll as a PNG.

        Raises:
            UserError: the file cannot be written.
        """
        from PIL import Image

        with files.replacing(path) as waiting:
            Image.fromarray(self.picture()).save(waiting, format="PNG")


def compose(
    run: RunFolder,
    *,
    prompt: str | None = None,
    length: int = 64,
    temperature: float = TEMPERATURE,
    seed: int = 0,
    tempo: float = TEMPO,
    heard: Callable[[str], None] | None = None,
) -> Tune:
    """Let a run play; it needs its folder alone.

    Args:
        run: a finished run of the task ``music``.
        prompt: the beginning: the path of a MIDI file, or chords as JSON; None begins with nothing.
        length: time steps to add.
        temperature: 1 plays as the probabilities say, less is surer, 0 always takes what is more likely.
        seed: the same seed plays the same.
        tempo: quarter notes a minute.
        heard: is given the name of each chord as soon as it is played.

    Raises:
        UserError: the run learned something else, or an argument is out of range or cannot be read.
    """
    task = load_task(run)
    if not isinstance(task, Music):
        raise UserError(f"{run.path} has learned {task.name}, not music: give a run that was trained on music")
    if not SLOWEST <= tempo <= FASTEST:
        raise UserError(
            f"a tempo of {tempo:g} is out of range: choose {SLOWEST:g} to {FASTEST:g} quarter notes a minute"
        )
    net = load_net(run, task)
    steps = []
    try:
        beginning = task.read(prompt) if prompt else None
        for step in task.compose(net, prompt=beginning, length=length, temperature=temperature, seed=seed):
            steps.append(step)
            if heard is not None:
                heard(piano_roll.chord_name(piano_roll.roll_to_chords(step[None])[0]))
    except Unreadable as error:
        raise UserError(f"{prompt} cannot be played on ({error}): give another MIDI file or chords as JSON") from None
    return Tune(np.stack(steps), task.grid_, tempo)
