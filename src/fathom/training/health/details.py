"""Further facts of a training and of its snapshots, beside those in `signals`: one place for what single checks ask."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fathom.validation import Real

if TYPE_CHECKING:
    Number = float
else:
    Number = Real  # as it is read from a file: it may be NaN


@dataclass
class SnapshotDetails:
    """Further facts of one step.

    Attributes:
        nearly_target: a column of the input that follows the target on a line in most rows, and the share of these
            rows; -1 where none does.
        zero_targets: of several targets, the share that is exactly 0, of the others the share near 0, and their mean by
            their standard deviation.
        last_value_error: mean squared error of saying the last value of each series again; NaN where there is none.
        is_rebuilt: the target of a squared error is the input itself, number by number.
        answer_given: which argument of the net holds the label of each place at that place; -1 where none does.
        end_untaught: rows of words are filled up, and no place asks for the end of a row.
        rows_standardized: each row of a table has mean 0 and standard deviation 1.
        top_word: the number that comes most often in the input, whole rows with their padding, and its share; -1 where
            the input is no words.
        state_kept: 1 where a recurrent layer begins with the state that the batch before ended with, 0 where not, NaN
            where there is none.
        state_dropped: of the state that a recurrent cell is given the share that a dropout has dropped, and how often
            it is called; NaN where none does.
        width: numbers along the second axis of the input; 0 where it has none.
        one_answer: each example has one answer, of all its places together.
        likeness: how much the answers to the examples, as vectors, point one way, and their spread; NaN of others.
        one_way: the share of answers without a gradient that lie within the margin of a hinge loss, and whether all
            others are pushed one way; NaN where not known.
        entropy: of a policy, the factor with which its entropy stands in the loss, above 0 where it is punished, and
            the entropy as a share of the most; NaN where not known.
        word_numbers: of the numbers of words, root of the mean square, the largest, and how neighbours correlate; NaN
            of other inputs.
        padded: on which side rows of words are filled up, 1 at the end and -1 at the beginning, and with which word; 0
            where they are not.
        bright_places: of targets that are maps with a peak each, the share of places above half of the largest, and the
            mean square of the answers and of the errors, as shares of the targets'; NaN of others.
        dropped: of the answer itself, the share that a dropout has dropped; NaN where none stands last.
        gradient_kept: of one weight the cosine of its gradient as it came and as the step was given it.
        moved: how far something other than the optimizer has moved weights since the last step, up to the pass and
            since, as shares of that step; and the cosine of the latter with the gradient. NaN where not known.
        clamped: a weight, its largest number, the share of its numbers at both ends, and that number times the root of
            what a unit sees.
        far_targets: of the targets the share far from all others, the share between these and the others, the least
            distance of one that is far in deviations of most, and its value where all these are the same.
        code_columns: of columns of whole numbers, what pairs of examples tell (`measure.code_columns`).
        answer_norms: of several answers of a net, as of several tasks, the norm of the gradient of each.
        noise: of targets that are normal noise the first few numbers.
        frozen_norm: a frozen batch norm, and of what it is given the distance from its mean and the spread, both by its
            deviation; NaN where not known.
        target_spreads: of several quantities the largest and the smallest standard deviation, and what is left of the
            variance of the latter; NaN where there are none.
        share_of_few: of an error of one number for each example, the share of the gradient that the twentieth of them
            with the largest has; NaN where that is not known.
        kept_variance: of what is built again of the input, its variance over the examples by that of the input.
        tail_ratio: how much farther targets reach above their median than below it; NaN where not known.
        displaced: how well the answers fit their own targets, how well at best those of another place of the batch, and
            how many places on that is (0: the batch reversed); NaN where not known.
        underflow: the share of a gradient that half precision has made 0; NaN where nothing speaks for that.
        norm_reused: a batch norm that is called for several places, and by how much their statistics differ.
    """

    nearly_target: tuple[int, Number] = (-1, math.nan)
    zero_targets: tuple[Number, Number, Number] = (math.nan, math.nan, math.nan)
    last_value_error: Number = math.nan
    is_rebuilt: bool = False
    answer_given: int = -1
    end_untaught: bool = False
    rows_standardized: bool = False
    top_word: tuple[int, Number] = (-1, math.nan)
    state_kept: Number = math.nan
    state_dropped: tuple[Number, int] = (math.nan, 0)
    width: int = 0
    one_answer: bool = False
    likeness: tuple[Number, Number] = (math.nan, math.nan)
    norm_reused: tuple[str, Number] = ("", math.nan)
    one_way: tuple[Number, bool] = (math.nan, False)
    dropped: Number = math.nan
    bright_places: tuple[Number, Number, Number] = (math.nan, math.nan, math.nan)
    entropy: tuple[Number, Number] = (math.nan, math.nan)
    word_numbers: tuple[Number, Number, Number] = (math.nan, math.nan, math.nan)
    padded: tuple[int, int] = (0, 0)
    gradient_kept: Number = math.nan
    moved: tuple[Number, Number, Number] = (math.nan, math.nan, math.nan)
    clamped: tuple[str, Number, Number, Number] = ("", math.nan, math.nan, math.nan)
    underflow: Number = math.nan
    far_targets: tuple[Number, Number, Number, Number] = (0.0, 0.0, math.nan, math.nan)
    displaced: tuple[Number, Number, int] = (math.nan, math.nan, 0)
    tail_ratio: Number = math.nan
    share_of_few: Number = math.nan
    kept_variance: Number = math.nan
    target_spreads: tuple[Number, Number, Number] = (math.nan, math.nan, math.nan)
    frozen_norm: tuple[str, Number, Number] = ("", math.nan, math.nan)
    noise: list[Number] = field(default_factory=list)
    answer_norms: list[Number] = field(default_factory=list)
    code_columns: list[tuple[int, int, Number, int, Number, int, Number]] = field(default_factory=list)


@dataclass
class TrainingDetails:
    """Further facts of a whole training.

    Attributes:
        rates: the learning rate of the first group of the first optimizer, at every `steps_per_rate`-th step.
        steps_per_rate: 1, or a power of 2, so that few are kept.
        maximizes: an optimizer makes the loss as large as it can, which is then a likelihood or a reward.
        maximizes_all: all groups of all optimizers do so.
        momentum: of the optimizers' settings the largest by which gradients so far count at each step (``momentum``,
            or the first of ``betas``), and the second of these; NaN where there is none.
        rate_changes: steps at which it was another than at the step before.
        rate_goal: to which a schedule means to raise it, as it has written in the optimizer; NaN without a schedule.
        judged_calls: hashes of the examples of calls of the first evaluations, of inputs that do not repeat by chance.
        frozen_in_vain: a module or weight that has been given an attribute which does not freeze it, and that one.
        fresh_head: the last weight of a net, drawn at random, where what stands before had been trained; "" elsewhere.
        drawn_weights: of a net that is said to be pretrained, how many of its largest weights are as drawn at random,
            and how many were looked at.
        padding_flips: at evaluations, of how many rows of words the class was asked with as much padding as in
            training, and for how many it was another one; and the two widths.
        norm_flips: at the last evaluations of batch norms without running statistics, of how many examples the class
            was asked with a batch of training beside them, and for how many it was another one.
        fewest_judged: examples of the smallest call of such a net; 0 of others.
        nan_answers: at how many evaluations the answer was looked at, and at how many it was NaN.
        own_target_read: at evaluations, whether the last answer changed with the word that stands there, in a further
            argument or in the only one, where it is the target.
        cosine_scores: between how many cosines a cross-entropy chooses, and whether they are multiplied by something; 0
            of other losses.
        called_alike: at how many steps the net was called once or twice for one backward pass, and at how many of them
            with the same examples twice.
        is_pair_by_place: a cross-entropy chooses among the cosines with one of the same batch.
        comparison: ``angle`` or ``distance``, by which a loss compares vectors; "" of others.
        is_plain: the net is layers and activations, and nothing else is done between them.
        has_no_bias: the net adds nothing anywhere: to an input of 0 its answer is always 0.
        is_chain: all that it says has gone through each of its layers.
        narrowest: the fewest units of a hidden layer; 0 where not known.
        judged_changed: how many evaluations were compared with the one before, and in how many the same examples had
            been changed by chance.
        judged_several_ways: the same examples were judged several times in one evaluation, changed by chance.
        inputs_moved: the net was given an input that requires a gradient.
        side_flips: at evaluations, of how many rows of words the class was asked with the padding on the side of
            training, for how many it was another one, and that side.
        is_scaled_mean: the loss is a mean loss, divided or multiplied by a number.
        trained_by_divergence: weights that no other term of the loss trains than a divergence.
        rivals: how many losses were seen to be that of a judge of two kinds of examples, and that of who makes one.
        stale_looks: of each optimizer, how often the gradient of its last step was looked for, and how often
            it was still there.
        frozen_moved: at how many steps frozen weights that an optimizer has were looked at, at how many of them
            one moved, and its name.
        lone_softmax: places whose only score has a softmax of its own; 0 where there are none.
        takes_sides_of_absolute: a quantile loss is given absolute errors.
        takes_scaled_answer: what the loss compares, or takes a softmax of, is a product.
        is_hinge: the loss counts of a product of the answer and a number what lies below a margin.
    """

    rates: list[Number] = field(default_factory=list)
    steps_per_rate: int = 1
    rate_changes: int = 0
    rate_goal: Number = math.nan
    judged_calls: list[list[int]] = field(default_factory=list)
    frozen_in_vain: tuple[str, str] = ("", "")
    fresh_head: str = ""
    drawn_weights: tuple[int, int] = (0, 0)
    padding_flips: list[list[int]] = field(default_factory=list)
    norm_flips: list[list[int]] = field(default_factory=list)
    fewest_judged: int = 0
    nan_answers: tuple[int, int] = (0, 0)
    own_target_read: list[bool] = field(default_factory=list)
    narrowest: int = 0
    comparison: str = ""
    called_alike: tuple[int, int] = (0, 0)
    is_pair_by_place: bool = False
    is_plain: bool = False
    has_no_bias: bool = False
    is_chain: bool = False
    cosine_scores: tuple[int, bool] = (0, False)
    lone_softmax: int = 0
    judged_changed: tuple[int, int] = (0, 0)
    judged_several_ways: bool = False
    inputs_moved: bool = False
    side_flips: list[list[int]] = field(default_factory=list)
    is_scaled_mean: bool = False
    trained_by_divergence: list[str] = field(default_factory=list)
    rivals: tuple[int, int] = (0, 0)
    stale_looks: list[list[int]] = field(default_factory=list)
    frozen_moved: tuple[int, int, str] = (0, 0, "")
    takes_sides_of_absolute: bool = False
    is_hinge: bool = False
    takes_scaled_answer: bool = False
    maximizes: bool = False
    maximizes_all: bool = False
    momentum: tuple[Number, Number] = (math.nan, math.nan)
