"""The remedies that the coach may try: the built-in ones, those of one kind in a file, and those of other packages."""

from __future__ import annotations

from importlib.metadata import entry_points

from fathom.coaching.remedies.by_hand import LookAtBatch, MendLoop
from fathom.coaching.remedies.capacity import Larger, MoreMembers, OtherNet, Pretrained, Smaller
from fathom.coaching.remedies.columns import FewerColumns
from fathom.coaching.remedies.examples import Balance, CleanLabels, LikeDev, MoreData
from fathom.coaching.remedies.optimization import Clip, FasterRate, GoOn, Longer, RangeRate, SlowerRate, WarmRestarts
from fathom.coaching.remedies.pictures import FixMore, LargerInput, MirroredAnswers, Mixup, Unfreeze
from fathom.coaching.remedies.regularization import Augment, Dropout, LessHeld, WeightDecay
from fathom.coaching.remedy import Remedy

GROUP = "fathom.remedies"
"""The entry point under which packages name remedies of their own."""


def available_remedies() -> tuple[Remedy, ...]:
    """The built-in ones, then those of installed packages.

    Returns:
        One of each, in the order in which they are tried where nothing speaks for another.
    """
    own = (
        Longer(), GoOn(), RangeRate(), FasterRate(), SlowerRate(), Clip(), Larger(), Smaller(), OtherNet(),
        Pretrained(), LessHeld(), WeightDecay(), Dropout(), Augment(), Balance(), CleanLabels(), LikeDev(), MoreData(),
        WarmRestarts(), Mixup(), LargerInput(), Unfreeze(), FewerColumns(), MirroredAnswers(), FixMore(), MoreMembers(),
        LookAtBatch(), MendLoop(),
    )  # fmt: skip
    return own + tuple(point.load()() for point in entry_points(group=GROUP))
