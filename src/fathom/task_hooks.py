"""What a task may do beyond what it must: each has a default, and is declared where others have to know.

`fathom.task.Task` has what every task writes itself.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from torch import nn

from fathom.batch import Batch
from fathom.number_format import significant
from fathom.records import Attention, Doubt, Drawing, Example, Examples, Finding, Kept, Prediction, Skipped

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TaskHooks:
    """The part of a task that may be left as it is.

    Attributes:
        augments: `prepare` changes examples while training, as much as ``settings.augment`` says.
        gives_label_probabilities: `label_probabilities` answers, so that label errors can be found.
        renders: `render` answers, so that predictions can be drawn.
        target_fields: what `fit` learns of targets, by the fields' names: a training that starts from another run
            learns it anew, and takes all else from there, so that inputs are encoded as that net knew them.
        keeps_best_by_loss: the weights that are kept are those of the least dev loss, and not of the best figure: where
            dev is small, a loss tells more.
        attends: `attention` answers for the task's nets that attend.
        dev_cost: what a look at an example costs, in trainings of one: a third where nothing has to be written.
    """

    augments: ClassVar[bool] = False
    gives_label_probabilities: ClassVar[bool] = False
    renders: ClassVar[bool] = False
    attends: ClassVar[bool] = False
    keeps_best_by_loss: bool = False
    dev_cost: float = 1 / 3
    target_fields: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def read(self, text: str) -> Example:
        """See `fathom.task.Task.read`."""

    @abstractmethod
    def decode(self, output: Any, batch: Batch) -> list[Prediction]:
        """See `fathom.task.Task.decode`."""

    def most_epochs(self, n: int) -> int:
        """Epochs beyond which more do not help, however large the budget is; 0 where there is no such bound.

        Args:
            n: training examples.
        """
        return 0

    def most_judged_of_train(self) -> int | None:
        """So many training examples are judged at the end, evenly spread; None judges all.

        Where an answer has to be searched for, or a large net asked for it, a part tells enough.
        """
        return None

    def findings(self, examples: Examples) -> list[Finding]:
        """What is wrong that only this kind of problem has, for ``fathom check``; none is usual.

        Args:
            examples: as the method of that name has just returned them.
        """
        return []

    def target_classes(self, examples: Sequence[Example]) -> list[tuple[str, ...]]:
        """The classes that targets name, for ``fathom check`` to count.

        Args:
            examples: all of them, as `fathom.task.Task.examples` returned them.

        Returns:
            Of each example one for a classification, several for labels, tags or boxes; none where the target is no
            class.
        """
        return [() for _ in examples]

    def input_columns(self) -> list[tuple[str, str, str]]:
        """What became of each column of a table, once `fit` has learned.

        Returns:
            name; what it is ("number", "date", "category of 7", "left out"); how it was read, or why it was left out,
            or "". None where inputs have no columns.
        """
        return []

    def read_many(self, text: str) -> Sequence[Example | Skipped]:
        """Make examples of what was given to ``fathom predict``; a task that knows folders or tables finds several.

        Args:
            text: as for `read`, or a folder or table.

        Returns:
            One for each row or file, in order; what is no row is skipped in its place, and the others keep theirs.

        Raises:
            UserError: it is no input of this task.
        """
        return [self.read(text)]

    def doubts(self, example: Example) -> Sequence[Doubt]:
        """What of a new input cannot be used as it stands: columns that are missing, values that nobody has seen.

        Args:
            example: that is to be predicted.

        Raises:
            Unreadable: nothing of it can be used.
        """
        return ()

    def decode_quickly(self, output: Any, batch: Batch) -> list[Prediction]:
        """What a person understands, as `fathom.task.Task.decode` says it, but soon: for the looks at dev in between.

        Args:
            output: what the net returned.
            batch: as `prepare` left it.
        """
        return self.decode(output, batch)

    def wrap_module(self, module: nn.Module) -> nn.Module:
        """Wrap a module of the user's own, so that it is given what a net of ours sees inside: normalized input.

        Args:
            module: as the user built it.

        Returns:
            A module that is called as `net`'s is; here the user's itself.
        """
        return module

    def has_parts(self, net: nn.Module) -> bool:
        """Whether parts of a net are fitted otherwise than by gradients.

        Args:
            net: as `net` built it.
        """
        return False

    def fit_parts(self, net: nn.Module, train: Batch, dev: Batch | None, weights: NDArray[np.float32] | None) -> Any:
        """Fit those parts of a net, before its training.

        Args:
            net: whose parts; it is changed in place.
            train, dev: all encoded examples of these splits, ``(n, …)``, on the host; None where there is no dev.
            weights: how much each training example counts, ``(n,)``; None where all count alike.

        Returns:
            What `choose_part` needs of it.
        """
        raise NotImplementedError

    def choose_part(self, net: nn.Module, fitted: Any, dev: Batch | None, examples: Sequence[Example]) -> Kept | None:
        """Choose on dev, after the training, what of a net is kept.

        Args:
            net: with its best weights; it is changed in place.
            fitted: what `fit_parts` returned.
            dev: all encoded dev examples, on the host; None where there is no dev.
            examples: of dev, in the same order.

        Returns:
            What was kept, and why; None where there was nothing to choose.
        """
        raise NotImplementedError

    def says_nothing(self, predictions: Sequence[Prediction]) -> bool:
        """Whether a net that may be silent has not begun to speak.

        Args:
            predictions: of dev, as `decode` made them.
        """
        return False

    def features(self, examples: Sequence[Example]) -> NDArray[np.float64] | None:
        """Each example as a row of scaled numbers, for other methods than nets.

        Args:
            examples: as they were read.

        Returns:
            ``(examples, columns)``; None where nothing could be learned from them as they are: pixels, waves, words.
        """
        return None

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """Return a prediction as a person reads it in a line.

        Args:
            example: of which it is said.
            prediction: as `decode` made it.
        """
        value = prediction.value
        return significant(value, 6, thousands="") if isinstance(value, float) else str(value)

    def label_probabilities(
        self, output: Any, batch: Batch
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]] | None:
        """What the net thinks of each label, so that wrong ones can be found.

        Args:
            output: what the net returned.
            batch: as `prepare` left it.

        Returns:
            For each example its labels ``(items,)``, -1 where unknown, and the probabilities ``(items, classes)``, the
            columns of which are `label_names`; an example has one item, or one for each of its words or pixels. None
            where targets are no classes.
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
        """Where the net looked while it wrote its prediction.

        Args:
            net: trained.
            example: what it read.
            prediction: what it wrote.

        Returns:
            The weights of each token that was written; None where the net does not attend to what it read.
        """
        return None

    def render(self, example: Example, prediction: Prediction | None) -> NDArray[np.uint8] | None:
        """Draw a prediction.

        Args:
            example: in whose input it is drawn.
            prediction: as `decode` made it; None draws what is true.

        Returns:
            uint8 ``(height, width, 3)``; None where a prediction is better said in words, or nothing is known.
        """
        return None

    def drawings(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], losses: Sequence[float]
    ) -> Iterator[Drawing]:
        """Pictures for the report of what came out on a split: here of the worst, and of some in between.

        Args:
            examples: of the split.
            predictions: of each example.
            losses: of each example.
        """
        if not self.renders:
            return
        order = np.argsort(-np.asarray(losses), kind="stable")
        spread = order[np.linspace(0, len(order) - 1, min(3, len(order))).round().astype(int)]
        for i in dict.fromkeys([*order[:6].tolist(), *spread.tolist()]):
            picture = self.render(examples[i], predictions[i])
            if picture is not None:
                truth = self.render(examples[i], None)
                yield Drawing(examples[i].id, picture, truth, self.format_prediction(examples[i], predictions[i]))
