"""What a person said of single examples, kept beside the runs and used again by the next: ``NAME.review.csv``.

Keyed by the example's id, so that it outlives any run. It is a plain table: id, tags (parted by ``|``), decision,
label, note. With decisions in it, ``fathom train --exclude NAME.review.csv`` follows them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fathom.data import files, spreadsheet_csv
from fathom.errors import UserError
from fathom.runs.folder import RunFolder

COLUMNS = ("id", "tags", "decision", "label", "note")
DECISIONS = ("", "keep", "correct", "drop")
MAX_CHARS = 200


@dataclass(frozen=True)
class ReviewedExample:
    """What was said of one example."""

    tags: tuple[str, ...] = ()
    decision: str = ""
    label: str = ""
    note: str = ""


@dataclass
class Tags:
    """All that was said of one set of data.

    Attributes:
        path: the file.
        of: by the example's id; who is in it was looked at.
    """

    path: Path
    of: dict[str, ReviewedExample] = field(default_factory=dict)

    def say(self, name: str, said: ReviewedExample) -> None:
        """Keep what was said of an example, in the file, at once.

        Raises:
            UserError: the file cannot be written.
        """
        self.of[name] = said
        rows = ((i, "|".join(s.tags), s.decision, s.label, s.note) for i, s in sorted(self.of.items()))
        files.write_text(self.path, spreadsheet_csv.written([COLUMNS, *rows]))

    def tags(self) -> Mapping[str, set[str]]:
        """The tags of each example that was looked at."""
        return {name: set(said.tags) for name, said in self.of.items()}


def tags_of_run(run: RunFolder, path: Path | None = None) -> Tags:
    """The tags of the run's data.

    Args:
        run: a run.
        path: another file than the usual one.

    Raises:
        UserError: the file is damaged.
    """
    text = str(run.read_recipe()["resolved"]["source"]["text"]).removeprefix("practice:").partition("?")[0]
    stem = re.sub(r"[^\w.-]+", "-", Path(text.rstrip("/")).stem or "data").strip("-") or "data"
    return read(path or run.path.parent / f"{stem}.review.csv")


def read(path: Path) -> Tags:
    """The tags in a file; none where there is no such file.

    Raises:
        UserError: it is damaged.
    """
    if not path.exists():
        return Tags(path)
    try:
        rows = spreadsheet_csv.read_rows(files.read_text(path))
        if rows and not {"id", "tags"} <= set(rows[0]):
            raise ValueError("it has no columns id and tags")
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path} cannot be read ({error}): mend it, or give another `tags`") from None
    return Tags(path, {str(row["id"]): validated(row) for row in rows})


def validated(record: Mapping[str, object]) -> ReviewedExample:
    """What a record says, if it can be kept.

    Raises:
        UserError: it cannot.
    """
    given = record.get("tags") or ""
    raw = given.split("|") if isinstance(given, str) else given
    if not isinstance(raw, list) or not all(isinstance(tag, str) for tag in raw):
        raise UserError("tags are words")
    tags = tuple(dict.fromkeys(clean for tag in raw if (clean := " ".join(tag.replace("|", " ").split()))))
    texts = {name: str(record.get(name) or "").strip() for name in ("decision", "label", "note")}
    if texts["decision"] not in DECISIONS:
        raise UserError(f"there is no decision {texts['decision'][:40]!r}: choose keep, correct or drop")
    if texts["decision"] == "correct" and not texts["label"]:
        raise UserError("a label that is to be corrected needs the right one")
    if any(len(text) > MAX_CHARS for text in (*tags, *texts.values())) or len(tags) > 20:
        raise UserError(f"that is too much: at most 20 tags, of {MAX_CHARS} characters")
    return ReviewedExample(tags, **texts)
