"""The contract between the training loop and a kind of problem.

A `Task` says what one kind of problem means, from raw data to a picture of a prediction. The loop knows this contract
and no task; a new kind of problem is one new file in ``fathom/tasks`` (or in a package of yours, by the entry point
``fathom.tasks``). The methods stand in the order in which the data passes through them:

    recognize → examples → fit → encode → prepare → net → loss → decode → statistics → metric
                                                                          └→ show

Constructors store, `fit` learns: what a task learns from the training split (classes, scaling, vocabulary) are
attributes whose names end in ``_``, which its class declares with their types. They are saved with the run as JSON, the
*encoder* (`state`), and come back without the data (`restore`).
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from torch import Tensor, nn

from fathom.fitted_state import forget_derived, state_of, take_up
from fathom.metrics import Metric
from fathom.records import Attention, Baseline, Drawing, Example, Examples, Finding, Prediction, Settings, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

Batch = dict[str, Tensor]
"""What `encode` made of several examples: each array stacked along a new first axis, ``(batch, …)``."""


@dataclass(frozen=True)
class Recognition:
    """How surely data is a task's: a score in [0, 1], and the reason in words that can be shown."""

    score: float
    reason: str


class Draw(Protocol):
    """Random numbers that follow from (seed, epoch, example) alone, so that batching and sharding change nothing.

    Attributes:
        done: share of the training that is over, in [0, 1].
    """

    done: float

    def uniform(self, n: int) -> NDArray[np.float32]:
        """Return ``n`` numbers in [0, 1) for each example of the batch: ``(batch, n)``."""
        ...


@runtime_checkable
class Generates(Protocol):
    """A task whose nets write on by themselves: text, or music."""

    def generate(self, net: nn.Module, *, prompt: str = "", length: int = 200, seed: int = 0) -> Iterator[str]:
        """Write on, in parts as they come, the prompt's first.

        Args:
            net: as the task's `net` built it, trained.
            prompt: the beginning; may be empty.
            length: how much is added to the prompt, at most, in units of the task.
            seed: the same seed writes the same.

        Raises:
            UserError: something asked cannot be.
        """
        ...


