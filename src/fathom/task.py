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

from torch import Tensor, nn

from fathom.batch import Batch, Draw
from fathom.fitted_state import forget_derived, state_of, take_up
from fathom.metrics import Metric
from fathom.records import Baseline, Example, Examples, Prediction, Settings, Source
from fathom.task_hooks import TaskHooks

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Batch", "Draw", "Generates", "Recognition", "Task"]


@dataclass(frozen=True)
class Recognition:
    """How surely data is a task's.

    Attributes:
        score: in [0, 1]; the task with the highest one is taken. From 0.9 on it is plain, and 0 means that the task can
            make nothing of the data.
        reason: in words that can be shown.
        otherwise: how else the data may well be meant, and the option that says so; "" where the reading is plain.
    """

    score: float
    reason: str
    otherwise: str = ""

    @property
    def doubt(self) -> str:
        """The reading and the other one, as a line for the user; "" where the reading is plain."""
        return f"read as {self.reason}; {self.otherwise}" if self.otherwise else ""


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


class Task(TaskHooks, ABC):
    """What one kind of problem means; what it may do besides stands in `fathom.task_hooks.TaskHooks`.

    Attributes:
        name: as it is typed after ``--task``.
        inputs: the arrays of `encode` that the net is called with, in this order.
        nets: names of the nets that suit it, from the simplest up.
        ragged: arrays of `encode` whose first axis differs from example to example. They are padded with zeros to the
            longest of the batch, with ``NAME_length`` ``(batch,)`` beside NAME; and batches are made of examples that
            are about equally long in the first of them.
        batch_by: an array of `encode` that numbers classes: batches are then made of a few examples of each class, so
            that each finds one of its own kind and others beside it. "" where it does not matter.
        settings: how to train; the task reads its own options from ``settings.options``.
        decision_threshold: a class, and the probability from which on it is said; None says the most probable.
    """

    name: ClassVar[str]
    inputs: ClassVar[tuple[str, ...]]
    nets: ClassVar[tuple[str, ...]]
    ragged: ClassVar[tuple[str, ...]] = ()
    batch_by: ClassVar[str] = ""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self.decision_threshold: tuple[str, float] | None = None

    def clone(self, settings: Settings) -> Self:
        """A task of these settings that has read the data that this one has read, and was fitted to nothing yet.

        What a task finds out while it reads (the unit of a text, the names of classes) is then known to it, too. Ask a
        task that was not fitted itself.

        Args:
            settings: of the new one; this one keeps its own.
        """
        other = copy.copy(self)
        forget_derived(other)
        other._settings, other.decision_threshold = settings, None
        return other

    @property
    def settings(self) -> Settings:
        """How to train: the task has them from the beginning, and keeps them."""
        return self._settings

    @property
    def mistake_costs(self) -> Mapping[str, float]:
        """What mistakes cost, by class or by ``class>taken for``; none where all count alike."""
        return self.settings.cost

    # --- from files to arrays ---------------------------------------------------------------------------------------

    @classmethod
    @abstractmethod
    def recognize(cls, source: Source) -> Recognition:
        """Say how surely this data is this task's; looks at names and a few lines, never at everything.

        Args:
            source: where the data is, and what was said of it.
        """

    @abstractmethod
    def examples(self, source: Source) -> Examples:
        """Read the source. What cannot be read is reported in ``skipped``, not raised.

        Args:
            source: where the data is; a ready dev or test part is in ``source.dev`` and ``source.test``.

        Returns:
            Each example with an id, an input, a target, and its ``content``, by which changed and equal ones are known.

        Raises:
            UserError: there is nothing here to learn from, or the target is not to be found.
        """

    @abstractmethod
    def fit(self, train: Sequence[Example]) -> None:
        """Learn classes, scaling and the like, into attributes whose names end in ``_``.

        Args:
            train: the training split, and nothing else.

        Raises:
            UserError: nothing can be learned from it, since there is one class only, say.
        """

    def state(self) -> dict[str, Any]:
        """What `fit` learned, as JSON: each attribute that the class declares with a name that ends in ``_``.

        Raises:
            TypeError: something was learned that the class does not declare.
        """
        return state_of(self)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `state` gave; each field must be of the type that the class declares.

        Args:
            state: read from JSON; a field with a default may be missing.

        Raises:
            UserError: this is no state of this task.
        """
        take_up(self, state)
        self.check_state()

    def check_state(self) -> None:
        """Refuse what was just restored where its parts, each of its type, do not fit each other.

        Raises:
            UserError: they do not; the sentence begins with "its".
        """

    @abstractmethod
    def read(self, text: str) -> Example:
        """Make an example of what was given to ``fathom predict``.

        Args:
            text: a path where one exists, else the input itself.

        Returns:
            An example without a target.

        Raises:
            UserError: it is no input of this task.
        """

    @abstractmethod
    def encode(self, example: Example) -> dict[str, NDArray]:
        """Return the arrays that go into the store, once; the target is among them, or a placeholder where unknown.

        Args:
            example: of any split, or from `read`.

        Returns:
            Arrays by name, each of one type and rank for all examples, and of one shape but where it is `ragged`; as
            small as may be: uint8 pixels, int8 letters.

        Raises:
            Unreadable: this one example cannot be read; it will be skipped and listed.
        """

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Make a batch what the net and the loss need, on the device; while training, augment it.

        Args:
            batch: the arrays of `encode`, ``(batch, …)``, each that is ragged with its lengths.
            draw: the only source of chance; None in evaluation, where nothing is augmented.

        Returns:
            A batch that has the arrays of `inputs`.
        """
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
        """Return the `Settings` that suit this data, where nothing else was asked for.

        Args:
            train: the training split.

        Returns:
            By the names of their fields: net, epochs, batch_size, optimizer, lr and the rest.
        """

    @abstractmethod
    def net(self) -> nn.Module:
        """Build the net named by ``settings.net``.

        Returns:
            A module that is called with the arrays of `inputs`, ``(batch, …)`` each; normalization lives inside.

        Raises:
            UserError: there is no such net, or it has no such option.
        """

    @abstractmethod
    def loss(self, output: Any, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the loss and the weight of each example, both ``(batch,)``.

        The loop divides the sum of the losses by the sum of the weights over the *global* batch, so that tokens,
        frames and processes count right.

        Args:
            output: what the net returned.
            batch: as `prepare` left it.
        """

    # --- what came out ----------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def metric(self) -> Metric:
        """The one figure by which a net is judged, on each split."""

    @abstractmethod
    def decode(self, output: Any, batch: Batch) -> list[Prediction]:
        """Turn a batch of outputs into what a person understands.

        Args:
            output: what the net returned.
            batch: as `prepare` left it, with the lengths where they differ.

        Returns:
            A prediction for each example, its value a text or a number (JSON in a text where it has parts).
        """

    @abstractmethod
    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Additive sufficient statistics of one example: what ``metric.needs``.

        Args:
            prediction: what was decoded.
            target: the example's.
            loss, weight: the example's own, as `loss` returned them: a likelihood is a statistic too.

        Returns:
            A number for each name in ``metric.needs``; the metric is a function of their sums over a split.
        """

    @abstractmethod
    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """Predict others in seconds, not minutes: what a net must beat.

        Args:
            train: the training split.
            others: examples of another split.

        Returns:
            First the trivial way (the majority class, the mean), last what a sensible person would try first.
        """

    @abstractmethod
    def show(self, example: Example) -> dict[str, Any]:
        """Return what a report can show of an input.

        Args:
            example: of any split.

        Returns:
            ``{"picture": uint8 (height, width, 3)}`` or ``{"fields": {name: value}}``, or both.
        """
