"""The built-in health checks, from causes to symptoms: in this order they are told."""

from __future__ import annotations

from fathom.training.health.check import Check
from fathom.training.health.checks.class_order import ClassOrder, OneClass
from fathom.training.health.checks.dead_units import Dead, Saturated
from fathom.training.health.checks.exploding_gradients import Exploding, Vanishing
from fathom.training.health.checks.heavy_dropout import HeavyDropout
from fathom.training.health.checks.high_learning_rate import TooHigh, TooLow
from fathom.training.health.checks.inputs_not_scaled import NotScaled
from fathom.training.health.checks.judged_in_training_mode import JudgedAwake, TrainedAsleep
from fathom.training.health.checks.labels_unrelated import Unrelated
from fathom.training.health.checks.stagnating_loss import (
    Diverging,
    InitialLoss,
    InputsNotFinite,
    NotFinite,
    Oscillating,
    Stagnating,
)
from fathom.training.health.checks.symmetric_weights import Symmetric
from fathom.training.health.checks.unfinished import Unfinished
from fathom.training.health.checks.untrained_layers import NotCleared, NotStepped, Untrained
from fathom.training.health.checks.weights_shrunk import Decayed
from fathom.training.health.checks.wrong_output import Squashed

CHECKS: tuple[Check, ...] = (
    InputsNotFinite(),
    NotScaled(),
    Symmetric(),
    Squashed(),
    NotStepped(),
    Untrained(),
    NotCleared(),
    OneClass(),
    ClassOrder(),
    Saturated(),
    Exploding(),
    Dead(),
    Vanishing(),
    TooHigh(),
    Oscillating(),
    Diverging(),
    Decayed(),
    HeavyDropout(),
    TooLow(),
    Unfinished(),
    JudgedAwake(),
    TrainedAsleep(),
    NotFinite(),
    InitialLoss(),
    Unrelated(),
    Stagnating(),
)
