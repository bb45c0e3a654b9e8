"""What a search is asked for, and how that is kept, so that it can go on as it began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypedDict

from fathom import declared_options
from fathom.data import files
from fathom.errors import UserError
from fathom.records import Settings
from fathom.runs.folder import RunFolder
from fathom.runs.migrations import SCHEMA, migrated
from fathom.runs.request import Request
from fathom.runs.resumption import refuse_other
from fathom.spelling import choice
from fathom.validation import Finite, convert

FILE = "tune.json"
SAMPLERS = ("tpe", "random")


@dataclass(frozen=True)
class Asked:
    """What a search is asked for.

    Attributes:
        request: the data and the settings that are held fixed.
        budget: seconds.
        trials: at most so many, of all processes together; None ends with the time.
        sampler: ``tpe`` or ``random``.
        storage: URL of a database that others share; None keeps it in the folder.
        name: of the study.

    Raises:
        UserError: there is no such sampler, a range test is asked for, or trials would have to start from another run.
    """

    request: Request
    budget: Finite
    trials: int | None = None
    sampler: str = "tpe"
    storage: str | None = None
    name: str = "fathom"

    def __post_init__(self) -> None:
        if self.sampler not in SAMPLERS:
            raise UserError(f"there is no sampler '{self.sampler}'{choice(self.sampler, SAMPLERS)}")
        if self.request.settings.lr_find and self.request.settings.lr is None:
            raise UserError("a search finds the learning rate by its trials, and not by a range test: leave `lr` out")
        if self.request.init_from is not None:
            raise UserError(
                f"a search cannot start from {self.request.init_from}, since each trial trains a new net: leave "
                "`init_from` out, and give the settings that it finds to fathom train --init-from"
            )


class Parts(TypedDict):
    """``tune.json``: the settings stand beside the request that they belong to."""

    schema: int
    request: dict[str, Any]
    settings: dict[str, Any]


def keep(asked: Asked, folder: Path) -> None:
    """Write what was asked, so that ``--resume`` can go on."""
    plain = declared_options.as_recorded(
        {k: v for k, v in vars(asked.request).items() if k not in ("settings", "said")}
    )
    told = {**{k: v for k, v in vars(asked).items() if k != "request"}, "request": plain}
    told |= {"settings": asdict(asked.request.settings), "schema": SCHEMA}
    RunFolder(folder).write_json(FILE, told)


def kept(folder: Path, said: Mapping[str, Any] | None = None) -> Asked:
    """What was asked of the search in this folder.

    Args:
        folder: of the search.
        said: what is asked now, by name; Nones say nothing.

    Raises:
        UserError: there is no search, or something else is asked now than was then.
    """
    files.refuse_links(folder)
    if not (folder / FILE).exists():
        raise UserError(f"{folder} holds no search to go on with: start one with fathom tune DATA --out {folder}")
    read = RunFolder(folder).read_json(FILE)
    try:
        told = migrated(convert(read, dict, "it"))
        parts = convert(told, Parts, "it")
        begun = convert({**told, "request": {**parts["request"], "settings": parts["settings"]}}, Asked, "it")
        begun.request.settings.checked()
    except UserError as error:
        raise UserError(f"{folder / FILE} is damaged, since {error}: start the search anew") from None
    if parts["schema"] > SCHEMA:
        raise UserError(f"{folder / FILE} was written by a later version of fathom: upgrade fathom to read it")
    _agree(begun, folder, said or {})
    return begun


def _agree(begun: Asked, folder: Path, said: Mapping[str, Any]) -> None:
    """Refuse to go on with a search as another than it was begun as."""
    plain = {f.name: getattr(begun.request, f.name) for f in fields(Request) if f.name != "settings"}
    own = {f.name: getattr(begun.request.settings, f.name) for f in fields(Settings) if f.name != "options"}
    options = begun.request.settings.options
    of_search = {"sampler": begun.sampler, "storage": begun.storage, "study": begun.name, "out": folder}
    then = {**options, **own, **plain, **of_search}
    refuse_other(said, then, f"the search in {folder}", "start a new search")
