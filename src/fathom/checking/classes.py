"""Classes that are empty, missing from a split, rare, uneven, or one class spelt in two ways."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from fathom.checking.data_profile import DataProfile, shares
from fathom.checking.spellings import alike
from fathom.data.audio.recording_lists import NOISE_FOLDER
from fathom.data.class_names import class_name
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding

EMPTY_CLASS = FindingKind(
    name="empty_class",
    severity="warning",
    lesson="looking-at-data",
    meaning="A folder without readable files gives no class. The net will never answer its name.",
    advice="Put readable files into it, or delete it.",
)
CLASS_MISSING = FindingKind(
    name="class_missing",
    severity="warning",
    lesson="train-dev-test",
    meaning="{split} has no example of this class. So the class can be neither learned nor judged there.",
    advice="Collect more examples of it, merge it with another class, or leave it out.",
    role=Role.DATA,
)
RARE_CLASS = FindingKind(
    name="rare_class",
    severity="warning",
    lesson="looking-at-data",
    meaning="So few examples teach the class badly, and one or two of them in dev say almost nothing about it.",
    advice="Collect more examples of it, merge it with another class, or leave it out.",
    role=Role.DATA,
)
CLASS_IMBALANCE = FindingKind(
    name="class_imbalance",
    severity="note",
    lesson="metrics",
    meaning=(
        "A model that always answers {most} would be right {share} of the time. So the error rate alone says little."
    ),
    advice="Compare with the baseline, and look at the error of each class in the report.",
    role=Role.DATA,
)
CLASSES_SPELT_ALIKE = FindingKind(
    name="classes_spelt_alike",
    severity="warning",
    lesson="looking-at-data",
    meaning="These names differ only in case, spaces or punctuation, but they are learned as different classes.",
    advice="If they are one class, give them one name.",
)

MIN_CLASS_EXAMPLES = 10
"""Examples below which a class can neither be learned nor measured."""
MAX_CLASS_RATIO = 10
"""How many times the least class the largest may have before that is told."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell what is the matter with the classes."""
    found = _empty(profile)
    counts = shares([name for names in profile.labels for name in dict.fromkeys(names)])
    if not counts:
        return found
    uneven = [] if profile.classes is None else _uneven(profile, counts)  # of several labels none is the usual answer
    return found + _missing(profile) + _rare(profile, counts) + uneven + _spelt_alike(profile, counts)


def _empty(profile: DataProfile) -> list[Finding]:
    """Folders beside those of the classes, of which nothing could be read."""
    if not profile.examples.by_folder:
        return []
    full: dict[Path, set[str]] = defaultdict(set)
    for e in profile.examples.items:
        for above in Path(e.input).parents if isinstance(e.input, Path | str) else ():
            if class_name(above.name) == e.target:
                full[above.parent].add(above.name)
                break
    empty = [
        str(folder)
        for base, names in sorted(full.items())
        for folder in sorted(base.iterdir())
        if folder.is_dir() and folder.name not in {*names, NOISE_FOLDER} and not folder.name.startswith((".", "__"))
    ]
    if not empty:
        return []
    told = _listed([Path(folder).name for folder in empty])
    title = f"{_many(len(empty), 'folder')} without a readable {profile.examples.kind.removesuffix('s')}: {told}"
    return [EMPTY_CLASS.found(title, {"count": len(empty), "examples": empty})]


def _missing(profile: DataProfile) -> list[Finding]:
    """Classes that have examples, but none in some split."""
    if profile.splits is None:
        return []
    there: dict[str, set[str]] = defaultdict(set)
    for e, labels in zip(profile.examples.items, profile.labels):
        there[profile.splits.of[e.id]].update(labels)
    names = {name for split in there.values() for name in split}
    found = []
    for split in profile.splits.names():
        if split != "train-dev" and (gone := sorted(names - there[split])):
            title = f"{split} has no example of {_many(len(gone), 'class')} of {len(names):,}: {_listed(gone)}"
            evidence = {"count": len(gone), "split": split, "classes": gone}
            found.append(CLASS_MISSING.found(title, evidence, split=split))
    return found


def _rare(profile: DataProfile, counts: dict[str, int]) -> list[Finding]:
    rare = {name: n for name, n in counts.items() if n < MIN_CLASS_EXAMPLES}
    if not rare or len(profile.examples.items) < MIN_CLASS_EXAMPLES:  # of so few all is too little
        return []
    told = _listed([f"{name} {n}" for name, n in sorted(rare.items(), key=lambda pair: pair[1])])
    few = f"fewer than {MIN_CLASS_EXAMPLES} {profile.examples.kind}"
    title = f"{_many(len(rare), 'class')} of {len(counts):,} with {few}: {told}"
    return [RARE_CLASS.found(title, {"count": len(rare), "classes": rare})]


def _uneven(profile: DataProfile, counts: dict[str, int]) -> list[Finding]:
    where = ""
    (most, largest), (least, smallest) = _ends(counts)
    even = largest < MAX_CLASS_RATIO * smallest
    if even and profile.splits is not None:  # dev and test may be even where train is not
        train = [str(e.target) for e in profile.examples.items if profile.splits.of[e.id] == "train"]
        counts, where = dict(Counter(train).most_common()), " of train"
        (most, largest), (least, smallest) = _ends(counts) if counts else (("", 0), ("", 1))
    if largest < MAX_CLASS_RATIO * smallest or len(counts) < 2:
        return []
    n = sum(counts.values())
    share = 100 * largest / n
    title = (
        f"the classes{where} are uneven: {most} has {largest:,} of {n:,} {profile.examples.kind}, {least} {smallest:,}"
    )
    return [CLASS_IMBALANCE.found(title, {"classes": counts}, most=most, share=f"{share:.0f} %")]


def _ends(counts: dict[str, int]) -> tuple[tuple[str, int], tuple[str, int]]:
    """The most frequent and the rarest, with how often they are."""
    ordered = list(counts.items())
    return ordered[0], ordered[-1]


def _spelt_alike(profile: DataProfile, counts: dict[str, int]) -> list[Finding]:
    sets = alike(counts)
    if not sets:
        return []
    told = "; ".join(" and ".join(repr(name) for name in names) for names in sets[:3])
    title = f"classes that may be one, spelt differently: {told}"
    return [CLASSES_SPELT_ALIKE.found(title, {"count": len(sets), "classes": sets})]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 'es' if what.endswith('s') else 's'}"
