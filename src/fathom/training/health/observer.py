"""Hooks on a net and its optimizers that measure what the checks ask for, on any training loop.

    with fathom.watch(model, optimizer) as health:
        for inputs, labels in loader:
            loss = cross_entropy(model(inputs), labels)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            health.step(loss)
    for finding in health.findings:
        print(finding.title, finding.advice)

Nothing of the training is changed: no random number is drawn, no gradient touched. Between looks a step costs some
microseconds; the loss of each step stays on its device until the next look.
"""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd
from torch.optim import Optimizer

from fathom.data import files
from fathom.errors import UserError
from fathom.records import Finding
from fathom.training.health import findings as findings_of
from fathom.training.health.measure import autograd_graph
from fathom.training.health.measure.call_order import Calls
from fathom.training.health.measure.eval_mode import Judgings, Pass
from fathom.training.health.measure.labels import labels_of, squares_of
from fathom.training.health.measure.schedule import is_due, next_due
from fathom.training.health.measure.tensors import alike, answer_of, input_of, number_of, unwrapped
from fathom.training.health.measure.untrained_parameters import TakingPart
from fathom.training.health.serialization import from_json, to_json
from fathom.training.health.signals import Layer, Look, Signals

MOST_LAYERS, MOST_NUMBERS = 16, 20_000
"""The change of so many weight tensors is measured, and of so many numbers of each."""

SECONDS_BETWEEN_SAVES = 10.0
LARGEST = 1e300
"""For an answer that is infinite: what is kept is JSON, which knows no infinity."""

MATCHES = 3
"""Looks in a row at which a loss without a graph must have the value of a cross-entropy, for it to be one."""

RELEASED = 50
"""Steps after which waiting losses are fetched from the device, at the latest."""


