"""The training loop, from top to bottom.

An epoch is: shuffle, then for each batch forward, loss, backward, step; then the dev split, and a checkpoint. All
randomness follows from (seed, epoch, example) and (seed, step), so that a training that was killed and resumed ends
with the same weights, bit for bit, as one that was left alone. Losses are summed on the device: within an epoch the
host does not wait for it. Under torchrun the processes share each batch (`fathom.training.distributed`).
"""

from __future__ import annotations

import math
import time
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fathom.data.counter_rng import BatchRng, step_seed
from fathom.errors import UserError
from fathom.nets.pretrained import is_complete, starts_warm
from fathom.progress import Interrupted, Watcher
from fathom.records import Settings
from fathom.task import Batch, Task
from fathom.training import distributed, optimizers, schedules, silent_net
from fathom.training.batch_loader import BatchLoader
from fathom.training.checkpointer import Checkpointer, DiskCheckpointer, MemoryCheckpointer, Spacing
from fathom.training.evaluation import Outcome, autocast, call_net, evaluate, outcome_figures
from fathom.training.fitted_parts import choose_part, fit_parts, is_trainable
from fathom.training.gradient_through_time import gradient_reach
from fathom.training.health.observer import Watch
from fathom.training.regularization import EarlyStopping, clip_gradient, seed_dropout
from fathom.training.time_budget import MEASURED_AGAIN, STEPS_TO_MEASURE, BudgetClock
from fathom.training.training_data import TrainingData
from fathom.training.training_state import TrainingState

_SECONDS_BETWEEN_CHECKPOINTS = 20.0


def fit(
    net: nn.Module,
    task: Task,
    data: TrainingData,
    settings: Settings,
    folder: Path | None,
    watcher: Watcher,
    epoch_0: dict[str, float] | None = None,
    began: float | None = None,
) -> TrainingState:
    """Train `net` on the training split, and leave it with the weights of the best dev figure.

    Args:
        net: takes ``task.inputs``.
        task: gives the loss and the metric.
        data: the encoded examples.
        settings: all resolved.
        folder: of the run; ``weights.safetensors`` (the best so far), ``checkpoint/`` and ``health.json`` are kept
            there. Where a checkpoint lies, the training goes on from it. None: the net is only to be judged, so that
            nothing is written and nothing is watched.
        watcher: is told how it goes.
        epoch_0: the dev figures of a net that comes already fitted; its weights are the best to begin with.
        began: when the run began, by the monotonic clock, where a budget is for all of it and not for the training
            alone.

    Raises:
        Interrupted: the watcher said so; the state is saved.
        UserError: there are fewer examples than processes, or the checkpoint is damaged.
    """
    checkpointer = MemoryCheckpointer() if folder is None else DiskCheckpointer(folder)
    if task.has_parts(net):
        watcher.begin_stage("fitted parts", 0)
    fitted = fit_parts(net, task, data)
    if is_trainable(net):
        training = Training(net, task, data, settings, checkpointer, watcher, epoch_0, began)
        watcher.begin_stage("train", training.state.total_steps or 0)
        watcher.advance(training.state.step)
        with training.health if training.watched else nullcontext():
            while not training.finished():
                training.train_epoch()
                training.end_epoch()
        state = training.finish()
    else:
        state = TrainingState(total_steps=0)
    state.kept = choose_part(net, task, data, fitted)
    if task.has_parts(net) and (state.best_epoch or math.isfinite(state.best) or not is_trainable(net)):
        checkpointer.save_best(net)
    return state