class Task(ABC):
    """What one kind of problem means.

    Attributes:
        name: as it is typed after ``--task``.
        inputs: the arrays of `encode` that the net is called with, in this order.
        nets: names of the nets that suit it, from the simplest up.
        ragged: arrays of `encode` whose first axis differs from example to example. They are padded with zeros to the
            longest of the batch, with ``NAME_length`` ``(batch,)`` beside NAME; and batches are made of examples that
            are about equally long in the first of them.
        batch_by: an array of `encode` that numbers classes: batches are then made of a few examples of each class, so
            that each finds one of its own kind and others beside it. "" where it does not matter.
        augments: `prepare` changes examples while training, as much as ``settings.augment`` says.
        gives_label_probabilities: `label_probabilities` answers, so that label errors can be found.
        renders: `render` answers, so that predictions can be drawn.
        attends: `attention` answers for the task's nets that attend.
        settings: how to train; the task reads its own options from ``settings.options``.
        decision_threshold: a class, and the probability from which on it is said; None says the most probable.
    """

    name: ClassVar[str]
    inputs: ClassVar[tuple[str, ...]]
    nets: ClassVar[tuple[str, ...]]
    ragged: ClassVar[tuple[str, ...]] = ()
    batch_by: ClassVar[str] = ""
    augments: ClassVar[bool] = False
    gives_label_probabilities: ClassVar[bool] = False
    renders: ClassVar[bool] = False
    attends: ClassVar[bool] = False

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self.decision_threshold: tuple[str, float] | None = None

    def clone(self, settings: Settings) -> Self:
        """A task of these settings that has read the data that this one has read, and was fitted to nothing yet.

        What a task finds out while it reads (the unit of a text, the names of classes) is then known to it, too. Ask a
        task that was not fitted itself.
        """
        other = copy.copy(self)
        forget_derived(other)
        other._settings, other.decision_threshold = settings, None
        return other

    @property
    def settings(self) -> Settings:
        """How to train: the task has them from the beginning, and keeps them."""
        return self._settings

    # --- from files to arrays ---------------------------------------------------------------------------------------

    @classmethod
    @abstractmethod
    def recognize(cls, source: Source) -> Recognition:
        """Say how surely this data is this task's; looks at names and a few lines, never at everything."""

    @abstractmethod
    def examples(self, source: Source) -> Examples:
        """Read the source. What cannot be read is reported in ``skipped``, not raised.

        Raises:
            UserError: there is nothing here to learn from, or the target is not to be found.
        """

    def findings(self, examples: Examples) -> list[Finding]:
        """What is wrong that only this kind of problem has, for ``fathom check``; `examples` was just read."""
        return []

    @abstractmethod
    def fit(self, train: Sequence[Example]) -> None:
        """Learn classes, scaling and the like, from the training split alone."""

    def state(self) -> dict[str, Any]:
        """What `fit` learned, as JSON: each attribute that the class declares with a name that ends in ``_``.

        Raises:
            TypeError: something was learned that the class does not declare.
        """
        return state_of(self)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `state` gave; each field must be of the type that the class declares.

        Raises:
            UserError: this is no state of this task.
        """
        take_up(self, state)
        self.check_state()

    def check_state(self) -> None:  # noqa: B027 (many have nothing to refuse)
        """Refuse what was just restored where its parts, each of its type, do not fit each other.

        Raises:
            UserError: they do not; the sentence begins with "its".
        """

    @abstractmethod
    def read(self, text: str) -> Example:
        """Make an example of what was given to ``fathom predict``: a path where one exists, else text."""

    def read_many(self, text: str) -> list[Example]:
        """Make examples of what was given to ``fathom predict``; a task that knows folders or tables finds several."""
        return [self.read(text)]

    @abstractmethod
    def encode(self, example: Example) -> dict[str, NDArray]:
        """Return the arrays that go into the store, once; the target is among them, or a placeholder where unknown.

        Raises:
            Unreadable: this one example cannot be read; it will be skipped and listed.
        """

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Augment a whole batch on the device while training; `draw` is None in evaluation, which is left as it is."""
        return batch

    @property
    def stateful(self) -> bool:
        """Whether the examples are consecutive pieces of running text or the like.

        Each row of a batch then goes on where it ended in the batch before; the net is called with a further argument,
        the state that it returned then (None at first), and returns ``(output, state)``: a tuple of tensors with the
        batch as their first axis.
        """
        return False

    # --- the net ----------------------------------------------------------------------------------------------------

    @abstractmethod
    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """Return the `Settings` that suit this data: net, epochs, batch_size, optimizer, lr and the rest, by name."""

    @abstractmethod
    def net(self) -> nn.Module:
        """Build the net named by ``settings.net``; normalization lives inside: it takes what `encode` makes."""

    def wrap_module(self, module: nn.Module) -> nn.Module:
        """Wrap a module of the user's own, so that it is given what a net of ours sees inside (normalized input)."""
        return module

    @abstractmethod
    def loss(self, output: Any, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the loss and the weight of each example, both ``(batch,)``.

        The loop divides the sum of the losses by the sum of the weights over the *global* batch, so that tokens,
        frames and processes count right.
        """

    # --- what came out ----------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def metric(self) -> Metric:
        """The one figure by which it is judged."""

    @abstractmethod
    def decode(self, output: Any, batch: Batch) -> list[Prediction]:
        """Turn a batch of outputs into what a person understands; `batch` has the lengths, where they differ."""

    @abstractmethod
    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Additive sufficient statistics of one example: what ``metric.needs``.

        Args:
            prediction: what was decoded.
            target: the example's.
            loss, weight: the example's own, as `loss` returned them: a likelihood is a statistic too.
        """

    @abstractmethod
    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """Predict `others` in seconds: first the trivial way, last what a sensible person would try first."""

    def features(self, examples: Sequence[Example]) -> NDArray[np.float64] | None:
        """Each example as a row of scaled numbers, ``(examples, columns)``.

        None where other methods than nets could not learn from them as they are: pixels, waves, words.
        """
        return None

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """Return a prediction as a person reads it in a line."""
        value = prediction.value
        return f"{value:.6g}" if isinstance(value, float) else str(value)

    def label_probabilities(
        self, output: Any, batch: Batch
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]] | None:
        """For each example the labels ``(items,)``, -1 where unknown, and their probabilities ``(items, classes)``.

        An example has one item, or one for each of its words or pixels. None where targets are no classes; else the
        columns are `label_names`.
        """
        return None

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes that `fit` learned; none where the targets are no classes."""
        return ()

    @property
    def label_names(self) -> Sequence[str]:
        """What the columns of `label_probabilities` are called: the classes, or the tags of words."""
        return self.classes

    def attention(self, net: nn.Module, example: Example, prediction: Prediction) -> Attention | None:
        """Where the net looked while it wrote its prediction; None where it does not attend to what it read."""
        return None

    def render(self, example: Example, prediction: Prediction | None) -> NDArray[np.uint8] | None:
        """The picture of a prediction, or of what is true where it is None: uint8 ``(height, width, 3)``.

        None where a prediction is better said in words.
        """
        return None

    def drawings(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], losses: Sequence[float]
    ) -> Iterator[Drawing]:
        """Pictures for the report of what came out on a split: here of the worst, and of some in between."""
        if not self.renders:
            return
        order = np.argsort(-np.asarray(losses), kind="stable")
        spread = order[np.linspace(0, len(order) - 1, min(3, len(order))).round().astype(int)]
        for i in dict.fromkeys([*order[:6].tolist(), *spread.tolist()]):
            picture = self.render(examples[i], predictions[i])
            if picture is not None:
                truth = self.render(examples[i], None)
                yield Drawing(examples[i].id, picture, truth, self.format_prediction(examples[i], predictions[i]))

    @abstractmethod
    def show(self, example: Example) -> dict[str, Any]:
        """Return what a report can show: ``{"picture": uint8 (height, width, 3)}`` or ``{"fields": {name: value}}``."""
