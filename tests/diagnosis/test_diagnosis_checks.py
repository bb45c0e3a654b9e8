import math
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from planted_results import mixed, rates, regression

from fathom.diagnosis import baseline, convergence, dev_size, diagnose, figures, label_shift, same_answer
from fathom.diagnosis.calibration import calibration
from fathom.diagnosis.confusion import confusion, top_confusions
from fathom.diagnosis.per_class import per_class
from fathom.diagnosis.results_table import complete, metric_of
from fathom.diagnosis.worst_examples import confidently_wrong, worst
from fathom.metrics import ENTITY_F1_MISSED, ERROR, RMSE
from fathom.records import Interval


def test_the_shift_of_catvnoncat_is_named():
    (found,) = label_shift.check(mixed({"cat": 72, "non-cat": 137}, {"cat": 33, "non-cat": 17}), ERROR)
    assert found.name == "label_shift"
    assert "cat 34 → 66 %" in found.title
    assert found.evidence["total_variation"] == pytest.approx(33 / 50 - 72 / 209)


def test_equal_and_stratified_shares_are_silent():
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(200):
        a, b = rng.multinomial(400, [0.5, 0.3, 0.2]), rng.multinomial(80, [0.5, 0.3, 0.2])
        frame = mixed(dict(zip("abc", a.tolist())), dict(zip("abc", b.tolist())))
        alarms += len(label_shift.check(frame, ERROR))
    assert alarms <= 5
    assert not label_shift.check(mixed({"a": 700, "b": 140}, {"a": 150, "b": 30}), ERROR)


def test_whole_groups_of_one_class_raise_no_alarm():
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(40):
        classes = np.repeat(rng.integers(0, 2, 25), 20)
        frame = complete(
            pl.DataFrame(
                {
                    "target": classes,
                    "prediction": classes,
                    "split": np.where(np.arange(500) < 400, "train", "dev"),
                    "group": np.arange(500) // 20,
                }
            )
        )
        alarms += len(label_shift.check(frame, ERROR))
    assert alarms <= 3


def with_baseline(wrong: int, simple: int, count: int) -> pl.DataFrame:
    frame = rates(train=(0, 400), dev=(wrong, count))
    right = pl.int_range(pl.len()).over("split") >= count - simple
    return frame.with_columns(baseline=pl.when(right).then(1 - pl.col("target")).otherwise(pl.col("target")))


@pytest.mark.parametrize(
    ("wrong", "simple", "name"), [(60, 20, "below_baseline"), (20, 22, "not_above_baseline"), (5, 50, "above_baseline")]
)
def test_the_baseline_is_compared_in_pairs(wrong, simple, name):
    assert name in [one.name for one in baseline.check(with_baseline(wrong, simple, 200), ERROR)]


def test_regression_has_its_baseline_too():
    frame = regression(0.5, 0.5).with_columns(baseline=pl.lit(0.0))
    assert [one.name for one in baseline.check(frame, RMSE)] == ["above_baseline"]
    useless = regression(2.0, 2.0).with_columns(baseline=pl.col("target"))
    assert {one.name for one in baseline.check(useless, RMSE)} == {"below_baseline", "no_better_than_majority"}


@pytest.mark.parametrize(
    ("low", "high", "name"),
    [(0.02, 0.2, "below_baseline"), (-0.02, 0.2, "not_above_baseline"), (-0.2, -0.02, "above_baseline")],
)
def test_what_only_the_task_can_judge_has_its_baseline_too(low, high, name):
    found = baseline.judge_difference("colours", 0.3, Interval((low + high) / 2, low, high), ENTITY_F1_MISSED)
    assert found.name == name
    assert "(colours)" in found.title
    assert found.evidence["net"] == pytest.approx(0.3 + (low + high) / 2)


