"""Watches a training, whatever loop it has: a context manager that is given each loss, and asked for findings.

    with fathom.watch(model, optimizer) as health:
        for inputs, labels in loader:
            loss = cross_entropy(model(inputs), labels)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            health.step(loss)
    for finding in health.findings:
        print(finding.title, finding.advice)

Nothing of the training is changed, and between snapshots a step costs some microseconds.
"""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypedDict

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.data import files
from fathom.errors import UserError
from fathom.records import Finding
from fathom.training.health import findings as findings_of
from fathom.training.health import memory
from fathom.training.health.measure.autograd_graph import reaches_any
from fathom.training.health.measure.cosine_scores import cosine_scores, is_pair_by_place
from fathom.training.health.measure.dropped_answers import takes_scaled_answer
from fathom.training.health.measure.embeddings import comparison
from fathom.training.health.measure.flat_functions import stopper_of
from fathom.training.health.measure.hinge import is_hinge
from fathom.training.health.measure.layer_input import layer_input
from fathom.training.health.measure.loss_axes import lone_softmax
from fathom.training.health.measure.loss_kind import loss_facts
from fathom.training.health.measure.loss_terms import is_scaled_mean, trained_by_divergence_alone
from fathom.training.health.measure.loss_value import number_of
from fathom.training.health.measure.nonfinite_cause import likeliest_hole, line_of, words_of
from fathom.training.health.measure.optimizers import HasStepHooks, unwrapped
from fathom.training.health.measure.quantile_loss import takes_sides_of_absolute
from fathom.training.health.measure.rivals import Rivals
from fathom.training.health.measure.schedule import is_due, next_due
from fathom.training.health.recorder import Recorder
from fathom.training.health.serialization import from_json, to_json
from fathom.training.health.signals import Snapshot
from fathom.validation import convert

SECONDS_BETWEEN_SAVES = 10.0

MIN_MATCHING_LOSSES = 3
"""Snapshots in a row at which a loss without a graph must have the value of a cross-entropy, for it to be one."""

MAX_LOSS_DIFFERENCE_SHARE = 0.01
"""Share by which such a loss may differ from it."""

STEPS_WITH_RIVALS = 12
"""First steps at which is looked whose loss it is: nets that work against each other take turns."""

STEPS_WITH_READ_GRAPH = 4
"""First steps at which all of a graph is read: of a large one that takes as long as a step."""

MAX_WAITING_LOSSES = 50
"""Steps after which losses that wait on the device are fetched, at the latest."""


class Counts(TypedDict):
    """What is kept of a watch beside its signals and its parts, by the names of its attributes."""

    stepped: int
    passed_at: int
    called_again: bool
    matching_losses: int
    matching_squares: int


