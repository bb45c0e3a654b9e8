"""The built-in health checks, one a file, which bears the name of the finding that it makes."""

from __future__ import annotations

from fathom.training.health.check import Check
from fathom.training.health.checks.class_order import ClassOrder
from fathom.training.health.checks.dead_units import DeadUnits
from fathom.training.health.checks.diverging_loss import DivergingLoss
from fathom.training.health.checks.exploding_gradients import ExplodingGradients
from fathom.training.health.checks.gradients_not_cleared import GradientsNotCleared
from fathom.training.health.checks.heavy_dropout import HeavyDropout
from fathom.training.health.checks.high_learning_rate import HighLearningRate
from fathom.training.health.checks.inputs_not_finite import InputsNotFinite
from fathom.training.health.checks.inputs_not_scaled import InputsNotScaled
from fathom.training.health.checks.judged_in_training_mode import JudgedInTrainingMode
from fathom.training.health.checks.labels_unrelated import LabelsUnrelated
from fathom.training.health.checks.low_learning_rate import LowLearningRate
from fathom.training.health.checks.not_finite import NotFinite
from fathom.training.health.checks.one_class import OneClass
from fathom.training.health.checks.oscillating_loss import OscillatingLoss
from fathom.training.health.checks.saturated_units import SaturatedUnits
from fathom.training.health.checks.stagnating_loss import StagnatingLoss
from fathom.training.health.checks.symmetric_weights import SymmetricWeights
from fathom.training.health.checks.trained_in_evaluation_mode import TrainedInEvaluationMode
from fathom.training.health.checks.unfinished import Unfinished
from fathom.training.health.checks.untrained_layers import UntrainedLayers
from fathom.training.health.checks.vanishing_gradients import VanishingGradients
from fathom.training.health.checks.weights_not_stepped import WeightsNotStepped
from fathom.training.health.checks.weights_shrunk import WeightsShrunk
from fathom.training.health.checks.wrong_initial_loss import WrongInitialLoss
from fathom.training.health.checks.wrong_output import WrongOutput

CHECKS: tuple[Check, ...] = (
    InputsNotFinite(),
    InputsNotScaled(),
    SymmetricWeights(),
    WrongOutput(),
    WeightsNotStepped(),
    UntrainedLayers(),
    GradientsNotCleared(),
    OneClass(),
    ClassOrder(),
    SaturatedUnits(),
    ExplodingGradients(),
    DeadUnits(),
    VanishingGradients(),
    HighLearningRate(),
    OscillatingLoss(),
    DivergingLoss(),
    WeightsShrunk(),
    HeavyDropout(),
    LowLearningRate(),
    Unfinished(),
    JudgedInTrainingMode(),
    TrainedInEvaluationMode(),
    NotFinite(),
    WrongInitialLoss(),
    LabelsUnrelated(),
    StagnatingLoss(),
)
"""From causes to symptoms: in this order they are reported."""

KINDS = tuple(check.kind for check in CHECKS)
"""What they say of their findings, declared with those of all other checks."""
