"""Remedies that change the examples: more, cleaner, weighted, or more like dev."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from fathom.coaching.remedy import Remedy
from fathom.coaching.run_context import Change, RunContext
from fathom.coaching.suspected_labels import suspected_in_train
from fathom.records import InputKind

UNEVEN = 3.0
"""The most frequent class against the rarest, from which on weights are tried."""

DOUBTED = 0.02
"""Share of the training labels that must be in doubt for cleaning them to be tried."""


class Balance(Remedy):
    """Rare classes count more."""

    name: ClassVar[str] = "balance_classes"
    title: ClassVar[str] = "let the examples of rare classes count more"
    why: ClassVar[str] = "A rare class adds little to the loss, so the net ignores it."
    lesson: ClassVar[str] = "class-imbalance"
    against: ClassVar[frozenset[str]] = frozenset(
        {
            "never_predicted",
            "class_imbalance",
            "rare_class",
            "slice_is_worse",
            "class_weights_inverted",
            "majority_class_only",
        }
    )

    def probe(self, context: RunContext) -> Change | None:
        """For classes of very different sizes."""
        counts = Counter(e.target for e in context.of("train") if isinstance(e.target, str))
        if (
            context.settings.class_weight_power
            or len(counts) < 2
            or max(counts.values()) < UNEVEN * min(counts.values())
        ):
            return None
        return Change({"class_weight_power": 0.5})


class CleanLabels(Remedy):
    """Training without the labels that nets which have not seen them doubt."""

    name: ClassVar[str] = "clean_labels"
    title: ClassVar[str] = "look through the doubtful labels of train"
    why: ClassVar[str] = "Wrong labels mislead the net, and more so in longer trainings."
    effort: ClassVar[int] = 1
    lesson: ClassVar[str] = "label-errors"
    against: ClassVar[frozenset[str]] = frozenset({"likely_label_errors", "labels_in_doubt", "variance", "bias"})

    def probe(self, context: RunContext) -> Change | None:
        """Measured by leaving the doubtful ones out; a person, who corrects them, gains more."""
        if not context.task.gives_label_probabilities or context.module is not None:
            return None
        found = suspected_in_train(context)
        train = len(context.of("train"))
        return Change(drop=found) if DOUBTED * train <= len(found) <= 0.5 * train else None


_WAYS = {
    InputKind.PICTURE: ("blur", "noise", "crop"),
    InputKind.RECORDING: ("noise",),
    InputKind.TEXT: ("typos",),
}
"""How an input can be altered."""


class LikeDev(Remedy):
    """Copies of the training examples that are made more like dev."""

    name: ClassVar[str] = "more_like_dev"
    title: ClassVar[str] = "synthesize training examples that are more like dev"
    why: ClassVar[str] = "Train and dev come from different distributions (data mismatch)."
    effort: ClassVar[int] = 0
    lesson: ClassVar[str] = "data-mismatch"
    against: ClassVar[frozenset[str]] = frozenset({"mismatch", "data_mismatch", "of_another_kind"})

    def probe(self, context: RunContext) -> Change | None:
        """Where dev is of another kind, and examples of this kind can be changed."""
        if not self.fits(context) or context.source.synthesize:
            return None
        ways = _WAYS.get(context.examples.inputs)
        return Change(source={"synthesize": ways}) if ways else None


class MoreData(Remedy):
    """Twice the training examples: measured backwards, by what half of them cost."""

    name: ClassVar[str] = "more_data"
    title: ClassVar[str] = "collect twice as many training examples"
    why: ClassVar[str] = "More examples reduce overfitting."
    effort: ClassVar[int] = 2
    lesson: ClassVar[str] = "learning-curves"
    against: ClassVar[frozenset[str]] = frozenset({"variance"})

    def probe(self, context: RunContext) -> Change | None:
        """Half of train, for as many steps; what the other half has brought says what as much again would bring."""
        if len(context.of("train")) < 40:
            return None
        epochs = context.settings.epochs if context.settings.budget is None else None
        return Change({"epochs": 2 * epochs} if epochs else {}, part=0.5)
