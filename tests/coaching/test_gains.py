"""Gains over the unchanged training: intervals that cover what is true, and nothing found where nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fathom.coaching.gains import gains
from fathom.coaching.probe import Probed
from fathom.coaching.run_context import Change
from fathom.coaching.successive_halving import Candidate
from fathom.metrics import ERROR


def candidate(name: str, wrong: float, seeds: list[int], rng: np.random.Generator, hard: np.ndarray) -> Candidate:
    """Probes of a remedy that is wrong so often: some examples are harder than others for all."""
    probes = {}
    for seed in seeds:
        chance = np.clip(wrong + 0.02 * rng.normal() + hard, 0, 1)
        rows = np.stack([(rng.random(len(hard)) < chance).astype(float), np.ones(len(hard))], 1)
        probes[seed] = Probed(rows, 1.0)
    return Candidate(name, Change(), probes)


def test_intervals_of_gains_cover_the_truth_and_nothing_is_found_where_nothing_is() -> None:
    covered, significant, n = 0, 0, 60
    for i in range(n):
        rng = np.random.default_rng(i)
        hard = 0.1 * rng.normal(size=300)
        seeds = [1, 2, 3, 4, 5]
        control = candidate("unchanged", 0.3, seeds, rng, hard)
        others = [candidate("better", 0.2, seeds, rng, hard), candidate("same", 0.3, seeds, rng, hard)]
        found = {g.name: g for g in gains(control, others, ERROR, None)}
        covered += found["better"].interval.low <= 0.1 <= found["better"].interval.high
        significant += found["same"].significant
        assert found["better"].seeds == 4  # the seed that chose it does not judge it
    assert covered >= 0.88 * n
    assert significant <= 0.1 * n


def test_a_short_training_must_beat_what_the_run_itself_has_reached() -> None:
    rng, hard, seeds = np.random.default_rng(0), np.zeros(400), [1, 2, 3, 4, 5]
    control = candidate("unchanged", 0.5, seeds, rng, hard)
    faster, better = (candidate(name, wrong, seeds, rng, hard) for name, wrong in (("faster", 0.3), ("better", 0.04)))
    less = replace(candidate("more", 0.7, seeds, rng, hard), change=Change(part=0.5))
    whole = candidate("run", 0.25, [1], rng, hard).probes[1].rows  # with all of its epochs
    alone = {g.name: g for g in gains(control, [faster, better, less], ERROR, None)}
    beside = {g.name: g for g in gains(control, [faster, better, less], ERROR, None, whole)}
    assert alone["faster"].significant
    assert alone["more"].significant
    assert not beside["faster"].significant
    assert beside["better"].significant
    assert beside["better"].interval.value == pytest.approx(0.21, abs=0.06)
    assert "more" not in beside


def test_other_answers_of_the_same_net_are_judged_without_a_seed() -> None:
    rng, hard, seeds = np.random.default_rng(0), np.zeros(400), [1, 2, 3, 4]
    control = candidate("unchanged", 0.5, seeds, rng, hard)
    run = candidate("run", 0.3, [1], rng, hard).probes[1].rows
    better = run.copy()
    better[np.flatnonzero(run[:, 0])[:30], 0] = 0.0  # 30 of its 120 mistakes are none any more

    def answers(rows: np.ndarray, name: str = "answers") -> Candidate:
        return Candidate(name, Change(answers_only=True), {1: Probed(rows, 0.1)})

    [found] = gains(control, [answers(better)], ERROR, None, run)
    assert (found.seeds, found.significant, found.beside_run) == (0, True, True)
    assert found.interval.value == pytest.approx(30 / 400)
    [same] = gains(control, [answers(run)], ERROR, None, run)  # far better than the short trainings, and no gain
    assert (same.interval.value, same.significant, same.probable) == (0.0, False, False)
    among = {g.name: g for g in gains(control, [answers(better), answers(run, "same")], ERROR, None, run)}
    assert among["answers"].least < found.least  # of several it is asked more
    assert gains(control, [answers(better)], ERROR, None, None) == []


def test_of_several_that_do_nothing_none_is_named_more_often_than_one_alone_would_be() -> None:
    rng, seeds, n = np.random.default_rng(1), [1, 2, 3, 4, 5], 120
    named = 0
    for _ in range(n):
        drawn = {s: 0.3 + 0.05 * rng.normal() for s in seeds}  # the unchanged training, which all gains share

        def of(name: str, errors: dict[int, float]) -> Candidate:
            rows = {s: np.stack([np.full(50, e), np.ones(50)], 1) for s, e in errors.items()}
            return Candidate(name, Change(), {s: Probed(r, 1.0) for s, r in rows.items()})

        others = [of(f"same {i}", {s: 0.3 + 0.05 * rng.normal() for s in seeds}) for i in range(3)]
        named += any(g.significant for g in gains(of("unchanged", drawn), others, ERROR, None))
    assert named <= 0.07 * n  # 2.5 % are wanted; without allowing for three at once it were 9


def test_the_more_are_tried_the_more_is_asked_of_each() -> None:
    """Bonferroni 1936: of three that are judged at once each may be wrong a third as often."""
    rng, hard, seeds = np.random.default_rng(0), np.zeros(200), [1, 2, 3, 4, 5]
    control, *others = (candidate(name, 0.3, seeds, rng, hard) for name in ("unchanged", "one", "two", "three"))
    [alone] = gains(control, others[:1], ERROR, None)
    assert alone.least == alone.interval.low
    for found in gains(control, others, ERROR, None):
        assert found.least < found.interval.low


def test_one_that_is_lost_does_not_silence_the_others() -> None:
    rng, hard, seeds = np.random.default_rng(0), np.zeros(400), [1, 2, 3, 4, 5]
    control, better = candidate("unchanged", 0.5, seeds, rng, hard), candidate("better", 0.3, seeds, rng, hard)
    rows = {s: np.stack([np.full(400, 10.0**s), np.ones(400)], 1) for s in seeds}
    wild = Candidate("wild", Change(), {s: Probed(r, 1.0) for s, r in rows.items()})
    found = {g.name: g for g in gains(control, [wild, better], ERROR, None)}
    assert found["better"].significant
    assert not found["wild"].significant


def test_nothing_is_promised_to_bring_more_than_there_is() -> None:
    rng, hard = np.random.default_rng(0), np.zeros(200)
    control = candidate("unchanged", 0.5, [1, 2, 3], rng, hard)
    rows = {s: Probed(np.stack([(rng.random(200) < e).astype(float), np.ones(200)], 1), 1.0) for s, e in
            {1: 0.0, 2: 0.0, 3: 0.3}.items()}  # fmt: skip
    [found] = gains(control, [Candidate("unsteady", Change(), rows)], ERROR, None)
    assert found.interval.low < 0
    assert found.interval.value < found.interval.high < 0.62


def test_one_seed_says_nothing_surely() -> None:
    rng = np.random.default_rng(0)
    hard = np.zeros(200)
    control = candidate("unchanged", 0.5, [1, 2], rng, hard)
    [found] = gains(control, [candidate("better", 0.1, [1, 2], rng, hard)], ERROR, None)
    assert found.seeds == 1
    assert not found.significant


def test_what_equals_the_unchanged_training_is_not_likely_to_help_though_the_run_was_unlucky() -> None:
    rng, hard, seeds = np.random.default_rng(0), np.zeros(200), [1, 2, 3]
    control = candidate("unchanged", 0.3, seeds, rng, hard)
    run = candidate("run", 0.6, [1], rng, hard).probes[1].rows
    [found] = gains(control, [replace(control, name="nothing")], ERROR, None, run)
    assert found.chance == 0
    assert not found.probable
    assert not found.significant


def test_an_interval_that_is_wider_than_all_there_is_tells_nothing() -> None:
    rng, hard = np.random.default_rng(0), np.zeros(100)
    control = candidate("unchanged", 0.6, [1, 2, 3], rng, hard)
    lucky = Candidate("lucky", Change(), {
        seed: candidate("one", wrong, [seed], rng, hard).probes[seed] for seed, wrong in ((1, 0.3), (2, 0.2), (3, 0.35))
    })  # fmt: skip
    [found] = gains(control, [lucky], ERROR, None)
    assert found.chance > 0.9
    assert found.interval.high - found.interval.low > found.most
    assert not found.probable
    assert replace(found, chance=0.95, interval=replace(found.interval, low=0.0)).probable
