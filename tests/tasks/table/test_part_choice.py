"""Net, boosting, or both: dev decides, and the same run says the same again."""

import json

import numpy as np
import polars as pl
import pytest

import fathom
from fathom.tasks.table.part_choice import _judge


def losses(**means):
    """Losses of 400 rows about these means, which go together."""
    rng = np.random.default_rng(0)
    common = rng.gamma(2, 1, 400)
    return {part: common * means[part] + rng.normal(0, 0.01, 400) for part in ("boosting", "net", "both")}


@pytest.mark.parametrize(
    ("means", "kept"),
    [
        ({"boosting": 1.0, "net": 1.0, "both": 0.9}, ("both", "net")),
        ({"boosting": 1.0, "net": 0.8, "both": 0.9}, ("net", "both")),
        ({"boosting": 0.8, "net": 1.0, "both": 0.9}, ("boosting", "both")),
        ({"boosting": 0.901, "net": 1.2, "both": 0.9}, ("both", "boosting")),  # as good, but not surely better
    ],
)
def test_what_is_kept(means, kept):
    assert _judge(losses(**means)) in (kept, (kept[0], "boosting" if kept[1] == "net" else kept[1]))


def test_a_part_that_chance_makes_a_little_better_is_not_kept():
    rng = np.random.default_rng(0)
    both = rng.gamma(2, 1, 50)
    found = {"boosting": both + rng.normal(-0.05, 1, 50), "net": both + 1, "both": both}
    found["boosting"] += both.mean() - 0.03 * both.mean() + 0.1 - found["boosting"].mean()
    assert _judge(found)[0] == "both"


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """A target of steps, for which trees are made."""
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(300, 2))
    y = np.floor(x[:, 0] * 8) % 2 + np.where(x[:, 1] > 0.5, 2.0, 0.0)
    path = tmp_path_factory.mktemp("steps") / "steps.csv"
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y + rng.normal(0, 0.05, 300)}).write_csv(path)
    return path


def test_the_default_says_what_it_kept_and_why(steps, tmp_path):
    run = fathom.train(str(steps), epochs=1, out=tmp_path / "run")
    kept = json.loads((run.path / "kept.json").read_text())
    assert kept["part"] == "boosting", "a net of one epoch knows nothing yet"
    assert kept["figures"]["boosting"] == pytest.approx(run.figures["dev"].value, rel=1e-4)
    assert kept["high"] < 0
    assert kept["rival"] == "both"


def test_boosting_alone_is_a_net_like_any_other(steps, tmp_path):
    run = fathom.train(str(steps), net="boosting", out=tmp_path / "run")
    again = fathom.train(str(steps), net="boosting", out=tmp_path / "again")
    weights = [(r.path / "weights.safetensors").read_bytes() for r in (run, again)]
    assert weights[0] == weights[1]
    first, second = run.predict([{"a": 0.2, "b": 0.9}, {"a": 0.2, "b": None}])
    assert first.value == pytest.approx(3, abs=0.3)
    assert np.isfinite(second.value)
