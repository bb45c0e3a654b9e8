"""What a net is given when it is asked without being trained: which examples, how large their numbers are, and whether
it is asked the same again without a step between.
"""

from __future__ import annotations

import math
from typing import ClassVar, TypedDict

from torch import Tensor

from fathom.training.health.measure.changed_examples import ChangedExamples
from fathom.training.health.measure.layer_input import layer_input
from fathom.training.health.measure.row_hashes import is_rich, row_hashes
from fathom.training.health.measure.word_frequencies import compare_words
from fathom.training.health.memory import Named
from fathom.training.health.signals import Signals
from fathom.validation import Finite

MAX_ROWS = 512
"""Examples whose hashes are kept …"""

MAX_EVALUATIONS_WITH_ROWS = 3
"""… of the first evaluations: later ones bring the same, as a rule."""

MAX_ROWS_PER_CALL = 256
"""Examples of one call that are hashed."""

MAX_CALLS_PER_STEP = 400
"""Calls at one step after which no more is looked at: a long evaluation, or one that goes on for ever."""

MAX_EVALUATIONS = 50
"""Evaluations of which is kept how often they began anew."""

MIN_ROWS_FOR_COPIES = 8
"""Examples of a batch among which copies are counted."""


class JudgedKept(TypedDict):
    """Of the evaluation that goes on."""

    step: int
    calls: int
    first: int
    number: Finite
    numbered: int


class JudgedInputs:
    """Of one net."""

    Kept: ClassVar = JudgedKept

    def __init__(self) -> None:
        self.step, self.calls, self.first = -1, 0, 0  # of the evaluation that goes on, and the hash it began with
        self.number = 0.0  # the first one of that example
        self.changed_examples = ChangedExamples()
        self.numbered = 0  # evaluations so far: of the 1st, 2nd, 4th, 8th … the size of the inputs is measured

    def measure(self, signals: Signals, step: int, given: Tensor, in_train_mode: bool) -> None:
        """The net is asked, without a graph.

        Args:
            signals: where it is kept.
            step: how many steps were made.
            given: the batch, (batch, …).
            in_train_mode: a dropout or norm is in training mode: it may be asked again to see its answers differ.
        """
        self.changed_examples.judged(signals.details, step, given)
        begins = step != self.step
        if begins:
            self.step, self.calls, self.numbered = step, 0, self.numbered + 1
        self.calls += 1
        if self.calls > MAX_CALLS_PER_STEP or not given.ndim:
            return
        if not begins and not self._may_begin_anew(given) and self.calls & (self.calls - 1):
            return  # a further part of an evaluation
        all_rows = len(signals.judged_again) < MAX_EVALUATIONS_WITH_ROWS and len(signals.judged_rows) < MAX_ROWS
        hashes = row_hashes(given, MAX_ROWS_PER_CALL if all_rows else 1)
        if not hashes:
            return
        if begins:
            compare_words(signals, given)
            first = float(given.flatten()[0])
            self.first, self.number = hashes[0], first if math.isfinite(first) else 0.0
            if self.numbered & (self.numbered - 1) == 0:
                signals.judged_inputs = []
            signals.judged_again = [*signals.judged_again, [step, 0]][-MAX_EVALUATIONS:]
        elif hashes[0] == self.first and not in_train_mode and signals.judged_again:
            signals.judged_again[-1][1] += 1
        if all_rows and is_rich(given):
            signals.details.judged_calls.append(hashes)
        if all_rows:
            known = set(signals.judged_rows)
            signals.judged_rows += [one for one in dict.fromkeys(hashes) if one not in known]
            if not signals.judged_copies[0] and len(hashes) >= MIN_ROWS_FOR_COPIES:
                signals.judged_copies = (len(hashes), len(set(hashes)))
        if given.is_floating_point() and self.numbered & (self.numbered - 1) == 0:
            signals.judged_inputs.append(layer_input("", given, trained=False))

    def _may_begin_anew(self, given: Tensor) -> bool:
        """Whether the first number is the one that the evaluation began with, so that its example may be the same."""
        return given.numel() > 0 and float(given.flatten()[0]) == self.number

    def to_memory(self, named: Named) -> JudgedKept:
        """What is kept from step to step."""
        return {
            "step": self.step, "calls": self.calls, "first": self.first, "number": self.number,
            "numbered": self.numbered,
        }  # fmt: skip

    def recall(self, kept: JudgedKept, named: Named) -> None:
        """Take it up."""
        self.step, self.calls, self.first = kept["step"], kept["calls"], kept["first"]
        self.number, self.numbered = kept["number"], kept["numbered"]
