"""The names that others' code imports. To change one breaks it: keep the old name one release, with a note.

A name that is added here is a promise, too; what need not be promised begins with an underscore.
"""

from __future__ import annotations

import importlib
from types import FunctionType

import pytest

EXPORTED = {
    # what `import fathom` offers: scripts and notebooks call it
    "fathom": """
        Run UserError __version__ check compare diagnose generate lightning_callback load predict report test
        train trainer_callback transcribe tune watch
    """,
    # tasks of other packages inherit and return these
    "fathom.task": """
        Batch Draw Generates Recognition Task
    """,
    # tasks of other packages make and read these; recipes and results have their fields
    "fathom.records": """
        Attention Baseline CUSTOM_NET Doubt DoubtKind Drawing Example Examples Finding InputKind Interval Kept
        OPTIMIZERS PRECISIONS Prediction Result SCHEDULES SPLITS Settings Severity SkipKind Skipped Source Splits
    """,
    # tasks of other packages raise these, and scripts catch them
    "fathom.errors": """
        FathomError MissingExtra TooLarge Unreadable UserError
    """,
    # tasks of other packages are judged by these
    "fathom.metrics": """
        AUC_MISSED BITS_PER_CHARACTER BLEU CHARACTER_ERROR_RATE CHRF CHRF_MISSED COST ENTITY_F1
        ENTITY_F1_MISSED ERROR EVENT_F1 EVENT_F1_MISSED LABELS_MISSED MAE MAE_IN_RANKS MAP50_MISSED METRICS
        Metric NATS_PER_EVENT NATS_PER_STEP NOT_EXACT PERPLEXITY Predicts RMSE Sums TAG_ERROR WORD_ERROR_RATE
    """,
    # tasks of other packages build and configure nets by these
    "fathom.nets": """
        Airbench AverageText BiLSTM ConvNet EfficientNetLite0 IMAGE_NETS ImageClassifier Inception
        JoinedLetters JoinedText LeNet LogisticRegression MLP MiniLM MobileNetV2 NetAndTrees Normalized ResNet
        TABLE_NETS TEXT_NETS TableNet TabularBoosting TabularLogistic TabularMLP TabularMembers TextCNN
        TextTransformer VGG choose_net options parse_options
    """,
    # whoever shows how a training goes overrides these
    "fathom.progress": """
        ForwardingWatcher Interrupted QuietWatcher Watcher
    """,
    # remedies of other packages inherit this
    "fathom.coaching.remedy": """
        Remedy
    """,
    # the tests of other packages' tasks import these
    "fathom.testing": """
        Case StopAt TaskContract ToyTask disagreements train weights
    """,
    # trainings outside of fathom are judged by these, and checks of other packages inherit them
    "fathom.training.health": """
        CHECKS Check Detection Signals findings from_json to_json
    """,
    # tables of results from elsewhere are diagnosed by these
    "fathom.diagnosis": """
        CHECKS Decomposition decompose decompose_by diagnose figures learned metric_of ranked read_results
    """,
}


def public_names(module: str) -> set[str]:
    """What a module exports: its ``__all__``, else the classes, functions and constants that it defines."""
    found = importlib.import_module(module)
    if hasattr(found, "__all__"):
        return set(found.__all__)
    return {
        name
        for name, value in vars(found).items()
        if not name.startswith("_")
        and (value.__module__ == module if isinstance(value, type | FunctionType) else name.isupper())
        and name != "TYPE_CHECKING"
    }


@pytest.mark.parametrize("module", EXPORTED)
def test_the_exported_names_are_those_that_were_promised(module: str) -> None:
    promised = set(EXPORTED[module].split())
    assert public_names(module) == promised
    found = importlib.import_module(module)
    assert all(hasattr(found, name) for name in promised)
