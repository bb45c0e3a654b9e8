"""What `fit` learned, as JSON and back: the attributes whose names end in ``_``, as the class declares them.

    class Scaled:
        mean_: list[float]        # must be there when a state is taken up
        grid_: int = 0            # may be missing from it: then it is what the class says

In JSON a field stands without its underscore: ``{"mean": [0.5], "grid": 4}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, get_type_hints

from fathom.errors import UserError
from fathom.validation import convert


def fitted_fields(kind: type) -> dict[str, Any]:
    """The type of each field, by its name with the underscore, as the class and its bases declare them.

    Args:
        kind: a class that declares attributes whose names end in ``_``.

    Returns:
        name → type.
    """
    return {name: hint for name, hint in get_type_hints(kind).items() if _is_field(name)}


def _is_field(name: str) -> bool:
    return name.endswith("_") and not name.startswith("_")


def state_of(fitted: object) -> dict[str, Any]:
    """The fields of an object that was fitted, by their names without the underscore.

    Args:
        fitted: an object whose `fit` was called.

    Returns:
        plain JSON by name.

    Raises:
        TypeError: it has learned something that its class does not declare.
        AttributeError: something that its class declares was not learned.
    """
    kind = type(fitted)
    declared = fitted_fields(kind)
    if unknown := [name for name in vars(fitted) if _is_field(name) and name not in declared]:
        raise TypeError(
            f"{kind.__name__}.{unknown[0]} is learned and not declared: write '{unknown[0]}: TYPE' in the class"
        )
    return {name.removesuffix("_"): getattr(fitted, name) for name in declared}


def take_up(fitted: object, state: Mapping[str, Any]) -> None:
    """Set the fields, if each is there and of its type; what the class does not declare is left aside.

    Args:
        fitted: whose fields.
        state: as `state_of` gave it; names may end in an underscore, as they did in runs of earlier versions.

    Raises:
        UserError: one is missing, or of another type; nothing is set then.
    """
    given = {name.removesuffix("_"): value for name, value in convert(state, dict, "the encoder").items()}
    found = {}
    for field, wanted in fitted_fields(type(fitted)).items():
        name = field.removesuffix("_")
        if name in given:
            found[field] = convert(given[name], wanted, name)
        elif not hasattr(type(fitted), field):
            raise UserError(f"it has no '{name}'")
    for field, value in found.items():
        setattr(fitted, field, value)
    forget_derived(fitted)


def forget_derived(fitted: object) -> None:
    """Drop every cached property, which was worked out from fields that have changed since.

    Args:
        fitted: the object; it is changed in place.
    """
    for kind in type(fitted).__mro__:
        for name, value in vars(kind).items():
            if isinstance(value, cached_property):
                vars(fitted).pop(name, None)