@pytest.mark.parametrize(
    ("dev", "test", "name"),
    [
        (22, (-0.2, -0.02), "above_baseline"),
        (22, (0.02, 0.2), "below_baseline"),
        (22, (-0.1, 0.1), "not_above_baseline"),
        (90, (0.02, 0.2), "above_baseline"),  # dev has told it, and keeps its word
    ],
)
def test_where_dev_cannot_tell_of_the_baseline_test_does(dev, test, name):
    (found,) = [one for one in baseline.check(with_baseline(20, dev, 200), ERROR) if one.name.endswith("e_baseline")]
    difference = Interval(sum(test) / 2, *test)
    told = baseline.told_by_test(found, "trees", 0.3, difference, ERROR)
    assert told.name == name
    if told is not found:
        assert told.title.endswith(f"{ERROR.show(0.3)} (trees); dev cannot show a difference: 10.0 % against 11.0 %")
        assert ERROR.show(0.3 + difference.value) in told.title


def test_guessing_is_no_better_than_the_majority():
    (found,) = baseline.check(rates(train=(200, 400), dev=(50, 100)), ERROR)
    assert found.name == "no_better_than_majority"
    assert not baseline.check(rates(train=(5, 400), dev=(5, 100)), ERROR)


@pytest.mark.parametrize(
    ("wrong", "count", "learned"), [(5, 100, True), (50, 100, False), (40, 100, False), (1, 10, False)]
)
def test_that_something_was_learned_is_said_where_chance_is_no_explanation(wrong, count, learned):
    assert baseline.learned(rates(train=(5, 400), dev=(wrong, count)), ERROR) is learned


def test_mcnemar_is_the_binomial_test():
    from scipy.stats import binomtest

    for a, b in [(0, 0), (1, 5), (10, 10), (3, 30), (700, 600)]:
        exact = binomtest(a, a + b).pvalue if a + b else 1.0
        assert baseline.mcnemar(a, b) == pytest.approx(exact, rel=0.02)


def test_a_small_dev_is_told():
    (found,) = dev_size.check(rates(train=(0, 100), dev=(6, 42)), ERROR)
    assert found.title.startswith("dev has 42 examples: differences under 1")
    assert not dev_size.check(rates(dev=(12, 185)), ERROR)


def epoch(i: int, dev: float, lr: float = 0.1, loss: float = 1.0) -> dict[str, float]:
    return {"epoch": i, "step": 10 * i, "train_loss": loss, "dev_loss": dev, "dev_metric": dev, "lr": lr}


def told_by(history: list[dict[str, float]], train: int = 40, dev: int = 10) -> list[str]:
    """What the epochs tell, beside so many mistakes on 400 examples of train and on 100 of dev."""
    return [one.name for one in convergence.check(history, rates(train=(train, 400), dev=(dev, 100)), ERROR)]


def test_epochs_speak_only_when_it_is_clear():
    falling = [epoch(i, 1 - 0.05 * i) for i in range(12)]
    assert told_by(falling) == ["still_improving"]
    assert not told_by([epoch(i, 1 - 0.05 * i, lr=0.1 * (1 - i / 12)) for i in range(12)])
    rng = np.random.default_rng(0)
    assert not any(told_by([epoch(i, 0.3 + 0.05 * rng.normal()) for i in range(12)]) for _ in range(100))
    assert told_by([*falling, epoch(12, 1.0, loss=math.nan)]) == ["diverged"]
    assert not told_by([])


def test_a_training_of_few_epochs_had_hardly_begun():
    begun = [epoch(1, 0.3, loss=2.0), epoch(2, 0.1, loss=1.2)]
    assert told_by(begun) == ["still_improving"]
    assert not told_by(begun, train=8)  # learned by heart already
    assert not told_by(begun, dev=2)  # nothing much left to win
    assert not told_by([epoch(1, 0.3, loss=1.0), epoch(2, 0.1, loss=0.9)])  # it hardly moves any more
    assert not told_by([epoch(1, 0.1, loss=2.0), epoch(2, 0.12, loss=1.2)])  # dev is past its best
    untrained = {k: v for k, v in epoch(0, 0.3).items() if k != "train_loss"}
    assert not told_by([untrained, epoch(1, 0.1)])  # a net that came trained


