"""Lessons as pages: Markdown with ``math``, ``plot`` and ``diagram`` blocks, for the terminal and for the browser.

Formulas are LaTeX. The browser shows them as MathML, which it draws by itself, offline; the terminal as plain text with
the letters that Unicode has. A diagram is named, and drawn by `fathom.learning.diagrams`; the terminal says what it
shows. ``[text](lesson:NAME)`` leads to another lesson. HTML in a lesson is shown as text.
"""

from __future__ import annotations

import html
import json
import re
import tomllib
from typing import Any

from fathom.errors import MissingExtra
from fathom.learning import reference
from fathom.learning.course import Exercise
from fathom.learning.diagrams import diagram

BLOCK = re.compile(r"^```(math|plot|diagram)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\[([^\]]+)\]\(lesson:([\w-]+)\)")
"""A link to another lesson, by the name of its folder."""
FOLDED = "Where it comes from"
"""The section that the page folds: the derivation."""
UNLINKED = frozenset({"a", "code", "em", "pre", "h1", "h2", "h3", "th", "summary"})
"""Elements in which no word is linked to the glossary."""
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "lambda": "λ",
    "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "omega": "ω", "Sigma": "Σ",
    "sum": "Σ", "prod": "Π", "partial": "∂", "cdot": "·", "times": "×", "odot": "⊙", "leftarrow": "←", "to": "→",
    "infty": "∞", "le": "≤", "ge": "≥", "ne": "≠", "approx": "≈", "in": "∈", "nabla": "∇", "pm": "±", "sim": "~",
    "qquad": "\n", "quad": "   ", "ldots": "…", "mid": "|", "ell": "ℓ", "cap": "∩", "cup": "∪", "circ": "∘",
    "max": "max", "min": "min", "log": "log ", "exp": "exp", "tanh": "tanh", "cos": "cos", "sin": "sin", "left": "",
    "right": "", "lfloor": "⌊", "rfloor": "⌋", "lVert": "‖", "rVert": "‖", "Rightarrow": "⇒", "argmax": "argmax ",
}  # fmt: skip


def plain(tex: str) -> str:
    """A formula as a line of text: fractions with a slash, Greek letters as such."""
    text = tex
    for _ in range(6):
        text = re.sub(r"\\d?frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}", _fraction, text)
        text = re.sub(r"\\sqrt\{((?:[^{}]|\{[^{}]*\})*)\}", r"√(\1)", text)
        text = re.sub(r"\\(?:mathrm|text|mathbf|operatorname)\{([^{}]*)\}", r"\1", text)
        text = re.sub(r"\\hat\{([^{}]*)\}", r"\1̂", text)
        text = re.sub(r"\\(?:bar|overline)\{([^{}]*)\}", r"mean(\1)", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda m: GREEK.get(m[1], m[1]), text)
    text = re.sub(r"\\[,;! ]", " ", text).replace("\\{", "{").replace("\\}", "}").replace("\\\\", "\n")
    text = re.sub(r"([_^])\{([^{}]*)\}", lambda m: m[1] + (m[2] if len(m[2]) == 1 else f"({m[2]})"), text)
    text = text.replace("∂ ", "∂").replace("log _", "log_").replace("{", "").replace("}", "")
    return "\n".join(_bare(" ".join(line.split())) for line in text.splitlines() if line.strip())


def _bare(line: str) -> str:
    """The line without parentheses that say nothing: doubled ones, and those around all that stands behind an =."""
    open_, pairs = [], {}
    for i, c in enumerate(line):
        if c == "(":
            open_.append(i)
        elif c == ")" and open_:
            pairs[open_.pop()] = i
    drop = {i for i, end in pairs.items() if pairs.get(i + 1) == end - 1}
    drop |= {i for i, end in pairs.items() if line[max(0, i - 2) : i] in ("= ", "") and end == len(line) - 1}
    gone = drop | {pairs[i] for i in drop}
    return "".join(c for i, c in enumerate(line) if i not in gone)


def _fraction(m: re.Match[str]) -> str:
    """``(a / b)``: in parentheses, since what stands before or after would else be read into it."""
    parts = (part.strip() for part in (m[1], m[2]))
    top, bottom = (
        part if re.fullmatch(r"(\\partial )?\\?[A-Za-z]+(_\{?\w+\}?)?|\d+", part) else f"({part})" for part in parts
    )
    return f"({top} / {bottom})"


