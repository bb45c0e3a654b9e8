"""A recurrent net that has learned names, and writes new ones: drawn by your distribution, and by fathom's."""

import contextlib
import csv
import io
import tempfile
from pathlib import Path
from unittest.mock import patch

from fathom.data import practice
from fathom.data.source import cache_folder
from fathom.exported import sampling

EPOCHS, NAMES, KNOWN = 8, 20, 2500


def swap(mine):
    """Train once, then write with several settings."""
    import fathom

    with Path(practice.make("names", cache_folder())).open(encoding="utf-8", newline="") as file:
        known = {row["name"] for row in csv.DictReader(file)}
    runs = {name[i : i + 3] for name in known for i in range(len(name) - 2)}
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()):
        (Path(place) / "names.txt").write_text("\n".join(sorted(known)[:: max(1, len(known) // KNOWN)]), "utf-8")
        run = fathom.train(Path(place) / "names.txt", net="lstm", out=Path(place) / "run", epochs=EPOCHS)

        def written(**asked):
            return ["".join(run.generate(length=15, seed=seed, **asked)).strip() for seed in range(NAMES)]

        lines = []
        for temperature, k, share in ((1.0, 0, 1.0), (0.7, 0, 1.0), (1.0, 5, 1.0), (1.0, 0, 0.8)):
            asked = {"temperature": temperature, "top_k": k, "top_p": share}
            with patch.object(sampling, "probabilities", mine.distribution):
                own = written(**asked)
            same = sum(a == b for a, b in zip(own, written(**asked)))
            found = [name[i : i + 3] for name in own for i in range(len(name) - 2)]
            real = sum(run in runs for run in found) / max(1, len(found))
            lines.append(
                f"yours, temperature {temperature}, top-k {k or 'off'}, top-p {share}: {100 * real:.0f} % of three letters "
                f"stand in real names, {len(set(own))} of {NAMES} differ, {same} are as the built-in draws them: {', '.join(own[:3])}"
            )
    yield from lines
