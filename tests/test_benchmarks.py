"""What the pages say was measured is what the kept measurements say, and the table is right about them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import fathom

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _from_the_checkout(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """A folder of measurements in which one row has two rounds."""
    from benchmarks import record

    monkeypatch.setattr(record, "FOLDER", tmp_path)
    rounds = [
        {"fathom": {"seconds": 2.0, "accuracy": 0.9}, "lightning": {"seconds": 8.0, "accuracy": 0.9}},
        {"fathom": {"seconds": 3.0, "accuracy": 0.9}, "lightning": {"seconds": 10.0, "accuracy": 0.9}},
    ]
    for r in rounds:
        r["plain"] = {"seconds": 10.0, "accuracy": 0.95}
    record.save("reference-cnn", record.Record({"processor": "a", "system": "b"}, rounds))
    return record


def test_the_readme_has_the_generated_table():
    from benchmarks import report

    found = report.BLOCK.search(report.README.read_text(encoding="utf-8"))
    assert found
    assert found[0] == found[1] + report.readme() + found[2]


def test_the_results_page_is_the_generated_one():
    from benchmarks import report

    assert report.RESULTS.read_text(encoding="utf-8") == report.results()


def test_ratios_are_taken_within_rounds_and_accuracy_must_be_equal(measured):
    from benchmarks import report

    lines = {bound.to: report.cells(row, bound, rounds) for row, bound, rounds in report.measured_bounds()}
    assert lines["lightning"] == ("0.28 (0.25 to 0.30)", "2.5 s : 9 s", "90.0 % : 90.0 %")
    verdicts = {bound.to: report.reached(row, bound, rounds) for row, bound, rounds in report.measured_bounds()}
    assert verdicts == {"lightning": "aim", "plain": "no: less accurate"}


def test_what_was_measured_here_is_kept_and_another_machine_begins_anew(measured):
    kept = measured.begin("reference-cnn", {"processor": "a", "system": "b", "torch": "3"})
    assert kept.has(1, "plain")
    assert not kept.has(2, "fathom")
    assert kept.machine["torch"] == "3"
    assert measured.begin("reference-cnn", {"processor": "another", "system": "b"}).rounds == []


def test_a_round_that_was_interrupted_goes_on_and_does_not_count_before(measured):
    kept = measured.begin("memory", {"processor": "a", "system": "b"})
    kept.add(0, "10,000 pictures", {"megabytes": 1.0})
    measured.save("memory", kept)
    again = measured.begin("memory", {"processor": "a", "system": "b"})
    assert again.has(0, "10,000 pictures")
    assert not again.has(0, "100,000 pictures")
    assert again.whole(["10,000 pictures", "100,000 pictures"]) == []


def test_every_bound_names_contenders_of_its_row():
    from benchmarks.rows import COMPARISONS

    wrong = [
        (name, bound)
        for name, row in COMPARISONS.items()
        for bound in row.bounds
        if {bound.of, bound.to or bound.of} - set(row.contenders)
    ]
    assert wrong == []


def test_time_to_an_accuracy_ends_at_the_first_epoch_that_has_it():
    from benchmarks.loops import until

    epochs = [(2.0, 0.5), (3.0, 0.8), (4.0, 0.7)]
    assert until(epochs, 0.75) == {"seconds": 5.0, "accuracy": 0.8, "epochs": 2, "reached": 1}
    assert until(epochs, 0.95) == {"seconds": 9.0, "accuracy": 0.8, "epochs": 3, "reached": 0}


def test_written_pictures_are_read_as_they_were_drawn(tmp_path):
    from benchmarks.data import png
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 255, (5, 7), dtype=np.uint8)
    (tmp_path / "a.png").write_bytes(png(pixels))
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.asarray(image), pixels)


def test_idx_files_and_tables_hold_every_example_once(tmp_path, monkeypatch):
    from benchmarks import data
    from benchmarks.comparison import Ask

    from fathom.data.image.idx import read_idx

    images = np.arange(3 * 28 * 28, dtype=np.uint64).astype(np.uint8).reshape(3, 28, 28)
    drawn = data.Fashion((images, np.array([1, 2, 3], np.uint8)), (images[:1], np.array([7], np.uint8)))
    monkeypatch.setattr(data, "fashion", lambda ask: drawn)
    train, dev = data.fashion_folders(Ask(0, True, tmp_path))
    assert np.array_equal(read_idx(Path(train) / "train-images-idx3-ubyte"), images)
    assert read_idx(Path(dev) / "t10k-labels-idx1-ubyte").tolist() == [7]

    source = tmp_path / "source" / "adult"
    source.mkdir(parents=True)
    (source / "adult.csv").write_text("x,income\n" + "".join(f"{i},a\n" for i in range(30)), encoding="utf-8")
    monkeypatch.setattr(data, "DATA", tmp_path / "source")
    folder = data.adult_folder(Ask(0, False, tmp_path))
    rows = [re.findall(r"^(\d+),", (folder / f"{name}.csv").read_text(), re.M) for name in ("train", "dev", "test")]
    assert [len(part) for part in rows] == [24, 3, 3]
    assert sorted(int(x) for part in rows for x in part) == list(range(30))


def _round(value: float, boosting: float, half: float) -> dict[str, float]:
    difference = value - boosting
    return {
        "value": value, "seconds": 10.0, "baseline boosting": boosting, "low boosting": difference - half,
        "high boosting": difference + half, "baseline mean": 0.5, "low mean": -1.0, "high mean": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "half", "own_test", "word"),
    [
        ((0.10, 0.11, 0.12), 0.02, False, "won"),
        ((0.30, 0.31, 0.29), 0.02, False, "lost"),
        ((0.10, 0.11, 0.30), 0.02, False, "tied"),  # the seeds differ more than the two
        ((0.18, 0.18, 0.18), 0.03, False, "won"),  # three test splits tell more than one
        ((0.18, 0.18, 0.18), 0.03, True, "tied"),  # and the same one thrice does not
    ],
)
def test_who_won_is_told_by_the_wider_of_two_intervals(values, half, own_test, word):
    from benchmarks.promise.table import judge

    verdict = judge([_round(value, 0.2, half) for value in values], own_test)
    assert verdict.word == word
    assert verdict.baseline == ("boosting", pytest.approx(0.2))
    assert verdict.low < np.mean(values) - 0.2 < verdict.high


def test_what_other_programs_took_is_told_where_it_is_known_of_all_trainings():
    from benchmarks.promise.table import judge

    rounds = [{**_round(0.1, 0.2, 0.02), "elsewhere": share} for share in (0.2, 0.4)]
    assert judge(rounds, False).elsewhere == pytest.approx(0.3)
    assert judge([*rounds, _round(0.1, 0.2, 0.02)], False).elsewhere is None


def test_the_promise_asks_a_linear_model_of_tables_as_well(tmp_path, monkeypatch):
    from benchmarks.promise.linear import linear_figures

    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    x = np.random.default_rng(0).normal(size=(200, 2))
    for name, target in (("number", x.sum(1).round(4).tolist()), ("class", np.where(x[:, 0] > 0, "a", "b").tolist())):
        rows = "".join(f"{a:.4f},{b:.4f},{y}\n" for (a, b), y in zip(x, target, strict=True))
        (tmp_path / f"{name}.csv").write_text("a,b,y\n" + rows)
        run = fathom.train(tmp_path / f"{name}.csv", target="y", net="mlp", epochs=1, out=tmp_path / name)
        run.test()
        (found,) = linear_figures(run.path)
        assert found["value"] < 0.1
        assert found["difference"]["value"] == pytest.approx(run.figures["test"].value - found["value"])


def test_a_row_of_the_promise_names_every_machine_that_measured_it_once():
    from benchmarks.promise.table import together

    first, second = {"processor": "A", "torch": "2"}, {"processor": "B", "torch": "2", "pandas": "3"}
    both = together(first, second)
    assert both == {"processor": "A; B", "torch": "2", "pandas": "3"}
    assert together(both, first) == together(both, second) == both


def test_the_promise_is_asked_three_times_of_most_tasks_and_not_only_where_it_was_tuned():
    from collections import Counter

    from benchmarks.promise.sets import SETS

    counts = Counter(one.task for one in SETS.values())
    assert {"table", "text", "image"} <= {task for task, n in counts.items() if n >= 3}
    for task in ("table", "text", "image"):
        assert sum(one.task == task and not one.tuned_on for one in SETS.values()) >= 2


def test_sets_of_the_promise_are_laid_out(tmp_path):
    from benchmarks.promise.sets import friedman, rules

    for make in (friedman, rules):
        folder = tmp_path / make.__name__
        folder.mkdir()
        first = Path(make(folder, 1)).read_text()
        assert Path(make(folder, 1)).read_text() == first
        assert Path(make(folder, 2)).read_text() != first


def test_each_wrong_answer_writes_functions_of_its_exercise():
    import ast

    from benchmarks.wrong_answers.__main__ import answers

    from fathom.learning.course import exercises, find

    every = answers()
    assert len(every) >= 120
    assert {one["exercise"] for one in every} == {one.name for one in exercises()}
    for one in every:
        assert one["truth"].endswith(".")
        written = [node.name for node in ast.parse(one["source"]).body]
        assert 1 <= len(written) <= 2
        assert {name.split(".")[0] for name in find(one["exercise"]).write} >= set(written)


def test_each_wrong_answer_was_checked_and_its_naming_judged():
    from benchmarks.wrong_answers.__main__ import JUDGEMENTS, SEEDS, answers, kept

    records = kept()
    assert [(one["exercise"], one["truth"]) for one in records] == [
        (one["exercise"], one["truth"]) for one in answers()
    ]
    for one in records:
        assert [seed["seed"] for seed in one["told"]] == list(SEEDS)
        assert one["judged"] in JUDGEMENTS
        passed = [not seed["rejected"] for seed in one["told"]]
        named = [bool(seed.get("name")) for seed in one["told"]]
        assert not any(passed) or one["judged"] in ("passed", "right after all")
        assert any(named) or one["judged"] not in ("named", "misnamed")
