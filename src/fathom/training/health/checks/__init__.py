"""The built-in health checks, one a file, which bears the name of the finding that it makes."""

from __future__ import annotations

from fathom.training.health.check import Check
from fathom.training.health.checks.absolute_quantiles import AbsoluteQuantiles
from fathom.training.health.checks.answer_given import AnswerGiven
from fathom.training.health.checks.answers_dropped import AnswersDropped
from fathom.training.health.checks.answers_not_numbers import AnswersNotNumbers
from fathom.training.health.checks.batches_used_up import BatchesUsedUp
from fathom.training.health.checks.biases_missing import BiasesMissing
from fathom.training.health.checks.class_left_out import ClassLeftOut
from fathom.training.health.checks.class_numbers_as_amounts import ClassNumbersAsAmounts
from fathom.training.health.checks.class_order import ClassOrder
from fathom.training.health.checks.class_weights_extreme import ClassWeightsExtreme
from fathom.training.health.checks.class_weights_inverted import ClassWeightsInverted
from fathom.training.health.checks.classes_never_seen import ClassesNeverSeen
from fathom.training.health.checks.clipped_too_late import ClippedTooLate
from fathom.training.health.checks.code_unused import CodeUnused
from fathom.training.health.checks.codes_as_amounts import CodesAsAmounts
from fathom.training.health.checks.codes_cut_off import CodesCutOff
from fathom.training.health.checks.dead_units import DeadUnits
from fathom.training.health.checks.dev_holds_copies import DevHoldsCopies
from fathom.training.health.checks.diverging_loss import DivergingLoss
from fathom.training.health.checks.embeddings_collapsed import EmbeddingsCollapsed
from fathom.training.health.checks.end_untaught import EndUntaught
from fathom.training.health.checks.entropy_punished import EntropyPunished
from fathom.training.health.checks.examples_mixed import ExamplesMixed
from fathom.training.health.checks.exploding_gradients import ExplodingGradients
from fathom.training.health.checks.few_examples_decide import FewExamplesDecide
from fathom.training.health.checks.freezing_without_effect import FreezingWithoutEffect
from fathom.training.health.checks.frozen_weights_move import FrozenWeightsMove
from fathom.training.health.checks.future_in_sight import FutureInSight
from fathom.training.health.checks.gradients_cleared_early import GradientsClearedEarly
from fathom.training.health.checks.gradients_clipped_away import GradientsClippedAway
from fathom.training.health.checks.gradients_drowned import GradientsDrowned
from fathom.training.health.checks.gradients_not_cleared import GradientsNotCleared
from fathom.training.health.checks.gradients_underflow import GradientsUnderflow
from fathom.training.health.checks.gradients_zero import GradientsZero
from fathom.training.health.checks.head_hardly_moves import HeadHardlyMoves
from fathom.training.health.checks.heavy_dropout import HeavyDropout
from fathom.training.health.checks.high_learning_rate import HighLearningRate
from fathom.training.health.checks.hinge_labels import HingeLabels
from fathom.training.health.checks.input_copied import InputCopied
from fathom.training.health.checks.input_unread import InputUnread
from fathom.training.health.checks.inputs_constant import InputsConstant
from fathom.training.health.checks.inputs_drift import InputsDrift
from fathom.training.health.checks.inputs_not_finite import InputsNotFinite
from fathom.training.health.checks.inputs_not_scaled import InputsNotScaled
from fathom.training.health.checks.inputs_of_another_scale import InputsOfAnotherScale
from fathom.training.health.checks.inputs_overflowed import InputsOverflowed
from fathom.training.health.checks.judged_at_random import JudgedAtRandom
from fathom.training.health.checks.judged_in_training_mode import JudgedInTrainingMode
from fathom.training.health.checks.judged_on_other_inputs import JudgedOnOtherInputs
from fathom.training.health.checks.labels_exclude_others import LabelsExcludeOthers
from fathom.training.health.checks.labels_share_a_softmax import LabelsShareASoftmax
from fathom.training.health.checks.labels_unrelated import LabelsUnrelated
from fathom.training.health.checks.layer_too_narrow import LayerTooNarrow
from fathom.training.health.checks.leaking_input import LeakingInput
from fathom.training.health.checks.linear_layers_in_a_row import LinearLayersInARow
from fathom.training.health.checks.loss_divided import LossDivided
from fathom.training.health.checks.loss_without_end import LossWithoutEnd
from fathom.training.health.checks.loss_without_gradient import LossWithoutGradient
from fathom.training.health.checks.low_learning_rate import LowLearningRate
from fathom.training.health.checks.majority_class_only import MajorityClassOnly
from fathom.training.health.checks.maps_nearly_empty import MapsNearlyEmpty
from fathom.training.health.checks.missing_as_a_number import MissingAsANumber
from fathom.training.health.checks.momentum_too_large import MomentumTooLarge
from fathom.training.health.checks.no_temperature import NoTemperature
from fathom.training.health.checks.noise_repeated import NoiseRepeated
from fathom.training.health.checks.norm_reused import NormReused
from fathom.training.health.checks.norm_statistics_still import NormStatisticsStill
from fathom.training.health.checks.norms_by_dev_batch import NormsByDevBatch
from fathom.training.health.checks.not_finite import NotFinite
from fathom.training.health.checks.nothing_trained import NothingTrained
from fathom.training.health.checks.one_class import OneClass
from fathom.training.health.checks.one_task_drowns import OneTaskDrowns
from fathom.training.health.checks.optimizer_made_anew import OptimizerMadeAnew
from fathom.training.health.checks.order_unseen import OrderUnseen
from fathom.training.health.checks.oscillating_loss import OscillatingLoss
from fathom.training.health.checks.outliers import Outliers
from fathom.training.health.checks.outputs_left_out import OutputsLeftOut
from fathom.training.health.checks.padded_on_the_other_side import PaddedOnTheOtherSide
from fathom.training.health.checks.padding_changes_answers import PaddingChangesAnswers
from fathom.training.health.checks.padding_in_the_loss import PaddingInTheLoss
from fathom.training.health.checks.penalty_too_strong import PenaltyTooStrong
from fathom.training.health.checks.pretrained_weights_lost import PretrainedWeightsLost
from fathom.training.health.checks.rate_climbs_again import RateClimbsAgain
from fathom.training.health.checks.rate_not_reached import RateNotReached
from fathom.training.health.checks.repeated_examples import RepeatedExamples
from fathom.training.health.checks.repeats_last_value import RepeatsLastValue
from fathom.training.health.checks.rivals_agree import RivalsAgree
from fathom.training.health.checks.rows_standardized import RowsStandardized
from fathom.training.health.checks.saturated_units import SaturatedUnits
from fathom.training.health.checks.small_batch_norm import SmallBatchNorm
from fathom.training.health.checks.softmax_over_one import SoftmaxOverOne
from fathom.training.health.checks.stagnating_loss import StagnatingLoss
from fathom.training.health.checks.standardized_by_batch import StandardizedByBatch
from fathom.training.health.checks.state_kept import StateKept
from fathom.training.health.checks.steps_rounded_away import StepsRoundedAway
from fathom.training.health.checks.steps_undone import StepsUndone
from fathom.training.health.checks.steps_uphill import StepsUphill
from fathom.training.health.checks.symmetric_weights import SymmetricWeights
from fathom.training.health.checks.target_nearly_given import TargetNearlyGiven
from fathom.training.health.checks.targets_are_inputs import TargetsAreInputs
from fathom.training.health.checks.targets_displaced import TargetsDisplaced
from fathom.training.health.checks.targets_filled_with_zeros import TargetsFilledWithZeros
from fathom.training.health.checks.targets_missing import TargetsMissing
from fathom.training.health.checks.targets_nearly_constant import TargetsNearlyConstant
from fathom.training.health.checks.targets_not_scaled import TargetsNotScaled
from fathom.training.health.checks.targets_of_unequal_scale import TargetsOfUnequalScale
from fathom.training.health.checks.targets_skewed import TargetsSkewed
from fathom.training.health.checks.trained_in_evaluation_mode import TrainedInEvaluationMode
from fathom.training.health.checks.unfinished import Unfinished
from fathom.training.health.checks.untrained_layers import UntrainedLayers
from fathom.training.health.checks.vanishing_gradients import VanishingGradients
from fathom.training.health.checks.vanishing_through_time import VanishingThroughTime
from fathom.training.health.checks.views_identical import ViewsIdentical
from fathom.training.health.checks.weights_clamped import WeightsClamped
from fathom.training.health.checks.weights_climb import WeightsClimb
from fathom.training.health.checks.weights_not_stepped import WeightsNotStepped
from fathom.training.health.checks.weights_shrunk import WeightsShrunk
from fathom.training.health.checks.weights_too_small import WeightsTooSmall
from fathom.training.health.checks.weights_written_anew import WeightsWrittenAnew
from fathom.training.health.checks.words_alike import WordsAlike
from fathom.training.health.checks.words_as_quantities import WordsAsQuantities
from fathom.training.health.checks.wrong_initial_loss import WrongInitialLoss
from fathom.training.health.checks.wrong_output import WrongOutput

