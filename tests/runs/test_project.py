"""Sources, requirements, costs, human level, transfer, altered copies, and end to end against a pipeline."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fathom
from fathom.data import corruptions
from fathom.data.audio.waveform import decode
from fathom.diagnosis import decompose_by, requirements
from fathom.diagnosis.error_floor import cover_hart
from fathom.diagnosis.human_level import human_error
from fathom.errors import UserError
from fathom.metrics import (
    CHRF_MISSED,
    COST,
    ENTITY_F1_MISSED,
    ERROR,
    LABELS_MISSED,
    MAP50_MISSED,
    RMSE,
    WORD_ERROR_RATE,
    Metric,
)
from fathom.metrics.labels import mean_average_precision
from fathom.metrics.overlap import mean_iou_missed
from fathom.tasks.classification import cost_matrix, cost_of


def points(path: Path, n: int, seed: int, apart: float = 2.0, **columns: list[str]) -> Path:
    rng = np.random.default_rng(seed)
    kinds = rng.integers(2, size=n)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["x", "y", *columns, "label"])
        for i, kind in enumerate(kinds):
            x, y = rng.normal(size=2) + apart * kind
            rows.writerow([f"{x:.4f}", f"{y:.4f}", *(c[i] for c in columns.values()), "ab"[kind]])
    return path


def test_dev_from_elsewhere_gets_a_train_dev_split_and_is_told_by_source(tmp_path: Path) -> None:
    web = points(tmp_path / "web.csv", 700, 0)
    phone = points(tmp_path / "phone.csv", 150, 1, apart=0.7)
    run = fathom.train(
        web, dev=phone, test=points(tmp_path / "phone2.csv", 60, 2), net="logistic", epochs=4, out=tmp_path / "r"
    )
    assert list(run.figures) == ["train", "train-dev", "dev"]
    assert set(run.results["source"]) == {"web.csv", "phone.csv"}
    assert "of_another_kind" in {f.name for f in run.diagnose()}
    assert {name for name, _ in decompose_by(run.results, ERROR, "source")} == {"phone.csv"}  # train has none of dev
    by = dict(decompose_by(run.results, ERROR, "target"))
    assert set(by) == {"a", "b"}
    dev = run.results.filter((pl.col("split") == "dev") & (pl.col("target") == "a"))
    assert dict(by["a"].levels)["dev"].value == pytest.approx(dev["stat_wrong"].mean())
    run.test()
    assert list(run.figures) == ["train", "train-dev", "dev", "test"]


def test_a_threshold_is_chosen_on_dev_and_followed_everywhere(tmp_path: Path) -> None:
    data = points(tmp_path / "t.csv", 400, 0, apart=0.8)
    plain = fathom.train(data, net="logistic", epochs=10, out=tmp_path / "plain")
    asked = fathom.train(
        data, net="logistic", epochs=10, require=["recall[b]>=0.97", "megabytes<1"], out=tmp_path / "asked"
    )
    dev = asked.results.filter((pl.col("split") == "dev") & (pl.col("target") == "b"))
    assert (dev["prediction"] == "b").mean() >= 0.97
    before = plain.results.filter((pl.col("split") == "dev") & (pl.col("target") == "b"))
    assert (before["prediction"] == "b").mean() < 0.97
    threshold = json.loads((asked.path / "operating.json").read_text())["threshold"]
    rows = [{"x": x, "y": 0.0} for x in np.linspace(-2, 2, 21)]
    for said in asked.predict(rows):
        assert said.value == ("b" if said.scores["b"] >= threshold else "a")
    test = asked.test()
    after = asked.results.filter(pl.col("split") == "test")
    assert test.value == pytest.approx(after["stat_wrong"].mean())
    assert bool(((after["prediction"] == "b") == (after["p_b"] >= threshold)).all())
    met = asked.folder.figures()["requirements"]
    assert [r["met"] for r in met] == [True, True]
    unmet = fathom.train(data, net="mlp", epochs=1, require=["parameters<5"], out=tmp_path / "unmet")
    assert unmet.folder.findings()[0].name == "requirement_not_met"
    compared = fathom.compare(asked.path, unmet.path)
    assert [r.feasible for r in compared.runs] == [True, False]


@pytest.mark.parametrize("text", ["", "recall>=0.9", "error[a]<1", "recall[a]=0.9", "latency_ms<fast", "<3"])
def test_a_requirement_that_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(UserError, match="`require="):
        requirements.parse(text)


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("f1>=0.5", ENTITY_F1_MISSED), ("entity_f1>=0.5", ENTITY_F1_MISSED), ("iou>0.4", mean_iou_missed(2)),
        ("mean_iou>0.4", mean_iou_missed(2)), ("dice>0.4", mean_iou_missed(2)), ("mAP>0.2", LABELS_MISSED),
        ("map50>=0.3", MAP50_MISSED), ("mAP50-95>=0.3", MAP50_MISSED), ("bleu>0.1", CHRF_MISSED),
        ("wer<0.2", WORD_ERROR_RATE), ("rmse<3", RMSE), ("error<0.1", ERROR), ("recall[a]>0.9", ERROR),
    ],
)  # fmt: skip
def test_what_a_task_is_told_by_may_be_required(text: str, metric: Metric) -> None:
    requirements.ask_possible([requirements.parse(text)], metric, ["a", "b"])


@pytest.mark.parametrize(
    ("text", "metric", "can"),
    [
        ("f1>=0.5", ERROR, "accuracy"), ("recall[z]>0.9", ERROR, "a, b"), ("recall[a]>0.9", RMSE, "rmse"),
        ("speed<3", ERROR, "latency_ms"), ("error<0.1", ENTITY_F1_MISSED, "f1"), ("rmse<3", mean_iou_missed(2), "iou"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused_before_the_training(text: str, metric: Metric, can: str) -> None:
    with pytest.raises(UserError, match=f"`require=.*{can}"):
        requirements.ask_possible([requirements.parse(text)], metric, ["a", "b"])


def test_a_required_f1_is_measured_as_it_is_told() -> None:
    dev = pl.DataFrame({"stat_hits": [8.0] * 50, "stat_found": [10.0] * 50, "stat_meant": [10.0] * 50, "group": None})
    asked = [requirements.parse(text) for text in ("f1>=0.7", "f1>=0.9")]
    found = requirements.measure(asked, dev, {}, ENTITY_F1_MISSED)
    assert [one.met for one in found] == [True, False]
    assert found[0].value.value == pytest.approx(0.8)
    assert found[0].value.low <= found[0].value.value <= found[0].value.high


def test_some_mistakes_are_worse(tmp_path: Path) -> None:
    data = points(tmp_path / "t.csv", 400, 0, apart=0.8)
    run = fathom.train(data, net="logistic", epochs=10, cost={"b": 10}, out=tmp_path / "r")
    dev = run.results.filter(pl.col("split") == "dev")
    assert run.folder.figures()["metric"] == COST.name
    told = np.where(dev["target"] == "b", 10.0, 1.0)
    expected = float((told * (dev["target"] != dev["prediction"]).to_numpy()).sum() / told.sum())
    assert run.figures["dev"].value == pytest.approx(expected)
    said = (dev["p_b"].to_numpy() * 10 > dev["p_a"].to_numpy()).astype(bool)  # the least expected cost
    assert np.array_equal(said, (dev["prediction"] == "b").to_numpy())
    with pytest.raises(UserError, match="`cost` names"):
        fathom.train(data, cost={"z": 2}, out=tmp_path / "no")
    assert not (tmp_path / "no").exists()


@given(st.dictionaries(st.sampled_from(["a", "b", "a>b", "b>c", "c"]), st.floats(0.1, 50), max_size=4))
def test_costs_are_0_on_the_diagonal_and_specific_before_general(costs: dict[str, float]) -> None:
    matrix = cost_matrix(["a", "b", "c"], costs)
    assert np.array_equal(np.diag(matrix), np.zeros(3))
    assert matrix[0, 1] == pytest.approx(costs.get("a>b", costs.get("a", 1.0)), rel=1e-6)
    assert cost_of(costs, "c", "a") == costs.get("c", 1.0)


def test_the_human_level_is_how_often_one_differs_from_the_others(tmp_path: Path) -> None:
    assert human_error([["a", "a", "a"]] * 9 + [["a", "a", "b"]]) == pytest.approx((0.5 + 0.5 + 1) / 30)
    assert human_error([["a", None, ""]] * 50) is None
    said = [["b" if i % 10 == 0 else "a"] * 1 for i in range(300)]
    columns = {"anna": ["a"] * 300, "ben": ["a"] * 300, "cleo": [s[0] for s in said]}
    data = points(tmp_path / "t.csv", 300, 0, **columns)
    run = fathom.train(data, net="logistic", epochs=2, annotators="anna,ben,cleo", target="label", out=tmp_path / "r")
    wanted = (0.1 * (0.5 + 0.5 + 1)) / 3
    assert run.folder.read_recipe()["resolved"]["settings"]["human_error"] == pytest.approx(wanted)
    assert "anna" not in json.dumps(run.folder.read_json("encoder/state.json"))


def test_the_least_error_of_nearest_neighbours_is_between_half_and_all_of_theirs() -> None:
    for r in (0.0, 0.1, 0.3, 0.5):
        assert r / 2 - 1e-12 <= cover_hart(r, 2) <= r
    assert cover_hart(0.9, 10) == pytest.approx(0.9)
    assert pytest.approx(0.32) == 2 * 0.2 * 0.8
    assert cover_hart(0.32, 2) == pytest.approx(0.2)  # Cover and Hart's r_nn = 2 r (1 - r)


def test_a_net_starts_from_another_run_with_a_new_head(tmp_path: Path) -> None:
    first = fathom.train("practice:digits?n=200", net="convnet", epochs=2, out=tmp_path / "first")
    second = fathom.train("practice:cats?n=60", init_from=first.path, epochs=1, lr=1e-9, out=tmp_path / "second")
    from safetensors.torch import load_file

    old, new = load_file(first.folder.weights), load_file(second.folder.weights)
    same = [k for k in old if old[k].shape == new[k].shape and k.endswith("weight") and old[k].ndim == 4]
    assert len(same) >= 3
    assert all(bool(((old[k] - new[k]).abs() < 1e-4).all()) for k in same)
    state = second.folder.read_json("encoder/state.json")
    assert state["classes"] == ["cat", "other"]
    assert state["size"] == first.folder.read_json("encoder/state.json")["size"]
    with pytest.raises(UserError, match="same task"):
        fathom.train("practice:iris", init_from=first.path, out=tmp_path / "no")
    with pytest.raises(UserError, match="leave `net="):
        fathom.train("practice:cats?n=60", net="lenet", init_from=first.path, out=tmp_path / "no")


def test_labels_of_which_nobody_spoke_count_for_nothing() -> None:
    weights = np.ones((1, 3))
    said = [json.dumps({"cat": p}) for p in (0.9, 0.8, 0.1)]
    assert mean_average_precision(["cat", "", "cat"], said, weights)[0] == pytest.approx((1 + 2 / 3) / 2)
    assert mean_average_precision(["cat", "?cat", "cat"], said, weights)[0] == 1.0


def test_altered_copies_are_for_train_alone_and_have_a_source(tmp_path: Path) -> None:
    run = fathom.train(
        "practice:digits?n=120", net="logistic", epochs=1, synthesize=["blur", "jpeg"],
        source_weight={"synthesized blur": 0.5}, out=tmp_path / "r",
    )  # fmt: skip
    made = run.results.filter(pl.col("source") != "")
    assert set(made["split"]) == {"train"}
    assert made.height == 2 * (run.results.filter(pl.col("split") == "train").height - made.height)
    run.test()
    with pytest.raises(UserError, match="names the source"):
        fathom.train(
            "practice:digits?n=120", net="logistic", epochs=1, source_weight={"moon": 2.0}, out=tmp_path / "no"
        )
    with pytest.raises(UserError, match="typing errors"):
        fathom.train("practice:digits?n=120", net="logistic", epochs=1, synthesize=["typos"], out=tmp_path / "no")


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 40), st.integers(0, 99))
def test_noise_is_so_many_decibels_below_the_voice(decibels: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    voice = (0.1 * np.sin(np.arange(4000) / 7)).astype(np.float32)
    noise = corruptions.synthesize_noise(4000, 8000, rng)
    both = corruptions.add_noise(voice, noise, decibels)
    scale = float(both @ voice / (voice @ voice)) if decibels > 20 else None
    left = both - voice * (scale or np.abs(both).max() / np.abs(voice + (both - voice)).max())
    if scale:
        ratio = 10 * np.log10(np.mean((scale * voice) ** 2) / np.mean(left**2))
        assert ratio == pytest.approx(decibels, abs=0.7)
    assert np.abs(both).max() <= 1.0


def test_noise_that_is_heard_often_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    soundfile = pytest.importorskip("soundfile")
    (tmp_path / "noise").mkdir()
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "noise" / "cafe.wav", 0.1 * rng.normal(size=1600), 8000)
    from fathom.records import Example

    for i in range(10):
        soundfile.write(tmp_path / f"{i}.wav", 0.1 * np.sin(np.arange(8000) / (5 + i)), 8000)
    items = [Example(f"{i}", tmp_path / f"{i}.wav", "a", content=str(i)) for i in range(10)]
    made = corruptions.corrupted_copies(items, ["noise=10"], tmp_path / "noise", tmp_path / "cache", 0, lambda n: None)
    assert len(made) == 10
    assert "record more" in caplog.text
    assert len(decode(Path(made[0].input), 8000)) == 8000
    again = corruptions.corrupted_copies(items, ["noise=10"], tmp_path / "noise", tmp_path / "cache", 0, lambda n: None)
    assert [e.input for e in again] == [e.input for e in made]


def test_letters_are_mistaken_at_the_rate_that_was_asked() -> None:
    text = "the quick brown fox jumps over the lazy dog " * 200
    wrong = corruptions.insert_typos(text, 0.1, np.random.default_rng(0))
    assert wrong != text
    assert abs(len(wrong) - len(text)) < 0.02 * len(text)
    assert corruptions.insert_typos(text, 0.0, np.random.default_rng(0)) == text


@pytest.mark.parametrize("text", ["sparkle", "noise=loud", "typos=0.9", "blur=2"])
def test_what_cannot_be_synthesized_is_said(text: str) -> None:
    with pytest.raises(UserError, match="`synthesize"):
        corruptions.parse_corruption(text)


def test_a_net_and_a_pipeline_over_growing_data(tmp_path: Path) -> None:
    from fathom.progress import Watcher
    from fathom.reporting import write_data_scaling
    from fathom.runs.data_scaling import compare_over_sizes

    data = str(points(tmp_path / "t.csv", 300, 0, apart=1.5))
    grown = compare_over_sizes(data, "40,160", Watcher(), net="mlp", seeds=2, epochs=3)
    assert [p.size for p in grown.points] == [40, 160]
    for p in grown.points:
        assert p.difference.value == pytest.approx(p.net.value - p.pipeline.value)
        assert p.difference.low <= p.difference.value <= p.difference.high
    write_data_scaling(tmp_path / "page.html", grown, data)
    page = (tmp_path / "page.html").read_text()
    assert grown.sentence in page
    assert "<svg" in page
    with pytest.raises(UserError, match="`over"):
        compare_over_sizes(data, "10,20", Watcher())


def test_data_that_is_gone_is_said_and_the_results_are_still_told(tmp_path: Path) -> None:
    from PIL import Image

    from fathom.runs.folder import RunFolder
    from fathom.serving.review import Review
    from watchers import RecordingWatcher

    rng = np.random.default_rng(0)
    for kind in ("cat", "dog"):
        (tmp_path / "photos" / kind).mkdir(parents=True)
        for i in range(15):
            Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8)).save(tmp_path / "photos" / kind / f"{i}.png")
    run = fathom.train(tmp_path / "photos", net="logistic", epochs=1, out=tmp_path / "r")
    (tmp_path / "photos").rename(tmp_path / "moved")
    with pytest.raises(UserError, match="is gone"):
        Review(RunFolder.open(run.path))
    heard = RecordingWatcher()
    assert fathom.diagnose(run.path, heard)
    assert any("is gone" in text for _, text in heard.lines)
