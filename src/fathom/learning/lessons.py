"""Lessons as pages: Markdown with ``math`` and ``plot`` blocks, for the terminal and, with live plots, for the browser.

Formulas are LaTeX. The browser shows them as MathML, which it draws by itself, offline; the terminal as plain text with
the letters that Unicode has.
"""

from __future__ import annotations

import html
import json
import re
import tomllib
from typing import Any

from fathom.errors import MissingExtra
from fathom.learning.course import Exercise

BLOCK = re.compile(r"^```(math|plot)\n(.*?)^```$", re.M | re.S)
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
        return f"*(a live plot in the browser: {tomllib.loads(m[2])['title']})*"

    return Markdown(BLOCK.sub(block, one.lesson))


def web(one: Exercise) -> str:
    """The page's body as HTML: formulas as MathML, plots as places that the page's script fills.

    Raises:
        MissingExtra: formulas cannot be drawn.
    """
    return web_of(one.lesson)


def web_of(text: str) -> str:
    """Markdown as HTML."""
    from markdown_it import MarkdownIt

    try:
        from latex2mathml.converter import convert
    except ImportError:
        raise MissingExtra("drawing formulas", "course") from None
    pieces: list[str] = []

    def block(m: re.Match[str]) -> str:
        if m[1] == "math":
            rows = [convert(part, display="block") for part in re.split(r"\\qquad", m[2].strip())]
            pieces.append(f'<div class="math">{"".join(rows)}</div>')
        else:
            told = html.escape(json.dumps(tomllib.loads(m[2])), quote=True)
            pieces.append(f'<figure class="plot" data-plot="{told}"></figure>')
        return f"\n\nPIECE{len(pieces) - 1}PIECE\n\n"

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(BLOCK.sub(block, text))
    return re.sub(r"<p>PIECE(\d+)PIECE</p>", lambda m: pieces[int(m[1])], body)
