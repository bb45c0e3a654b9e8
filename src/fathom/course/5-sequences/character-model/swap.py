"""Names, letter by letter: your table of counts, and a recurrent net that remembers more than one letter."""

import contextlib
import csv
import io
import tempfile
from pathlib import Path

import numpy as np

from fathom.data import practice
from fathom.data.source import cache_folder
from fathom.learning import swap_progress

EPOCHS = 6


def swap(mine):
    """Both on names that they have not seen: bits a letter, line ends included."""
    import fathom

    with Path(practice.make("names", cache_folder())).open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    cut = len(names) * 9 // 10
    known, new = ("\n".join(["", *part, ""]) for part in (names[:cut], names[cut:]))
    letters = {letter: i for i, letter in enumerate(sorted({*known, *new}))}
    table = mine.train(np.array([letters[c] for c in known]), len(letters), 0.1)
    yield f"yours      {mine.bits(table, np.array([letters[c] for c in new])):.2f} bits a letter"

    def train(watcher):
        with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()):
            (Path(place) / "names.txt").write_text(known.lstrip(), "utf-8")
            asked = {"net": "lstm", "out": Path(place) / "run", "epochs": EPOCHS, "watcher": watcher}
            dev = fathom.train(Path(place) / "names.txt", **asked).figures["dev"]
        return f"{dev.value:.2f} bits a letter ({dev.low:.2f} to {dev.high:.2f}), by an LSTM after {EPOCHS} epochs"

    yield f"built in   {swap_progress.current.trained('built in', train)}"
