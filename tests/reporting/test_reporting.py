"""The pages: well-formed, offline, safe, the same twice, and small."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO, StringIO

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from fathom.metrics import RMSE
from fathom.records import Finding, Interval
from fathom.reporting import (
    Bin,
    Card,
    CompareData,
    ComparedRun,
    Confusion,
    ReportData,
    Scatter,
    figures,
    terminal,
    thumbnails,
    write_comparison,
    write_report,
)

HOSTILE = "<script>alert('x')</script>&\"$\\frac{$ \x00\udc80"
VOID = {"meta", "img", "input", "br", "hr", "link"}


class Strict(HTMLParser):
    """Checks that tags nest, and gathers what is in them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-3:]} at {self.getpos()}"
        self.open.pop()


def check(text: str) -> Strict:
    parser = Strict()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    assert not re.search(r"https?://", text)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in parser.tags}
    for tag, attrs in parser.tags:
        assert not any(name.startswith("on") for name in attrs)
        if tag == "img":
            assert attrs["src"].startswith("data:image/png;base64,")
            assert attrs["alt"]
    ids = [attrs["id"] for _, attrs in parser.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = re.findall(r'(?:url\(#|href="#)([^")]+)', text)
    assert set(targets) <= set(ids)
    return parser


def picture(rng: np.random.Generator, side: int = 200) -> np.ndarray:
    y, x = np.mgrid[:side, :side] / side
    a, b, c = rng.uniform(2, 9, 3)
    waves = np.stack([np.sin(a * x + b * y), np.cos(b * x * y + c), np.sin(c * (x - 0.5) ** 2 + a * y)], -1)
    return np.clip(128 + 90 * waves + rng.normal(0, 12, waves.shape), 0, 255).astype(np.uint8)


def cam(side: int = 7) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - side // 2
    return np.exp(-(x**2 + (y - 1) ** 2) / 3)


def history(epochs: int = 12, start: float = 0.5) -> list[dict]:
    return [
        {
            "epoch": e,
            "train_loss": 0.9 * 0.75**e + 0.02,
            "dev_loss": 0.8 * 0.8**e + 0.1 + 0.004 * e,
            "dev_metric": start * 0.8**e + 0.03 + 0.003 * e,
            "lr": 1e-3 * np.sin(np.pi * e / (epochs + 1)),
            "seconds": 1.8,
        }
        for e in range(1, epochs + 1)
    ]


FINDINGS = (
    Finding(
        "variance",
        "problem",
        "Variance: dev error is 6.1 points above train (3.4–10.6)",
        {
            "train": Interval(0.003, 0.001, 0.009),
            "dev": Interval(0.065, 0.038, 0.11),
            "examples": ["cats/17.jpg", "dogs/3.jpg"],
        },
        "The net fits the pictures it has seen far better than those it has not: it learned some of them by heart.",
        "Augment more strongly, start from the pretrained net, or collect more pictures.",
        "bias-and-variance",
    ),
    Finding(
        "overconfident",
        "warning",
        "It is surer than it is right: calibration error 4.2 %",
        {"ece": 0.042},
        "Answers given with 99 % are right 94 times in 100.",
        "Use label smoothing or scale the temperature.",
        "calibration",
    ),
    Finding(
        "label_errors",
        "note",
        "5 labels look wrong",
        {"examples": [f"cats/{i}.jpg" for i in range(5)]},
        "The net is sure of another class.",
        "Look at them below.",
        "label-errors",
    ),
    Finding(
        "beats_baseline", "good", "It beats the best baseline by 14.5 points", {}, "The net earns its keep.", "", ""
    ),
)


def classification(names: list[str], cards: int = 24) -> ReportData:
    rng = np.random.default_rng(0)
    k = len(names)
    counts = rng.poisson(1.2, (k, k)) + np.diag(rng.integers(60, 110, k))
    worst = []
    for i in range(cards):
        shot = picture(rng)
        worst.append(
            Card(
                f"{names[i % k]}/{i:04}.jpg",
                thumbnails.png(shot),
                thumbnails.overlay(shot, cam()),
                {},
                names[i % k],
                names[(i + 1) % k],
                0.99 - 0.015 * i,
                4.6 - 0.1 * i,
                "perhaps mislabelled" if i == 2 else "",
            )
        )
    return ReportData(
        title="photos",
        headline=[
            ("dev error", "6.5 %", "3.8–11.0, 185 pictures"),
            ("train error", "0.3 %", "0.1–0.9"),
            ("best baseline", "21 %", "pretrained features, logistic regression"),
            ("trained in", "21 s", "12 epochs"),
        ],
        summary=[
            ("data", "1,237 pictures, 2 classes   3 files could not be read: runs/photos-1/skipped.csv"),
            ("split", "train 866 · dev 185 · test 186   stratified, seed 0"),
            ("net", "small convnet, 212k weights   bf16, AdamW, one-cycle"),
            ("result", "train error 0.3 %   dev error 6.5 % (3.8–11.0)   baseline 21 %"),
        ],
        findings=FINDINGS,
        levels=[
            ("people", Interval(0.001, 0.001, 0.001)),
            ("train", Interval(0.003, 0.001, 0.009)),
            ("train-dev", Interval(0.058, 0.034, 0.095)),
            ("dev", Interval(0.065, 0.038, 0.11)),
        ],
        gaps=[
            ("bias", Interval(0.002, 0, 0.008)),
            ("variance", Interval(0.055, 0.03, 0.09)),
            ("mismatch", Interval(0.007, -0.03, 0.044)),
        ],
        limits="Variance limits it: dev is 6.1 points above train (3.4–10.6).",
        history=history(),
        confusion=Confusion(names, counts),
        calibration=[
            Bin(c, c - 0.08 * (c > 0.7) + 0.03 * (c < 0.6), n)
            for c, n in [(0.55, 9), (0.65, 12), (0.75, 20), (0.85, 34), (0.97, 110)]
        ],
        per_class=[
            (name, Interval(0.02 + 0.01 * i, 0.01 + 0.005 * i, 0.05 + 0.02 * i), 90 + i) for i, name in enumerate(names)
        ],
        worst=worst,
        baselines=[
            ("majority class", Interval(0.49, 0.42, 0.56), 0.0),
            ("pretrained features, logistic regression", Interval(0.21, 0.16, 0.27), 6.4),
        ],
        settings={
            "net": "small",
            "epochs": 12,
            "optimizer": "adamw",
            "lr": 0.001,
            "warmup": 0.1,
            "seed": 0,
            "device": "cpu",
            "grad_clip": 0.0,
            "dropout": None,
            "options": {"size": 96, "augment": {"flip": True, "crop": 0.8}},
            "data": {"fingerprint": "9f3a21c0"},
        },
        repeat=["fathom train photos/ --recipe runs/photos-1/recipe.json", "fathom report runs/photos-1"],
        versions={"fathom": "0.1", "torch": "2.10", "python": "3.12"},
    )


def regression() -> ReportData:
    rng = np.random.default_rng(1)
    truth = rng.gamma(3, 60, 1500)
    return ReportData(
        title="houses.csv",
        metric=RMSE,
        headline=[("dev rmse", "41.2", "38.9–43.8")],
        levels=[("train", Interval(36.2, 35, 37.5)), ("dev", Interval(41.2, 38.9, 43.8))],
        gaps=[],
        history=history(40, 60),
        scatter=Scatter(truth, truth * 0.95 + rng.normal(0, 25, 1500)),
        worst=[
            Card(
                f"row {i}",
                fields={"area": 120.5 + i, "rooms": 5, "town": "Ulm"},
                target=310.0,
                prediction=150.25,
                loss=9.1,
            )
            for i in range(6)
        ],
        per_class=(),
        baselines=[("mean", Interval(102.0, 98, 107), 0.0)],
    )


def compared() -> CompareData:
    return CompareData(
        [
            ComparedRun(
                "runs/photos-1",
                Interval(0.065, 0.038, 0.11),
                None,
                "small convnet",
                21,
                history(),
                {"net": "small", "lr": 1e-3, "o": {"size": 96}},
            ),
            ComparedRun(
                "runs/photos-2",
                Interval(0.032, 0.015, 0.066),
                Interval(-0.033, -0.06, -0.008),
                "efficientnet",
                185,
                history(12, 0.3),
                {"net": "efficientnet", "lr": 3e-4, "o": {"size": 96}},
            ),
            ComparedRun(HOSTILE, None, None, "", None, [], {"net": "small", "lr": 1e-3, "o": {"size": 64}}),
        ]
    )


REPORTS = {
    "two": lambda: classification(["cat", "dog"]),
    "ten": lambda: classification([f"class {i}" for i in range(10)]),
    "many": lambda: classification([f"quite a long name of a class {i}" for i in range(40)], 2),
    "regression": regression,
    "minimal": lambda: ReportData("nothing"),
    "one epoch": lambda: ReportData("short", history=[{"epoch": 1, "train_loss": 0.5, "dev_loss": float("nan")}]),
}


@pytest.mark.parametrize("name", REPORTS)
def test_page_is_well_formed_offline_small_and_the_same_twice(name, tmp_path):
    paths = tmp_path / "a.html", tmp_path / "b.html"
    for path in paths:
        write_report(path, REPORTS[name]())
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert len(first) < 1_000_000
    check(first.decode())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_what_is_not_finite_or_empty_does_not_stop_the_page(tmp_path):
    nan, zero = float("nan"), Interval(0.0, 0.0, 0.0)
    lost = Interval(nan, nan, nan)
    report = ReportData(
        "odd",
        levels=[("train", zero), ("dev", lost)],
        gaps=[("gap", lost)],
        history=[{"epoch": 1, "train_loss": nan}],
        confusion=Confusion(["a", "b"], np.zeros((2, 2), int)),
        calibration=[Bin(0.5, 0.5, 0)],
        scatter=Scatter([nan, 1.0], [1.0, nan]),
        per_class=[("a", lost, 0)],
        worst=[Card("a", loss=nan, confidence=nan)],
        baselines=[("none", lost, 0.0)],
    )
    write_report(tmp_path / "r.html", report)
    check((tmp_path / "r.html").read_text())


def test_sections_stand_in_order_and_missing_ones_are_left_out(tmp_path):
    write_report(tmp_path / "full.html", classification(["cat", "dog"], 2))
    write_report(tmp_path / "none.html", ReportData("nothing"))
    sections = r'<section id="([^"]+)"'
    assert re.findall(sections, (tmp_path / "full.html").read_text()) == [
        "limits",
        "curves",
        "confusion",
        "calibration",
        "classes",
        "worst",
        "baselines",
        "settings",
        "repeat",
    ]
    assert re.findall(sections, (tmp_path / "none.html").read_text()) == []


def test_hostile_words_are_escaped_everywhere(tmp_path):
    band = Interval(0.1, 0.05, 0.2)
    finding = Finding(HOSTILE, "problem", HOSTILE, {HOSTILE: [HOSTILE]}, HOSTILE, HOSTILE, HOSTILE)
    shot = thumbnails.png(np.zeros((8, 8, 3), np.uint8))
    card = Card(HOSTILE, shot, shot, {HOSTILE: HOSTILE}, HOSTILE, HOSTILE, 0.5, 1.0, HOSTILE)
    hostile = ReportData(
        HOSTILE,
        headline=[(HOSTILE,) * 3],
        summary=[(HOSTILE, HOSTILE)],
        findings=[finding],
        levels=[(HOSTILE, band)] * 2,
        gaps=[(HOSTILE, band)],
        limits=HOSTILE,
        confusion=Confusion([HOSTILE, "b"], [[3, 1], [0, 4]]),
        per_class=[(HOSTILE, band, 3)],
        worst=[card],
        split=HOSTILE,
        baselines=[(HOSTILE, band, 1.0)],
        settings={HOSTILE: {HOSTILE: HOSTILE}},
        repeat=[HOSTILE],
        versions={HOSTILE: HOSTILE},
    )
    write_report(tmp_path / "r.html", hostile)
    write_comparison(tmp_path / "c.html", compared())
    for name in ("r.html", "c.html"):
        text = (tmp_path / name).read_text()
        check(text)
        assert "<script" not in text
        assert "\x00" not in text
        assert "&lt;script&gt;" in text


def test_comparison_tells_what_differs(tmp_path):
    write_comparison(tmp_path / "c.html", compared())
    text = (tmp_path / "c.html").read_text()
    assert "o.size" in text
    assert "−3.3 points" in text


def test_figures_take_hostile_class_names_literally():
    svg = figures.confusion(Confusion(["$x", 'id="a" #1d2431'], [[1, 0], [2, 3]]))
    assert ">$x<" in svg
    assert "#1d2431<" in svg
    check(svg)


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (300, 200, 3), (40, 60, 4), (1, 1, 3)])
def test_thumbnails_are_small_pngs(shape):
    shot = np.full(shape, 200, np.uint8)
    for data in (thumbnails.png(shot), thumbnails.overlay(shot, np.full((3, 3), np.nan))):
        with Image.open(BytesIO(data)) as image:
            assert image.format == "PNG"
            assert max(image.size) <= thumbnails.SIDE


def test_overlay_is_hot_where_the_cam_is_high():
    heat = np.zeros((8, 8))
    heat[1, 6] = 1
    data = thumbnails.overlay(np.full((64, 64, 3), 100, np.uint8), heat)
    shown = np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)
    assert shown[12, 52, 0] > shown[50, 10, 0] + 60


def test_picture_must_be_bytes():
    with pytest.raises(ValueError, match="uint8"):
        thumbnails.png(np.zeros((3, 3), np.float32))


def printed(renderable) -> str:
    console = Console(width=110, record=True, file=StringIO())
    console.print(renderable)
    return console.export_text()


def test_terminal_says_the_same():
    lines = printed(terminal.summary([("data", "5 [red]rows[/red]   3 skipped"), ("net", "line")])).splitlines()
    assert lines == ["data      5 [red]rows[/red]   3 skipped", "net       line"]
    assert "bias-and-variance" in printed(terminal.findings_table(FINDINGS))
    table = printed(terminal.comparison_table(compared()))
    assert "3.2 % (1.5–6.6)" in table
    assert "−3.3 points" in table
