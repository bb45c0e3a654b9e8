"""Whether a net, in evaluation mode, gives one answer to one input, whatever else stands in the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypedDict

import torch
from torch import Tensor, nn

from fathom.training.health.measure.eval_mode import EvalMode
from fathom.training.health.measure.eval_probes import (
    ask_norms,
    ask_own_target,
    ask_padding,
    ask_side,
    has_batch_statistics,
    keep_nan,
)
from fathom.training.health.measure.input_parts import unread_parts
from fathom.training.health.measure.net_output import answer_of
from fathom.training.health.measure.sequence_answers import (
    MAX_DIFFERENCE_SHARE,
    has_attention,
    is_mixed,
    is_of_words,
    is_order_unseen,
    reads_own_word,
    sees_future,
    steady_answer,
)
from fathom.training.health.memory import Named
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 4
"""First batches on which an argument must have been the target, for it to be asked what the answer takes from it."""

MAX_CALLS = 8
"""Calls of an evaluation, among the first of which another one is taken each time."""

MAX_EXAMPLES, MAX_REPEATS = 16, 2
"""Examples of a batch that the net is asked about twice, and how often."""


class RepeatsKept(TypedDict):
    """When it was asked again last, whether it cannot be, and which call of an evaluation is asked beside training."""

    repeated_at: int
    unaskable: bool
    evaluation: int
    call: int
    wanted: int
    asked_beside: bool


class NondeterministicEvals:
    """Asks one net the same again.

    Args:
        eval_mode: of the net.
    """

    Kept: ClassVar = RepeatsKept

    def __init__(self, eval_mode: EvalMode) -> None:
        self.eval_mode = eval_mode
        self.repeated_at = -1  # the step
        self.unaskable = False
        self.evaluation, self.call, self.wanted = -1, 0, 0  # of the norms: the step, which call it is, and which to ask
        self.asked_beside = False
        self.trained_batch: Tensor | None = None  # of a net whose batch norms have no running statistics

    def to_memory(self, named: Named) -> RepeatsKept:
        """What is kept from step to step."""
        return {
            "repeated_at": self.repeated_at, "unaskable": self.unaskable, "evaluation": self.evaluation,
            "call": self.call, "wanted": self.wanted, "asked_beside": self.asked_beside,
        }  # fmt: skip

    def recall(self, kept: RepeatsKept, named: Named) -> None:
        """Take it up."""
        self.repeated_at, self.unaskable = kept["repeated_at"], kept["unaskable"]
        self.evaluation, self.call, self.wanted = kept["evaluation"], kept["call"], kept["wanted"]
        self.asked_beside = kept["asked_beside"]

    def is_due(self, signals: Signals, step: int) -> bool:
        """Whether the net is to be asked the same twice: some times, at different steps, where the loss is known."""
        return (
            bool(signals.loss_kind)
            and signals.nondeterministic_evals[1] < MAX_REPEATS
            and self.repeated_at != step
            and not self.unaskable
        )

    def repeat(
        self, signals: Signals, step: int, net: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Tensor
    ) -> None:
        """Does the net, in evaluation mode, answer the same again?"""
        differing, asked = signals.nondeterministic_evals
        if net.training or not self.is_due(signals, step) or self.eval_mode.in_train_mode() or _is_traced():
            return
        keep_nan(signals.details, answer)
        plain = all(isinstance(x, Tensor) and x.ndim and len(x) == len(answer) for x in args)
        if plain and len(args) == 1 and not kwargs and is_of_words(args[0], answer):
            self._ask_about_words(signals, step, net, args[0][:MAX_EXAMPLES])
            return
        if answer.ndim == 3 and (at := _argument_with_answer(signals)) >= 0:
            self._probe(step, answer, lambda: ask_own_target(signals.details, net, args, kwargs, answer, at))
        if has_batch_statistics(net):
            if plain and len(args) == 1 and not kwargs:
                self._ask_beside_training(signals, step, net, args[0], answer)
            return
        if kwargs or answer.ndim not in (1, 2) or not plain or not answer.is_floating_point():
            return
        self.repeated_at = step
        try:
            found = self._ask_parts(signals, net, args, answer)
        except Exception:  # whatever it is that it cannot do with fewer examples: the evaluation goes on
            self.unaskable = True
            return
        if found is None:
            return
        differs, mixed = found
        signals.batch_dependent_evals += mixed
        # of amounts some nets draw their answer on purpose, as those do that code by chance
        drawn = differs and not mixed and answer.ndim == 2 and signals.loss_kind in ("cross-entropy", "nll", "binary")
        signals.nondeterministic_evals = (differing + drawn, asked + 1)

    def _ask_parts(
        self, signals: Signals, net: nn.Module, args: tuple[Any, ...], answer: Tensor
    ) -> tuple[bool, bool] | None:
        """Whether a part of the batch gets another answer, and whether the whole gets the same again."""
        devices = [answer.device] if answer.device.type == "cuda" else []
        kind, asked_twice = answer.device.type, torch.is_autocast_enabled(answer.device.type)
        # in low precision rounding gives other answers where the batch is another: both are then asked in full
        with torch.random.fork_rng(devices=devices), torch.autocast(kind, enabled=False):
            if asked_twice and (whole := answer_of(net(*args))) is not None:
                answer = whole
            few = tuple(x[:MAX_EXAMPLES] for x in args)
            again = answer_of(net(*few))
            if again is None or again.shape != answer[:MAX_EXAMPLES].shape:
                return None
            backwards = answer_of(net(*(x.flip(0) for x in few)))
            differs = _differ(again, answer[:MAX_EXAMPLES])
            differs |= backwards is None or _differ(backwards.flip(0), again)
            mixed = differs and _is_mixed(net, args, answer)
            signals.unread_inputs.append("" if differs else unread_parts(net, few, again))
            if len(few) == 1 and few[0].ndim == 2 and not few[0].is_floating_point():
                _ask_about_order(signals, net, few[0])
                if answer.ndim == 2 and not differs:
                    ask_padding(signals.details, net, args[0], answer, _widest(signals))
                    ask_side(signals.details, net, args[0], answer, _padded(signals))
        return differs, mixed

    def _ask_beside_training(self, signals: Signals, step: int, net: nn.Module, x: Tensor, answer: Tensor) -> None:
        """Of batch norms without running statistics: do examples of training beside it change an answer?"""
        if (beside := self.trained_batch) is None:
            return
        if step != self.evaluation:  # each time another call of an evaluation, as far as it has so many
            self.evaluation, self.call = step, 0
            self.wanted = (self.wanted + 1) % MAX_CALLS if self.asked_beside else 0
            self.asked_beside = False
        self.call += 1
        if self.call <= self.wanted:
            return
        self.asked_beside = True
        self._probe(step, answer, lambda: ask_norms(signals.details, net, x, answer, beside))

    def _probe(self, step: int, answer: Tensor, ask: Callable[[], None]) -> None:
        """Ask the net something else, with nothing drawn that the training would draw."""
        self.repeated_at = step
        devices = [answer.device] if answer.device.type == "cuda" else []
        try:
            with torch.random.fork_rng(devices=devices):
                ask()
        except Exception:  # whatever it is that it cannot do with other examples: the evaluation goes on
            self.unaskable = True

    def _ask_about_words(self, signals: Signals, step: int, net: nn.Module, x: Tensor) -> None:
        """Do answers for each word depend on other rows, or on words that the net is to tell?"""
        self.repeated_at = step
        devices = [x.device] if x.device.type == "cuda" else []
        try:
            with torch.random.fork_rng(devices=devices), torch.autocast(x.device.type, enabled=False):
                answer = steady_answer(net, x)
                if answer is None:
                    return
                mixed = is_mixed(net, x, answer)
                is_next = any(one.answer_gradient.is_next_word for one in signals.snapshots)
                future = sees_future(net, x, answer) if is_next else None
                if any(one.answer_gradient.words_ahead == 0 for one in signals.snapshots[:MIN_SNAPSHOTS]):
                    own = reads_own_word(net, x, answer)
                    signals.details.own_target_read += [] if own is None else [own]
                _ask_about_order(signals, net, x, answer)
        except Exception:  # whatever it is that it cannot do with fewer examples: the evaluation goes on
            self.unaskable = True
            return
        if future is not None:
            signals.future_seen.append(future)
        if mixed is not None:
            signals.batch_dependent_evals += mixed
            differing, asked = signals.nondeterministic_evals
            signals.nondeterministic_evals = (differing, asked + 1)


def _is_traced() -> bool:
    """Whether the net is traced just now."""
    return bool(torch.jit.is_tracing())  # type: ignore[attr-defined]


def _padded(signals: Signals) -> tuple[int, int]:
    """The side on which rows of training are filled up, and the word, where they all are alike; else 0."""
    seen = {one.details.padded for one in signals.snapshots[:MIN_SNAPSHOTS]}
    return seen.pop() if len(seen) == 1 else (0, 0)


def _widest(signals: Signals) -> int:
    """The largest width of a batch of training that was looked at."""
    return max((one.details.width for one in signals.snapshots), default=0)


def _argument_with_answer(signals: Signals) -> int:
    """The argument that was the target on each of the first batches; -1 where none was."""
    given = {one.details.answer_given for one in signals.snapshots[:MIN_SNAPSHOTS]}
    return given.pop() if len(given) == 1 else -1


def _ask_about_order(signals: Signals, net: nn.Module, x: Tensor, answer: Tensor | None = None) -> None:
    """Does it matter to a net with attention where words stand?"""
    if not has_attention(net) or (answer is None and (answer := steady_answer(net, x)) is None):
        return
    if (unseen := is_order_unseen(net, x, answer)) is not None:
        signals.order_unseen.append(unseen)


def _differ(again: Tensor, answer: Tensor) -> bool:
    """Whether answers to the same are others by more than rounding."""
    scale = float(answer.float().abs().mean())
    return float((again - answer).float().abs().max()) > MAX_DIFFERENCE_SHARE * scale


def _is_mixed(net: nn.Module, args: tuple[Any, ...], answer: Tensor) -> bool:
    """Whether the whole batch is answered as before, so that it is no chance that parts of it are not."""
    whole = answer_of(net(*args))
    return whole is not None and whole.shape == answer.shape and not _differ(whole, answer)
