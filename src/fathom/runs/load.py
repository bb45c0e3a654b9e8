"""From a run folder to a task and a net that can be used, trusting nothing in between.

A net is first built on PyTorch's *meta* device, where tensors have shapes and take no memory: an option that asks for a
terabyte is refused in words, and weights that belong to another net are seen before anything is allocated. What is
loaded for evaluation is then filled from the run's file alone; no other weights (ImageNet's) are read.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from torch.nn.parameter import UninitializedParameter

from fathom import tasks
from fathom.data import files
from fathom.data.counter_rng import step_seed
from fathom.errors import FathomError, Unreadable, UserError
from fathom.library_reasons import reason_of
from fathom.nets.shaped_by_file import ShapedByFile
from fathom.records import Example, Settings
from fathom.runs.file_schemas import Operating, checked
from fathom.runs.folder import RunFolder
from fathom.task import Batch, Task
from fathom.training import hardware
from fathom.training.batching import collate
from fathom.training.checkpoint_file import load_weights, tensor_shapes
from fathom.training.evaluation import to_device

MAX_TENSORS = 20_000
"""Parameters and buffers of a net at most: one that has more was asked for by mistake."""
TRAINING_COPIES = 4
"""What training keeps of each weight: itself, its gradient, and two moments."""
SAMPLE = 16
"""Training examples of a sample batch at most."""
BUILD_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What building from values that do not fit each other can raise."""


def load_task(run: RunFolder, recipe: Mapping[str, Any] | None = None, *, to_train: bool = False) -> Task:
    """The run's task, with its settings and its encoder.

    Args:
        run: that was trained, or begun.
        recipe: its own, where it was read already.
        to_train: with the device of the recipe, which `build_net` refuses where it is not at hand; for evaluation the
            best that is at hand takes its place.

    Raises:
        UserError: a file is missing or damaged.
    """
    resolved = (run.read_recipe() if recipe is None else recipe)["resolved"]
    settings = Settings.from_dict(resolved["settings"])
    if not to_train:
        settings = replace(settings, device=available_device(settings.device))
    task = tasks.by_name(resolved["task"])(settings)
    restore_encoder(run, task)
    if run.has("operating.json"):
        chosen = checked(run.read_json("operating.json"), Operating, run.path / "operating.json", "it")
        task.decision_threshold = (chosen["name"], chosen["threshold"])
    return task


def restore_encoder(run: RunFolder, task: Task) -> None:
    """Give a task what it learned in the run.

    Raises:
        UserError: the file is missing or damaged.
    """
    state, where = run.read_json("encoder/state.json"), run.path / "encoder" / "state.json"
    try:
        task.restore(state)
    except (FathomError, *BUILD_ERRORS) as error:
        raise UserError(
            f"{where} is damaged, since for the task {task.name} {_first_line(error)}: restore the file or train again"
        ) from error


def build_net(task: Task, module: nn.Module | None = None) -> nn.Module:
    """The task's net, initialized by the seed, or the user's own module, made to take the task's input.

    Raises:
        UserError: an option is wrong, or the net is too large for this machine.
    """
    settings = task.settings
    check_device(settings.device)
    if module is not None:
        net = task.wrap_module(module)
    else:
        outline(task, TRAINING_COPIES)
        torch.manual_seed(step_seed(settings.seed, -1))
        net = task.net()
    return move_to_device(net, settings)


def load_net(run: RunFolder, task: Task, module: nn.Module | None = None) -> nn.Module:
    """The run's net with its best weights, for evaluation, on the task's device.

    Raises:
        UserError: the weights are missing, damaged, or of another net than the recipe's.
    """
    if run.has(files.CHECKPOINT) and not run.has(run.weights.name):
        run.check_finished()
    if module is not None:
        net = task.wrap_module(module)
    else:
        net = outline(task, 1)
        found = tensor_shapes(run.weights)
        for name, part in net.named_modules():
            if isinstance(part, ShapedByFile):
                part.take_shapes({k.removeprefix(f"{name}."): v for k, v in found.items() if k.startswith(f"{name}.")})
        wanted = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
        for name in sorted(wanted.keys() | found.keys()):
            if wanted.get(name) != found.get(name):
                raise UserError(
                    f"{run.weights} is of another net than the recipe's, since {name} is {found.get(name)} and not "
                    f"{wanted.get(name)}: restore the file or train again"
                )
        net = net.to_empty(device="cpu") if _is_filled_by_its_weights(net) else task.net()
    load_weights(net, run.weights)
    return move_to_device(net, task.settings).eval()


