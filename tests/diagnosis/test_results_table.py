import polars as pl
import pytest

from fathom.diagnosis import metric_of, read_results
from fathom.errors import UserError


def write(tmp_path, text):
    path = tmp_path / "results.csv"
    path.write_text(text)
    return path


def test_what_is_missing_is_derived(tmp_path):
    path = write(tmp_path, "target,prediction,split\ncat,cat,Training\ndog,cat,val\n")
    frame = read_results(path)
    assert frame["split"].to_list() == ["train", "dev"]
    assert frame["stat_wrong"].to_list() == [0, 1]
    assert frame["id"].to_list() == ["1", "2"]
    assert {"source", "group", "confidence", "loss", "weight", "baseline"} <= set(frame.columns)
    assert metric_of(frame).name == "error"
    frame.write_parquet(tmp_path / "results.parquet")
    assert read_results(tmp_path / "results.parquet").equals(frame)


def test_numbers_are_classes_when_few_and_a_regression_when_many(tmp_path):
    few = "target,prediction,split\n" + "".join(f"{i % 10},{i % 7},dev\n" for i in range(100))
    assert metric_of(read_results(write(tmp_path, few))).name == "error"
    many = "target,prediction,split\n" + "".join(f"{i / 3},{i / 4},dev\n" for i in range(100))
    assert metric_of(read_results(write(tmp_path, many))).name == "rmse"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("label,prediction,split\na,a,dev\n", "no column target; the columns are label, prediction, split"),
        ("target,prediction,split\na,a,holdout\n", "no split is called 'holdout'"),
        ("target,prediction,split\na,,dev\nb,b,dev\n", "column prediction is empty in 1 of 2 rows"),
        ("target,prediction,split\n", "no rows"),
        ("target,prediction,split\n0,0.3,dev\n1,0.7,dev\n", "holds probabilities"),
        ("", "cannot be read"),
    ],
)
def test_bad_tables_get_one_sentence(tmp_path, text, says):
    with pytest.raises(UserError, match=says) as caught:
        read_results(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_no_file_and_no_metric(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        read_results(tmp_path / "none.csv")
    with pytest.raises(UserError, match="stat_odd"):
        metric_of(pl.DataFrame({"stat_odd": [1]}))
