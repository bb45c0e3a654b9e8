"""A class has one name, whatever file it was read from, and different classes have different names."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fathom.data.class_names import called_as, class_name, find_class, name_classes, with_class_names
from fathom.records import Example, Examples


@pytest.mark.parametrize("alike", [(0, 0.0, "0", "0.0", " 0 ", "-0"), (1, 1.0, "1", "1.", "+1"), (-3, -3.0, "-3")])
def test_a_number_has_one_name_however_it_is_written(alike: tuple[Any, ...]) -> None:
    assert len({class_name(value) for value in alike}) == 1


def test_texts_keep_their_spelling_but_for_the_space_around_them() -> None:
    assert [class_name(v) for v in ("yes ", " yes", "Yes", "1.10", "v1.0", "1e3", "0x1", "")] == [
        "yes", "yes", "Yes", "1.10", "v1.0", "1e3", "0x1", "",
    ]  # fmt: skip
    assert class_name("e\u0301") == class_name("\u00e9")  # the same letter in two forms
    assert class_name(0.1) == "0.1"
    assert class_name(1e300) == "1e+300"  # no number of 300 digits


def test_zeros_in_front_are_kept_and_are_one_class_with_the_file_that_lost_them() -> None:
    names, told = name_classes(["00", "07", "10", 0, 7, 10], ["train"] * 3 + ["dev"] * 3)
    assert names == ["00", "07", "10", "00", "07", "10"]
    assert told
    assert name_classes([0, 7, "007", "0"], ["train", "train", "dev", "dev"])[0] == ["0", "7", "7", "0"]


def test_codes_that_differ_in_zeros_within_a_file_are_different_classes() -> None:
    names, told = name_classes(["7", "007", "08"], [None] * 3)
    assert names == ["7", "007", "08"]
    assert not told


def test_truth_is_one_value_whichever_way_it_is_written() -> None:
    names, _ = name_classes(["True", "False", "False", True, "true", "FALSE", 1, 0, 0.0, None], [None] * 10)
    assert names == ["True", "False", "False", "True", "True", "False", "True", "False", "False", None]
    assert name_classes(["true", "1", "2"], [None] * 3)[0] == ["true", "1", "2"]  # here 1 is a number


def test_letters_in_another_case_are_another_class() -> None:
    assert name_classes(["a", "A", "Yes", "yes"], [None] * 4)[0] == ["a", "A", "Yes", "yes"]


@given(st.lists(st.one_of(st.integers(), st.text(max_size=4), st.booleans(), st.floats(allow_nan=False)), max_size=8))
@example([2.0**53])
def test_naming_again_changes_nothing_and_equal_values_have_equal_names(values: list[Any]) -> None:
    names, _ = name_classes(values, [None] * len(values))
    assert name_classes(names, [None] * len(values))[0] == names
    assert all(a == b for a, v in zip(names, values) for b, w in zip(names, values) if type(v) is type(w) and v == w)


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=20))
def test_numbers_have_as_many_names_as_there_are_numbers(values: list[int]) -> None:
    mixed = [v if i % 3 == 0 else float(v) if i % 3 == 1 else f"{v}.0" for i, v in enumerate(values)]
    assert name_classes(mixed, [None] * len(mixed))[0] == [str(v) for v in values]


def test_what_an_option_says_finds_its_class() -> None:
    assert find_class("1.0", ["0", "1"]) == "1"
    assert find_class(1, ["False", "True"]) == "True"
    assert find_class("7", ["07", "08"]) == "07"
    assert find_class("7", ["07", "007"]) is None
    assert find_class("yes", ["Yes", "No"]) is None


def test_merged_spellings_are_said_and_targets_are_names(caplog: pytest.LogCaptureFixture) -> None:
    items = tuple(Example(str(i), None, t, split=s) for i, (t, s) in enumerate([("00", "train"), (0, "dev")]))
    with caplog.at_level(logging.WARNING, "fathom"):
        assert [e.target for e in with_class_names(Examples(items)).items] == ["00", "00"]
    assert "'0' and '00' are taken for one class" in caplog.text


def test_a_run_that_knows_its_classes_by_older_names_reads_them_so() -> None:
    read = Examples((Example("a", None, "1"), Example("b", None, "0"), Example("c", None, "2")))
    assert [e.target for e in called_as(read, ["0.0", "1.0"]).items] == ["1.0", "0.0", "2"]
    assert called_as(read, ["0", "1"]) is read
