"""Two kinds are told apart, one kind is not; a worse slice is named, and chance makes none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fathom.data.simple_features import audio_features, extract_features, image_features, text_features
from fathom.diagnosis import diagnose, distribution_shift, read_results, slices
from fathom.diagnosis.ceiling_analysis import ceilings, said
from fathom.metrics import ERROR
from fathom.records import Example


def frame(n: int, split: str, seed: int, moved: float = 0.0, wrong: float = 0.1, **more: object) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    target = rng.choice(["a", "b"], n)
    return pl.DataFrame(
        {
            "id": [f"{split} {i}" for i in range(n)], "split": [split] * n, "target": target, "prediction": target,
            "group": pl.Series([None] * n, dtype=pl.String), "source": [""] * n, "confidence": rng.uniform(0.5, 1, n),
            "loss": rng.random(n), "weight": np.ones(n), "stat_wrong": (rng.random(n) < wrong).astype(float),
            "stat_count": np.ones(n), "look_size": rng.normal(moved, 1, n), "look_colour": rng.normal(0, 1, n), **more,
        }
    )  # fmt: skip


def test_what_sets_dev_apart_is_named_with_its_examples() -> None:
    both = pl.concat([frame(400, "train", 0), frame(200, "dev", 1, moved=1.0)])
    (found,) = distribution_shift.check(both, ERROR)
    assert found.name == "of_another_kind"
    assert found.evidence["features"][0]["name"] == "size"
    assert "size" in found.title
    assert found.evidence["auc"].value == pytest.approx(0.76, abs=0.05)  # of two normals one deviation apart
    sizes = dict(zip(both["id"], both["look_size"], strict=True))
    assert np.mean([sizes[i] for i in found.evidence["examples"]]) > 2


def test_a_spread_that_moved_is_not_told_by_medians_that_did_not() -> None:
    rng = np.random.default_rng(2)
    parts = [frame(400, "train", 0), frame(300, "dev", 1)]
    for i, (part, spread) in enumerate(zip(parts, (0.2, 4.0), strict=True)):
        ends = rng.choice([-spread, spread], part.height) * (rng.random(part.height) < 0.8)
        parts[i] = part.with_columns(look_size=pl.Series(ends))  # the median of both is 0
    (found,) = distribution_shift.check(pl.concat(parts), ERROR)
    assert "size (its spread, not its median)" in found.title
    assert "0 → 0" not in found.title


def test_classes_mixed_differently_are_no_other_kind() -> None:
    rng = np.random.default_rng(0)
    parts = []
    for split, share, n in (("train", 0.5, 800), ("dev", 0.85, 400)):
        target = np.where(rng.random(n) < share, "a", "b")
        size = rng.normal(np.where(target == "a", 2.0, -2.0), 1)
        parts.append(frame(n, split, n).with_columns(target=pl.Series(target), look_size=pl.Series(size)))
    assert distribution_shift.check(pl.concat(parts), ERROR) == []


def test_the_outputs_of_the_net_are_compared_where_there_is_train_dev() -> None:
    parts = [frame(300, "train", 0), frame(200, "train-dev", 1), frame(200, "dev", 2, wrong=0.4)]
    rng = np.random.default_rng(3)
    parts = [
        p.with_columns(p_a=pl.Series(rng.beta(8, 2, p.height) if p["split"][0] != "dev" else rng.beta(3, 3, p.height)))
        for p in parts
    ]
    (found,) = distribution_shift.check(pl.concat(parts), ERROR)
    assert found.evidence["output"] == "a"
    assert found.evidence["rise"].low > 0
    assert "points" in found.title


def test_two_halves_of_one_kind_are_not_told_apart() -> None:
    named = sum(
        bool(distribution_shift.check(pl.concat([frame(300, "train", s), frame(150, "dev", s + 99)]), ERROR))
        for s in range(30)
    )
    assert named <= 1


def planted(seed: int, worse: float) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    camera = rng.choice(["old", "new", "phone"], 800, p=[0.1, 0.5, 0.4])
    wrong = rng.random(800) < np.where(camera == "old", 0.1 + worse, 0.1)
    made = frame(800, "dev", seed, look_camera=camera)
    return made.with_columns(stat_wrong=pl.Series(wrong.astype(float)))


def test_a_worse_slice_is_named_with_its_members() -> None:
    made = planted(0, 0.25)
    found = slices.check(made, ERROR)
    assert "camera old" in found[0].title
    assert set(found[0].evidence["examples"]) == set(made.filter(pl.col("look_camera") == "old")["id"])
    assert found[0].evidence["gap"].low > 0.05


def test_chance_makes_no_slice_more_often_than_it_should() -> None:
    assert sum(bool(slices.check(planted(seed, 0.0), ERROR)) for seed in range(40)) <= 5


def test_large_groups_are_dealt_as_a_whole() -> None:
    """Speakers differ among each other: that one end of a number holds the bad ones says nothing of the number."""
    named = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        speaker = np.arange(600) % 12
        rate = rng.beta(1, 4, 12)
        made = frame(600, "dev", seed, look_pitch=speaker + rng.normal(0, 0.1, 600)).with_columns(
            group=pl.Series([f"s{i}" for i in speaker]), stat_wrong=pl.Series((rng.random(600) < rate[speaker]) * 1.0)
        )
        named += any("pitch" in f.title for f in slices.check(made, ERROR))
    assert named <= 4


def test_columns_of_a_foreign_table_are_looked_at(tmp_path: Path) -> None:
    made = planted(1, 0.3).drop("look_size", "look_colour").rename({"look_camera": "camera"})
    train = made.with_columns(split=pl.lit("train"), stat_wrong=pl.lit(0.0), id=pl.col("id") + "t")
    pl.concat([train, made]).drop("source", "weight").write_csv(tmp_path / "results.csv")
    titles = [f.title for f in diagnose(read_results(tmp_path / "results.csv"))]
    assert any(t.startswith("camera old") for t in titles)


def test_a_tag_is_worth_what_its_mistakes_make() -> None:
    made = frame(100, "dev", 0, wrong=0.0).with_columns(stat_wrong=(pl.int_range(100) < 10).cast(pl.Float64))
    tags = {f"dev {i}": {"blurry"} if i < 3 else set() for i in range(10)}
    (one,) = ceilings(made, ERROR, tags, set(tags))
    assert (one.now, one.then, one.count) == (pytest.approx(0.10), pytest.approx(0.07), 3)
    assert one.all_like_these is None
    assert said(one, ERROR) == "fixing the 3 tagged 'blurry' brings dev from 10.0 to 7.0 %"
    (half,) = ceilings(made, ERROR, {f"dev {i}": {"blurry"} for i in range(2)}, {f"dev {i}" for i in range(5)})
    assert half.all_like_these is not None
    assert half.all_like_these.value == pytest.approx(0.06)  # two in five of ten
    assert half.all_like_these.low < 0.06 < half.all_like_these.high


@settings(max_examples=30, deadline=None)
@given(st.integers(8, 40), st.integers(8, 40), st.integers(0, 9))
def test_measures_of_any_picture_are_finite(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    assert all(np.isfinite(v) for v in image_features(pixels).values())
    assert image_features(pixels)["brightness"] > image_features(pixels // 2)["brightness"]


def test_measures_say_what_they_are_named_after() -> None:
    rate, seconds = 16_000, 1.0
    t = np.arange(int(rate * seconds)) / rate
    voice = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 8)).astype(np.float32) * 0.1
    assert audio_features(voice, rate)["pitch in Hz"] == pytest.approx(140, rel=0.03)
    assert audio_features(voice, rate)["seconds"] == 1.0
    louder = audio_features(voice * 2, rate)["loudness in dB"] - audio_features(voice, rate)["loudness in dB"]
    assert louder == pytest.approx(6.02, abs=0.1)
    assert text_features("Two WORDS")["share of capitals"] == pytest.approx(6 / 9)
    rows = [Example(str(i), {"age": float(i), "town": "ab"[i % 2], "one": 1}) for i in range(30)]
    names, values = extract_features(rows).matrix()
    assert names == ["age", "town is a", "town is b"]
    assert values.shape == (30, 3)


def test_what_was_not_looked_at_is_no_sign_of_a_shift() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(1800, 5))
    frame = pl.DataFrame(
        {
            "id": [str(i) for i in range(1800)],
            "split": ["train"] * 1400 + ["dev"] * 400,
            "target": ["a", "b"] * 900,
            **{f"look_{i}": [None if 600 <= j < 1400 else v for j, v in enumerate(values[:, i])] for i in range(5)},
        }
    )
    assert distribution_shift.check(frame, ERROR) == []
