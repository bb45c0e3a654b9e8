"""Classes whose names are those of splits: folders such as text_train and text_test that were not read as splits."""

from __future__ import annotations

from fathom.checking.data_profile import DataProfile
from fathom.data.splits.split_folders import split_word
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding

CLASSES_LIKE_SPLITS = FindingKind(
    name="classes_like_splits",
    severity="warning",
    lesson="train-dev-test",
    meaning=(
        "The names of these folders are those of splits, but what lies in them is not alike. So they are learned as "
        "classes. If they are splits, the model learns nothing of use, and test examples are trained on."
    ),
    advice=(
        "Rename them to train, dev and test, with a folder for each class in each. If they are classes, there is "
        "nothing to do."
    ),
    role=Role.DATA,
)
_NAMED_AFTER = ("folder", "file")
"""What targets are called where classes are named after folders or files."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell where all classes, or all but one, are called as splits are, one of them as train."""
    if profile.examples.target not in _NAMED_AFTER:
        return []
    classes = sorted({str(e.target) for e in profile.examples.items if e.target is not None})
    known = {name: split for name in classes if (split := split_word(name))}
    if "train" not in known.values() or len(set(known.values())) < 2 or len(classes) > len(known) + 1:
        return []
    title = f"the classes {', '.join(known)} are called as splits are"
    return [CLASSES_LIKE_SPLITS.found(title, {"count": len(known), "classes": known})]
