"""What a training is asked for, and what it comes to: source, task, a folder of its own, a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from fathom import tasks
from fathom.data.source import resolve as resolve_source
from fathom.diagnosis import requirements
from fathom.errors import UserError
from fathom.records import Settings, Source
from fathom.runs import file_schemas, prepare
from fathom.runs.folder import SCHEMA, Exists, RunFolder
from fathom.task import Task
from fathom.training import hardware
from fathom.validation import convert


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        data: a path or ``practice:…``; None when a recipe gives it.
        task, target, dev, test, group: as in the command line.
        settings: what was said about the training; Nones are found out.
        out: the run folder; None chooses ``runs/NAME-1``, the next that is free.
        init_from: another run, whose net this one starts from; only the head is new.
        splits: another run whose splits are used again.
        recipe: a recipe file to repeat.
        said: of the settings, where others were found out before the training was asked for; None: all of them.
    """

    data: str | None = None
    task: str | None = None
    target: str | None = None
    dev: str | None = None
    test: str | None = None
    group: str | None = None
    source: str | None = None
    split_by: str | None = None
    annotators: str | None = None
    exclude: str | None = None
    init_from: Path | None = None
    synthesize: Sequence[str] = ()
    noise: str | None = None
    settings: Settings = field(default_factory=Settings)
    out: Path | None = None
    splits: Path | None = None
    recipe: Path | None = None
    said: Settings | None = None


def checked(settings: Settings) -> Settings:
    """The settings, if what they require can be read."""
    for text in settings.require:
        requirements.parse(text)
    return settings


def understand(request: Request) -> tuple[Source, Task]:
    """The source and the task, from the request or from its recipe."""
    settings, name = checked(request.settings), request.task
    if request.recipe is not None:
        recipe = _read(request.recipe)
        resolved = recipe["resolved"]
        settings = overridden(Settings.from_dict(resolved["settings"]), settings)
        recorded = prepare.source_of(recipe)
        text = request.data or recorded.text
        dev, test = ("none" if recorded.no_dev else recorded.dev), recorded.test
        source = resolve_source(
            text,
            dev=dev and str(dev),
            test=test and str(test),
            target=recorded.target,
            group=recorded.group,
            source=recorded.source,
            split_by=recorded.split_by,
            annotators=recorded.annotators,
            exclude=request.exclude or recorded.exclude,
            synthesize=request.synthesize or recorded.synthesize,
            noise=request.noise or recorded.noise,
        )
        return source, tasks.by_name(name or resolved["task"])(settings)
    if request.data is None:
        raise UserError("there is no data to train on: give a folder, a table or practice:cats")
    source = resolve_source(
        request.data,
        dev=request.dev,
        test=request.test,
        target=request.target,
        group=request.group,
        source=request.source,
        split_by=request.split_by,
        annotators=[name.strip() for name in (request.annotators or "").split(",") if name.strip()],
        exclude=request.exclude,
        synthesize=request.synthesize,
        noise=request.noise,
    )
    task = tasks.by_name(name) if name else tasks.recognize(source)[0]
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
    told = f"{request.recipe} started from the weights of {start}"
    if said not in (None, net):
        raise UserError(
            f"{told} (net {net}), which {said} cannot take: leave --net out, or --recipe, and give the data"
        )
    if not RunFolder(start).weights.is_file():
        raise UserError(f"{told}, which are gone: restore that run, or leave --recipe out, and give the data")
    return start


def of_source(source: Source) -> dict[str, Any]:
    """What a request must say for its training to read just this, with the same columns set apart."""
    said = {
        "dev": "none" if source.no_dev else source.dev and str(source.dev),
        "annotators": ",".join(source.annotators) or None,
        **{name: path and str(path) for name, path in (("exclude", source.exclude), ("noise", source.noise))},
        **{name: getattr(source, name) for name in ("target", "group", "source", "split_by", "synthesize")},
    }
    return {"data": source.text, "test": source.test and str(source.test), **said}


OF_THE_NET = ("lr", "epochs", "batch_size", "optimizer", "weight_decay", "dropout", "schedule", "grad_clip", "augment")
"""Settings that suit a net, and are found out again for another."""


def overridden(recorded: Settings, said: Settings) -> Settings:
    """Recorded settings, in which what was said now stands before what was said then."""
    plain = Settings()
    told = {f.name: getattr(said, f.name) for f in fields(Settings) if getattr(said, f.name) != getattr(plain, f.name)}
    if told.get("net") not in (None, recorded.net):  # these belonged to the other net
        found_out: dict[str, Any] = dict.fromkeys(OF_THE_NET)
        recorded = replace(recorded, options={}, **found_out)
    return replace(recorded, **{**told, "options": {**recorded.options, **said.options}}).checked()


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
    asked = {k: v for k, v in vars(request).items() if v is not None and v != () and k not in ("settings", "said")}
    start = beginning(request)
    said = {k: v for k, v in _said(request).to_dict().items() if v is not None and v not in ({}, ())}
    recipe = {
        "schema": SCHEMA,
        "asked": {k: str(v) for k, v in asked.items()} | {"settings": said},
        "resolved": {
            "task": kind,
            "source": prepare.source_record(source),
            "init_from": start and str(start),
            "data_fingerprint": fingerprint,
            "settings": settings.to_dict(),
            "versions": hardware.versions(),
        },
        "looks_at_test": 0,
    }
    run.write_json("recipe.json", recipe)
    return recipe
