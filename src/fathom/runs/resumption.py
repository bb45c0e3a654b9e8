"""What is asked beside ``resume``: the same as before, or the new place of the same data; anything else is refused.

A training that goes on must be the one that began: with another batch size, rate or number of epochs it would be
neither the old training nor a new one, and to leave the wish aside would be worse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fathom.data.source import resolve as resolve_source
from fathom.declared_options import Settings, Source, said
from fathom.errors import UserError
from fathom.option_kinds import AUTO
from fathom.runs import prepare
from fathom.runs.folder import RunFolder


def refuse_other(asked: Mapping[str, Any], then: Mapping[str, Any], what: str, otherwise: str) -> None:
    """Refuse to go on with something as another than it was begun as.

    Args:
        asked: now, by the names of the options; Nones say nothing.
        then: what it was begun with.
        what: goes on: "the training in runs/a".
        otherwise: what to do instead.

    Raises:
        UserError: something else is asked.
    """
    for name, now in {**asked, **(asked.get("options") or {})}.items():
        if now is None or name == "options" or _same(said(name, now), then.get(name)):
            continue
        option, before = name.replace("_", "-"), then.get(name)
        unset = before in (None, (), [], {})
        begun = f"no {option}" if unset else f"the {option} {_shown(before)} and not {_shown(now)}"
        raise UserError(f"{what} was begun with {begun}: leave that out with `resume`, or {otherwise}")


def begun_with(run: RunFolder, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """All that a training was begun with, by the names of the options."""
    settings = Settings.from_dict(recipe["resolved"]["settings"])
    source = prepare.source_of(recipe)
    own = {name: value for name, value in vars(settings).items() if name != "options"}
    places = {"task": recipe["resolved"]["task"], "out": run.path, "recipe": recipe["asked"].get("recipe")}
    splits = {"splits": recipe["asked"].get("splits"), "init_from": recipe["resolved"].get("init_from")}
    return {**settings.options, **own, **asdict(source.asked()), **places, **splits}


def check_asked(run: RunFolder, asked: Mapping[str, Any]) -> None:
    """Refuse what a training cannot take up on its way.

    Args:
        run: that is to go on.
        asked: beside it, under today's names.

    Raises:
        UserError: something else than it was begun with.
    """
    wanted = {name: value for name, value in asked.items() if not (name == "lr" and value == AUTO)}
    otherwise = f"train anew with `recipe={run.path}/recipe.json`"
    refuse_other(wanted, begun_with(run, run.read_recipe()), f"the training in {run.path}", otherwise)


def with_data_at(run: RunFolder, recipe: dict[str, Any], data: str | None) -> dict[str, Any]:
    """The recipe, with the place of the data where that is another now; whether it is the same data is asked later.

    Args:
        run: that is to go on.
        recipe: its own.
        data: where the data lies now, or None: where it lay.

    Returns:
        the recipe to go on with; nothing is written.

    Raises:
        UserError: there is no data.
    """
    source = prepare.source_of(recipe)
    if data is None or data == source.text:
        if not source.path.exists():
            raise UserError(
                f"the data {source.text} has moved or is gone: put it back, or go on with"
                f" fathom train ITS-NEW-PLACE --resume {run.path}"
            )
        return recipe
    moved: Source = resolve_source(data, **vars(source.asked()))
    return {**recipe, "resolved": {**recipe["resolved"], "source": moved.to_dict()}}


def _same(now: Any, then: Any) -> bool:
    if isinstance(now, Path) and then is not None:
        return now.resolve() == Path(then).resolve()
    return bool(_plain(now) == _plain(then))


def _plain(value: Any) -> Any:
    """As JSON keeps it: there is one kind of list, and 1 is 1.0."""
    return json.loads(json.dumps(value, default=str))


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
