"""Lessons of the second edition: their sections, language, symbols, links and diagrams."""

from __future__ import annotations

import io
import re
import tomllib
import xml.etree.ElementTree as ET

import pytest
from rich.console import Console
from typer.testing import CliRunner

from fathom.cli.learning import app
from fathom.errors import UserError
from fathom.learning import lessons, readability, reference
from fathom.learning.course import exercises, find
from fathom.learning.diagrams import diagram, names
from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import COLORS, SMALLEST, Canvas, extent

SVG = "{http://www.w3.org/2000/svg}"
NEW = pytest.mark.parametrize("name", [one.name for one in exercises() if readability.is_new(one.lesson)])
UNITS = ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy")


def blocks(text: str, kind: str) -> list[str]:
    return [m[2] for m in lessons.BLOCK.finditer(text) if m[1] == kind]


def test_every_lesson_is_of_the_second_edition() -> None:
    assert [one.id for one in exercises() if not readability.is_new(one.lesson)] == []


@NEW
def test_the_sections_stand_in_their_order(name: str) -> None:
    text = find(name).lesson
    assert readability.headings(text) == readability.SECTIONS
    assert len(re.findall(r"^# ", text, re.M)) == 1
    assert blocks(text.split("## The picture")[1].split("\n## ")[0], "diagram")
    assert blocks(text.split("## The formula")[1].split("\n## ")[0], "math")


@NEW
def test_it_is_as_long_as_a_page(name: str) -> None:
    assert 600 <= readability.length(find(name).lesson) <= 1000


@NEW
def test_no_sentence_is_long(name: str) -> None:
    told = readability.sentences(find(name).lesson)
    assert [one for one in told if len(readability.words(one)) > 25] == []


@NEW
def test_every_letter_of_the_formulas_is_explained(name: str) -> None:
    text = find(name).lesson
    told = readability.explained(text)
    assert told
    assert [letter for letter in sorted(readability.symbols(text)) if letter not in told] == []


@NEW
def test_links_lead_to_lessons_and_pitfalls_are_a_list(name: str) -> None:
    text = find(name).lesson
    linked = [m[2] for m in lessons.LINK.finditer(text)]
    assert linked
    assert [one for one in linked if reference.named(one).name == name] == []
    assert not re.search(r"\]\((?!lesson:)", text)
    assert len(re.findall(r"^(?:- |\d\. )", text.split("## Pitfalls")[1].split("\n## ")[0], re.M)) >= 3


@NEW
def test_its_diagrams_are_drawn(name: str) -> None:
    for block in blocks(find(name).lesson, "diagram"):
        told = tomllib.loads(block)
        assert set(told) == {"name", "caption"}
        assert diagram(told["name"])


@pytest.mark.parametrize("name", names())
def test_a_diagram_can_be_read(name: str) -> None:
    for frame in diagram(name):
        assert frame.caption.endswith(".")
        root = ET.fromstring(frame.svg)
        left, top, width, height = map(float, root.attrib["viewBox"].split())
        assert (left, top) == (0, 0)
        for tag, shortest in (("title", 3), ("desc", 10)):
            assert len(root.findtext(SVG + tag) or "") > shortest
        for part in root.iter():
            paints = {part.attrib[key] for key in ("fill", "stroke") if key in part.attrib} - {"none"}
            assert paints <= {f"var(--{color})" for color in COLORS}
            for key in UNITS:
                if key in part.attrib:
                    assert -1 <= float(part.attrib[key]) <= (height if "y" in key else width) + 1
            if part.tag == SVG + "text":
                size, at = float(part.attrib["font-size"]), float(part.attrib["x"])
                begin, end = extent(part.text or "", at, size, part.attrib.get("text-anchor", "start"))
                assert size >= SMALLEST
                assert 0 <= begin <= end <= width, part.text


def test_what_cannot_be_read_is_not_drawn() -> None:
    canvas = Canvas("a title", "a description")
    with pytest.raises(ValueError, match="cannot be read"):
        canvas.text(100, 100, "small", size=9)
    with pytest.raises(ValueError, match="leaves the picture"):
        canvas.text(340, 100, "too far to the right")
    with pytest.raises(ValueError, match="no colour 'red'"):
        canvas.line(0, 0, 1, 1, color="red")
    with pytest.raises(ValueError, match="no diagram 'nothing-of-it'"):
        diagram("nothing-of-it")


def test_a_curve_is_cut_off_at_the_edge_of_its_axes() -> None:
    canvas = Canvas("a title", "a description")
    field = axes(canvas, 40, 20, 100, 100, (0, 1), (0, 1))
    canvas.parts.clear()
    field.curve([(-2, 0.4), (-1, 0.5), (0.5, 0.5), (0.5, 3), (0.8, float("nan")), (0.9, 0.2), (1, 0.2)])
    found = [re.findall(r"[\d.]+,[\d.]+", part) for part in canvas.parts]
    assert found == [["40,70", "90,70", "90,20"], ["130,100", "140,100"]]


