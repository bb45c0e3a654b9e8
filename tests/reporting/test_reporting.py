"""The pages: well-formed, offline, safe, the same twice, and small."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO, StringIO

import numpy as np
import pytest
from PIL import Image
from report_samples import FINDINGS, HOSTILE, REPORTS, classification, compared
from rich.console import Console

from fathom.records import Finding, Interval
from fathom.reporting import (
    Bin,
    Card,
    Confusion,
    ReportData,
    Scatter,
    figures,
    terminal,
    thumbnails,
    write_comparison,
    write_report,
)

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
    svg = figures.confusion_matrix(Confusion(["$x", 'id="a" #1d2431'], [[1, 0], [2, 3]]))
    assert ">$x<" in svg
    assert "#1d2431<" in svg
    check(svg)


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (300, 200, 3), (40, 60, 4), (1, 1, 3)])
def test_thumbnails_are_small_pngs(shape):
    shot = np.full(shape, 200, np.uint8)
    for data in (thumbnails.png(shot), thumbnails.overlay_heat(shot, np.full((3, 3), np.nan))):
        with Image.open(BytesIO(data)) as image:
            assert image.format == "PNG"
            assert max(image.size) <= thumbnails.THUMBNAIL_SIDE


def test_overlay_is_hot_where_the_cam_is_high():
    heat = np.zeros((8, 8))
    heat[1, 6] = 1
    data = thumbnails.overlay_heat(np.full((64, 64, 3), 100, np.uint8), heat)
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
    lines = printed(terminal.summary_grid([("data", "5 [red]rows[/red]   3 skipped"), ("net", "line")])).splitlines()
    assert lines == ["data      5 [red]rows[/red]   3 skipped", "net       line"]
    assert "bias-and-variance" in printed(terminal.findings_table(FINDINGS))
    table = printed(terminal.comparison_table(compared()))
    assert "3.2 % (1.5–6.6)" in table
    assert "−3.3 points" in table
