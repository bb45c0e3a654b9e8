"""What was left out, and why."""

from __future__ import annotations

from fathom.checking.data_profile import DataProfile, shares
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding, SkipKind

LEFT_OUT = FindingKind(
    name="left_out",
    severity="warning",
    lesson="looking-at-data",
    meaning="Files or rows that cannot be read are used neither for training nor for any figure.",
    advice="Read the list (--out report.csv). Then correct, convert or delete what it names.",
    role=Role.NOTHING_WRONG,
)
CANNOT_SPLIT = FindingKind(
    name="cannot_split",
    severity="problem",
    lesson="train-dev-test",
    meaning="A model must be judged on examples that it was not trained on. Here there are none to set aside.",
    advice="Collect more examples, or give your own sets with --dev and --test.",
    role=Role.NOTHING_WRONG,
)
CANNOT_TRAIN = FindingKind(
    name="cannot_train",
    severity="problem",
    lesson="looking-at-data",
    meaning="fathom train refuses this data for the reason above.",
    advice="Correct what the sentence names, then run fathom check again.",
    role=Role.NOTHING_WRONG,
)


def check(profile: DataProfile) -> list[Finding]:
    """Tell how many examples were left out and why, and why what is left cannot be split or learned from."""
    found = _left_out(profile)
    if profile.obstacle:
        found.append(CANNOT_SPLIT.found(profile.obstacle, {"count": len(profile.examples.items)}))
    if profile.refusal:
        found.append(CANNOT_TRAIN.found(profile.refusal, {}))
    return found


def _left_out(profile: DataProfile) -> list[Finding]:
    """Examples are counted among the examples, and whole files of them among nothing."""
    skipped = profile.examples.skipped
    if not skipped:
        return []
    ones, files = ([s for s in skipped if (s.kind is SkipKind.FILE) is whole] for whole in (False, True))
    reasons = shares([s.reason for s in ones])
    told = ", ".join(f"{n:,} × {reason}" if len(reasons) > 1 else reason for reason, n in list(reasons.items())[:3])
    more = f", {len(reasons) - 3} other reason{'s' * (len(reasons) > 4)}" if len(reasons) > 3 else ""
    count, are = len(ones) + len(profile.examples.items), "is" if len(ones) == 1 else "are"
    titles = [f"{len(ones):,} of {count:,} {profile.examples.kind} {are} left out: {told}{more}"] if ones else []
    titles += [f"the file {s.id} is left out: {s.reason}" for s in files[:3]]
    titles += [f"{len(files) - 3:,} more files are left out"] if len(files) > 3 else []
    evidence = {
        "count": len(ones),
        "files": [s.id for s in files],
        "reasons": reasons,
        "examples": [s.id for s in skipped],
        "details": [s.reason for s in skipped],
    }
    return [LEFT_OUT.found("; ".join(titles), evidence)]
