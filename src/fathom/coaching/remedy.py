"""The contract of a remedy, and where remedies come from.

A remedy of your own is one class, named under the entry point ``fathom.remedies`` in your package's metadata:

    class Smoother(Remedy):
        name, title = "smoother", "label smoothing"

        def probe(self, context):
            return None if context.settings.label_smoothing else Change({"label_smoothing": 0.1})
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib.metadata import entry_points
from typing import ClassVar

from fathom.coaching.run_context import Change, RunContext

GROUP = "fathom.remedies"


class Remedy(ABC):
    """Something that may make a model better.

    Attributes:
        name: of it.
        title: what to do, in a few words.
        why: what it acts on, in a sentence.
        effort: what it costs the person: 0 a flag, 1 an hour of looking, 2 days of collecting.
        lesson: that explains it.
        against: names of findings, or ``bias``, ``variance``, ``mismatch``, that it is the first thing to try against.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    why: ClassVar[str] = ""
    effort: ClassVar[int] = 0
    lesson: ClassVar[str] = "training"
    against: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def probe(self, context: RunContext) -> Change | None:
        """What a short training changes to measure it, or None where it does not apply to this case."""

    def describe(self, context: RunContext, change: Change) -> str:
        """What to do about this run, in a few words: the title, where that says all of it."""
        return self.title

    def fits(self, context: RunContext) -> bool:
        """Whether something was found that it is the first thing to try against."""
        return bool(self.against & (context.findings | {context.limits}))


def remedies() -> tuple[Remedy, ...]:
    """The built-in ones, then those of installed packages."""
    from fathom.coaching.remedies.capacity import Larger, OtherNet, Pretrained, Smaller
    from fathom.coaching.remedies.examples import Balance, CleanLabels, LikeDev, MoreData
    from fathom.coaching.remedies.optimization import Clip, FasterRate, Longer, RangeRate, SlowerRate
    from fathom.coaching.remedies.regularization import Augment, Dropout, LessHeld, WeightDecay

    own = (
        Longer(), RangeRate(), FasterRate(), SlowerRate(), Clip(), Larger(), Smaller(), OtherNet(), Pretrained(),
        LessHeld(), WeightDecay(), Dropout(), Augment(), Balance(), CleanLabels(), LikeDev(), MoreData(),
    )  # fmt: skip
    return own + tuple(point.load()() for point in entry_points(group=GROUP))