def test_diagnose_puts_the_most_severe_first():
    frame = with_baseline(60, 20, 200)
    found = diagnose(frame, skipped=3)
    order = ["problem", "warning", "note", "good"]
    assert [order.index(one.severity) for one in found] == sorted(order.index(one.severity) for one in found)
    assert {"below_baseline", "variance", "skipped_examples"} <= {one.name for one in found}
    assert figures(frame, metric_of(frame))["dev"].value == pytest.approx(0.3)


def test_a_healthy_run_has_good_findings_only():
    assert {one.severity for one in diagnose(rates(train=(5, 5000), dev=(2, 1000)))} == {"good"}


def test_numbers_for_the_report():
    frame = complete(
        pl.DataFrame(
            {
                "split": ["dev"] * 4,
                "target": ["a", "a", "b", "b"],
                "prediction": ["a", "b", "b", "a"],
                "p_a": [0.9, 0.2, 0.4, 0.95],
                "p_b": [0.1, 0.8, 0.6, 0.05],
            }
        )
    )
    assert worst(frame, 1) == ["4"]
    assert confidently_wrong(frame) == ["4", "2"]
    made = confusion(frame)
    assert made.counts.tolist() == [[1, 1], [1, 1]]
    assert top_confusions(made) == [("a", "b", 1), ("b", "a", 1)]
    assert calibration(frame).ece == pytest.approx((2 * abs(0.5 - 0.925) + 0.8 + 0.4) / 4)
    assert [(s.name, s.count, s.figure.value) for s in per_class(frame, ERROR)] == [("a", 2, 0.5), ("b", 2, 0.5)]


def answered(said: Sequence[str], meant: Sequence[str]) -> pl.DataFrame:
    n = len(said)
    told = {"split": ["dev"] * n, "id": [str(i) for i in range(n)], "target": meant, "prediction": said}
    return pl.DataFrame({**told, "stat_missed": [1.0] * n})


@pytest.mark.parametrize(
    ("said", "shown"),
    [([""] * 40, "nothing"), (["O O", "O O O"] * 20, "'O'"), (["ein Mann läuft"] * 39 + ["ja"], "'ein Mann läuft'")],
)
def test_a_net_that_says_the_same_to_all_is_told_so(said: list[str], shown: str) -> None:
    meant = [f"{i} words" for i in range(40)]
    [found] = same_answer.check(answered(said, meant), ENTITY_F1_MISSED)
    assert found.title.startswith(f"the net answers {shown} to ")
    assert found.evidence["count"] == (39 if "ja" in said else 40)


def test_answers_that_differ_or_may_be_the_same_are_none_of_its_business() -> None:
    meant = [f"{i} words" for i in range(40)]
    assert not same_answer.check(answered(meant, meant), ENTITY_F1_MISSED)
    assert not same_answer.check(answered(["O O"] * 40, ["O"] * 36 + meant[:4]), ENTITY_F1_MISSED)
    assert not same_answer.check(answered(["a"] * 40, meant), ERROR)
    assert not same_answer.check(answered(["O"] * 10, meant[:10]), ENTITY_F1_MISSED)


def test_where_train_goes_well_dev_is_to_be_looked_at() -> None:
    told = {}
    for name, train in (("learned", 3), ("not", 300)):
        frame = rates(train=(train, 600), dev=(100, 200))
        [found] = [one for one in baseline.check(frame, ERROR) if one.name == "no_better_than_majority"]
        told[name] = found
    assert "look at dev" in told["learned"].advice
    assert "train 0.5 %" in told["learned"].title
    assert "fits a few examples" in told["not"].advice
