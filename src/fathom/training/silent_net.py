"""A net that has learned to say nothing: seen on dev after a share of the training, which then goes on with more care.

A net that may be silent at each place finds first that silence costs least, and some never leave it: at high rates, or
where every example is changed before it is heard twice. From then on the learning rate is lower, with a schedule of its
own over the steps that are left, and examples are heard as they are.
"""

from __future__ import annotations

from fathom.training.training_state import TrainingState

SHARE = 0.3
"""Of the steps, after which a net should say something."""
RATE = 1 / 3
"""Of the learning rate, from then on."""


def begins_care(state: TrainingState, silent: bool) -> bool:
    """Whether it is time to go on with more care, once; the state then knows it.

    Args:
        state: after an epoch.
        silent: the net says nothing on dev.
    """
    total = state.total_steps or 0
    if not silent or state.careful_from or not SHARE * total <= state.step < total:
        return False
    state.careful_from = state.step
    return True


def sentence(state: TrainingState) -> str:
    """What is told of it."""
    return (
        f"after {state.step:,} of {state.total_steps or 0:,} steps the net says nothing yet: from here on the learning "
        f"rate is a third, and examples are not changed"
    )


def rate_and_progress(state: TrainingState, step: int, steps: int) -> tuple[float, float]:
    """The share of the learning rate at a step, and how far its schedule is, from 0 to 1.

    Args:
        state: of the training.
        step: from 0.
        steps: in all, as far as is known.
    """
    if not state.careful_from:
        return 1.0, step / steps
    return RATE, (step - state.careful_from) / max(1, steps - state.careful_from)
