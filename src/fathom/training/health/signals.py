"""What is measured of a training for its health: plain numbers, kept with the run, read by the checks.

The losses are kept of every step; everything else is measured on few steps only (`measure.schedule`), which grow apart,
so that the cost falls as the training goes on. A `Snapshot` is one such step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fathom.training.health.details import SnapshotDetails, TrainingDetails
from fathom.training.health.loss_series import LossSeries
from fathom.validation import Real

if TYPE_CHECKING:
    Number = float
else:
    Number = Real  # as it is read from a file: it may be NaN


@dataclass
class LayerStats:
    """One weight tensor of two or more axes, on one step.

    Attributes:
        name: of the parameter.
        gradient_norm: of its gradient.
        weight_norm: its own.
        relative_update: the norm of its change by this step, divided by its own; NaN where not measured.
        identical_units: all its units have the same weights and the same gradient.
        units: how many it has: the rows of the tensor.
    """

    name: str
    gradient_norm: Number
    weight_norm: Number
    relative_update: Number = math.nan
    identical_units: bool = False
    units: int = 0


@dataclass
class ActivationStats:
    """What came out of one activation function, on one batch.

    Attributes:
        name: of the layer before it.
        function: ``relu``, ``tanh`` or ``sigmoid``.
        alive_bits: of at most 256 units, a bit each, in hexadecimal: 1 where it was not 0 for some example.
        units: how many units these are.
        saturated_share: share of its outputs at the flat ends; NaN for relu.
        examples: of the batch.
        is_shared: several activations belong to this layer, as gates do, or it is used several times.
    """

    name: str
    function: str
    alive_bits: str
    units: int
    saturated_share: Number
    examples: int
    is_shared: bool = False


@dataclass
class InputStats:
    """What a first layer was given.

    Attributes:
        name: of the layer.
        rms: root of the mean square.
        minimum: the smallest number.
        maximum: the largest number.
        std_ratio: the largest standard deviation of a feature divided by the smallest above 0, where it is a table.
        largest_std: the largest standard deviation of a feature.
        is_normalized: the layer is followed at once by a normalization.
        mean: of the numbers; NaN where not measured.
        std: their standard deviation; NaN where not measured.
        fan_in: how many numbers a unit of the layer sees; 0 where not known.
        is_constant: all examples of the batch are the same.
        is_wrapped: these are pictures in which bytes ran over.
        channels: of pictures with three channels the mean of each; of other inputs nothing.
        roughness: of series, how much neighbours differ beside any two, from 0 to 2; NaN of others.
        fillers: columns in which one value far from all others comes again and again, as one for what is missing.
        filler: such a value, and the share of the rows that have it; NaN where there is none.
        columns: of tables of few columns the mean and deviation of each, and the share of rows far off (`far_columns`).
    """

    name: str
    rms: Number
    minimum: Number
    maximum: Number
    std_ratio: Number = 1.0
    largest_std: Number = 0.0
    is_normalized: bool = False
    mean: Number = math.nan
    std: Number = math.nan
    fan_in: int = 0
    is_constant: bool = False
    is_wrapped: bool = False
    channels: list[Number] = field(default_factory=list)
    roughness: Number = math.nan
    fillers: int = 0
    filler: tuple[Number, Number] = (math.nan, math.nan)
    columns: list[tuple[Number, Number, Number]] = field(default_factory=list)


@dataclass
class LabelStats:
    """What the labels of one batch were, found from the gradient of the loss.

    Attributes:
        counts: how often each class occurred, by its number in words.
        neighbours: pairs of labels that stand beside each other in the batch.
        equal_neighbours: of these, those of one class.
        error_rate: share of the batch that the net had wrong; NaN where it cannot be told.
        cross_entropy: the mean one of the net's answers at these labels.
        share_with_gradient: of the answers; the others are right beyond doubt, or are not to count.
        share_unlabeled: of the answers: those without a gradient that are in doubt.
        weights: how much the loss counts an answer of each class, as read off the gradient, the mean one being 1.
        weight_sum: what all answers of the batch count together: 1 in a mean.
        weighted_loss: the cross-entropy with these weights, as the loss must be if it is one; NaN where not measured.
        displaced: as `SnapshotDetails.displaced`.
    """

    counts: dict[str, int]
    neighbours: int
    equal_neighbours: int
    error_rate: Number = math.nan
    cross_entropy: Number = math.nan
    share_with_gradient: Number = 1.0
    share_unlabeled: Number = 0.0
    weights: dict[str, Number] = field(default_factory=dict)
    weight_sum: Number = math.nan
    weighted_loss: Number = math.nan
    displaced: tuple[Number, Number, int] = (math.nan, math.nan, 0)


@dataclass
class TargetStats:
    """What a squared error was given, found from its gradient.

    Attributes:
        squared_error: the mean one of the batch.
        mean: of the targets.
        mean_square: of the targets.
        variance: of the targets in the batch.
        share_below_0: of the targets.
        share_above_1: of the targets.
        share_beyond_1: of the targets: those farther than 1 from 0.
        minimum: the smallest target; NaN where not measured.
        maximum: the largest target; NaN where not measured.
        outputs: numbers that an example has.
        whole_numbers: how often each occurred, where all targets are whole numbers and there are few; else nothing.
    """

    squared_error: Number
    mean: Number
    mean_square: Number
    variance: Number
    share_below_0: Number = 0.0
    share_above_1: Number = 0.0
    share_beyond_1: Number = 0.0
    minimum: Number = math.nan
    maximum: Number = math.nan
    outputs: int = 1
    whole_numbers: dict[str, int] = field(default_factory=dict)


@dataclass
class UntrainedParameter:
    """A weight that was used on one step and that the step did not train, though it is still as it was drawn.

    Attributes:
        name: of the parameter, or its shape where the net does not list it.
        reason: ``frozen``, ``no optimizer``, ``no gradient``, ``rate of 0``, ``thawed``, ``unreached``, ``not listed``.
        checksum: a number that is another one as soon as the weight is.
    """

    name: str
    reason: str
    checksum: Number


@dataclass
class AnswerGradient:
    """What the gradient of the loss with respect to the answers tells, on one of the first steps.

    Attributes:
        is_zero: it is exactly 0 for every answer.
        is_inverted: it is that of a cross-entropy with the wrong sign: each answer is pushed away from one class, and
            all count alike.
        several_labels: share of the examples that have more than one label in a softmax; NaN where that is not told.
        words_ahead: how far ahead in the input the word stands that is each answer's label; -1 where it is no such.
        share_left_out: of the answers, those that have no gradient and stand between others that have; NaN if unknown.
        classes: between which it chooses; 0 where it does not.
        silent_outputs: of a few numbers that each example is answered with, those without a gradient for any of them.
        is_next_word: each label is the word that comes next in the input.
        padding_counted: of the places that the loss counts, those at which rows of words are filled up; NaN if unknown.
        word_asked: the one word that the input has at most of the places that the loss counts, in place of what is to
            be found there; -1 where there is none.
    """

    silent_outputs: list[int] = field(default_factory=list)
    is_zero: bool = False
    is_inverted: bool = False
    several_labels: Number = math.nan
    words_ahead: int = -1
    share_left_out: Number = math.nan
    classes: int = 0
    is_next_word: bool = False
    padding_counted: Number = math.nan
    word_asked: int = -1


@dataclass
class Snapshot:
    """What was measured on one step.

    Attributes:
        step: from 0.
        layers: the weights that it trained, in the order in which they are used.
        activations: of the net.
        inputs: of its first layers.
        labels: of the batch; None where the loss chooses no class.
        output_rms: root mean square of the net's answer.
        learning_rate: of the first group of the first optimizer that stepped.
        layers_in_eval_mode: dropouts and norms that were in evaluation mode with the whole net, though it trained.
        loss: of the step.
        batch_size: examples.
        targets: of the batch, as a mean squared error would have been given them; None where that cannot be told.
        answer_gradient: what else it tells of the loss, on the first steps.
        untrained: weights that were used and not trained.
        stale_gradient: 1 where the gradient of the step before still lay there at the backward pass, 0 where not, NaN
            if not known.
        rows: a hash of each of the first examples of the batch.
        through_time: a recurrent layer, its steps of time, and the largest gradient with respect to what it was given
            (of a cell: to what it says) at the first and at the last tenth of them; 0 steps where not measured.
        target_column: the column of the input that goes with the target exactly; -1 if none does, -2 where not
            measured.
        unclipped: a weight, and the norm of its gradient before anything was done to it; NaN where not measured.
        norm_statistics: a checksum of the running statistics of each batch norm that was used in training mode.
        step_left: the share of the step before that is still in the weights; NaN if not known.
        top_word: the word that comes most often in the input, and its share; -1 where the input is no words.
        rounded_away: of numbers of weights in 16 bits with a gradient, those that the step left; NaN if there are none.
        details: what single checks ask for.
        is_state_new: 1 where what the optimizer remembers knows of this one gradient alone, 0 where not, NaN if not
            known.
    """

    step: int
    layers: list[LayerStats] = field(default_factory=list)
    activations: list[ActivationStats] = field(default_factory=list)
    inputs: list[InputStats] = field(default_factory=list)
    labels: LabelStats | None = None
    output_rms: Number = math.nan
    learning_rate: Number = math.nan
    layers_in_eval_mode: list[str] = field(default_factory=list)
    loss: Number = math.nan
    batch_size: int = 0
    targets: TargetStats | None = None
    answer_gradient: AnswerGradient = field(default_factory=AnswerGradient)
    untrained: list[UntrainedParameter] = field(default_factory=list)
    stale_gradient: Number = math.nan
    rows: list[int] = field(default_factory=list)
    through_time: tuple[str, int, Number, Number] = ("", 0, math.nan, math.nan)
    target_column: int = -2
    unclipped: tuple[str, Number] = ("", math.nan)
    norm_statistics: dict[str, Number] = field(default_factory=dict)
    top_word: tuple[int, Number] = (-1, math.nan)
    rounded_away: Number = math.nan
    is_state_new: Number = math.nan
    step_left: Number = math.nan
    details: SnapshotDetails = field(default_factory=SnapshotDetails)


@dataclass
class Signals:
    """All that was measured of one training.

    Attributes:
        losses: of each step.
        details: what single checks ask for.
        snapshots: in order.
        loss_kind: ``cross-entropy``, ``binary``, ``nll``, ``squared``, ``absolute``, ``ctc``, or "" where it is not
            known.
        output_mismatch: what stands between the last layer and the loss that should not, or "".
        classes: how many outputs the loss chooses between; 0 where it does not.
        mode_dependent: how many dropouts and norms the net has.
        evaluations: steps at which the net was asked without being trained.
        evaluations_in_train_mode: of these, at how many its dropouts or norms were in training mode.
        evaluations_in_eval_mode: of these, at how many none of them was.
        first_evaluation: the step of it; -1 before.
        evaluation_steps: the first steps at which it was evaluated: where epochs end, as a rule.
        nondeterministic_evals: how often the net, in evaluation mode, gave two answers to one input, and how often it
            was asked.
        forward_passes: how often the net was called to be trained.
        pretrained: the net came with weights that had been trained before, as whoever watches it says.
        rests_on_trained_weights: most of its weights are frozen, and their numbers show that they had been trained.
        grouped: the batches are made of groups of one class on purpose.
        is_single_term: the loss is of one kind and no sum of several.
        is_weighted_by_example: in the loss each answer counts by a number of its own, which may be below 0.
        losses_without_weights: snapshots whose loss requires a gradient, and depends on no weight of the net.
        output_bound: the function whose result a squared error was given, or "".
        snapshots_without_movement: those since the first at which no weight had moved; -1 as soon as one has.
        optimizer_stepped: a step of an optimizer was seen.
        optimizer_has_no_weights: the optimizers have none of the net's.
        weight_decay: the largest of the optimizers; NaN where that is not known.
        dropout: the largest share that a dropout of the net drops.
        steps_in_eval_mode: steps whose call of the net was in evaluation mode.
        norm_batches: how many steps were made in training mode with batch norms, and how many of them with one or two
            examples.
        trained_inputs: what the net was given on the first snapshots; empty where these are no fractions.
        judged_inputs: what it was given on some calls of the last evaluation.
        trained_words: of the first snapshots, the most frequent words and how often they occur; empty without words.
        word_agreement: of the first evaluations, how word frequencies correlate between two halves of what was trained
            on, between two halves of what was judged, and between both; and over how many words.
        judged_rows: hashes of examples of the first evaluations.
        judged_copies: of a batch there, how many examples were compared, and how many different ones these are.
        judged_again: for evaluations, the step, and how often it began anew at the same step with the same example.
        batch_dependent_evals: how often the answers to some examples were others where fewer stood beside them, though
            the same batch was answered alike twice.
        nonfinite_cause: the operation that most likely made the loss no number, in words, and the line of the program
            at which it stands; "" where that is not known.
        linear_pairs: names of linear layers that follow each other with nothing non-linear between.
        steps_of_optimizers: how many each has made, in the order in which they were given.
        looks_while_unstepped: of each, on how many snapshots weights that no other has had a gradient, and it had not
            been stepped so far.
        weights_of_optimizers: the first weight of each, by name; "" where the net has none of them.
        other_optimizers: steps that optimizers which are not watched have made with the net's weights, and the most of
            them that one weight has had, of those that remember anything.
        ended_without_step: the watch was left, and nothing was trained: no pass, no step, no loss.
        norm_momenta: smallest and largest of batch norms whose running statistics were new; NaN where there are none.
        passes_cleared: of steps with several backward passes, how many, where all but the last were cleared away; -1
            where they were added up.
        gradient_stopper: a function before the loss whose slope may be 0, in words, where all gradients were 0.
        changed_after_step: how often a gradient was looked at after its step, and how often it was another one by then,
            and not cleared.
        rewritten: how often a weight was compared before and after the net was judged, and how often it was another.
        order_unseen: for evaluations of nets with attention, whether rows of words were answered alike backwards.
        future_seen: for evaluations of nets that tell the next word, whether answers changed with words after them.
        unread_inputs: in words, parts of the input that were exchanged at an evaluation and changed no answer.
    """

    losses: LossSeries = field(default_factory=LossSeries)
    snapshots: list[Snapshot] = field(default_factory=list)
    loss_kind: str = ""
    output_mismatch: str = ""
    classes: int = 0
    mode_dependent: int = 0
    evaluations: int = 0
    evaluations_in_train_mode: int = 0
    evaluations_in_eval_mode: int = 0
    first_evaluation: int = -1
    evaluation_steps: list[int] = field(default_factory=list)
    nondeterministic_evals: tuple[int, int] = (0, 0)
    forward_passes: int = 0
    pretrained: bool = False
    rests_on_trained_weights: bool = False
    grouped: bool = False
    is_single_term: bool = False
    is_weighted_by_example: bool = False
    losses_without_weights: int = 0
    output_bound: str = ""
    snapshots_without_movement: int = 0
    optimizer_stepped: bool = False
    optimizer_has_no_weights: bool = False
    weight_decay: Number = math.nan
    dropout: Number = 0.0
    steps_in_eval_mode: int = 0
    norm_batches: tuple[int, int] = (0, 0)
    trained_inputs: list[InputStats] = field(default_factory=list)
    judged_inputs: list[InputStats] = field(default_factory=list)
    trained_words: list[list[list[int]]] = field(default_factory=list)
    word_agreement: list[list[float]] = field(default_factory=list)
    judged_rows: list[int] = field(default_factory=list)
    judged_copies: tuple[int, int] = (0, 0)
    judged_again: list[list[int]] = field(default_factory=list)
    batch_dependent_evals: int = 0
    changed_after_step: tuple[int, int] = (0, 0)
    rewritten: tuple[int, int] = (0, 0)
    order_unseen: list[bool] = field(default_factory=list)
    future_seen: list[bool] = field(default_factory=list)
    unread_inputs: list[str] = field(default_factory=list)
    linear_pairs: list[tuple[str, str]] = field(default_factory=list)
    nonfinite_cause: tuple[str, str] = ("", "")
    steps_of_optimizers: list[int] = field(default_factory=list)
    looks_while_unstepped: list[int] = field(default_factory=list)
    weights_of_optimizers: list[str] = field(default_factory=list)
    other_optimizers: tuple[int, int] = (0, 0)
    ended_without_step: bool = False
    norm_momenta: tuple[Number, Number] = (math.nan, math.nan)
    gradient_stopper: str = ""
    passes_cleared: list[int] = field(default_factory=list)
    details: TrainingDetails = field(default_factory=TrainingDetails)