class Training:
    """One training under way; the methods stand in the order in which they are called."""

    def __init__(
        self,
        net: nn.Module,
        task: Task,
        data: TrainingData,
        settings: Settings,
        checkpointer: Checkpointer,
        watcher: Watcher,
        epoch_0: dict[str, float] | None,
        began: float | None,
    ) -> None:
        s = self.s = settings
        assert s.epochs, "settings are resolved before training"
        assert s.optimizer
        assert s.schedule
        assert s.lr is not None
        self.device, self.precision = s.device or "cpu", s.precision or "fp32"
        self.net, self.task, self.data, self.checkpointer, self.watcher = net, task, data, checkpointer, watcher
        distributed.check_share(len(data.train))
        self.parallel = distributed.wrap(net)  # what is called; `net` is what is saved
        self.optimizers = optimizers.build_optimizers(net, s.optimizer, s.lr, s.weight_decay or 0.0)
        self.schedule = schedules.build_schedule(s.schedule, s.warmup or 0.0)
        patience = 0 if s.patience is None and s.budget else s.patience  # time that was asked for is used
        self.stopping = EarlyStopping(patience, task.metric)
        self.loader = BatchLoader(task, data, size=s.batch_size or 1, seed=s.seed, device=self.device)
        self.per_epoch = len(self.loader.indices(0))
        self.carried: Any = None  # what the net carries from batch to batch, where the task is stateful
        self.watched = checkpointer.where is not None and distributed.is_main()
        pretrained = starts_warm(net) or is_complete(net)
        self.health = Watch(net, *self.optimizers, pretrained=pretrained, grouped=bool(task.batch_by))
        self.state = self.start(epoch_0)
        judged = min(len(data.train), task.most_judged_of_train() or len(data.train))
        looks = (task.dev_cost * judged / len(data.train), task.dev_cost * len(data.dev) / len(data.train))
        most = task.most_epochs(len(data.train))
        self.clock = BudgetClock(s.budget, self.state.step, self.per_epoch, looks, began, most)
        self.measured_again: set[int] = set()  # steps after which the number of steps is mended
        self.spacing = Spacing()
        # Looking at the loss makes the host wait for a GPU, and asking the other processes costs a message.
        self.steps_between_polls = 50 if self.device != "cpu" else 10 if distributed.world_size() > 1 else 1

    def start(self, epoch_0: dict[str, float] | None) -> TrainingState:
        """Where to begin: at the checkpoint if there is one, else at the start.

        Args:
            epoch_0: the dev figures of a net that comes already fitted, or None.

        Returns:
            how far the training is.

        Raises:
            UserError: the checkpoint is damaged, or of another training.
        """
        kept = self.checkpointer.restore(self.net, self.optimizers, self.health)
        if kept is not None:
            progress, self.carried = kept
            state = TrainingState(**progress)
            if self.s.budget is None and state.total_steps != (self.s.epochs or 0) * self.per_epoch:
                raise UserError(f"{self.checkpointer.where} is of another training: train again under another name")
            return state
        state = TrainingState(total_steps=None if self.s.budget else (self.s.epochs or 0) * self.per_epoch)
        if epoch_0 is not None:
            finite = all(map(math.isfinite, epoch_0.values()))
            figures = epoch_0 if finite else dict.fromkeys(epoch_0)  # JSON has no NaN
            state.history.append({"epoch": 0, "step": 0, "lr": 0.0, "seconds": 0.0, **figures})
            if finite:
                state.best = epoch_0["dev_metric"]
                self.checkpointer.save_best(self.net)
        return state

    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        state = self.state
        return bool(state.stopped) or (state.total_steps is not None and state.step >= state.total_steps)

    def train_epoch(self) -> None:
        """Train one epoch, or what is left of it."""
        state = self.state
        self.began = time.monotonic()
        self.sums = self.loss_sums(state.loss_sum, state.weight_sum)
        self.net.train()
        self.set_learning_rate(max(0, state.step - 1))  # for the history, where nothing was left of the epoch
        with closing(self.loader.load(state.epoch, first=state.batch)) as batches:
            for indices, batch in batches:
                self.set_learning_rate(state.step)
                if batch:  # else nothing in it counts
                    self.train_step(indices, batch)
                state.batch += 1
                state.step += 1
                self.watcher.advance()
                self.poll()
                if self.finished():
                    break

    def train_step(self, indices: np.ndarray, batch: Batch) -> None:
        """Forward, loss, backward and step.

        Args:
            indices: of the examples within train of all processes, ``(whole batch,)``.
            batch: tensors by name, ``(batch, …)`` each, of this process, on the device.
        """
        seed_dropout(step_seed(self.s.seed, self.state.step), self.device, len(indices))
        indices = distributed.own_share(indices)
        with torch.no_grad():
            batch = self.task.prepare(batch, None if self.state.careful_from else self.draw(indices))
        with autocast(self.device, self.precision):
            output, self.carried = call_net(self.parallel, self.task, batch, self.carried)
        losses, weights = self.task.loss(output, batch)  # (batch,), (batch,)
        if self.data.importance is not None:
            counts = torch.from_numpy(self.data.importance[indices]).to(losses.device)  # (batch,)
            losses, weights = losses * counts, weights * counts
        self.optimizer_step(losses, weights)

    def draw(self, indices: np.ndarray) -> BatchRng:
        """The random numbers of a batch.

        Args:
            indices: of the examples within train, ``(batch,)``.

        Returns:
            numbers that follow from (seed, epoch, example) alone.
        """
        done = self.state.step / self.state.total_steps if self.state.total_steps else 0.0
        return BatchRng(self.s.seed, self.state.epoch, self.data.keys[indices], done)

    def set_learning_rate(self, step: int) -> None:
        """Scale each group's peak learning rate; while a budget is being measured, as if there were ten epochs.

        Args:
            step: from 0.
        """
        state = self.state
        steps = state.total_steps or 10 * self.per_epoch + STEPS_TO_MEASURE
        share, done = silent_net.rate_and_progress(state, step, steps)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * share * self.schedule(done)

    def optimizer_step(self, losses: Tensor, weights: Tensor) -> None:
        """Backward and step: the mean over the *global* batch, however many processes share it.

        Args:
            losses: of each example of this process, ``(batch,)``.
            weights: likewise, ``(batch,)``.
        """
        weight = distributed.all_reduce_sum(weights.sum())
        weight = torch.where(weight > 0, weight, 1.0)  # where all targets are unknown there is no gradient, and no NaN
        loss = losses.sum() * distributed.world_size() / weight
        loss.backward()  # the gradients are then averaged over the processes
        clip_gradient(self.net, self.s.grad_clip or 0.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if self.watched:
            self.health.step(loss)
        self.sums += torch.stack([losses.detach().sum(), weights.sum()]).to(self.sums.dtype)

    def poll(self) -> None:
        """Every few steps: is the loss still a number, is it time to save, did the user ask to stop?

        Raises:
            Interrupted: the user did; the state is saved.
        """
        state = self.state
        self.plan()
        self.tell_time()
        if state.step % self.steps_between_polls:
            return
        late = self.spacing.is_due(_SECONDS_BETWEEN_CHECKPOINTS)
        broken, late, asked = distributed.any_process(
            not math.isfinite(float(self.sums[0])), late and distributed.is_main(), self.watcher.stop_requested()
        )
        if broken:
            state.stopped = f"the loss became infinite or undefined in epoch {state.epoch}, at step {state.step}"
        elif (late or asked) and not self.finished():
            self.save()
            if asked:
                raise Interrupted

    def plan(self) -> None:
        """How many steps fit into the budget, once that can be told; and once more on the way."""
        state, first = self.state, self.state.total_steps is None
        if not first and state.step not in self.measured_again:
            return
        ask = self.clock.steps_that_fit if first else self.clock.steps_that_fit_now
        fit = distributed.from_main(lambda: ask(state.step))
        if fit:
            state.total_steps = max(state.step + 1, fit)
            self.measured_again = {int(share * fit) for share in MEASURED_AGAIN} if first else self.measured_again
            self.spacing.at_once()  # what was measured is kept

    def tell_time(self) -> None:
        """Say how long it will take, once that can be told, where it is worth saying; and again where it was wrong."""
        total = self.state.total_steps
        if total and self.watched and (line := self.clock.time_line(self.state.step, total)):
            self.watcher.summary_line("time", line)

    def end_epoch(self) -> None:
        """Validate; keep the weights if they are the best so far, and a checkpoint."""
        state = self.state
        loss, weight = distributed.all_reduce_sum(self.sums).tolist()
        if not weight:
            raise UserError("no training example counts: give targets that are known, and a `source_weight` above 0")
        record: dict[str, Any] = {"epoch": state.epoch, "step": state.step, "train_loss": loss / weight}
        record["lr"] = self.optimizers[-1].param_groups[0]["lr"]
        figures = self.validate() if math.isfinite(loss) else {}
        if not math.isfinite(loss) or not (figures or self.loss_is_finite()):
            self.record_divergence({**record, "train_loss": None}, "loss")
            return
        if not all(map(math.isfinite, figures.values())):
            what = "loss" if not math.isfinite(figures["dev_loss"]) else self.task.metric.label
            self.record_divergence(record | dict.fromkeys(figures), f"{what} on dev")
            return
        record |= figures | self.gradient_reach()
        record["seconds"] = time.monotonic() - self.began
        judged = "dev_loss" if self.task.keeps_best_by_loss else "dev_metric"
        if not len(self.data.dev) or record[judged] < state.best:
            state.best, state.best_epoch = record.get(judged, math.inf), state.epoch
            self.checkpointer.save_best(self.net)
        state.history.append(record)
        if len(self.data.dev):
            state.stopped = self.stopping.reason_to_stop(state.epoch, state.best_epoch, state.best)
        state.epoch, state.batch, self.carried = state.epoch + 1, 0, None
        self.sums = self.loss_sums(0.0, 0.0)
        if distributed.from_main(self.spacing.is_due):
            self.save()
        self.watcher.end_epoch(record, self.task.metric)

    def record_divergence(self, record: dict[str, Any], what: str) -> None:
        """End the training: the weights of this epoch are worth nothing. The record has None for NaN, as JSON has.

        Args:
            record: of the epoch, as the history keeps it.
            what: is no finite number: the loss, or the metric on dev.
        """
        state = self.state
        state.stopped = state.stopped or f"the {what} became infinite or undefined in epoch {state.epoch}"
        state.history.append({**record, "seconds": time.monotonic() - self.began})

    def loss_is_finite(self) -> bool:
        """Whether the loss on some training examples is finite after the last step, where there is no dev to tell."""
        with self.health.pause() if self.watched else nullcontext():
            return all(map(math.isfinite, self.evaluate(self.data.train[:64]).losses))

    def validate(self) -> dict[str, float]:
        """Loss and metric on dev, if there is one."""
        if not len(self.data.dev):
            return {}
        began = time.monotonic()
        outcome = self.evaluate(self.data.dev)
        self.clock.add_look(time.monotonic() - began)
        if silent_net.begins_care(self.state, self.task.says_nothing(outcome.predictions)):
            self.watcher.summary_line("silent", silent_net.sentence(self.state))
        return outcome_figures(self.task, self.data.dev_examples, outcome)

    def evaluate(self, indices: np.ndarray) -> Outcome:
        """What the net makes of these examples of the store.

        Args:
            indices: into the store, ``(n,)``.

        Returns:
            predictions, losses and weights, in this order.
        """
        distributed.broadcast_buffers(self.net)
        return evaluate(
            self.net, self.task, self.data.store, indices, device=self.device, precision=self.precision, quick=True
        )

    def gradient_reach(self) -> dict[str, float]:
        """How far back the gradient of a recurrent net reaches, on the longest of a few training examples."""
        if not self.watched:
            return {}
        with self.health.pause():
            return gradient_reach(self.net, self.task, self.data.store, self.data.train[:64], self.device)

    def loss_sums(self, loss: float, weight: float) -> Tensor:
        """Where the epoch's losses and weights are summed, on the device; what was summed before counts once.

        Args:
            loss: the sum of the losses of this epoch so far.
            weight: the sum of their weights.

        Returns:
            both, ``(2,)``.
        """
        exact = torch.float32 if self.device == "mps" else torch.float64
        before = [loss, weight] if distributed.is_main() else [0.0, 0.0]
        return torch.tensor(before, dtype=exact, device=self.device)  # (2,)

    def save(self) -> None:
        """Keep the state, to go on from it."""
        began = time.monotonic()
        self.state.loss_sum, self.state.weight_sum = distributed.all_reduce_sum(self.sums).tolist()
        self.checkpointer.save(self.net, self.optimizers, self.state.to_keep(), self.carried, self.health)
        self.checkpointer.save_health(self.health, at_once=self.watcher.stop_requested())
        self.spacing.saved(began)

    def finish(self) -> TrainingState:
        """Leave the net with the best weights; where none were kept yet, with the last good ones."""
        self.checkpointer.restore_best(self.net, self.optimizers, broken=bool(self.state.stopped))
        self.checkpointer.save_health(self.health, at_once=True)
        return self.state