class Watch:
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
        self.net, self.optimizers = net, tuple(map(unwrapped, optimizers))
        self.signals = Signals(pretrained=pretrained, grouped=grouped)
        self.names = {id(p): name for name, p in net.named_parameters()}
        self.judgings = Judgings(net)
        self.taking_part = TakingPart(net, self.optimizers)
        self.signals.moody = len(self.judgings.moody)
        self.signals.dropped = max((float(m.p) for m in net.modules() if isinstance(m, _DropoutNd)), default=0.0)
        decays = [float(group.get("weight_decay", math.nan)) for o in self.optimizers for group in o.param_groups]
        self.signals.decay = max(decays, default=math.nan)
        self.given: Tensor | None = None  # what the net was given, until the loss of this step is known
        self.steps = self.stepped = self.next = 0  # steps done, steps of an optimizer, and the next to be looked at
        self.look: Look | None = None
        self.before: dict[int, dict[str, Tensor]] = {}  # weights before the step, of each optimizer by its id
        self.parameters: dict[str, nn.Parameter] = {}
        self.waiting: list[Tensor | float] = []
        self.handles: list[Any] = []
        self.once: list[Any] = []  # hooks for this pass only
        self.passed_at = -1
        self.again = False  # the net is called with a graph more than once a step: which of its calls are trained?
        self.looked: Pass | None = None  # the call that the look is of
        self.following = False
        self.compiled = hasattr(net, "_orig_mod") or getattr(net, "_compiled_call_impl", None) is not None
        self.calls = Calls(net, self.compiled)
        self.shape: tuple[int, ...] = ()  # of the last answer
        self.matched = 0  # looks in a row at which a loss of unknown kind had the value of a cross-entropy
        self.busy = False
        self.saved = time.monotonic()

    def __enter__(self) -> Self:
        """Attach."""
        return self.attach()

    def __exit__(self, *_: object) -> None:
        """Detach; where no loss was told, nearly nothing can be seen, and that is said."""
        self.detach()
        if self.stepped and not self.steps:
            warnings.warn("health.step(loss) was never called: call it after each optimizer.step()", stacklevel=2)

    def attach(self) -> Self:
        """Set the hooks."""
        self.parameters = dict(self.net.named_parameters())
        if self.compiled:  # hooks that come and go would make it compile anew, and those inside would break its graph
            before, after = torch.compiler.disable(self._before_forward), torch.compiler.disable(self._after_forward)
            self.handles = [
                self.net.register_forward_pre_hook(before), self.net.register_forward_hook(after, with_kwargs=True)
            ]  # fmt: skip
        else:
            self.handles = [self.net.register_forward_pre_hook(self._before_forward)]
        for optimizer in self.optimizers:
            self.handles.append(optimizer.register_step_pre_hook(self._before_step))
            self.handles.append(optimizer.register_step_post_hook(self._after_step))
        return self

    def detach(self) -> None:
        """Take the hooks away; what was measured stays."""
        for handle in [*self.handles, *self.once]:
            handle.remove()
        self.handles, self.once, self.before = [], [], {}
        self.judgings.resolve(self.signals, self.steps)
        self.release()

    def save(self, path: Path, *, at_once: bool = True) -> None:
        """Write what was measured so far; if it need not be at once, then only where the last time was a while ago."""
        if not at_once and time.monotonic() - self.saved < SECONDS_BETWEEN_SAVES:
            return
        self.saved = time.monotonic()
        self.release()
        files.write_text(path, json.dumps(to_json(self.signals)) + "\n", durable=False)

    def go_on(self, path: Path, step: int) -> None:
        """Take up, at this step, what was measured of the same training before it was stopped, as far as it was kept.

        Raises:
            UserError: the file is damaged.
        """
        if path.exists():
            self.signals = from_json(files.read_json(path), str(path))
        self.steps = self.stepped = self.signals.losses.steps = step
        self.next = next_due(step)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While the net is asked for other reasons than to train or to judge it."""
        self.busy = True
        try:
            yield
        finally:
            self.busy = False

    @property
    def findings(self) -> list[Finding]:
        """What is wrong, as far as can be told now; the likeliest cause first."""
        self.release()
        return findings_of(self.signals)

    def step(self, loss: Tensor | float) -> None:
        """A step is done, and this was its loss: a number, or a tensor ``()``, best with its graph.

        Raises:
            UserError: it is no single number.
        """
        look = self.look
        if isinstance(loss, Tensor) and loss.numel() == 1:
            if self.steps == 0 or (look is not None and not self.signals.loss):
                self._facts_of(loss)
            if loss.is_cpu:
                loss = loss.item()
                if not math.isfinite(loss):
                    self._broken()
            else:  # a device is not waited for; what a compiled net returns may be overwritten by its next call
                loss = (loss.detach().clone() if self.compiled else loss.detach()).reshape(())
        elif not isinstance(loss, float):
            loss = number_of(loss)
        self.waiting.append(loss)
        if self.judgings.pending:
            self.judgings.resolve(self.signals, self.steps)
        if look is not None and self.next == self.steps:
            self.taking_part.moved(self.signals, self.parameters)
        self.steps += 1
        self.given = None
        if self.next < self.steps:
            self.next = next_due(self.steps)
        if look is not None or len(self.waiting) >= RELEASED:
            self.release()

    # --- hooks, in the order in which they are called ---------------------------------------------------------------

    def _before_forward(self, net: nn.Module, args: tuple[Any, ...]) -> None:
        if self.busy:
            return
        if not torch.is_grad_enabled():
            self.judgings.judged(self.signals, self.steps, self.judgings.awake())
            if self.judgings.worth_asking(self.signals, self.steps):
                self._follow()
            return
        self.signals.passes += 1
        self.again |= self.passed_at == self.steps
        self.passed_at = self.steps
        # of a net that has no modes, or is called to be trained only, nothing is asked between looks
        if self.judgings.moody and self.again:
            self._follow()
        trained = self.looked is None or self.looked.answered  # else the call before may have judged the net
        if self.look is not None and self.look.step == self.steps and (self.look.layers or trained):
            return  # a further part of the same step
        self.look = self.looked = None
        self.given = args[0] if args and isinstance(args[0], Tensor) else None
        if self.next == self.steps:
            self._follow()
            # single ones are put to sleep on purpose
            asleep = [name for name, m in self.judgings.moody if not m.training]
            self.look = Look(self.steps, asleep=[] if net.training else asleep)
            self.once += self.calls.hear(self.look, len(self.signals.looks), args)

    def _follow(self) -> None:
        """See the answer of this pass; a hook that is always there would cost every step."""
        self.following = True
        for handle in self.once:
            handle.remove()
        self.once = [] if self.compiled else [self.net.register_forward_hook(self._after_forward, with_kwargs=True)]

    def _after_forward(self, net: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if self.busy or not self.following:
            return
        self.following = False
        for handle in self.once:
            handle.remove()
        self.once = []
        answer = answer_of(output)
        if answer is None or answer.ndim == 0:  # a net that returns its own loss
            return
        if not torch.is_grad_enabled():
            if not isinstance(output, tuple | list):  # of several answers some are drawn on purpose
                with self.resting():
                    self.judgings.ask_again(self.signals, self.steps, net, args, kwargs, answer)
            return
        if not answer.requires_grad:
            return
        one = self.judgings.called()
        look, self.looked = (self.look, one) if self.looked is None else (None, self.looked)
        if look is not None:
            look.units = autograd_graph.activations(answer, self.names)
            size = float(answer.detach().float().square().mean().sqrt())
            look.output, look.batch = min(size, LARGEST), len(answer)
            self.signals.classes = self.signals.classes or (answer.shape[1] if answer.ndim in (2, 4) else 0)
            self.shape = tuple(answer.shape)
            if not any(isinstance(x, Tensor) and x.requires_grad for x in args):  # else it is part of a larger net
                self.taking_part.outside(look, answer)
        seen = answer.detach() if look is not None else None

        def answered(gradient: Tensor) -> None:
            one.answered = True
            if look is not None and seen is not None:
                look.labels, look.squares = labels_of(seen, gradient), squares_of(seen, gradient)
                if self.stepped == self.steps > 0 and not self.again:
                    self.taking_part.at_backward(look)

        answer.register_hook(answered)

    def _before_step(self, optimizer: Optimizer, *_: object) -> None:
        if self.look is not None and self.look.step < self.steps:
            self.look = None
        if self.look is None:
            if self.next != self.steps or self.stepped > self.steps:
                return
            self.look = Look(self.steps)  # the net was called by another door than its forward
        looks = self.signals.looks
        if looks and looks[-1] is self.look:
            return  # another optimizer of the same step
        looks.append(self.look)
        self.before = {}
        owner = {id(p): id(o) for o in self.optimizers for group in o.param_groups for p in group["params"]}
        self.taking_part.idle(self.look, self.parameters, owner, self.calls.used)
        weights = [
            (name, p) for name, p in self.calls.in_order(self.parameters)
            if p.ndim > 1 and p.grad is not None and not p.grad.is_sparse and id(p) in owner
        ]  # fmt: skip
        if not weights:
            return
        with torch.no_grad():
            slopes = [p.grad for _, p in weights if p.grad is not None]
            gradients = torch.stack([n.float() for n in torch._foreach_norm(slopes)])
            sizes = torch.stack([n.float() for n in torch._foreach_norm([p.detach() for _, p in weights])])
            numbers = torch.stack([gradients, sizes]).tolist()  # 2 × layers
        self.look.rate = float(optimizer.param_groups[0]["lr"])
        self.look.layers = [
            Layer(name, gradient, size, alike=alike(p) if self.steps < 10 else False, rows=len(p))
            for (name, p), gradient, size in zip(weights, *numbers, strict=True)
        ]
        chosen = weights[:: -(-len(weights) // MOST_LAYERS)]
        for name, p in chosen:
            self.before.setdefault(owner[id(p)], {})[name] = p.detach().flatten()[:MOST_NUMBERS].clone()

    def _after_step(self, optimizer: Optimizer, *_: object) -> None:
        self.stepped, self.signals.stepped = self.steps + 1, True
        if self.next == self.stepped or (self.look is not None and is_due(self.stepped)):
            self.taking_part.keep_gradient(optimizer)
        before = self.before.pop(id(optimizer), None) if self.before else None
        if before is None:
            return
        then, now = list(before.values()), [self.parameters[n].detach().flatten()[:MOST_NUMBERS] for n in before]
        with torch.no_grad():
            changes = torch.stack([n.float() for n in torch._foreach_norm(torch._foreach_sub(now, then))])
            sizes = torch.stack([n.float() for n in torch._foreach_norm(then)])
            shares = dict(zip(before, (changes / sizes).tolist(), strict=True))  # inf where the weights were all 0
        for layer in self.signals.looks[-1].layers:
            layer.update = shares.get(layer.name, layer.update)

    # --- helpers ----------------------------------------------------------------------------------------------------

    def release(self) -> None:
        """Fetch the losses that wait on the device, all at once."""
        if not self.waiting:
            return
        tensors = [x for x in self.waiting if isinstance(x, Tensor)]
        fetched = iter(torch.stack([t.float() for t in tensors]).tolist() if tensors else [])
        for x in self.waiting:
            told = next(fetched) if isinstance(x, Tensor) else float(x)
            if self.look is not None and self.look.step == self.signals.losses.steps:
                self._told(self.look, told)
            self.signals.losses.add(told)
        self.waiting = []

    def _facts_of(self, loss: Tensor) -> None:
        """What the graph tells of the loss."""
        facts, signals = autograd_graph.loss_facts(loss, self.shape), self.signals
        signals.loss, signals.squashed = facts.kind, facts.squashed or signals.squashed
        signals.alone, signals.bounded = facts.alone, facts.bounded
        if facts.kind == "cross-entropy" and signals.classes == 1:
            signals.squashed = "one output"

    def _broken(self) -> None:
        """Where a loss is no number for the first time, look whether the net had been given one."""
        given = self.given
        if given is None or not given.is_floating_point() or self.signals.losses.lost is not None:
            return
        if not self.signals.looks or self.signals.looks[-1].step != self.steps:
            self.signals.looks.append(Look(self.steps, inputs=[input_of("", given)]))

    def _told(self, look: Look, loss: float) -> None:
        """The loss of the step that was looked at; where it came without its graph, its kind may show in its value."""
        look.loss = loss
        if self.signals.loss or look.labels is None:
            return
        same = abs(loss - look.labels.plain) < 0.01 * look.labels.plain
        self.matched = self.matched + 1 if same else 0
        if self.matched == MATCHES:
            self.signals.loss = "binary" if set(look.labels.counts) <= {"no", "yes"} else "cross-entropy"


def watch(net: nn.Module, *optimizers: Optimizer, pretrained: bool = False, grouped: bool = False) -> Watch:
    """Watch a training loop of your own: a context manager that yields an object with ``step(loss)`` and ``findings``.

    Args:
        net: the model; its forward pass is what is trained.
        optimizers: what steps it.
        pretrained: it came with trained weights.
        grouped: the batches are made of groups of one class on purpose.

    Raises:
        UserError: these are no model and optimizers.
    """
    wrong = [one for one in optimizers if not hasattr(unwrapped(one), "register_step_pre_hook")]
    if not isinstance(net, nn.Module) or wrong or not optimizers:
        given = ", ".join(type(one).__name__ for one in (net, *optimizers))
        raise UserError(f"fathom.watch takes a model and what steps it, not ({given}): watch(model, optimizer)")
    return Watch(net, *optimizers, pretrained=pretrained, grouped=grouped)
