"""The cat recognizer: an interval decides, over seeds and pictures, and what cannot be an answer is said at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from fathom.learning import cat_recognizer as cats

WRITTEN = "import numpy as np\n\n\ndef recognize(x, y, x_new, rng):\n    return {}\n"
Said = list[tuple[bool | None, str]]


@pytest.fixture
def entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Said]:
    """What is said of an entry: the first number of a picture tells its label, and the rival errs in a third."""

    def split(seed: int) -> tuple[np.ndarray, ...]:
        rng = np.random.default_rng(seed)
        x, y = rng.random((80, cats.SIDE**2 * 3)), rng.integers(0, 2, 80)
        x[:, 0] = y
        return x[:40], y[:40], x[40:], y[40:]

    monkeypatch.setattr(cats, "split", split)
    monkeypatch.setattr(cats, "drawn", lambda: iter(()))
    monkeypatch.setattr(cats, "rival", lambda folder, seed: (np.arange(40) % 3 == seed % 3).astype(int))

    def check(answer: str) -> Said:
        (tmp_path / cats.FILE).write_text(WRITTEN.format(answer), "utf-8")
        return list(cats.check(tmp_path))

    return check


def test_what_tells_them_apart_passes_and_what_guesses_does_not(entered: Callable[[str], Said]) -> None:
    lines = entered("x_new[:, 0]")
    assert lines[-1][0] is True
    assert sum("of 500 new" in line or "yours 0.0 %" in line for _, line in lines) == cats.SEEDS
    lines = entered("rng.integers(0, 2, len(x_new))")
    assert lines[-1][0] is False
    assert "points worse" in lines[-1][1]
    assert "the whole interval must be above 0" in lines[-1][1]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("np.zeros(len(x_new))", "recognize says 0 for each of the 40 pictures"),
        ("np.zeros(3)", r"returns shape \(3,\) for 8 new pictures"),
        ("np.array(['cat'] * len(x_new))", "returns what is no number"),
        ("[[1], [2, 3]]", "rows of different lengths"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_what_cannot_be_an_answer_is_said_before_anything_takes_long(
    entered: Callable[[str], Said], answer: str, says: str
) -> None:
    *before, (holds, line) = entered(answer)
    assert holds is False
    assert re.search(says, line)
    assert len(before) == ("says 0" in says)  # the first training shows it, or the trial before that


def test_a_stub_is_told_before_a_picture_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Iterator[cats.Line]:
        raise AssertionError("pictures are drawn for a stub")

    monkeypatch.setattr(cats, "drawn", fails)
    (tmp_path / cats.FILE).write_text(cats.STUB, "utf-8")
    ((holds, line),) = cats.check(tmp_path)
    assert holds is False
    assert "not written yet" in line


def test_what_was_trained_is_kept_for_the_same_code_alone(
    entered: Callable[[str], Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = cats._recognized

    def counted(code: object, x: object, y: object, x_new: object, seed: int) -> object:
        asked.append(seed)
        return real(code, x, y, x_new, seed)  # type: ignore[arg-type]

    monkeypatch.setattr(cats, "_recognized", counted)
    first = entered("x_new[:, 0]")
    assert asked == [0, *range(cats.SEEDS)]  # once on made-up pictures, then on each seed
    again = entered("x_new[:, 0]")
    assert again == [line for line in first if "is trained" not in line[1]]
    assert len(first) == len(again) + cats.SEEDS
    assert asked[1 + cats.SEEDS :] == [0]
    entered("1 - x_new[:, 0]")
    assert len(asked) == 2 * (1 + cats.SEEDS) + 1


def test_the_interval_is_that_of_seeds_or_of_pictures_whichever_is_wider() -> None:
    theirs = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1]])
    found = cats.difference(np.zeros_like(theirs), theirs)  # each seed gains a half: seeds alone would say ± 0
    assert found.value == 0.5
    deviation = theirs.std(ddof=1) / np.sqrt(20)
    assert found.low == pytest.approx(0.5 - cats.QUANTILE * deviation)
    apart = np.zeros((5, 400), int)
    apart[0] = 1  # one seed gains everything, the others nothing
    found = cats.difference(np.zeros_like(apart), apart)
    assert found.low == pytest.approx(0.2 - cats.QUANTILE * np.sqrt(0.2) / np.sqrt(5))
    assert cats.verdict(np.zeros_like(apart), apart)[0] is False


def test_an_entry_that_is_as_good_seldom_passes_and_one_that_is_better_does() -> None:
    rng = np.random.default_rng(0)

    def passes(mine: float) -> bool:
        theirs = rng.random((cats.SEEDS, cats.NEW)) < 0.32 + 0.02 * rng.normal(size=(cats.SEEDS, 1))
        own = rng.random((cats.SEEDS, cats.NEW)) < mine + 0.02 * rng.normal(size=(cats.SEEDS, 1))
        return cats.verdict(own.astype(int), theirs.astype(int))[0] is True

    assert np.mean([passes(0.32) for _ in range(400)]) <= 0.04
    assert np.mean([passes(0.306) for _ in range(400)]) <= 0.2  # averaged pixels: 1.4 points
    assert np.mean([passes(0.22) for _ in range(100)]) >= 0.98  # nets of patches: 9 points and more


def test_no_picture_is_new_for_two_seeds_nor_trained_on_where_it_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path))
    monkeypatch.setattr(cats, "NEW", 4)
    monkeypatch.setattr(cats, "TRAIN", 12)
    lines = [line for _, line in cats.drawn()]
    assert "20 pictures" in lines[0]
    assert list(cats.drawn()) == []  # drawn once
    seen: list[bytes] = []
    for seed in range(cats.SEEDS):
        x, y, x_new, y_new = cats.split(seed)
        assert x.shape == (12, cats.SIDE**2 * 3)
        assert 0 <= x.min() < x.max() <= 1
        assert len(y) == 12
        assert len(y_new) == 4
        new = [row.tobytes() for row in x_new]
        assert not set(new) & {row.tobytes() for row in x}
        seen += new
    assert len(set(seen)) == 20


def test_entries_of_the_benchmark_can_be_run() -> None:
    from benchmarks.cats import entries

    rng = np.random.default_rng(0)
    x, y = rng.random((64, cats.SIDE**2 * 3)), np.arange(64) % 2
    of = entries()
    assert len(of["shallow"]) >= 10
    assert len(of["deep"]) >= 10
    for name in ("on means of 2 × 2, mirrored", "a Gaussian kernel on pixels"):
        space: dict[str, object] = {}
        exec(of["shallow"][name], space)
        assert space["recognize"](x, y, x[:8], rng).shape == (8,)  # type: ignore[operator]
    space = {}
    exec(of["deep"]["two layers of patches"].replace(", 15, ", ", 1, "), space)
    assert space["recognize"](x, y, x[:8], rng).shape == (8,)  # type: ignore[operator]
