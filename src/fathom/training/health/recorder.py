"""The hooks on a net and its optimizers that measure what the checks ask for, in the order in which they are called.

Nothing of the training is changed: no random number is drawn, no gradient touched. Between snapshots a step costs some
microseconds; the loss of each step stays on its device until the next snapshot. What is measured is in `measure`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd
from torch.optim import Optimizer

from fathom.training.health.guard import Guard
from fathom.training.health.measure.activations import activations
from fathom.training.health.measure.answers import STEPS_WITH_COMPARED_COLUMNS, measure_gradient
from fathom.training.health.measure.backward_passes import BackwardPasses
from fathom.training.health.measure.call_order import CallOrder
from fathom.training.health.measure.clipping import Clipping
from fathom.training.health.measure.dropped_answers import dropped_share
from fathom.training.health.measure.embeddings import likeness
from fathom.training.health.measure.eval_mode import EvalMode, Pass
from fathom.training.health.measure.eval_probes import has_batch_statistics
from fathom.training.health.measure.fresh_head import fresh_head
from fathom.training.health.measure.frozen_in_vain import frozen_in_vain
from fathom.training.health.measure.frozen_weights import FrozenWeights
from fathom.training.health.measure.initial_weights import drawn_weights, rests_on_trained_weights
from fathom.training.health.measure.input_details import is_row_standardized, most_frequent, top_word, word_numbers
from fathom.training.health.measure.judged_inputs import JudgedInputs
from fathom.training.health.measure.kept_attributes import kept_attributes
from fathom.training.health.measure.kept_state import KeptState
from fathom.training.health.measure.layer_input import layer_input
from fathom.training.health.measure.linear_layers import is_chain, is_plain_stack, is_without_biases, linear_pairs
from fathom.training.health.measure.net_output import answer_of
from fathom.training.health.measure.nondeterministic_evals import NondeterministicEvals
from fathom.training.health.measure.nonfinite_cause import AnomalyStep
from fathom.training.health.measure.norm_statistics import NormStatistics
from fathom.training.health.measure.optimizer_steps import OptimizerSteps, measure_state
from fathom.training.health.measure.optimizers import unwrapped
from fathom.training.health.measure.output_gradients import attach_to_answers
from fathom.training.health.measure.padding import filled_up, padded_side
from fathom.training.health.measure.rates import keep_rate
from fathom.training.health.measure.readable import any_stands_for_many
from fathom.training.health.measure.reused_norms import ReusedNorms
from fathom.training.health.measure.rewritten_weights import RewrittenWeights
from fathom.training.health.measure.row_hashes import row_hashes
from fathom.training.health.measure.schedule import is_due
from fathom.training.health.measure.stale_gradients import StaleGradients
from fathom.training.health.measure.time_gradients import TimeGradients
from fathom.training.health.measure.undone_steps import UndoneSteps
from fathom.training.health.measure.untrained_parameters import UntrainedParameters
from fathom.training.health.measure.weight_movement import WeightMovement
from fathom.training.health.measure.weight_updates import (
    changes_since,
    copies_of,
    layers_of,
    rounded_away,
    weight_details,
)
from fathom.training.health.measure.word_frequencies import keep_words
from fathom.training.health.measure.wrapped_bytes import has_wrapped
from fathom.training.health.memory import Part
from fathom.training.health.signals import Signals, Snapshot

MAX_OUTPUT = 1e300
"""For an answer that is infinite: what is kept is JSON, which knows no infinity."""

MAX_SMALL_BATCH = 2
"""Examples from which no norm over a batch can be told: of one the variance is that of its own places alone."""

MAX_TRAINED_INPUTS = 4
"""Snapshots of which is kept what the net itself was given."""

STEPS_WITH_COMPARED_UNITS = 10
"""Units that are all the same are so from the first steps on."""


class Recorder:
    """Measures one training, once its hooks are set.

    Args:
        net: the model whose forward pass is trained.
        optimizers: each that steps its weights.
        pretrained: it came with trained weights.
        grouped: the batches are made of groups of one class on purpose.

    Attributes:
        signals: what was measured so far.
    """

    def __init__(self, net: nn.Module, *optimizers: Optimizer, pretrained: bool = False, grouped: bool = False) -> None:
        self.net, self.optimizers = net, tuple(map(unwrapped, optimizers))
        self.compiled, self.guard = _is_compiled(net), Guard()
        self.signals = Signals(
            pretrained=pretrained, grouped=grouped, rests_on_trained_weights=rests_on_trained_weights(net)
        )
        self.signals.details.drawn_weights = drawn_weights(net) if pretrained else (0, 0)
        self.names, self.eval_mode = {id(p): name for name, p in net.named_parameters()}, EvalMode(net)
        self.nondeterministic_evals = NondeterministicEvals(self.eval_mode)
        self.judged_inputs, self.clipping = JudgedInputs(), Clipping(self.guard.shield)
        self.time_gradients, self.anomaly = TimeGradients(net, self.guard.shield), AnomalyStep()
        self.kept_state = KeptState(net, self.compiled, self.guard.shield)
        self.reused_norms = ReusedNorms(self.guard.shield)
        self.batch_norms = [m for m in net.modules() if isinstance(m, _BatchNorm)]
        self.call_order = CallOrder(net, self.compiled, self.guard.shield)
        self.untrained_parameters = UntrainedParameters(net, self.optimizers)
        self.weight_movement, self.undone_steps = WeightMovement(self.optimizers), UndoneSteps()
        self.stale_gradients = StaleGradients(self.optimizers, self.guard.shield)
        self.backward_passes = BackwardPasses(self.guard.shield)
        self.rewritten_weights, self.frozen_weights = RewrittenWeights(), FrozenWeights(self.names)
        self.norm_statistics, self.optimizer_steps = NormStatistics(net), OptimizerSteps(self.optimizers, self.names)
        self.signals.norm_momenta = self.norm_statistics.momenta()
        self.optimizer_steps.begin(self.signals)
        self.signals.mode_dependent = len(self.eval_mode.mode_dependent)
        self.signals.dropout = max((float(m.p) for m in net.modules() if isinstance(m, _DropoutNd)), default=0.0)
        decays = [float(group.get("weight_decay", math.nan)) for o in self.optimizers for group in o.param_groups]
        self.signals.weight_decay = max(decays, default=math.nan)
        self.parameters: dict[str, nn.Parameter] = {}
        self.steps = self.stepped = self.next = 0  # steps done, steps of an optimizer, and the next to be looked at
        self.snapshot: Snapshot | None = None
        self.snapshot_pass: Pass | None = None  # the call that the snapshot is of
        self.weights_before: dict[int, dict[str, Tensor]] = {}  # before the step, of each optimizer by its id
        self.given: Tensor | None = None  # what the net was given, until the loss of this step is known
        self.shape: tuple[int, ...] = ()  # of the last answer
        self.passed_at = -1
        self.given_examples = 0  # how many the net was called with last, to be trained
        self.called_again = False  # with a graph more than once a step: which of its calls are trained?
        self.follows_pass = False  # the answer of this pass is wanted
        self.pass_handles: list[Any] = []  # hooks for this pass only
        self.paused = False

    @property
    def parts(self) -> dict[str, Part]:
        """What compares a step with those before it, by name."""
        return {
            "eval_mode": self.eval_mode,
            "nondeterministic_evals": self.nondeterministic_evals,
            "judged_inputs": self.judged_inputs,
            "weight_movement": self.weight_movement,
            "stale_gradients": self.stale_gradients,
            "undone_steps": self.undone_steps,
            "rewritten_weights": self.rewritten_weights,
            "call_order": self.call_order,
            "untrained_parameters": self.untrained_parameters,
        }

    def _before_forward(self, net: nn.Module, args: tuple[Any, ...]) -> None:
        given = args[0] if args and isinstance(args[0], Tensor) else None
        if self.paused or any_stands_for_many(args):
            return
        if not torch.is_grad_enabled():
            return self._before_judging(given)
        signals, again = self.signals, self.passed_at == self.steps
        signals.forward_passes += 1
        if given is not None and given.requires_grad:
            signals.details.inputs_moved = True
        self.called_again |= again
        self.passed_at = self.steps
        if self.batch_norms:
            self.given_examples = given.shape[0] if given is not None and given.ndim else 0
        self.backward_passes.called(given)
        if self.rewritten_weights.kept is not None:
            self.rewritten_weights.trained(signals, self.steps)
        if self.anomaly.pending:
            self.anomaly.begin()
        # of a net that has no modes, or is called to be trained only, nothing is asked between snapshots
        if self.called_again and self.eval_mode.mode_dependent:
            self._follow()
        if self.snapshot is not None or self.snapshot_pass is not None or self.next == self.steps:
            self._begin_look(net, args, given)
        else:
            self.given = given

    def _begin_look(self, net: nn.Module, args: tuple[Any, ...], given: Tensor | None) -> None:
        """The net is called at a step that is looked at, or after one."""
        trained = (
            self.snapshot_pass is None or self.snapshot_pass.has_gradient
        )  # else the call before may have judged the net
        if self.snapshot is not None and self.snapshot.step == self.steps and (self.snapshot.layers or trained):
            return  # a further part of the same step
        self.snapshot = self.snapshot_pass = None
        self.given = given
        if self.next != self.steps:
            return
        self._follow()
        asleep = [name for name, m in self.eval_mode.mode_dependent if not m.training]  # single ones: on purpose
        self.snapshot = Snapshot(self.steps, layers_in_eval_mode=[] if net.training else asleep)
        if given is not None:
            self._keep_input(self.snapshot, given)
            if self.batch_norms and has_batch_statistics(net):
                self.nondeterministic_evals.trained_batch = given.detach()
        self._look_at_backward(self.snapshot, given)
        self.pass_handles += self.kept_state.attach(self.snapshot)
        if self.batch_norms:
            self.pass_handles += self.norm_statistics.attach(self.snapshot, self.guard.shield)
            self.pass_handles += self.reused_norms.attach(self.signals.snapshots, self.call_order.order)
        self.pass_handles += self.call_order.attach(self.snapshot, len(self.signals.snapshots), args)

    def _look_at_backward(self, snapshot: Snapshot, given: Tensor | None) -> None:
        """What is to be seen when the gradients of this pass come, and what became of the last step."""
        snapshot.step_left = self.undone_steps.measure()
        if self.compiled:
            return
        self.clipping.attach(self.parameters)
        self.stale_gradients.attach()
        if not self.backward_passes.handles:
            self.backward_passes.attach(self.parameters)
            self.backward_passes.called(given)
        self.pass_handles += self.time_gradients.attach(snapshot)

    def _before_judging(self, given: Tensor | None) -> None:
        """The net is called without a graph."""
        in_train_mode = self.eval_mode.in_train_mode()
        self.rewritten_weights.judged(self.steps)
        if given is not None and not self.compiled:
            self.judged_inputs.measure(self.signals, self.steps, given, in_train_mode)
        self.eval_mode.evaluated(self.signals, self.steps, in_train_mode, None if self.compiled else given)
        if self.nondeterministic_evals.is_due(self.signals, self.steps):
            self._follow()

    def _keep_input(self, snapshot: Snapshot, given: Tensor) -> None:
        """What the net itself is given, before anything in it changes that; of numbers on the first snapshots."""
        snapshot.rows = row_hashes(given)
        if not snapshot.rows:
            return
        if not given.is_floating_point():
            if given.ndim == 2:
                keep_words(self.signals, given)
            if given.ndim == 2:
                snapshot.details.top_word = most_frequent(given)
            if given.ndim == 2 and snapshot.step < STEPS_WITH_COMPARED_COLUMNS:
                snapshot.top_word = top_word(given, filled_up(given))
                snapshot.details.padded, snapshot.details.word_numbers = padded_side(given), word_numbers(given)
            return
        if len(self.signals.trained_inputs) < MAX_TRAINED_INPUTS:
            snapshot.details.rows_standardized = is_row_standardized(given)
            self.signals.trained_inputs.append(replace(layer_input("", given), is_wrapped=has_wrapped(given)))

    def _follow(self) -> None:
        """See the answer of this pass; a hook that is always there would cost every step."""
        self.follows_pass = True
        for handle in self.pass_handles:
            handle.remove()
        hook = self.guard.shield(self._after_forward)
        self.pass_handles = [] if self.compiled else [self.net.register_forward_hook(hook, with_kwargs=True)]

    def _after_forward(self, net: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if self.paused or not self.follows_pass:
            return
        self.follows_pass = False
        for handle in self.pass_handles:
            handle.remove()
        self.pass_handles = []
        answer = answer_of(output)
        if answer is None or answer.ndim == 0:  # a net that returns its own loss
            return
        if not torch.is_grad_enabled():
            if not isinstance(output, tuple | list):  # of several answers some are drawn on purpose
                self.paused = True
                try:
                    with kept_attributes(net):
                        self.nondeterministic_evals.repeat(self.signals, self.steps, net, args, kwargs, answer)
                finally:
                    self.paused = False
            return
        if not answer.requires_grad:
            return
        one = self.eval_mode.called()
        snapshot, self.snapshot_pass = (
            (self.snapshot, one) if self.snapshot_pass is None else (None, self.snapshot_pass)
        )
        if snapshot is not None:
            self._measure_answer(snapshot, args, output, answer)
            self.reused_norms.measure(snapshot)
        args = (*args, *kwargs.values())
        seen = answer.detach() if snapshot is not None else None
        whole: Tensor | None = None  # where several losses come back one by one, their sum

        def at_backward(gradient: Tensor) -> None:
            nonlocal whole
            one.has_gradient = True
            if snapshot is not None and seen is not None:
                whole = gradient.detach() if whole is None else whole + gradient.detach()
                measure_gradient(self.signals, snapshot, args, seen, whole, called_again=self.called_again)

        answer.register_hook(self.guard.shield(at_backward))

    def _measure_answer(self, snapshot: Snapshot, args: tuple[Any, ...], output: Any, answer: Tensor) -> None:
        """What an answer with its graph tells."""
        attach_to_answers(snapshot.details, output, self.guard.shield)
        snapshot.activations = activations(answer, self.names)
        size = float(answer.detach().float().square().mean().sqrt())
        snapshot.output_rms, snapshot.batch_size = min(size, MAX_OUTPUT), len(answer)
        self.signals.classes = self.signals.classes or (answer.shape[1] if answer.ndim in (2, 4) else 0)
        self.shape = tuple(answer.shape)
        if self.signals.dropout and snapshot.step < STEPS_WITH_COMPARED_COLUMNS:
            snapshot.details.dropped = dropped_share(answer)
        if not self.signals.loss_kind:
            snapshot.details.likeness = likeness(answer)
        given = args[0] if args and isinstance(args[0], Tensor) and args[0].ndim > 1 else None
        if given is not None:
            snapshot.details.width = given.shape[1]
            snapshot.details.one_answer = answer.ndim <= 2 and len(answer) == len(given)
        if not snapshot.step and not self.compiled:
            self.signals.linear_pairs = linear_pairs(answer, self.net)
            details = self.signals.details
            details.is_plain, details.is_chain = is_plain_stack(answer), is_chain(answer)
            details.has_no_bias = is_without_biases(answer)
        if not any(isinstance(x, Tensor) and x.requires_grad for x in args):  # else it is part of a larger net
            self.untrained_parameters.measure_unlisted(snapshot, answer)

    def _count_modes(self) -> None:
        """Once a step: in which mode the net was called last, and on how few examples its norms saw the batch."""
        if not self.net.training:
            self.signals.steps_in_eval_mode += 1
        if self.batch_norms and any(
            m.training for m in self.batch_norms
        ):  # one that is frozen, in evaluation mode, sees no batch
            seen, small = self.signals.norm_batches
            self.signals.norm_batches = (seen + 1, small + (0 < self.given_examples <= MAX_SMALL_BATCH))

    def _before_step(self, optimizer: Optimizer, *_: object) -> None:
        if self.eval_mode.mode_dependent and self.stepped <= self.steps:
            self._count_modes()
        if self.backward_passes.handles:
            self.backward_passes.measure(self.signals)
        if self.snapshot is not None and self.snapshot.step < self.steps:
            self.snapshot = None
        if self.next > self.steps + 1 and self.snapshot is None:
            return  # neither this step is looked at nor the next
        self.undone_steps.before_step(optimizer, is_followed=is_due(self.steps + 1))
        if self.snapshot is None:
            if self.next != self.steps or self.stepped > self.steps:
                return
            self.snapshot = Snapshot(self.steps)  # the net was called by another door than its forward
        snapshots = self.signals.snapshots
        if self.steps > 0 and not self.called_again:
            self.stale_gradients.measure(self.signals.details, self.snapshot, optimizer)
        self.frozen_weights.before_step(optimizer)
        if snapshots and snapshots[-1] is self.snapshot:
            return  # another optimizer of the same step
        snapshots.append(self.snapshot)
        self.norm_statistics.measure(self.snapshot, self.call_order.used)
        self.optimizer_steps.measure(self.signals)
        self.weights_before = {}
        owner = {id(p): id(o) for o in self.optimizers for group in o.param_groups for p in group["params"]}
        called = self.call_order.used, self.call_order.unheard
        self.untrained_parameters.measure(self.snapshot, self.parameters, owner, *called)
        weights = [
            (name, p) for name, p in self.call_order.in_order(self.parameters)
            if p.ndim > 1 and p.grad is not None and not p.grad.is_sparse and id(p) in owner
        ]  # fmt: skip
        if weights:
            if self.steps == 0 and all(p.ndim == 2 for _, p in weights):
                self.signals.details.narrowest = min((len(p) for _, p in weights[:-1]), default=0)
            self.snapshot.layers = layers_of(weights, compare_units=self.steps < STEPS_WITH_COMPARED_UNITS)
            self.snapshot.learning_rate = float(optimizer.param_groups[0]["lr"])
            self.weights_before = copies_of(weights, owner)
            weight_details(self.snapshot, self.weights_before, weights, self.undone_steps.moved)
            self.clipping.measure(self.snapshot)
        self.time_gradients.measure(self.snapshot)

    def _after_step(self, optimizer: Optimizer, *_: object) -> None:
        self.stepped, self.signals.optimizer_stepped = self.steps + 1, True
        if optimizer is self.optimizers[0]:
            keep_rate(self.signals.details, optimizer, self.steps)
        self.optimizer_steps.count(self.signals, optimizer)
        self.rewritten_weights.stepped()
        if self.next <= self.stepped or self.snapshot is not None:
            self._after_seen_step(optimizer)

    def _after_seen_step(self, optimizer: Optimizer) -> None:
        """A step that is looked at, or the one before it, is made."""
        self.undone_steps.after_step()
        self.frozen_weights.after_step(self.signals.details)
        if self.next == self.stepped or (self.snapshot is not None and is_due(self.stepped)):
            self.stale_gradients.keep(optimizer)
        before = self.weights_before.pop(id(optimizer), None) if self.weights_before else None
        if before is None:
            return
        changes = changes_since(before, self.parameters)
        measure_state(self.signals.snapshots[-1], optimizer)
        if not self.signals.snapshots[-1].rounded_away >= 0:
            self.signals.snapshots[-1].rounded_away = rounded_away(before, self.parameters)
        for layer in self.signals.snapshots[-1].layers:
            layer.relative_update = changes.get(layer.name, layer.relative_update)
        if self.stepped == 1:
            self.signals.details.frozen_in_vain = frozen_in_vain(self.net)
            self.signals.details.fresh_head = fresh_head(self.signals.snapshots[-1].layers, self.parameters)


def _is_compiled(net: nn.Module) -> bool:
    """Whether torch.compile has compiled it, as a wrapper or in place."""
    return hasattr(net, "_orig_mod") or net._compiled_call_impl is not None
