"""The course's table of notation and its glossary: what `notation.toml` and `glossary.toml` say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from fathom.errors import UserError
from fathom.learning.course import ROOT, Exercise, exercises
from fathom.spelling import nearest


@dataclass(frozen=True)
class Symbol:
    """A letter of the formulas.

    Attributes:
        symbol: as it is written, ``η``.
        meaning: in a few words.
        shape: that it usually has, ``(batch, features)``.
    """

    symbol: str
    meaning: str
    shape: str


@dataclass(frozen=True)
class Term:
    """A word of the field.

    Attributes:
        term: as it is written, ``feature map``.
        meaning: in one or two plain sentences.
        lesson: name of the exercise whose lesson explains it.
        forms: other ways to write it, plurals that are not regular among them.
    """

    term: str
    meaning: str
    lesson: str
    forms: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Where the page's glossary has it: ``glossary-feature-map``."""
        return "glossary-" + re.sub(r"[^a-z0-9]+", "-", self.term.lower()).strip("-")

    @property
    def exercise(self) -> Exercise:
        """The exercise whose lesson explains it."""
        return named(self.lesson)


@cache
def notation() -> tuple[Symbol, ...]:
    """The letters of the course, in the order of the table."""
    told = tomllib.loads((ROOT / "notation.toml").read_text("utf-8"))["symbol"]
    return tuple(Symbol(one["symbol"], one["meaning"], one["shape"]) for one in told)


@cache
def glossary() -> tuple[Term, ...]:
    """The words of the field, in the order of the alphabet."""
    told = tomllib.loads((ROOT / "glossary.toml").read_text("utf-8"))["term"]
    found = (Term(one["term"], one["meaning"], one["lesson"], tuple(one.get("forms", ()))) for one in told)
    return tuple(sorted(found, key=lambda one: one.term.lower()))


@cache
def by_form() -> Mapping[str, Term]:
    """Each term by all ways to write it, in small letters, with hyphens as spaces, in singular and plural."""
    found: dict[str, Term] = {}
    for one in glossary():
        for form in (one.term, *one.forms):
            plain = _plain(form)
            for written in (plain, plain + "s", plain + "es"):
                found.setdefault(written, one)
    return found


@cache
def abbreviations() -> frozenset[str]:
    """Ways to write a term that have a capital after the first letter, such as mAP, in small letters."""
    forms = (form for one in glossary() for form in (one.term, *one.forms))
    return frozenset(_plain(form) for form in forms if re.search(r".[A-Z]", form) and " " not in form)


def define(word: str) -> Term:
    """What the glossary says of a word.

    Raises:
        UserError: it is not there.
    """
    found = by_form().get(_plain(word))
    if found is None:
        near = [by_form()[form].term for form in nearest(_plain(word), by_form(), 3, 0.75)]
        hint = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "type fathom learn glossary for all"
        raise UserError(f"the glossary has no word {word!r}: {hint}")
    return found


@cache
def named(name: str) -> Exercise:
    """The exercise whose folder has this name.

    Raises:
        ValueError: there is none.
    """
    for one in exercises():
        if one.name == name:
            return one
    raise ValueError(f"there is no lesson {name!r}: the name of its folder is wanted, such as batch-norm")


def _plain(word: str) -> str:
    return " ".join(word.lower().replace("-", " ").replace("_", " ").split())
