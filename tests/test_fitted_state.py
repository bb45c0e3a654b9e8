"""What was learned goes into JSON and back by the fields that a class declares; what is damaged is not taken."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import pytest

from fathom.errors import UserError
from fathom.fitted_state import forget_derived, state_of, take_up


class Scaled:
    classes_: list[str]
    std_: dict[str, float]
    grid_: int = 4
    _hidden_: int = 0

    @cached_property
    def places(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.classes_)}


def fitted() -> Scaled:
    one = Scaled()
    one.classes_, one.std_ = ["a", "b"], {"x": 1.5}
    return one


def test_the_fields_go_into_json_and_come_back() -> None:
    state = json.loads(json.dumps(state_of(fitted())))
    assert state == {"classes": ["a", "b"], "std": {"x": 1.5}, "grid": 4}
    again = Scaled()
    take_up(again, state)
    assert vars(again) == {"classes_": ["a", "b"], "std_": {"x": 1.5}, "grid_": 4}


def test_a_state_of_an_earlier_version_has_underscores_and_less() -> None:
    again = Scaled()
    take_up(again, {"classes_": ["a", "b"], "std": {}, "forgotten": 1})
    assert (again.classes_, again.grid_) == (["a", "b"], 4)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"classes": ["a"]}, "it has no 'std'"),
        ({"classes": "ab", "std": {}}, "classes is 'ab' and no list"),
        ({"classes": [1], "std": {}}, r"classes\[0\] is 1 and no text"),
        ({"classes": [], "std": {"x": None}}, r"std\.x is None and no number"),
        ([], "the encoder"),
    ],
)
def test_what_is_damaged_is_refused_in_a_sentence_and_nothing_is_taken(state: Any, said: str) -> None:
    again = fitted()
    before = dict(vars(again))
    with pytest.raises(UserError, match=said):
        take_up(again, state)
    assert vars(again) == before


def test_what_was_worked_out_is_forgotten_with_what_it_was_worked_out_from() -> None:
    one = fitted()
    assert one.places == {"a": 0, "b": 1}
    take_up(one, {"classes": ["c"], "std": {}})
    assert one.places == {"c": 0}
    one.classes_ = ["d"]
    forget_derived(one)
    assert one.places == {"d": 0}


def test_what_is_learned_and_not_declared_is_said_at_once() -> None:
    one = fitted()
    one.longest_ = 3  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="write 'longest_: TYPE' in the class"):
        state_of(one)


def test_what_is_declared_and_not_learned_is_no_state() -> None:
    with pytest.raises(AttributeError):
        state_of(Scaled())
