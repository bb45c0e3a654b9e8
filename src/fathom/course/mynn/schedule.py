"""Your schedule: warm-up, then half a cosine."""

from .solved import schedules

NEEDS = ("schedules",)
__all__ = ["WarmupCosine"]


class WarmupCosine:
    """Sets the rate of an optimizer before each step."""

    def __init__(self, optimizer, steps, peak, warmup):
        self.optimizer, self.told, self.done = optimizer, (steps, peak, warmup), 0

    def step(self):
        """The rate of the next step."""
        self.optimizer.rate = float(schedules.rate_at(self.done, *self.told))
        self.done += 1
