"""Learning-rate schedules: functions from how far the training is (0 to 1) to a factor of the peak rate.

Since they take the share of the steps and not their number, a training on a time budget anneals as fully as one of a
fixed number of epochs.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from fathom.errors import UserError
from fathom.spelling import choice

Schedule = Callable[[float], float]


def constant(done: float) -> float:
    """Always the peak rate.

    Args:
        done: share of the training that is over, in [0, 1].

    Returns:
        the factor of the peak rate.
    """
    return 1.0


def step(done: float) -> float:
    """A tenth of the rate after half of the steps, a hundredth after three quarters (He et al. 2016).

    Args:
        done: share of the training that is over, in [0, 1].

    Returns:
        the factor of the peak rate.

    >>> [step(share) for share in (0.0, 0.5, 0.75)]
    [1.0, 0.1, 0.01]
    """
    return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01


def cosine(done: float) -> float:
    """Half a cosine from the peak to zero (Loshchilov & Hutter 2017).

    Args:
        done: share of the training that is over, in [0, 1].

    Returns:
        the factor of the peak rate.

    >>> [round(cosine(share), 3) for share in (0.0, 0.5, 1.0)]
    [1.0, 0.5, 0.0]
    """
    return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def one_cycle(done: float) -> float:
    """Up from a 25th for the first quarter, then down to nearly zero, both along a cosine (Smith & Topin 2018).

    Args:
        done: share of the training that is over, in [0, 1].

    Returns:
        the factor of the peak rate.
    """
    if done < 0.25:
        return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * done / 0.25))
    return 1e-4 + (1 - 1e-4) * cosine((done - 0.25) / 0.75)


_FIRST_CYCLE = 0.25
_WARM = 0.1


def restarts(done: float) -> float:
    """A short cycle in the first quarter, and a long one after it (Loshchilov & Hutter 2017, *SGDR*).

    Where a net soon learns its examples by heart, the best weights are those at the end of the first cycle, where it
    has come to rest; where there is more to learn, those of the second.

    Args:
        done: share of the training that is over, in [0, 1].

    Returns:
        the factor of the peak rate.

    >>> [round(restarts(share), 2) for share in (0.025, 0.2499, 0.325, 1.0)]
    [1.0, 0.0, 1.0, 0.0]
    """
    within = done / _FIRST_CYCLE if done < _FIRST_CYCLE else (done - _FIRST_CYCLE) / (1 - _FIRST_CYCLE)
    if within < _WARM:
        return max(within / _WARM, 0.01)
    return cosine((within - _WARM) / (1 - _WARM))


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "step": step,
    "cosine": cosine,
    "one-cycle": one_cycle,
    "restarts": restarts,
}


def build_schedule(name: str, warmup: float = 0.0) -> Schedule:
    """Return the schedule of that name, after a linear warm-up over the share `warmup` of all steps.

    Args:
        name: one of `SCHEDULES`.
        warmup: share of all steps, in [0, 1]; 0 warms nothing up.

    Returns:
        a function from the share of the training that is over to the factor of the peak rate.

    Raises:
        UserError: there is no schedule of this name.
    """
    if name not in SCHEDULES:
        raise UserError(f"there is no schedule '{name[:40]}'{choice(name, SCHEDULES)}")
    schedule = SCHEDULES[name]
    if not warmup:
        return schedule

    def warmed(done: float) -> float:
        return schedule(done) * min(1.0, (done + 1e-3) / warmup)

    return warmed
