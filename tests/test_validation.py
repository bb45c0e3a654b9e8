"""What files hold, as the types that it must be; what is of another type is refused in one sentence with its place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
import pytest

from fathom.errors import UserError
from fathom.records import Baseline, Finding, Settings
from fathom.validation import MAX_DEPTH, MAX_INT, Finite, Real, convert


class Figure(TypedDict):
    value: Real
    low: NotRequired[Finite]


@dataclass(frozen=True)
class Row:
    name: str
    kind: Literal["a", "b"] = "a"
    count: int | None = None
    shares: Mapping[str, Finite] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    more: Any = None


def test_records_are_built_and_unknown_names_left_out():
    row = convert({"name": "x", "shares": {"a": 1}, "figures": [{"value": math.inf, "new": 1}], "later": 2}, Row, "it")
    assert row == Row("x", shares={"a": 1.0}, figures=({"value": math.inf},))


def test_whole_numbers_pass_for_numbers_and_stay_themselves_where_they_are_wanted():
    assert type(convert(1, float, "it")) is float
    assert type(convert(1, int | float | str, "it")) is int


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ({}, Row, "it has no 'name'"),
        ([{"name": "x"}, {}], list[Row], "it[1] has no 'name'"),
        ({"a": {"name": "x"}, "b": {}}, dict[str, Row], "it.b has no 'name'"),
        ({"name": 1}, Row, "it.name is 1 and no text"),
        ({"name": "x", "kind": "c"}, Row, "it.kind is 'c', which it cannot be"),
        ({"name": "x", "count": "many"}, Row, "it.count is 'many' and no whole number"),
        ({"name": "x", "count": 1.0}, Row, "it.count is 1.0 and no whole number"),
        ({"name": "x", "count": True}, Row, "it.count is True and no whole number"),
        ({"name": "x", "shares": {"a": 0, "b c": "x"}}, Row, "it.shares.b c is 'x' and no number"),
        ({"name": "x", "shares": {"a": 0, "b": True}}, Row, "it.shares.b is True and no number"),
        ({"name": "x", "shares": {"a": 0, "b": math.nan}}, Row, "it.shares.b is nan and no number"),
        ({"name": "x", "shares": []}, Row, "it.shares is a list and no mapping"),
        ({"name": "x", "figures": [{"value": {}}]}, Row, "it.figures[0].value is a mapping and no number"),
        ({"name": "x", "figures": [{"value": 1, "low": -math.inf}]}, Row, "it.figures[0].low is -inf and no number"),
        ({"name": "x", "more": {"deep": [10**30]}}, Row, f"it.more.deep[0] is {10**30} and no number that can be used"),
        ([1, 2, 3], tuple[int, int], "it is no list of 2"),
        (math.nan, float | None, "it is nan and no number"),
        ({"a": [0.5, math.inf]}, dict[str, list[float]], "it.a[1] is inf and no number"),
        ([1], str | float, "it is a list and no number or text"),
        ("x" * 1000, int, f"it is '{'x' * 59} and no whole number"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_place_the_value_and_the_type(value, kind, said):
    with pytest.raises(UserError) as refused:
        convert(value, kind, "it")
    assert str(refused.value) == said


def test_what_msgspec_says_in_words_of_its_own_is_still_one_sentence():
    with pytest.raises(UserError, match=r"^it cannot be used \(.*<= 1.*\)$"):
        convert(7, Annotated[int, msgspec.Meta(le=1)], "it")


@pytest.mark.parametrize("kind", [Any, int, float, Real, int | None, list[int]])
@pytest.mark.parametrize("value", [MAX_INT + 1, -MAX_INT - 1, 10**400])
def test_whole_numbers_that_no_array_holds_are_refused_whatever_is_wanted(kind, value):
    with pytest.raises(UserError, match="no number that can be used"):
        convert(value, kind, "it")
    assert convert(MAX_INT, Any, "it") == MAX_INT


def test_nesting_has_an_end():
    value: Any = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    assert convert(value, Any, "it") is value
    with pytest.raises(UserError, match="nested too deeply"):
        convert({"a": value}, Any, "it")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"name": "x", "predictions": [], "seconds": math.nan}, Baseline),
        ({"name": "x", "predictions": [], "seconds": 1, "losses": [math.inf]}, Baseline),
        ({**dict.fromkeys(Finding.__dataclass_fields__, "x"), "evidence": {}, "severity": "?"}, Finding),
    ],
)  # fmt: skip
def test_records_refuse_what_they_cannot_be(value, kind):
    with pytest.raises(UserError, match=r"is nan|\[0\] is inf|severity is '\?'"):
        convert(value, kind, "it")


@pytest.mark.parametrize("name", ["lr", "dropout", "human_error", "cost", "source_weight"])
def test_settings_have_no_number_that_is_none(name):
    value = {"cat": math.nan} if name in ("cost", "source_weight") else math.nan
    with pytest.raises(UserError, match=r"nan`? is out of range"):
        Settings.from_dict({name: value})


def test_settings_say_which_is_wrong():
    with pytest.raises(UserError, match=r"^settings\.epochs is 'x' and no whole number$"):
        Settings.from_dict({"epochs": "x"})
    assert Settings.from_dict({"epochs": 3, "of_a_later_version": 1}) == Settings(epochs=3)


def test_half_a_character_is_refused():
    with pytest.raises(UserError, match="the name has a text in it that is no text"):
        convert(json.loads('"\\ud800"'), Literal["a"], "the name")