def terminal(one: Exercise) -> Any:
    """The page for the terminal, as something that rich prints."""
    from rich.markdown import Markdown

    def block(m: re.Match[str]) -> str:
        if m[1] == "math":
            return f"```\n{plain(m[2])}\n```"
        told = tomllib.loads(m[2])
        if m[1] == "plot":
            return f"*(a live plot in the browser: {told['title']})*"
        return f"*(a diagram in the browser: {told['caption']})*"

    return Markdown(LINK.sub(_named_link, BLOCK.sub(block, one.lesson)))


def web(one: Exercise) -> str:
    """The page's body as HTML: formulas as MathML, plots as places that the page's script fills, diagrams as SVG.

    Raises:
        MissingExtra: formulas cannot be drawn.
        ValueError: a link leads to no lesson, or a diagram is not there.
    """
    return web_of(one.lesson)


def web_of(text: str) -> str:
    """Markdown as HTML; see `web`."""
    from markdown_it import MarkdownIt

    pieces: list[str] = []

    def block(m: re.Match[str]) -> str:
        pieces.append({"math": _formula, "plot": _plot, "diagram": _diagram}[m[1]](m[2]))
        return f"\n\nPIECE{len(pieces) - 1}PIECE\n\n"

    marked = LINK.sub(lambda m: f"[{m[1]}](#{reference.named(m[2]).id})", BLOCK.sub(block, text))
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(marked)
    body = _folded(_with_glossary(body))
    return re.sub(r"<p>PIECE(\d+)PIECE</p>", lambda m: pieces[int(m[1])], body)


def _named_link(m: re.Match[str]) -> str:
    """``text (lesson 2.3)``: the terminal has nothing to click."""
    return f"{m[1]} (lesson {reference.named(m[2]).id})"


def _formula(tex: str) -> str:
    try:
        from latex2mathml.converter import convert
    except ImportError:
        raise MissingExtra("drawing formulas", "course") from None
    rows = [convert(part, display="block") for part in re.split(r"\\qquad", tex.strip())]
    return f'<div class="math">{"".join(rows)}</div>'


def _plot(told: str) -> str:
    return f'<figure class="plot" data-plot="{html.escape(json.dumps(tomllib.loads(told)), quote=True)}"></figure>'


def _diagram(told: str) -> str:
    """All frames, each with its caption; those after the first are hidden until the page's script steps to them."""
    asked = tomllib.loads(told)
    frames = [
        f'<div class="frame"{" hidden" if i else ""}>{frame.svg}<p>{html.escape(frame.caption)}</p></div>'
        for i, frame in enumerate(diagram(asked["name"]))
    ]
    caption = f"<figcaption>{html.escape(asked['caption'])}</figcaption>"
    return f'<figure class="diagram" data-diagram="{html.escape(asked["name"])}">{caption}{"".join(frames)}</figure>'


def _folded(body: str) -> str:
    """The derivation behind its heading, to be opened by whoever wants it."""
    return re.sub(
        rf"<h2>{FOLDED}</h2>(.*?)(?=<h2>|\Z)",
        rf'<details class="derivation"><summary><h2>{FOLDED}</h2></summary>\1</details>\n',
        body,
        flags=re.S,
    )


def _with_glossary(body: str) -> str:
    """The first use of each word of the glossary linked to it, where it stands in plain text.

    Words of several parts are looked for before their parts: "learning rate" is not a use of "rate". What is written
    with capitals is no use where it stands in small letters: a heat map is no mAP.
    """
    forms = sorted(reference.by_form(), key=len, reverse=True)
    words = "|".join(re.escape(form).replace(r"\ ", r"[\s-]") for form in forms)
    term, linked, inside = re.compile(rf"(?<![\w-])({words})(?![\w-])", re.I), set[str](), list[str]()

    def link(m: re.Match[str]) -> str:
        plain = re.sub(r"[\s-]+", " ", m[1].lower())
        one = reference.by_form()[plain]
        if one.term in linked or (m[1].islower() and plain.removesuffix("s") in reference.abbreviations()):
            return m[1]
        linked.add(one.term)
        return f'<a class="term" href="#{one.anchor}">{m[1]}</a>'

    pieces = []
    for piece in re.split(r"(<[^>]*>)", body):
        tag = re.match(r"<(/?)(\w+)", piece)
        if tag is None:
            pieces.append(piece if any(name in UNLINKED for name in inside) else term.sub(link, piece))
            continue
        if tag[1]:
            inside.remove(tag[2])
        elif tag[2] not in ("br", "hr", "img"):
            inside.append(tag[2])
        pieces.append(piece)
    return "".join(pieces)