def test_text_in_a_picture_is_no_markup() -> None:
    canvas = Canvas("a < b & c", "a description")
    canvas.text(100, 100, "a < b")
    root = ET.fromstring(canvas.frame("A caption.").svg)
    assert root.findtext(SVG + "title") == "a < b & c"
    assert [one.text for one in root.iter(SVG + "text")] == ["a < b"]


PAGE = """# A title

## The problem

A kernel moves. The Kernels move, and feature maps come of it; `kernel` is code. See [dropout](lesson:dropout).
<b>bold</b>

## Where it comes from

It is derived.

```math
a = b
```

## What it leads to

The end.
"""


def test_a_page_has_links_folds_and_a_glossary() -> None:
    pytest.importorskip("latex2mathml")
    page = lessons.web_of(PAGE)
    assert '<a href="#2.3">dropout</a>' in page
    assert page.count('href="#glossary-kernel"') == 1
    assert '<a class="term" href="#glossary-feature-map">feature maps</a>' in page
    assert "<code>kernel</code>" in page
    assert "&lt;b&gt;" in page
    folded = re.search(r'<details class="derivation"><summary><h2>(.*?)</h2></summary>(.*?)</details>', page, re.S)
    assert folded
    assert folded[1] == "Where it comes from"
    assert "<math" in folded[2]
    assert "The end" not in folded[2]


def test_an_abbreviation_is_no_word_in_small_letters() -> None:
    pytest.importorskip("latex2mathml")
    assert "glossary-" not in lessons.web_of("A heat map, and maps.")
    assert "glossary-mean-average-precision" in lessons.web_of("The mAP.")


def test_a_link_to_no_lesson_is_refused() -> None:
    with pytest.raises(ValueError, match="no lesson 'dropuot'"):
        lessons.web_of("see [dropout](lesson:dropuot)")


def test_a_diagram_has_a_frame_that_is_seen_and_others_to_step_to() -> None:
    name = names()[0]
    page = lessons.web_of(f'```diagram\nname = "{name}"\ncaption = "What <is> shown"\n```\n')
    assert page.startswith(f'<figure class="diagram" data-diagram="{name}"><figcaption>What &lt;is&gt; shown')
    frames = re.findall(r'<div class="frame"( hidden)?><svg', page)
    assert frames == [""] + [" hidden"] * (len(diagram(name)) - 1)


@NEW
def test_the_terminal_names_the_lessons_that_are_linked(name: str) -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(lessons.terminal(find(name)))
    said = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    assert "a diagram in the browser" in said
    assert "lesson:" not in said
    linked = lessons.LINK.search(find(name).lesson)
    assert linked
    assert f"(lesson {reference.named(linked[2]).id})" in said


def test_every_word_of_the_glossary_has_a_lesson_and_is_short() -> None:
    terms = reference.glossary()
    assert len(terms) >= 120
    assert len({one.term.lower() for one in terms}) == len({one.anchor for one in terms}) == len(terms)
    for one in terms:
        assert one.exercise.name == one.lesson
        assert one.meaning.endswith(".")
        assert all(len(readability.words(part)) <= 25 for part in readability.sentences(one.meaning))


def test_a_word_is_found_in_any_form() -> None:
    assert reference.define("Feature-maps").term == "feature map"
    assert reference.define("queries").term == "query"
    with pytest.raises(UserError, match="did you mean kernel"):
        reference.define("kernal")


def test_the_terminal_shows_words_and_letters() -> None:
    runner = CliRunner()
    one = runner.invoke(app, ["glossary", "feature-maps"])
    assert one.output.startswith("feature map: ")
    assert one.output.rstrip().endswith(f"(lesson {find('convolution').id})")
    assert len(runner.invoke(app, ["glossary"]).output.splitlines()) == len(reference.glossary())
    letters = runner.invoke(app, ["notation"]).output
    assert "learning rate" in letters
    assert "E[…]" in letters


def test_a_letter_stands_once_in_the_notation() -> None:
    letters = [letter for one in reference.notation() for letter in one.symbol.split(", ")]
    assert len(letters) == len(set(letters))


def test_how_a_text_reads_is_counted_without_formulas_and_tables() -> None:
    text = "# T\n\nOne two, three 4. Five (six et al. 2015) seven?\n\n- eight\n- nine `a.b` ten.\n\n| a | b |\n"
    text += "```math\nx = y\n```\n"
    assert [readability.words(one) for one in readability.sentences(text)] == [
        ("One", "two", "three"),
        ("Five", "six", "et", "al", "seven"),
        ("eight",),
        ("nine", "code", "ten"),
    ]
    assert readability.symbols("```math\n\\eta x_i \\cdot w^T \\text{max} \\log p\n```\n") == {"η", "x", "i", "w", "p"}
