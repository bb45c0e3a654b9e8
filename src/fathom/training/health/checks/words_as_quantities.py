"""Numbers of words that go into a layer as if they were amounts."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, Snapshot

MIN_SNAPSHOTS = 3
"""On each of which it must be so."""

MAX_CORRELATION = 0.3
"""Of neighbours: amounts, as of a sound, resemble those beside them."""

MAX_OFF = 1e-3
"""By which the numbers of the layer, multiplied by one factor, may be off the words' numbers."""


class WordsAsQuantities(Check):
    """The next word is to be told as a class, and the words are given as amounts."""

    name: ClassVar[str] = "words_as_quantities"
    lesson: ClassVar[str] = "embeddings"
    meaning: ClassVar[str] = (
        "The number of a word says nothing of its meaning: word 7 is not between 6 and 8. A layer that takes it as an "
        "amount can hardly tell words apart."
    )
    advice: ClassVar[str] = "Put an nn.Embedding before the first layer, or give it one-hot rows (F.one_hot)."
    explains: ClassVar[tuple[str, ...]] = ("inputs_not_scaled", "labels_unrelated", "stagnating_loss", "unfinished")

    def run(self, signals: Signals) -> Detection | None:
        """On each of the first snapshots whose labels are the next words."""
        seen = [one for one in signals.snapshots if one.answer_gradient.is_next_word]
        if len(seen) < MIN_SNAPSHOTS or not all(map(_are_amounts, seen)):
            return None
        layer = seen[0].inputs[0].name or "the net"
        title = f"words are given to {layer} as quantities: their numbers, without an embedding"
        return Detection(title, {"layer": layer, "looks": len(seen)})


def _are_amounts(snapshot: Snapshot) -> bool:
    """Whether the first layer sees one number for each word, and that is the word's."""
    rms, most, correlation = snapshot.details.word_numbers
    first = next(iter(snapshot.inputs), None)
    if first is None or first.fan_in != 1 or not (rms > 0 and most > 0) or not abs(correlation) < MAX_CORRELATION:
        return False
    factor = first.maximum / most
    return factor > 0 and abs(first.rms - factor * rms) < MAX_OFF * factor * rms
