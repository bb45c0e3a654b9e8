"""Texts and their translations in two files, line by line, as corpora are published.

    train.en, train.de, val.en, val.de          the ending says the language, and the name the split
    europarl.de-en.de, europarl.de-en.en        the name says the direction, too: from German
    train.src, train.tgt                        so does this ending
    train.en.txt, train.de.txt                  the same with another ending behind

Line 7 of one file is the translation of line 7 of the other: two files that differ in their lines are refused, since
from the first missing line on every pair would be wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fathom.data import repairs
from fathom.data.splits.split_folders import split_word
from fathom.data.text.text_file import normalize_line, read_text
from fathom.data.text.texts import text_digest
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Examples, Skipped, Source

_LANGUAGES = frozenset(  # a list of so many strings would take a page
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fo fr ga gl gu ha he hi hr hu hy id ig is it "  # noqa: SIM905
    "ja ka kk km kn ko ky lb lo lt lv mg mi mk ml mn mr ms mt my ne nl no nn nb ny oc or pa pl ps pt ro ru sd si sk sl "
    "sn so sq sr st su sv sw ta te tg th tk tl tr tt ug uk ur uz vi xh yi yo zh zu".split()
)
"""ISO 639-1."""
_SIDES = (("src", "tgt"), ("src", "trg"), ("source", "target"))
_NEWS = {"newstest": "test", "newsdev": "dev"}
"""How the yearly translation tasks call theirs, with the year behind."""


@dataclass(frozen=True)
class Parallel:
    """A folder of such files.

    Attributes:
        source, target: the two languages, as the endings say them.
        files: name without the languages → the file of each.
        told: whether the direction was told by the names.
    """

    source: str
    target: str
    files: dict[str, dict[str, Path]]
    told: bool


def find_parallel(source: Source) -> Parallel | None:
    """The two languages and the files of a folder; None where it has others or more."""
    if not source.path.is_dir():
        return None
    files: dict[str, dict[str, Path]] = defaultdict(dict)
    for path in sorted(source.path.iterdir()):
        if (parts := _parts(path.name)) is not None and path.is_file():
            files[parts[0]][parts[1]] = path
    languages = sorted({language for both in files.values() for language in both})
    if len(languages) != 2 or not any(len(both) == 2 for both in files.values()):
        return None
    direction, told = _direction(languages, files, source.target)
    return Parallel(*direction, dict(files), told)


def _parts(name: str) -> tuple[str, str] | None:
    """Of the name of a file what comes before the language, and the language."""
    found = re.fullmatch(r"([^.].*)\.([A-Za-z]{2}(?:[-_][A-Za-z]{2,4})?|src|tgt|trg|source|target)(?:\.txt)?", name)
    if found is None:
        return None
    language = found[2].lower()
    known = re.split("[-_]", language)[0] in _LANGUAGES or any(language in pair for pair in _SIDES)
    return (found[1], language) if known else None


def _direction(languages: list[str], names: Iterable[str], asked: str | None) -> tuple[tuple[str, str], bool]:
    """From which of the two into which, and whether that was said."""
    first, second = languages
    if asked is not None:
        if asked.lower() not in languages:
            raise UserError(f"there is no text in {asked!r}, only in {first} and {second}: name one with `target`")
        return ((first, second) if asked.lower() == second else (second, first)), True
    for pair in _SIDES:
        if sorted(pair) == languages:
            return pair, True
    for name in names:
        for one, other in ((first, second), (second, first)):
            if re.search(rf"(?<![a-z]){one}[-_]{other}(?![a-z])", name.lower()):
                return (one, other), True
    return (first, second), False


def read_parallel(source: Source, found: Parallel) -> Examples:
    """One example a line: its input the text in the one language, its target that in the other.

    Raises:
        UserError: two files differ in their numbers of lines, or no line has both texts.
    """
    if not found.told:
        repairs.tell(
            f"read from {found.source} to {found.target}; --target {found.source} turns them round", source.path
        )
    items: list[Example] = []
    skipped: list[Skipped] = []
    splits = {name: _split(name) for name, both in found.files.items() if len(both) == 2}
    for name, both in sorted(found.files.items()):
        (alone, *_) = both.values()
        if len(both) < 2:
            skipped.append(Skipped(alone.name, "its translation is missing"))
        elif splits[name] is None and any(splits.values()):
            skipped.append(Skipped(alone.name, "its name says no split, as those of others do"))
        else:
            items += _pairs(both[found.source], both[found.target], splits[name], skipped)
    if not items:
        raise UserError(
            f"{source.text} has no pairs of texts: line 1 of one file is the translation of line 1 of the other"
        )
    return Examples(tuple(items), tuple(skipped), "pairs", found.target, column=found.source)


def _split(name: str) -> str | None:
    """The split that a name says; None: none, or that it may be dev or test."""
    news = next((split for word, split in _NEWS.items() if name.lower().startswith(word)), None)
    split = news or split_word(name)
    return "dev" if split == "eval" else split


def _pairs(given: Path, meant: Path, split: str | None, skipped: list[Skipped]) -> Iterator[Example]:
    sources, targets = _lines(given), _lines(meant)
    if len(sources) != len(targets):
        raise UserError(
            f"{given} has {len(sources):,} lines and {meant} {len(targets):,}: give two files of as many lines, each a "
            "translation of the same line of the other"
        )
    for i, (one, other) in enumerate(zip(sources, targets), 1):
        name, text, target = f"{given.name} line {i}", normalize_line(one), normalize_line(other)
        if text and target:
            yield Example(name, text, target, split=split, content=text_digest(text))
        elif text or target:
            skipped.append(Skipped(name, "no target" if text else "no source"))


def _lines(path: Path) -> list[str]:
    """All lines, empty ones too; only a line feed ends one, or the files would part where a text holds another sign."""
    try:
        text = read_text(path)
    except Unreadable as error:
        raise UserError(f"{path} cannot be read ({error}): give a file of texts, one a line") from None
    return text.removesuffix("\n").split("\n")
