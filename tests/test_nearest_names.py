"""A name that is not there: the nearest one is given, wherever it was to be used."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fathom.cli.main import main
from fathom.spelling import did_you_mean, near_file, nearest


def test_near_names() -> None:
    assert nearest("mpl", ["logistic", "mlp"]) == ["mlp"]
    assert nearest("PRICE ", ["rooms", "price"]) == ["price"]
    assert nearest("noize", ["size", "label_noise"]) == ["label_noise"]
    assert nearest("q", ["mlp"]) == []
    assert nearest("", []) == []
    assert did_you_mean("resent", iter(["mlp", "resnet"])) == " (did you mean resnet?)"


def test_files_beside_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "photos-1").mkdir()
    assert near_file(tmp_path / "photo-1") == f" (did you mean {tmp_path / 'photos-1'}?)"
    assert near_file(tmp_path / "nowhere" / "photo-1") == ""
    assert near_file("a\0b") == ""


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command line says on stderr; it is refused with exit code 2, in one line."""
    rows = "".join(f"{i},{i * 7 % 11},{'yes' if i % 3 else 'no'}\n" for i in range(60))
    (tmp_path / "houses.csv").write_text("rooms,price,sold\n" + rows)
    (tmp_path / "houses-1").mkdir()
    monkeypatch.chdir(tmp_path)

    def run(*typed: str) -> str:
        monkeypatch.setattr(sys, "argv", ["fathom", *typed])
        with pytest.raises(SystemExit) as left:
            main()
        err = capsys.readouterr().err.strip()
        assert left.value.code == 2
        assert "\n" not in err
        assert err.startswith("fathom: ")
        return err

    return run


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("train house.csv", "did you mean houses.csv?"),
        ("train practice:cat", "(did you mean cats?)"),
        ("train practice:cats?noize=0", "(did you mean label_noise?)"),
        ("train houses.csv --target prise", "(did you mean price?)"),
        ("train houses.csv --group room", "to group by (did you mean rooms?)"),
        ("train houses.csv --task tabel", "(did you mean table?)"),
        ("train houses.csv --target sold --net mpl", "for tables (did you mean mlp?)"),
        ("train houses.csv --target sold --optimizer adm", "(did you mean adam?)"),
        ("train houses.csv --target sold --set hiden=3", "(did you mean hidden?)"),
        ("train houses.csv --target sold --set epoch=3", "(did you mean --epochs?)"),
        ("train houses.csv --target sold --set drop=room", "(did you mean rooms?)"),
        ("train houses.csv --target sold --set kind=clasification", "(did you mean classification?)"),
        ("train houses.csv --target sold --cost Yes=3", "(did you mean yes?)"),
        ("test house-1", "(did you mean houses-1?)"),
        ("diagnose house-1", "(did you mean houses-1?)"),
        ("tune houses.csv --sampler tep", "(did you mean tpe?)"),
    ],
)
def test_the_nearest_name_is_given(said: Callable[..., str], typed: str, hint: str) -> None:
    assert hint in said(*typed.split())
