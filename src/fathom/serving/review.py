"""``fathom review RUN``: a local page to tag mistakes and correct labels, which shows what each tag is worth.

Error analysis as the course teaches it: look at a hundred mistakes, count what they have in common, and work on what
has the highest ceiling. They come in random order, so that the shares among those that were looked at hold for all.
"""

from __future__ import annotations

import csv
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import polars as pl

from fathom.data import label_corrections, spreadsheet_csv
from fathom.data.audio import waveform
from fathom.data.image import image_file
from fathom.diagnosis.ceiling_analysis import can_tell, ceilings, mistakes, said
from fathom.errors import UserError
from fathom.records import Example
from fathom.reporting.thumbnails import jpeg
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_task
from fathom.runs.prepare import read as read_examples
from fathom.runs.prepare import source_of
from fathom.runs.review_tags import ReviewedExample, Tags, tags_of_run, validated
from fathom.serving.local import Answer, Local, Missing, whole_number

SIDE = 560
"""Longer side of a picture, in pixels."""
LONGEST_TEXT = 4_000
USUAL = ("mislabelled", "blurry", "dark", "unusual", "ambiguous")
"""Tags that are offered where there are none yet."""


class Review:
    """The page's data, and what is done with what it tells.

    Args:
        run: whose mistakes are looked at.
        labels: a list of labels in doubt, as ``fathom check --labels`` writes it, or None.
        tags: the file of tags; None takes the usual one.

    Raises:
        UserError: the run is not finished, its data is gone, or a file cannot be read.
    """

    def __init__(self, run: RunFolder, labels: Path | None = None, tags: Path | None = None) -> None:
        recipe = run.read_recipe()
        self.run, self.task = run, load_task(run, recipe)
        frame = run.results()
        self.on = frame.filter(pl.col("split") == ("dev" if "dev" in frame["split"].to_list() else "train"))
        self.metric = self.task.metric
        self.examples: Mapping[str, Example] = {e.id: e for e in read_examples(self.task, source_of(recipe)).items}
        self.tags: Tags = tags_of_run(run, tags)
        self.doubts = {} if labels is None else _doubts(labels)
        self.shown: list[str] = []
        self.wrong = [row for row in mistakes(self.on, self.metric).iter_rows(named=True) if row["id"] in self.examples]
        self.place: dict[str, int] = {}

    def get(self, path: str) -> Answer:
        """What the page asks for: its data, a picture, a recording."""
        if path == "/data":
            return Answer.of(self.data())
        kind, _, number = path.strip("/").partition("/")
        place = whole_number(number)
        if place is None or place >= len(self.shown):
            raise Missing
        example = self.examples[self.shown[place]]
        if kind == "picture":
            return Answer(self._picture(example), "image/jpeg")
        if kind == "sound" and isinstance(example.input, Path | str) and waveform.is_recording(example.input):
            return Answer(Path(example.input).read_bytes(), mimetypes.guess_type(str(example.input))[0] or "audio/wav")
        raise Missing

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """Keep what was said of an example.

        Raises:
            UserError: it makes no sense, or cannot be written.
        """
        if path != "/say":
            raise Missing
        name = body.get("id")
        if not isinstance(name, str) or name not in self.examples:
            raise UserError("there is no such example")
        kept = validated({key: body.get(key) for key in ("tags", "decision", "label", "note")})
        self.tags.say(name, kept)
        return Answer.of({"said": _plain(kept), "ceilings": self.ceilings(), "tags": self.offered()})

    def data(self) -> dict[str, Any]:
        """All that the page shows."""
        self.shown = list(dict.fromkeys([*(row["id"] for row in self.wrong), *self.doubts]))
        self.shown = [name for name in self.shown if name in self.examples]
        self.place = {name: i for i, name in enumerate(self.shown)}
        figure = self.run.figures()["splits"].get(str(self.on["split"][0]), {})
        lead = (
            f"{len(self.wrong):,} of {self.on.height:,} {self.on['split'][0]} examples went wrong; {self.metric.label} "
            f"{self.metric.show(figure.get('value', float('nan')))}. What do they have in common?"
        )
        classes = [str(c) for c in self.task.classes][:200]
        return {
            "run": self.run.path.name, "lead": lead, "file": self.tags.path.name, "classes": classes,
            "can_tell": can_tell(self.metric), "tags": self.offered(), "ceilings": self.ceilings(),
            "said": {name: _plain(one) for name, one in self.tags.of.items()},
            "mistakes": [self._mistake(row) for row in self.wrong],
            "labels": [self._doubt(name, doubt) for name, doubt in self.doubts.items() if name in self.place],
        }  # fmt: skip

    def offered(self) -> list[str]:
        """Some to begin with, and those that were used; each keeps its place while more are added."""
        used = dict.fromkeys(tag for one in self.tags.of.values() for tag in one.tags)
        return [*USUAL, *(tag for tag in used if tag not in USUAL)]

    def ceilings(self) -> list[dict[str, Any]]:
        """What each tag is worth."""
        found = ceilings(self.on, self.metric, self.tags.tags(), set(self.tags.of))
        share = "{:.0f} % of those looked at"
        return [
            {
                "tag": one.tag, "count": one.count, "share": share.format(100 * one.share.value),
                "now": one.now, "then": one.then, "said": said(one, self.metric),
            }
            for one in found
        ]  # fmt: skip

    def _mistake(self, row: Mapping[str, Any]) -> dict[str, Any]:
        name = str(row["id"])
        sure = "" if row["confidence"] is None else f"{100 * row['confidence']:.0f} %"
        told = [("label", str(row["target"])[:300]), ("the net says", str(row["prediction"])[:300])]
        told += [("how sure", sure)] if sure else []
        return {
            **self._show(name), "told": told, "confidence": row["confidence"], "loss": row["loss"],
            "guess": str(row["prediction"]),
            "random": int(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=6).hexdigest(), 16),
        }  # fmt: skip

    def _doubt(self, name: str, doubt: Mapping[str, str]) -> dict[str, Any]:
        told = [("label", doubt.get("given", "")), ("rather", doubt.get("suggested", ""))]
        told += [("doubt", doubt["doubt"])] if doubt.get("doubt") else []
        return {**self._show(name), "told": told, "suggested": doubt.get("suggested", ""), "loss": 0.0}

    def _show(self, name: str) -> dict[str, Any]:
        """What is seen of an example: a picture, a recording, a text, or fields."""
        example, number = self.examples[name], self.place[name]
        shown: dict[str, Any] = {"id": name, "place": number}
        given = example.input
        if isinstance(given, Path | str) and waveform.is_recording(given):
            return shown | {"sound": f"/sound/{number}", "picture": f"/picture/{number}"}
        if (isinstance(given, Path | str) and image_file.is_picture(given)) or hasattr(given, "shape"):
            return shown | {"picture": f"/picture/{number}"}
        if isinstance(given, str):
            return shown | {"text": given[:LONGEST_TEXT]}
        if isinstance(given, Mapping):
            return shown | {"fields": {str(k): str(v)[:200] for k, v in list(given.items())[:60]}}
        return shown | {"text": " ".join(map(str, given)) if isinstance(given, list | tuple) else str(given)[:200]}

    def _picture(self, example: Example) -> bytes:
        given = example.input
        if isinstance(given, Path | str) and image_file.is_picture(given):
            width, height = image_file.upright_size(given)
            scale = min(1.0, SIDE / max(width, height))
            size = max(1, round(width * scale)), max(1, round(height * scale))
            return jpeg(image_file.decode_whole(given, *size), SIDE)
        shown = self.task.show(example)
        if "picture" not in shown:
            raise Missing
        return jpeg(shown["picture"], SIDE)


def serve(
    run: RunFolder, *, labels: Path | None = None, tags: Path | None = None, port: int = 0
) -> tuple[Review, Local]:
    """The review of a run, and a server for it that is not started yet.

    Raises:
        UserError: see `Review`; or the port is taken.
    """
    review = Review(run, labels, tags)
    page = resources("fathom.serving").joinpath("pages/review.html").read_text(encoding="utf-8")
    return review, Local(page, review.get, review.post, port)


def _doubts(path: Path) -> dict[str, dict[str, str]]:
    label_corrections.read_decisions(path)  # refuses what is no such list
    try:
        rows = spreadsheet_csv.read_rows(path.read_text("utf-8-sig"))
        return {row.get("id") or row.get("item", ""): row for row in rows}
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path} cannot be read ({error}): give the list that fathom check --labels wrote") from None


def _plain(one: ReviewedExample) -> dict[str, Any]:
    return asdict(one) | {"tags": list(one.tags)}