def move_to_device(net: nn.Module, settings: Settings) -> nn.Module:
    """The net on its device, in the memory format that convolutions there are fastest in."""
    lazy = any(isinstance(p, UninitializedParameter) for p in net.parameters())  # it has no shape yet
    if not lazy and (settings.precision == "bf16" or settings.net in hardware.CONVOLUTIONAL_NETS):
        net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net.to(settings.device or "cpu")


def outline(task: Task, copies: int) -> nn.Module:
    """The task's net without its numbers: shapes alone, on the meta device.

    Args:
        task: says which net.
        copies: how often each weight will be in memory.

    Raises:
        UserError: an option is wrong, or the net is too large for this machine.
    """
    if task.settings.has_custom_net:
        raise UserError(f"this run's net is your own {task.settings.net}: give it with net=…, from Python")
    try:
        with _counting(_memory() // copies), torch.device("meta"):
            return task.net()
    except FathomError:
        raise
    except BUILD_ERRORS as error:
        raise UserError(
            f"the net {task.settings.net} cannot be built ({_first_line(error)}): give it other options, or train again"
        ) from error


@contextlib.contextmanager
def _counting(most: int) -> Iterator[None]:
    """Refuse a net while it is being built, as soon as it has more bytes or tensors than can be."""
    bytes_, tensors = 0, 0

    def count(_module: nn.Module, _name: str, tensor: Any) -> None:
        nonlocal bytes_, tensors
        if isinstance(tensor, Tensor):
            bytes_, tensors = bytes_ + tensor.nelement() * tensor.element_size(), tensors + 1
        if bytes_ > most or tensors > MAX_TENSORS:
            what = f"{bytes_ / 1e9:,.1f} GB" if bytes_ > most else f"{MAX_TENSORS:,} layers"
            raise UserError(
                f"this net would have more than {what} of weights, too many for this machine: make it smaller"
            )

    handles = [
        torch_module.register_module_parameter_registration_hook(count),
        torch_module.register_module_buffer_registration_hook(count),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _memory() -> int:
    """Bytes of memory that this machine has."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 16 * 2**30 if sys.maxsize > 2**32 else 2**31


def _is_filled_by_its_weights(net: nn.Module) -> bool:
    """Whether the saved weights are all that the net holds: no other buffer, no tensor beside."""
    for part in net.modules():
        beside = any(isinstance(value, Tensor) for value in vars(part).values())
        if beside or part._non_persistent_buffers_set:
            return False
    return True


def check_device(device: str | None) -> None:
    """Refuse a device that is not at hand.

    Raises:
        UserError: says why, and which is.
    """
    if available_device(device) != (device or "cpu"):
        why = hardware.why_missing(str(device))
        raise UserError(f"the device '{device}' is not at hand, since {why}: choose {hardware.best_device()}")


def available_device(device: str | None) -> str:
    """The device, or the best one where it is not at hand."""
    kind, _, number = (device or "cpu").partition(":")
    if kind not in ("cpu", "cuda", "mps") or not (
        number.isdecimal() and len(number) < 4 if ":" in (device or "") else True
    ):
        raise UserError(f"there is no device '{device}': choose cpu, cuda or mps")
    count = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}[kind]
    return (device or "cpu") if int(number or 0) < count else hardware.best_device()


def _first_line(error: BaseException) -> str:
    return reason_of(error)


def sample_batch(task: Task, train: Sequence[Example], size: int = SAMPLE) -> Batch:
    """A batch of train, encoded on the spot: examples from all of it, lest the first ones are the shortest."""
    encoded = []
    for example in train[:: max(1, len(train) // max(1, size))][:size]:
        with contextlib.suppress(Unreadable):
            encoded.append(task.encode(example))
    return collate(task, encoded) if encoded else {}


def materialize_lazy(task: Task, net: nn.Module, batch: Batch) -> nn.Module:
    """A net with lazy modules (`torch.nn.LazyLinear`) learns its shapes from a small batch."""
    if any(isinstance(p, UninitializedParameter) for p in net.parameters()):
        torch.manual_seed(step_seed(task.settings.seed, -1))
        with torch.no_grad():
            prepared = task.prepare(to_device(batch, task.settings.device or "cpu"), None)
            net.eval()(*(prepared[name] for name in task.inputs))
    return net


def reinitialize(module: nn.Module, seed: int) -> None:
    """Draw the weights of a module of the user's own anew, each layer as it says itself.

    Raises:
        UserError: some layer does not say how.
    """
    torch.manual_seed(step_seed(seed, -1))
    for name, layer in module.named_modules():
        if next(layer.parameters(recurse=False), None) is None:
            continue
        again = getattr(layer, "reset_parameters", None)
        if again is None:
            raise UserError(
                f"trainings like this one would draw the weights of {name or type(layer).__name__} anew, and it has no "
                "reset_parameters(): give it one, or ask the run that fathom.train returned"
            )
        again()
