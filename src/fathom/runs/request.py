"""What a training is asked for, and what it comes to: source, task, a folder of its own, a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fathom import tasks
from fathom.data.source import resolve as resolve_source
from fathom.declared_options import (
    DataOptions,
    RunOptions,
    Settings,
    Source,
    as_recorded,
    part,
    settings_of,
    sorted_out,
    suited_to_the_net,
    told,
)
from fathom.diagnosis import requirements
from fathom.errors import UserError
from fathom.progress import Watcher
from fathom.runs import file_schemas, prepare
from fathom.runs.folder import SCHEMA, Exists, RunFolder
from fathom.task import Task
from fathom.training import hardware
from fathom.validation import convert


@dataclass(frozen=True, kw_only=True)
class Request(RunOptions, DataOptions[str]):
    """What the user asked for: all that the schema offers, of the data, the training and the run.

    Attributes:
        data: a path or ``practice:…``; None when a recipe gives it.
        settings: what was said about the training; Nones are found out.
        said: of the settings, where others were found out before the training was asked for; None: all of them.
    """

    data: str | None = None
    settings: Settings = field(default_factory=Settings)
    said: Settings | None = None


def request_of(data: str | None, asked: Mapping[str, Any]) -> Request:
    """What was asked in Python, or typed.

    Args:
        data: a path or ``practice:…``; None when a recipe gives it.
        asked: by the names of the schema; what is none of them is an option of the net or the task.

    Raises:
        UserError: something cannot be.
    """
    places, rest = sorted_out(asked, DataOptions, RunOptions)
    return Request(data=data, settings=settings_of(rest), **places)


def checked(settings: Settings) -> Settings:
    """The settings, if what they require can be read."""
    for text in settings.require:
        requirements.parse(text)
    return settings


def understand(request: Request, watcher: Watcher | None = None) -> tuple[Source, Task]:
    """The source and the task, from the request or from its recipe.

    Args:
        request: what was asked.
        watcher: is told how the data was understood where it may well be meant otherwise.

    Raises:
        UserError: there is no data, or nothing can be learned from it.
    """
    settings, name = checked(request.settings), request.task
    if request.recipe is not None:
        recipe = _read(request.recipe)
        resolved = recipe["resolved"]
        settings = overridden(Settings.from_dict(resolved["settings"]), settings)
        recorded = prepare.source_of(recipe)
        known = {**vars(recorded.asked()), **told(part(request, DataOptions))}
        source = resolve_source(request.data or recorded.text, **known)
        return source, tasks.by_name(name or resolved["task"])(settings)
    if request.data is None:
        raise UserError("there is no data to train on: give a folder, a table or practice:cats")
    source = resolve_source(request.data, **vars(part(request, DataOptions)))
    if name:
        return source, tasks.by_name(name)(settings)
    task, reading = tasks.recognize(source)
    if reading.doubt and watcher is not None:
        watcher.summary_line("task", f"{task.name}: {reading.doubt}")
    return source, task(settings)


def _read(path: Path) -> dict[str, Any]:
    """A recipe, by its file or by its run."""
    file = path / "recipe.json" if path.is_dir() else path
    return file_schemas.recipe(RunFolder(file.parent).read_json(file.name), file)


def start_of(recipe: Mapping[str, Any]) -> Path | None:
    """The run whose weights a recorded training started from, or None."""
    said = recipe["resolved"].get("init_from") or recipe["asked"].get("init_from")
    return Path(str(said)) if said else None


def asked_of(recipe: Mapping[str, Any]) -> Settings:
    """What was said of the settings of a recorded training; Nones were found out."""
    said = recipe["asked"].get("settings", {})
    return Settings.from_dict(convert(said, dict[str, Any], "what was asked of the settings"))


def _said(request: Request) -> Settings:
    """What was said of the settings: now, or of the run whose recipe is repeated."""
    if request.said is not None or request.recipe is None:
        return request.said or request.settings
    recipe, now = _read(request.recipe), request.settings
    before, net = asked_of(recipe), recipe["resolved"]["settings"].get("net")
    both = overridden(replace(before, net=net), now)  # what belonged to another net is not said of this one
    return both if now.net is not None else replace(both, net=before.net)


def beginning(request: Request) -> Path | None:
    """The run whose weights a training starts from: the one that was said, or that of the recipe which it repeats.

    Raises:
        UserError: the recipe's start is gone, or another net was asked for, which cannot take its weights.
    """
    if request.init_from is not None or request.recipe is None:
        return request.init_from
    recipe = _read(request.recipe)
    start, net, said = start_of(recipe), recipe["resolved"]["settings"].get("net"), request.settings.net
    if start is None:
        return None
    beside = f"{request.recipe} started from the weights of {start}"
    if said not in (None, net):
        raise UserError(
            f"{beside} (net {net}), which {said} cannot take: leave `net` out, or `recipe`, and give the data"
        )
    if not RunFolder(start).weights.is_file():
        raise UserError(f"{beside}, which are gone: restore that run, or leave `recipe` out, and give the data")
    return start


def of_source(source: Source) -> dict[str, Any]:
    """What a request must say for its training to read just this, with the same columns set apart."""
    return {"data": source.text, **vars(source.asked())}


def overridden(recorded: Settings, said: Settings) -> Settings:
    """Recorded settings, in which what was said now stands before what was said then."""
    now = told(said)
    if now.get("net") not in (None, recorded.net):  # these belonged to the other net
        found_out: dict[str, Any] = dict.fromkeys(suited_to_the_net())
        recorded = replace(recorded, options={}, **found_out)
    return replace(recorded, **{**now, "options": {**recorded.options, **said.options}}).checked()


def new_folder(out: Path | None, source: Source, suffix: str = "") -> RunFolder:
    """The folder that was asked for, or ``runs/NAME-1`` or the next number that is free, also when several start."""
    if out is not None:
        return RunFolder.create(out)
    stem = source.text.removeprefix("practice:").partition("?")[0].rstrip("/")
    name = Path(stem).stem or source.path.resolve().name or "run"
    number = 1
    while True:
        path = Path("runs") / f"{name}{suffix}-{number}"
        if not path.exists():
            with suppress(Exists):
                return RunFolder.create(path)
        number += 1


def write_recipe(
    run: RunFolder, request: Request, source: Source, kind: str, settings: Settings, fingerprint: str
) -> dict[str, Any]:
    """Keep what was asked, and all that it came to.

    Args:
        run: whose recipe it is.
        request: what was asked.
        source: of the data.
        kind: name of the task.
        settings: resolved; a learning rate of None is still to be found by a range test.
        fingerprint: of the data.

    Returns:
        The recipe.
    """
    asked = as_recorded({k: v for k, v in vars(request).items() if k not in ("settings", "said")})
    start, said = beginning(request), as_recorded(vars(_said(request)))
    recipe = {
        "schema": SCHEMA,
        "asked": {k: v for k, v in asked.items() if v not in (None, [])}
        | {"settings": {k: v for k, v in said.items() if v not in (None, {}, [])}},
        "resolved": {
            "task": kind,
            "source": source.to_dict(),
            "init_from": start and str(start),
            "data_fingerprint": fingerprint,
            "settings": settings.to_dict(),
            "versions": hardware.versions(),
        },
        "looks_at_test": 0,
    }
    run.write_json("recipe.json", recipe)
    return recipe
