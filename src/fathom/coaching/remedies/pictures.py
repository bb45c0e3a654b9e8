"""Remedies for pictures: mixed ones, larger ones, and more of a pretrained net tuned."""

from __future__ import annotations

from typing import ClassVar

from fathom.coaching.remedy import Remedy
from fathom.coaching.run_context import Change, RunContext
from fathom.nets.image.efficientnet_lite0 import STAGES, EfficientNetLite0
from fathom.nets.image.normalize import Normalized
from fathom.nets.net_options import convert_option, options, parse_flag
from fathom.tasks.image.classification import ImageClassification
from fathom.tasks.image.square_images import SquareImageTask, middle_side, shapes_of

MIXED = 0.2
"""Strength of mixup: the usual one for tuning (Zhang et al. 2018)."""
USUALLY_FIXED = options(EfficientNetLite0)["fixed"][1]
MOSTLY_FIXED = sum(count for count, *_ in STAGES[:-2])
"""Blocks of the pretrained net that stay as they came: usually, and all but those of the last two of seven stages."""
LARGER = 1.5
"""Times the side of a picture."""
LOOKED_AT = 50
"""Pictures of which the size is looked at."""


class Mixup(Remedy):
    """Pictures and labels mixed in pairs."""

    name: ClassVar[str] = "mixup"
    title: ClassVar[str] = "mix pictures in pairs while training (mixup)"
    why: ClassVar[str] = "Mixed pictures with mixed labels make the net overfit less (Zhang et al. 2018)."
    lesson: ClassVar[str] = "data-augmentation"
    against: ClassVar[frozenset[str]] = frozenset({"variance"})

    def probe(self, context: RunContext) -> Change | None:
        """For classes of pictures that are not mixed yet, where bias is not what limits the net."""
        mixed = {"mixup", "cutmix"} & set(context.settings.options)
        if not isinstance(context.task, ImageClassification) or mixed or context.limits == "bias":
            return None
        return Change({"options": {"mixup": MIXED}})


class LargerInput(Remedy):
    """Pictures brought to a side half as long again, where they are larger."""

    name: ClassVar[str] = "larger_input"
    title: ClassVar[str] = "show the net larger pictures"
    why: ClassVar[str] = "Small pictures may lose the details that tell the classes apart."
    lesson: ClassVar[str] = "architectures"
    against: ClassVar[frozenset[str]] = frozenset({"bias"})

    def probe(self, context: RunContext) -> Change | None:
        """Where the pictures have so many pixels."""
        task = context.task
        if not isinstance(task, SquareImageTask) or task.hub_ or context.module is not None:
            return None
        side = 8 * round(LARGER * task.size_ / 8)
        shapes = shapes_of(context.of("train"), LOOKED_AT)
        return Change({"options": {"size": side}}) if shapes and middle_side(shapes) >= side else None


class MirroredAnswers(Remedy):
    """Answers averaged over a picture and its mirror image (test-time augmentation)."""

    name: ClassVar[str] = "mirrored_answers"
    title: ClassVar[str] = "answer with the mean for a picture and its mirror image"
    why: ClassVar[str] = "The two answers differ by chance, and their mean has less error (test-time augmentation)."
    lesson: ClassVar[str] = "data-augmentation"
    against: ClassVar[frozenset[str]] = frozenset({"variance"})

    def probe(self, context: RunContext) -> Change | None:
        """Where pictures are mirrored in training, too, and the answers are not averaged yet."""
        task, settings = context.task, context.settings
        if not isinstance(task, SquareImageTask) or not isinstance(context.net, Normalized) or context.net.mirrored:
            return None
        mirrored = settings.augment and parse_flag(settings, "flip", usual=task.channels_ == 3)
        return Change({"options": {"tta": "yes"}}, answers_only=True) if mirrored and context.module is None else None


class FixMore(Remedy):
    """Only the last layers of a pretrained net learn."""

    name: ClassVar[str] = "fix_more"
    title: ClassVar[str] = "tune only the last layers of the pretrained net"
    why: ClassVar[str] = "The pretrained features suit these pictures, and few examples can make them worse."
    lesson: ClassVar[str] = "transfer-learning"
    against: ClassVar[frozenset[str]] = frozenset({"variance"})

    def probe(self, context: RunContext) -> Change | None:
        """Where more is tuned than that, and bias is not what limits the net."""
        if context.settings.net != "pretrained" or context.limits == "bias":
            return None
        now = convert_option(context.settings.options.get("fixed", USUALLY_FIXED), int)
        return Change({"options": {"fixed": MOSTLY_FIXED}}) if now < MOSTLY_FIXED else None


class Unfreeze(Remedy):
    """All layers of a pretrained net learn."""

    name: ClassVar[str] = "unfreeze"
    title: ClassVar[str] = "tune the first layers of the pretrained net, too"
    why: ClassVar[str] = "Pictures that differ from the photographs of pretraining may need other low-level features."
    lesson: ClassVar[str] = "transfer-learning"
    against: ClassVar[frozenset[str]] = frozenset({"bias", "mismatch", "data_mismatch"})

    def probe(self, context: RunContext) -> Change | None:
        """Where some are fixed."""
        if context.settings.net != "pretrained" or context.settings.options.get("fixed", 1) in (0, "0"):
            return None
        return Change({"options": {"fixed": 0}})
