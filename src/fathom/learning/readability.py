"""How hard a lesson is to read, and whether it has its parts: its sections, sentences, words and symbols.

Formulas, code and tables are no prose, and are not counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fathom.learning.lessons import BLOCK, GREEK, LINK

SECTIONS = (
    "The problem",
    "The picture",
    "The formula",
    "Where it comes from",
    "Worked numbers",
    "The shape of the code",
    "Pitfalls",
    "Where it lives in fathom",
    "What it leads to",
)
"""Headings of a lesson, in their order."""

LETTERS = frozenset(
    ("alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "lambda", "mu", "nu", "pi", "rho", "sigma", "tau",
     "phi", "omega", "Sigma", "ell")
)  # fmt: skip
"""Commands of LaTeX that are letters."""
_FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
_WORD = re.compile(r"[A-Za-zÀ-ÿ][\w'’-]*")
_ABBREVIATED = re.compile(r"\b(et al|e\.g|i\.e|vs|cf)\.")


@dataclass(frozen=True)
class Reading:
    """How a text reads.

    Attributes:
        words: of its prose.
        sentences: of its prose.
        grade: years of school after which it is read with ease (Kincaid et al. 1975).
    """

    words: int
    sentences: int
    grade: float

    @property
    def length(self) -> float:
        """Words of a sentence, on average."""
        return self.words / max(1, self.sentences)


def is_new(text: str) -> bool:
    """Whether a lesson is in the format that is described here."""
    return "\n## The problem\n" in text


def headings(text: str) -> tuple[str, ...]:
    """The headings of a lesson's sections, in order."""
    return tuple(re.findall(r"^## (.+)$", _FENCED.sub("", text), re.M))


def prose(text: str) -> str:
    """A lesson without its formulas, code, tables and headings; links as their words, items as paragraphs."""
    text = LINK.sub(r"\1", _FENCED.sub("\n", text))
    lines = ["" if re.match(r"\s*\||#", line) else line for line in text.splitlines()]
    lines = [re.sub(r"^\s*([-*]|\d+\.) +", "\n", line) for line in lines]
    return re.sub(r"[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}", "", "\n".join(lines))


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a lesson's prose; a paragraph and an item of a list end one."""
    found = []
    for paragraph in re.split(r"\n\s*\n", _ABBREVIATED.sub(r"\1", prose(text))):
        one = re.sub(r"`[^`]*`", " code ", " ".join(paragraph.split()))
        found += [part for part in re.split(r"(?<=[.!?])[)\"”]?\s+", one) if _WORD.search(part)]
    return tuple(found)


def length(text: str) -> int:
    """How many words and numbers a lesson's prose has: how long it takes to read."""
    return sum(len(re.findall(r"\S*[A-Za-z0-9]\S*", one)) for one in sentences(text))


def words(text: str) -> tuple[str, ...]:
    """The words of a text: what begins with a letter. Numbers and signs are none."""
    return tuple(_WORD.findall(text))


def reading(text: str) -> Reading:
    """How a lesson reads."""
    told = sentences(text)
    found = [word for one in told for word in words(one)]
    if not found:
        return Reading(0, 0, 0.0)
    syllables = sum(map(_syllables, found))
    grade = 0.39 * len(found) / len(told) + 11.8 * syllables / len(found) - 15.59
    return Reading(len(found), len(told), grade)


def symbols(text: str) -> frozenset[str]:
    """The letters that stand alone in a lesson's formulas: ``η``, ``w``; words in ``\\text{…}`` are none.

    A ``T`` as exponent is a transposed matrix and no letter.
    """
    found: set[str] = set()
    for block in BLOCK.finditer(text):
        if block[1] != "math":
            continue
        tex = re.sub(r"\\(?:text|mathrm|operatorname|mathbf)\{[^{}]*\}", " ", block[2])
        tex = re.sub(r"\^\{?(T|\\top)\}?(?![A-Za-z])", " ", tex)
        found |= {GREEK[name] for name in re.findall(r"\\([A-Za-z]+)", tex) if name in LETTERS}
        found |= set(re.findall(r"[A-Za-zα-ωΑ-Ω]", re.sub(r"\\[A-Za-z]+", " ", tex)))
    return frozenset(found)


def explained(text: str) -> str:
    """What stands in the first columns of a lesson's tables of symbols."""
    tables = re.findall(r"^\| *symbol *\| *meaning *\| *shape *\|\n\|[-| :]+\|\n((?:\|.*\n?)+)", text, re.M | re.I)
    return " ".join(row.split("|")[1] for table in tables for row in table.strip().splitlines())


def _syllables(word: str) -> int:
    """About how many: groups of vowels, without an e at the end that is not heard."""
    plain = re.sub(r"[^a-z]", "", word.lower())
    plain = re.sub(r"(?<=[^aeiouyl])e$|(?<=[^aeioutd])ed$|(?<=[^aeiouscxzhg])es$", "", plain)
    return max(1, len(re.findall(r"[aeiouy]+", plain)))