CHECKS: tuple[Check, ...] = (
    InputsNotFinite(),
    InputsConstant(),
    MissingAsANumber(),
    InputsDrift(),
    RowsStandardized(),
    WordsAsQuantities(),
    CodesAsAmounts(),
    InputsOfAnotherScale(),
    InputsNotScaled(),
    TargetsSkewed(),
    Outliers(),
    InputsOverflowed(),
    TargetsOfUnequalScale(),
    OneTaskDrowns(),
    TargetsNotScaled(),
    TargetsNearlyConstant(),
    StandardizedByBatch(),
    TargetsDisplaced(),
    LeakingInput(),
    TargetNearlyGiven(),
    AnswerGiven(),
    InputCopied(),
    TargetsAreInputs(),
    FutureInSight(),
    SymmetricWeights(),
    WeightsTooSmall(),
    ExamplesMixed(),
    SoftmaxOverOne(),
    StateKept(),
    HingeLabels(),
    AnswersDropped(),
    LossWithoutGradient(),
    WrongOutput(),
    AbsoluteQuantiles(),
    FewExamplesDecide(),
    LossWithoutEnd(),
    EntropyPunished(),
    RivalsAgree(),
    LabelsShareASoftmax(),
    LabelsExcludeOthers(),
    NoTemperature(),
    EmbeddingsCollapsed(),
    ViewsIdentical(),
    ClassLeftOut(),
    OutputsLeftOut(),
    EndUntaught(),
    PaddingInTheLoss(),
    MapsNearlyEmpty(),
    TargetsMissing(),
    TargetsFilledWithZeros(),
    ClassNumbersAsAmounts(),
    CodesCutOff(),
    NothingTrained(),
    WeightsNotStepped(),
    OptimizerMadeAnew(),
    UntrainedLayers(),
    FreezingWithoutEffect(),
    FrozenWeightsMove(),
    PretrainedWeightsLost(),
    HeadHardlyMoves(),
    GradientsNotCleared(),
    GradientsClearedEarly(),
    StepsUndone(),
    StepsUphill(),
    MomentumTooLarge(),
    WeightsClimb(),
    WeightsClamped(),
    GradientsDrowned(),
    GradientsUnderflow(),
    WeightsWrittenAnew(),
    OneClass(),
    ClassesNeverSeen(),
    ClassOrder(),
    RepeatedExamples(),
    NoiseRepeated(),
    BatchesUsedUp(),
    ClassWeightsInverted(),
    ClassWeightsExtreme(),
    SaturatedUnits(),
    ClippedTooLate(),
    ExplodingGradients(),
    DeadUnits(),
    VanishingGradients(),
    VanishingThroughTime(),
    CodeUnused(),
    InputUnread(),
    WordsAlike(),
    OrderUnseen(),
    PenaltyTooStrong(),
    LossDivided(),
    RateNotReached(),
    RateClimbsAgain(),
    HighLearningRate(),
    OscillatingLoss(),
    DivergingLoss(),
    WeightsShrunk(),
    HeavyDropout(),
    GradientsClippedAway(),
    GradientsZero(),
    StepsRoundedAway(),
    LowLearningRate(),
    LinearLayersInARow(),
    LayerTooNarrow(),
    Unfinished(),
    JudgedInTrainingMode(),
    TrainedInEvaluationMode(),
    SmallBatchNorm(),
    NormStatisticsStill(),
    NormReused(),
    NormsByDevBatch(),
    JudgedAtRandom(),
    PaddedOnTheOtherSide(),
    JudgedOnOtherInputs(),
    PaddingChangesAnswers(),
    RepeatsLastValue(),
    DevHoldsCopies(),
    AnswersNotNumbers(),
    NotFinite(),
    WrongInitialLoss(),
    BiasesMissing(),
    LabelsUnrelated(),
    MajorityClassOnly(),
    StagnatingLoss(),
)
"""From causes to symptoms: in this order they are reported."""

KINDS = tuple(check.kind for check in CHECKS)
"""What they say of their findings, declared with those of all other checks."""
