"""What a page is made of: plain numbers and words, computed elsewhere.

`ReportData` is one run, `CompareData` several side by side. Whoever fills them computes; the rest only draws.
Every part but the title may be missing (empty or None); what is missing is left out of the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import ArrayLike

from fathom.metrics import ERROR, Metric
from fathom.number_format import significant
from fathom.records import Attention, Finding, Interval

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Sketch:
    """A prediction drawn into its picture, JPEG.

    Attributes:
        name: of the example, or of those that are compared.
        picture: what was said.
        truth: what is true; None where one picture says it all.
        text: in words.
    """

    name: str
    picture: bytes
    truth: bytes | None
    text: str


@dataclass(frozen=True)
class Insight:
    """What a convolutional net looks like inside; pictures are JPEG or PNG.

    Attributes:
        name, picture: of the example that is shown.
        filters: of the first layer.
        maps: (layer, its feature maps).
        looked: Grad-CAM of the answer.
        covered: where covering the picture changes the answer most.
        fields: (layer, pixels that a unit sees, pixels between two units, whether that is the whole picture).
        strongest: a row for each unit: the pictures that excite it most.
    """

    name: str
    picture: bytes
    filters: bytes
    maps: Sequence[tuple[str, bytes]]
    looked: bytes | None
    covered: bytes | None
    fields: Sequence[tuple[str, int, int, bool]]
    strongest: bytes | None


@dataclass(frozen=True)
class Card:
    """One example to look at.

    Attributes:
        id: the example's id: the file or row that it came from.
        picture: PNG (see `thumbnails.png`), or None.
        overlay: PNG of where the net looked (see `thumbnails.overlay_heat`), or None.
        fields: for rows: what stands in it, by column.
        target: what it is.
        prediction: what the net said.
        confidence: how sure it was, in [0, 1], or None.
        loss: its loss.
        note: a word on it (``"perhaps mislabelled"``), or "".
        right: whether the prediction is the target; None where that is a matter of more or less.
    """

    id: str
    picture: bytes | None = None
    overlay: bytes | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    target: Any = None
    prediction: Any = None
    confidence: float | None = None
    loss: float | None = None
    note: str = ""
    right: bool | None = None


@dataclass(frozen=True)
class Confusion:
    """How often each class was taken for each: ``counts[truth][prediction]``, (classes, classes)."""

    classes: Sequence[str]
    counts: ArrayLike


@dataclass(frozen=True)
class Bin:
    """Predictions of about the same confidence: its mean, the share that was right, how many there are."""

    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True)
class Scatter:
    """Numbers predicted, against the truth: two sequences of the same length."""

    targets: ArrayLike
    predictions: ArrayLike


@dataclass(frozen=True)
class ReportData:
    """One run, ready to be shown.

    Attributes:
        title: what was trained on: ``"photos"``.
        metric: by which the run is judged; it says how levels, classes and baselines are written.
        headline: the few figures that matter: (label, value, what else is to say of it).
        summary: the lines of the one-screen: (label, text); of a text in two parts (three spaces between) the second is
            the minor.
        findings: the most severe first.
        levels: the errors that the decomposition compares, from the lowest (human, train, train-dev, dev, test).
        gaps: what lies between them: ``gaps[i]`` between ``levels[i]`` and ``levels[i + 1]``, or any other number.
        limits: what limits it, in one sentence.
        history: per epoch a mapping with epoch, train_loss, dev_loss, dev_metric, lr, seconds (what is known).
        best_epoch: the epoch whose weights were kept; None: the one with the lowest dev_metric.
        reach: how far back the gradient of a recurrent net reaches, in a sentence.
        confusion: for classes.
        calibration: for classes with confidences.
        scatter: for numbers.
        per_class: (class, metric on it, how many examples).
        sketches: predictions drawn into their pictures.
        given: what the net was given while it learned: pictures after augmentation, as one strip (JPEG); None without.
        inside: what a convolutional net looks like inside.
        worst: the examples that went worst, the worst first.
        attention: where the net looked while it wrote, for a few examples.
        split: the split that confusion, classes, calibration and worst are of.
        baselines: (name, metric, seconds).
        columns: of a table: (name, what it became, how it was read or why it was left out).
        settings: every setting; may be nested.
        repeat: the commands that repeat the run.
        versions: of what it ran with, by name.
    """

    title: str
    metric: Metric = ERROR
    headline: Sequence[tuple[str, str, str]] = ()
    summary: Sequence[tuple[str, str]] = ()
    findings: Sequence[Finding] = ()
    levels: Sequence[tuple[str, Interval]] = ()
    gaps: Sequence[tuple[str, Interval]] = ()
    limits: str = ""
    history: Sequence[Mapping[str, Any]] = ()
    best_epoch: int | None = None
    reach: str = ""
    confusion: Confusion | None = None
    calibration: Sequence[Bin] | None = None
    scatter: Scatter | None = None
    per_class: Sequence[tuple[str, Interval, int]] = ()
    sketches: Sequence[Sketch] = ()
    given: bytes | None = None
    inside: Insight | None = None
    worst: Sequence[Card] = ()
    attention: Sequence[Attention] = ()
    split: str = "dev"
    baselines: Sequence[tuple[str, Interval, float]] = ()
    columns: Sequence[tuple[str, str, str]] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    repeat: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ComparedRun:
    """One of several runs.

    Attributes:
        name: the run's folder.
        result: its metric, or None where it has none yet.
        difference: its metric minus the first run's, paired over the examples that both have; None for the first.
        net: which net, in words.
        seconds: what the training took.
        history: as in `ReportData`.
        settings: every setting; may be nested.
        required: how many of its requirements it meets, of how many.
    """

    name: str
    result: Interval | None = None
    difference: Interval | None = None
    net: str = ""
    seconds: float | None = None
    history: Sequence[Mapping[str, Any]] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[int, int] = (0, 0)

    @property
    def feasible(self) -> bool:
        """Whether it meets all that it must."""
        return self.required[0] == self.required[1]


@dataclass(frozen=True)
class CompareData:
    """Several runs side by side; the first is what the others are compared with."""

    runs: Sequence[ComparedRun]
    metric: Metric = ERROR
    title: str = "Runs compared"
    split: str = "dev"


@dataclass(frozen=True)
class ScalingPoint:
    """What both reach with so many training examples.

    Attributes:
        size: examples of train.
        net: the net's figure on dev, over the seeds.
        pipeline: the pipeline's.
        difference: the net's minus the pipeline's, paired over the dev examples; below 0 the net is better.
        seconds: what the net and the pipeline took, on average.
    """

    size: int
    net: Interval
    pipeline: Interval
    difference: Interval
    seconds: tuple[float, float]

    @property
    def better(self) -> str:
        """Which is better, where the interval says so."""
        return "net" if self.difference.high < 0 else "pipeline" if self.difference.low > 0 else ""


@dataclass(frozen=True)
class DataScaling:
    """Both curves, and what they say."""

    points: tuple[ScalingPoint, ...]
    pipeline: str
    net: str
    metric: Metric
    sentence: str


# --- how values are written -------------------------------------------------------------------------------------------


def printable(text: object) -> str:
    """The text without what no page or terminal can show (control characters, halves of surrogates)."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(text))


