"""The contract of a remedy.

A remedy of your own is one class, named under the entry point ``fathom.remedies`` in your package's metadata:

    class Smoother(Remedy):
        name, title = "smoother", "label smoothing"

        def probe(self, context):
            return None if context.settings.label_smoothing else Change({"label_smoothing": 0.1})
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from fathom.coaching.run_context import Change, RunContext


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
        """What a short training changes to measure it, or None where it does not apply to this case.

        Args:
            context: the run, its data and what was found of it.

        Returns:
            what the short training changes of the run's own.
        """

    def describe(self, context: RunContext, change: Change) -> str:
        """What to do about this run, in a few words: the title, where that says all of it.

        Args:
            context: the run, its data and what was found of it.
            change: that `probe` gave.

        Returns:
            words that a person can act on.
        """
        return self.title

    def fits(self, context: RunContext) -> bool:
        """Whether something was found that it is the first thing to try against.

        Args:
            context: the run, its data and what was found of it.

        Returns:
            True puts it before remedies of which that is not known.
        """
        return bool(self.against & (context.findings | {context.limits}))
