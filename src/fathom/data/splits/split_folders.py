"""Folders that are splits, by their names and by what lies in them, however people write the names.

    train, dev, test             all folders are called so (`SPLIT_NAMES`): what is in them need not be looked at
    seg_train, seg_test          each name has the word of a split, and the same classes lie in each
    train, test, unlabeled       exact names stay splits where others lie beside them, which are left out
    train-clean-100, dev-clean   several folders may be one split

What was not plain from the names is told as a repair. Where the names are those of splits, and what lies in the folders
is not alike, nothing is guessed: ``fathom check`` asks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from fathom.data import repairs
from fathom.data.file_scan import visible_folders
from fathom.data.table.split_column import SPLIT_NAMES
from fathom.errors import UserError
from fathom.records import SPLITS

_EVAL = "eval"
"""What may be dev or test: test only where another folder is dev."""
_WORDS = {
    **{word: split for word, split in SPLIT_NAMES.items() if split != "train-dev"},
    "validate": "dev", "validierung": "dev", "tests": "test", "holdout": "test", "prüfung": "test", "pruefung": "test",
    _EVAL: _EVAL, "evaluation": _EVAL, "evaluierung": _EVAL,
}  # fmt: skip
_GLUED = re.compile(r"s?(set|data|daten|images|imgs|files)")
"""What is written at the end of such a word without a gap: ``trainset``, ``Trainingsdaten``."""
_MAX_TOLD = 5


def split_word(name: str) -> str | None:
    """The split whose word a name of a folder has; ``eval`` where it may be dev or test; None: no word, or several.

    >>> [split_word(name) for name in ("seg_train", "02_Val", "testset", "evaluation", "trainval", "train_val")]
    ['train', 'dev', 'test', 'eval', None, None]
    """
    plain = unicodedata.normalize("NFC", name).casefold()
    if plain in SPLIT_NAMES:
        return SPLIT_NAMES[plain]
    found = {split for part in re.findall(r"[^\W\d_]+", plain) if (split := _word(part)) is not None}
    return found.pop() if len(found) == 1 else None


def _word(part: str) -> str | None:
    """The split of ``train`` and of ``trainset``."""
    if part in _WORDS:
        return _WORDS[part]
    glued = (split for word, split in _WORDS.items() if part.startswith(word) and _GLUED.fullmatch(part[len(word) :]))
    return next(glued, None)


def splits_by_name(folders: Sequence[Path]) -> dict[Path, str]:
    """The split of each folder whose name says one; an exact name leaves no room for others of the same split.

    Args:
        folders: that lie beside each other.
    """
    exact = {p: split for p in folders if (split := SPLIT_NAMES.get(p.name.lower()))}
    guessed = {p: split for p in folders if p not in exact and (split := split_word(p.name))}
    taken = set(exact.values())
    evals = "test" if "dev" in taken | set(guessed.values()) else "dev"
    guessed = {p: evals if split == _EVAL else split for p, split in guessed.items()}
    return exact | {p: split for p, split in guessed.items() if split not in taken}


def split_folders(root: Path, folders: Sequence[Path]) -> list[tuple[str, Path]]:
    """The splits among the folders of a place, with the folder in which the classes of each lie, train first.

    Args:
        root: the place, for sentences.
        folders: all in it that hold data.

    Returns:
        nothing where the folders are no splits, or where it cannot be told.

    Raises:
        UserError: two folders with exact names are for the same split.
    """
    exact = [p for p in folders if p.name.lower() in SPLIT_NAMES]
    known = splits_by_name(folders)
    parts = known if len(exact) == len(folders) else _alike(known, exact)
    sure = len({known[p] for p in exact}) > 1 and "train" in {known[p] for p in exact}
    odd = [p for p in folders if p not in parts]
    if "train" not in parts.values() or (odd and not (sure or len(odd) == 1)):
        return []
    if len(exact) < len(folders):
        if len(set(parts.values())) < 2:
            return []
        tell_splits(root, parts, odd)
    _refuse_twice(root, {p: known[p] for p in exact})
    inner = (lambda p: p) if len(exact) == len(folders) else _inner
    return sorted(((split, inner(p)) for p, split in parts.items()), key=lambda part: SPLITS.index(part[0]))


def tell_splits(root: Path, parts: Mapping[Path, str], odd: Sequence[Path]) -> None:
    """Tell which folders were read as splits though their names say it in other words, and which are left out.

    Args:
        root: the folder that they lie in.
        parts: the split of each folder.
        odd: those that are none.
    """
    ordered = sorted(parts.items(), key=lambda part: SPLITS.index(part[1]))
    renamed = [(p.name, split) for p, split in ordered if p.name.lower() not in SPLIT_NAMES]
    told = [f"{name} was read as {split}" for name, split in renamed[:_MAX_TOLD]]
    told += [f"{len(renamed) - _MAX_TOLD} more folders as splits"] if len(renamed) > _MAX_TOLD else []
    if odd:
        names, are = ", ".join(p.name for p in odd[:_MAX_TOLD]), "are" if len(odd) > 1 else "is"
        told.append(f"{names} {are} left out, beside the folders {', '.join(p.name for p, _ in ordered)}")
    if told:
        repairs.tell("; ".join(told), root)


def _refuse_twice(root: Path, exact: Mapping[Path, str]) -> None:
    splits = list(exact.values())
    if twice := next((split for split in splits if splits.count(split) > 1), None):
        names = " and ".join(p.name for p, split in exact.items() if split == twice)
        raise UserError(f"{root} has the folders {names}, both for {twice}: keep one of them")


def _alike(known: Mapping[Path, str], exact: Collection[Path]) -> dict[Path, str]:
    """Those folders that hold the classes of train, or half of theirs; of exact names also those without classes."""
    inside = {p: _names(_inner(p)) for p in known}
    train: set[str] = set().union(*(inside[p] for p, split in known.items() if split == "train"))
    if len(train) < 2:
        return {}
    return {
        p: split
        for p, split in known.items()
        if (2 * len(inside[p] & train) >= len(inside[p]) > 0) or (p in exact and split != "train" and not inside[p])
    }


def _inner(folder: Path) -> Path:
    """The folder in which the classes lie: the one folder in it where it has only one, as ``train/train``."""
    below = _below(folder)
    return below[0] if len(below) == 1 and len(_below(below[0])) > 1 else folder


def _names(folder: Path) -> set[str]:
    return {p.name.casefold() for p in _below(folder)}


def _below(folder: Path) -> list[Path]:
    """The visible folders in a folder."""
    if not folder.is_dir():
        return []
    return visible_folders(folder)