def show_value(value: Any) -> str:
    """A setting or a field as a person reads it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return significant(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {show_value(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(show_value(v) for v in value)
    return printable(value)


def show_seconds(seconds: float | None) -> str:
    """A duration: ``"0.4 s"``, ``"21 s"``, ``"3:05 min"``, ``"1:02 h"``."""
    if seconds is None:
        return "–"
    if seconds < 0.05:
        return "< 0.1 s"
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d} h"


def as_shown(metric: Metric, interval: Interval) -> Interval:
    """A figure of what is minimized as the figure that people are told, still a number."""
    low, high = metric.shown_ends(interval.low, interval.high)
    return Interval(metric.shown(interval.value), low, high)


def show_interval(metric: Metric, interval: Interval) -> str:
    """A figure with its interval: ``"6.5 % (3.8–11.0)"``."""
    if interval.low == interval.high:
        return metric.show(interval.value)
    return metric.show_with_range(interval.value, interval.low, interval.high)


def show_gap(metric: Metric, interval: Interval) -> str:
    """A difference with its interval: ``"+6.1 points (3.4 to 10.6)"``."""
    return metric.show_difference(interval.value, interval.low, interval.high)


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as one level: ``{"options": {"size": 3}}`` becomes ``{"options.size": 3}``."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found.update(_flatten(value, f"{prefix}{name}."))
        else:
            found[f"{prefix}{name}"] = value
    return found


def differing_settings(runs: Sequence[ComparedRun]) -> list[tuple[str, list[str]]]:
    """The settings in which the runs differ: (name, its value in each run, as shown)."""
    settings = [_flatten(run.settings) for run in runs]
    names = list(dict.fromkeys(name for one in settings for name in one))
    rows = ((name, [one.get(name) for one in settings]) for name in names)
    return [(name, [show_value(v) for v in values]) for name, values in rows if any(v != values[0] for v in values)]