class Watch(Recorder):
    """Watches one training; a context manager, or `attach` and `detach`.

    Args:
        net: the model whose forward pass is trained.
        optimizers: each that steps its weights.
        pretrained: it came with trained weights, so that its first loss is not that of a net that knows nothing.
        grouped: the batches are made of groups of one class on purpose.

    Attributes:
        signals: what was measured so far.
    """

    def __init__(self, net: nn.Module, *optimizers: Optimizer, pretrained: bool = False, grouped: bool = False) -> None:
        super().__init__(net, *optimizers, pretrained=pretrained, grouped=grouped)
        self.handles: list[Any] = []
        self.waiting: list[Tensor | float] = []  # losses that were not fetched from the device
        self.rivals = Rivals(self.optimizers)
        self.matching_losses = 0  # snapshots in a row at which a loss of unknown kind had the value of a cross-entropy
        self.matching_squares = 0  # as those, of a squared error
        self.saved = time.monotonic()
        self._step = self.guard.shield(self._count_step)

    def __enter__(self) -> Self:
        """Attach."""
        return self.attach()

    def __exit__(self, *error: object) -> None:
        """Detach; where no loss was given, nearly nothing can be seen, and that is said."""
        self.detach()
        self.signals.ended_without_step = not any(error) and not (
            self.steps or self.stepped or self.signals.forward_passes
        )
        if self.stepped and not self.steps:
            warnings.warn("health.step(loss) was never called: call it after each optimizer.step()", stacklevel=2)

    def attach(self) -> Self:
        """Set the hooks.

        Returns:
            Itself.
        """
        self.parameters, shield = dict(self.net.named_parameters()), self.guard.shield
        if self.rewritten_weights.weight is None:
            self.rewritten_weights.choose(self.parameters)
        if self.compiled:  # hooks that come and go would make it compile anew, and those inside would break its graph
            before, after = (torch.compiler.disable(shield(one)) for one in (self._before_forward, self._after_forward))
            self.handles = [
                self.net.register_forward_pre_hook(before), self.net.register_forward_hook(after, with_kwargs=True)
            ]  # fmt: skip
        else:
            self.handles = [self.net.register_forward_pre_hook(shield(self._before_forward))]
        for optimizer in self.optimizers:
            self.handles.append(optimizer.register_step_pre_hook(shield(self._before_step)))
            self.handles.append(optimizer.register_step_post_hook(shield(self._after_step)))
        self.handles.append(self.optimizer_steps.listen(self))
        return self

    def detach(self) -> None:
        """Take the hooks away; what was measured stays."""
        for handle in [*self.handles, *self.pass_handles]:
            handle.remove()
        self.handles, self.pass_handles, self.weights_before = [], [], {}
        self.clipping.detach()
        self.stale_gradients.detach()
        self.backward_passes.detach()
        self.untrained_parameters.read.detach()
        self.anomaly.end()
        self.guard.shield(self.eval_mode.resolve)(self.signals, self.steps)
        self.fetch_losses()

    def step(self, loss: Tensor | float) -> None:
        """A step is done.

        Args:
            loss: of this step: a number, or a tensor ``()``, best with its graph.

        Raises:
            UserError: it is no single number.
        """
        if not isinstance(loss, float) and not (isinstance(loss, Tensor) and loss.numel() == 1):
            loss = number_of(loss)
        self._step(loss)
        if self.anomaly.was_on is not None:
            self.anomaly.end()

    def _count_step(self, loss: Tensor | float) -> None:
        """A step is done, with this loss: a number, or a tensor of one."""
        snapshot, given = self.snapshot, loss
        if isinstance(loss, Tensor):
            if self.steps == 0 or (snapshot is not None and not self.signals.loss_kind):
                self._read_graph(loss)
            if snapshot is not None and self.next == self.steps:
                self.signals.losses_without_weights += self._is_without_weights(snapshot, loss)
            if loss.is_cpu:
                value = loss.item()
                if not math.isfinite(value):
                    self._look_at_input()
                    self._look_at_cause(loss)
                loss = value
            else:  # a device is not waited for; what a compiled net returns may be overwritten by its next call
                loss = (loss.detach().clone() if self.compiled else loss.detach()).reshape(())
        self.waiting.append(loss)
        if self.rivals.several:
            look = self.steps < STEPS_WITH_RIVALS
            self.rivals.count(self.signals.details, given, self.signals.steps_of_optimizers, look)
        if self.eval_mode.pending:
            self.eval_mode.resolve(self.signals, self.steps)
        if snapshot is not None and self.next == self.steps:
            self.weight_movement.measure(self.signals, self.parameters)
            self._look_at_stopped_gradients(snapshot, given)
            self.stale_gradients.detach()
        if self.stale_gradients.gradient is not None and self.stepped > self.steps and is_due(self.stepped):
            self.stale_gradients.count_changed(self.signals)
        self.steps += 1
        self.given = None
        if self.next < self.steps:
            self.next = next_due(self.steps)
        if snapshot is not None or len(self.waiting) >= MAX_WAITING_LOSSES:
            self.fetch_losses()

    @property
    def findings(self) -> list[Finding]:
        """What is wrong, as far as can be seen now; the likeliest cause first."""
        self.fetch_losses()
        return findings_of(self.signals)

    @contextmanager
    def pause(self) -> Iterator[None]:
        """While the net is asked for other reasons than to train or to judge it."""
        self.paused = True
        try:
            yield
        finally:
            self.paused = False

    def save(self, path: Path, *, at_once: bool = True) -> None:
        """Write what was measured so far.

        Args:
            path: of the file, of JSON.
            at_once: else it is written only where the last time was some seconds ago.
        """
        if not at_once and time.monotonic() - self.saved < SECONDS_BETWEEN_SAVES:
            return
        self.saved = time.monotonic()
        self.fetch_losses()
        files.write_text(path, json.dumps(to_json(self.signals)) + "\n", durable=False)

    def to_memory(self) -> dict[str, Any]:
        """All that was seen so far and what the next steps are compared with, as plain JSON, for `resume`."""
        self.fetch_losses()
        counts: Counts = {
            "stepped": self.stepped, "passed_at": self.passed_at, "called_again": self.called_again,
            "matching_losses": self.matching_losses, "matching_squares": self.matching_squares,
        }  # fmt: skip
        return {"signals": to_json(self.signals), "counts": counts, "parts": memory.to_memory(self.parts, self.net)}

    def resume(self, plain: Any, step: int, where: str) -> None:
        """Take up what was measured of the same training before it was stopped.

        Args:
            plain: that `to_memory` gave; or what `save` wrote, which lacks what the next steps are compared with; or
                None, where nothing was kept.
            step: how many had been made.
            where: what it is called, for the sentence.

        Raises:
            UserError: it is something else.
        """
        if isinstance(plain, dict) and memory.is_whole(plain.get("parts"), self.parts):
            self.signals = from_json(plain.get("signals"), where)
            counts: Counts = convert(plain.get("counts"), Counts, where)
            self.stepped, self.passed_at = counts["stepped"], counts["passed_at"]
            self.called_again, self.matching_losses = counts["called_again"], counts["matching_losses"]
            self.matching_squares = counts["matching_squares"]
            memory.recall(self.parts, self.net, plain["parts"], where)
        else:  # of a checkpoint that an older version wrote
            signals = plain["signals"] if isinstance(plain, dict) and "signals" in plain else plain
            self.signals = self.signals if signals is None else from_json(signals, where)
            self.stepped = self.signals.losses.steps = step
        self.optimizer_steps.begin(self.signals)
        self.steps = step
        self.next = next_due(step)

    def fetch_losses(self) -> None:
        """Fetch the losses that wait on the device, all at once."""
        if not self.waiting:
            return
        tensors = [x for x in self.waiting if isinstance(x, Tensor)]
        fetched = iter(torch.stack([t.float() for t in tensors]).tolist() if tensors else [])
        for x in self.waiting:
            loss = next(fetched) if isinstance(x, Tensor) else float(x)
            if self.snapshot is not None and self.snapshot.step == self.signals.losses.steps:
                self._compare(self.snapshot, loss)
            self.signals.losses.add(loss)
        self.waiting = []

    def _read_graph(self, loss: Tensor) -> None:
        """What the graph tells of the loss."""
        facts, signals = loss_facts(loss, self.shape), self.signals
        signals.details.cosine_scores, signals.details.comparison = cosine_scores(loss), comparison(loss)
        signals.loss_kind, signals.output_mismatch = facts.kind, facts.output_mismatch or signals.output_mismatch
        if facts.kind == "ctc" and self.snapshot is not None:
            self.snapshot.labels = None
        signals.is_single_term, signals.output_bound = facts.is_single_term, facts.output_bound
        signals.is_weighted_by_example = facts.is_weighted
        if facts.kind == "cross-entropy" and signals.classes == 1:
            signals.output_mismatch = "one output"
        if loss.grad_fn is not None and self.steps < STEPS_WITH_READ_GRAPH:
            details = signals.details
            details.lone_softmax = max(details.lone_softmax, lone_softmax(loss.grad_fn))
            details.takes_sides_of_absolute |= takes_sides_of_absolute(loss.grad_fn)
            details.is_scaled_mean = is_scaled_mean(loss.grad_fn)
            details.trained_by_divergence = trained_by_divergence_alone(loss.grad_fn, self.names)
            details.takes_scaled_answer |= takes_scaled_answer(loss.grad_fn)
            details.is_pair_by_place = details.cosine_scores[0] > 0 and is_pair_by_place(loss)
            details.is_hinge |= is_hinge(loss.grad_fn, self.shape)

    def _is_without_weights(self, snapshot: Snapshot, loss: Tensor) -> bool:
        """Whether no weight had a gradient at this step, and the loss, which was made for one, depends on none."""
        if any(layer.gradient_norm != 0 for layer in snapshot.layers) or not loss.requires_grad:
            return False
        known = {id(p) for p in self.parameters.values()}
        known |= {id(p) for o in self.optimizers for group in o.param_groups for p in group["params"]}
        return not reaches_any(loss, known)

    def _compare(self, snapshot: Snapshot, loss: float) -> None:
        """Where the loss of a snapshot came without its graph, its kind may show in its value."""
        snapshot.loss = loss
        if self.signals.loss_kind:
            return
        if snapshot.targets is not None:
            error = snapshot.targets.squared_error
            same = abs(loss - error) < MAX_LOSS_DIFFERENCE_SHARE * error
            self.matching_squares = self.matching_squares + 1 if same else 0
            if self.matching_squares == MIN_MATCHING_LOSSES:
                self.signals.loss_kind = "squared"
                return
        if snapshot.labels is None:
            return
        same = abs(loss - snapshot.labels.cross_entropy) < MAX_LOSS_DIFFERENCE_SHARE * snapshot.labels.cross_entropy
        self.matching_losses = self.matching_losses + 1 if same else 0
        if self.matching_losses == MIN_MATCHING_LOSSES:
            self.signals.loss_kind = "binary" if set(snapshot.labels.counts) <= {"no", "yes"} else "cross-entropy"

    def _look_at_cause(self, loss: Tensor) -> None:
        """Where a loss is no number for the first time, which operation may have made it so; then, at which line."""
        signals, again = self.signals, self.anomaly.end()
        if signals.losses.first_nonfinite_step is None and not signals.nonfinite_cause[0]:
            node = likeliest_hole(loss, at_once=self.steps == 0)
            self.anomaly.pending = node is not None
            signals.nonfinite_cause = (words_of(node), "") if node is not None else ("", "")
        elif again and (node := likeliest_hole(loss, at_once=self.steps == 1)) is not None:
            signals.nonfinite_cause = (words_of(node), line_of(node))

    def _look_at_stopped_gradients(self, snapshot: Snapshot, loss: Tensor | float) -> None:
        """Where no gradient has come to any weight, which function before the loss may have stopped it."""
        stopped = snapshot.layers and not any(layer.gradient_norm for layer in snapshot.layers)
        if stopped and isinstance(loss, Tensor) and not self.signals.gradient_stopper:
            self.signals.gradient_stopper = stopper_of(loss)

    def _look_at_input(self) -> None:
        """Where a loss is no number for the first time, look whether the net had been given one."""
        given = self.given
        if given is None or not given.is_floating_point() or self.signals.losses.first_nonfinite_step is not None:
            return
        if not self.signals.snapshots or self.signals.snapshots[-1].step != self.steps:
            self.signals.snapshots.append(Snapshot(self.steps, inputs=[layer_input("", given)]))


def watch(net: nn.Module, *optimizers: Optimizer, pretrained: bool = False, grouped: bool = False) -> Watch:
    """Watch a training loop of your own: a context manager that yields an object with ``step(loss)`` and ``findings``.

    Args:
        net: the model; its forward pass is what is trained.
        optimizers: what steps it.
        pretrained: it came with trained weights.
        grouped: the batches are made of groups of one class on purpose.

    Returns:
        The watch; nothing is measured before it is entered or attached.

    Raises:
        UserError: these are no model and optimizers.
    """
    wrong = [one for one in optimizers if not isinstance(unwrapped(one), HasStepHooks)]
    if not isinstance(net, nn.Module) or wrong or not optimizers:
        given = ", ".join(type(one).__name__ for one in (net, *optimizers))
        raise UserError(f"fathom.watch takes a model and what steps it, not ({given}): watch(model, optimizer)")
    return Watch(net, *optimizers, pretrained=pretrained, grouped=grouped)
