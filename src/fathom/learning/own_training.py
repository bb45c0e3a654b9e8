"""Trainings with the learner's own framework, each beside the same net in PyTorch: same weights, batches and steps.

The learner's side runs in a process of its own, on NumPy, within a budget of CPU time; PyTorch's in this one. Both
compute in float64.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.errors import UserError
from fathom.learning import own_data, own_twin
from fathom.learning.child import Seed
from fathom.learning.own_framework import SESSION, Built
from fathom.learning.sandbox import Broken, Sandbox
from fathom.learning.workspace import Workspace
from fathom.spelling import choice

Array = NDArray[Any]
Spec = own_twin.Spec

LIMIT = 240.0
"""Seconds of CPU that the learner's side of a training may take."""

WORDS = 5
"""That a net of letters makes up after its training."""


@dataclass(frozen=True)
class Training:
    """One of the trainings.

    Attributes:
        name, title: of it.
        data: draws or reads what it is trained on.
        nets: layers by the net's name, of the number of features and classes.
        needs: classes and functions that it asks for, besides those of every training; those of each net.
        epochs, size, rate, plain: of the training; the rates of Adam and of plain descent.
        largest: norm of the gradient; 0 for any.
    """

    name: str
    title: str
    data: Callable[[Workspace, Sandbox], Iterator[str | own_data.Split]]
    nets: Mapping[str, Callable[[int, int], Spec]]
    needs: Mapping[str, tuple[str, ...]]
    epochs: int
    size: int
    rate: float
    plain: float
    largest: float = 0.0


def _dense(features: int, classes: int) -> Spec:
    return [("flatten",), ("dense", features, 32), ("relu",), ("logits", 32, classes)]


def _convolution(features: int, classes: int) -> Spec:
    return [("convolution", 3, 8, 5, 2, 0), ("relu",), ("pool", 2), ("flatten",), ("logits", 200, classes)]


def _recurrent(kind: str) -> Callable[[int, int], Spec]:
    return lambda features, classes: [(kind, features, 48), ("rows",), ("logits", 48, classes)]


def _gpt(features: int, classes: int) -> Spec:
    """Two blocks of a Transformer."""
    blocks = [("block", 32, 64), ("block", 32, 64)]
    return [("everywhere", features, 32), ("places",), *blocks, ("rows",), ("logits", 32, classes)]


ALWAYS = ("Dense", "CrossEntropy", "batches")
TRAININGS = (
    Training(
        "cats", "Cats, or other animals", own_data.cats, {"dense": _dense, "convolution": _convolution},
        {"dense": (), "convolution": ("Convolution", "MaxPool")}, epochs=8, size=32, rate=0.002, plain=0.03,
    ),
    Training(
        "digits", "Spoken digits, of speakers that are new", own_data.digits, {"dense": _dense},
        {"dense": ("loudness", "Standardize")}, epochs=20, size=32, rate=0.002, plain=0.05,
    ),
    Training(
        "names", "Names, letter by letter", own_data.names,
        {"rnn": _recurrent("rnn"), "gru": _recurrent("gru"), "lstm": _recurrent("lstm"), "gpt": _gpt},
        {"rnn": ("Rnn",), "gru": ("Gru",), "lstm": ("Lstm",), "gpt": ("Block",)},
        epochs=6, size=16, rate=0.004, plain=0.3, largest=1.0,
    ),
)  # fmt: skip


def find(name: str) -> Training:
    """The training of that name.

    Raises:
        UserError: there is none.
    """
    found = next((one for one in TRAININGS if one.name == name), None)
    if found is None:
        raise UserError(f"there is no training {name!r}{choice(name, (one.name for one in TRAININGS))}")
    return found


def lacking(built: Built, training: Training) -> tuple[list[str], dict[str, list[str]]]:
    """What the package lacks: for any net, and for each net.

    Args:
        built: the package.
        training: which.
    """
    return [name for name in ALWAYS if not built.has(name)], {
        net: [name for name in training.needs[net] if not built.has(name)] for net in training.nets
    }


def run(workspace: Workspace, built: Built, training: Training, seconds: float = LIMIT) -> Generator[str, None, None]:
    """Train each net for which the package has the layers, and tell both sides.

    Args:
        workspace: the learner's.
        built: the package.
        training: which.
        seconds: of CPU that the learner's side may take.

    Raises:
        UserError: layers are missing, the package fails, or the time is used up.
    """
    missing, nets = lacking(built, training)
    if missing or all(nets.values()):
        wanted = ", ".join(missing or next(iter(nets.values())))
        raise UserError(f"mynn has no {wanted} yet: fathom learn mynn tells which exercises that waits for")
    try:
        with Sandbox(built.folder / f"{SESSION}.py", seconds) as box:
            split: own_data.Split | None = None
            for told in training.data(workspace, box):
                if isinstance(told, str):
                    yield told
                else:
                    split = told
            assert split is not None
            yield f"{training.title}: {len(split.x):,} examples to train on, {len(split.x_new):,} new ones"
            used = 0.0
            for name, lacks in nets.items():
                if lacks:
                    yield f"{name}: left out, since mynn has no {', '.join(lacks)} yet"
                    continue
                race = _Race(box, training, training.nets[name], split, name, seconds - used)
                yield from race.lines()
                if split.letters and built.has("sample"):
                    yield f"{name:12} makes up {', '.join(race.words())}"
                used += race.mine
    except Broken as error:
        if error.kind == "time":
            more = f"fathom learn mynn {training.name} --seconds {2 * seconds:.0f} gives it longer"
            raise UserError(f"the {seconds:.0f} s of CPU are used up: {more}") from None
        raise UserError(f"mynn failed: {error}") from None


class _Race:
    """The same net twice: the learner's, and PyTorch's.

    Attributes:
        mine, theirs: seconds of CPU that each took to train.
    """

    def __init__(
        self, box: Sandbox, training: Training, net: Callable[[int, int], Spec], split: own_data.Split, name: str,
        seconds: float,
    ) -> None:  # fmt: skip
        self.box, self.training, self.split, self.name, self.seconds = box, training, split, name, seconds
        features = split.x.shape[-1] if split.y.ndim == 2 else int(np.prod(split.x.shape[1:]))
        self.spec = list(net(features, split.classes))
        self.mine = self.theirs = 0.0

    def lines(self) -> Iterator[str]:
        """Train epoch by epoch, and tell what both reach."""
        import torch

        torch.set_num_threads(1)
        one = self.training
        weights, adam = self.box.call("begin", self.spec, 0, one.rate, one.plain)
        other = own_twin.twin(self.spec, weights)
        kind = torch.optim.Adam if adam else torch.optim.SGD
        steps = kind([p for p in other.parameters() if p.requires_grad], lr=one.rate if adam else one.plain)
        self.box.call("data", self.split.x, self.split.y)
        for epoch in range(1, one.epochs + 1):
            self.box.seconds = max(1.0, self.seconds - self.mine)
            batches = self.box.call("order", one.size, Seed(epoch))
            losses, took = self.box.call("train", batches, one.largest)
            self.mine += took
            self._train(other, steps, batches)
            mine, theirs = self._outputs(other)
            told = self.split.measure
            yield (
                f"{self.name:12} epoch {epoch} of {one.epochs}   loss {np.mean(losses):.3f}   on new ones: "
                f"yours {told(mine, self.split.y_new)}, PyTorch {told(theirs, self.split.y_new)}"
            )
        apart = float(np.abs(mine - theirs).max())
        yield (
            f"{self.name:12} yours {told(mine, self.split.y_new)} in {self.mine:.1f} s of CPU   PyTorch "
            f"{told(theirs, self.split.y_new)} in {self.theirs:.1f} s   logits differ by {apart:.0e} at most"
        )

    def words(self) -> list[str]:
        """Words that the learner's net makes up."""
        letters = self.split.letters
        told = (self.box.call("written", len(letters), 0, 20, 0.7, Seed(seed)) for seed in range(WORDS))
        return ["".join(letters[i] for i in one).title() for one in told]

    def _train(self, net: Any, steps: Any, batches: Sequence[Array]) -> None:
        """The same epoch in PyTorch."""
        import torch
        from torch.nn import functional as F

        began = time.process_time()
        net.train()
        for at in batches:
            x, y = _laid(self.split.x[at], self.split.y[at])
            steps.zero_grad()
            F.cross_entropy(net(torch.as_tensor(x)), torch.as_tensor(y)).backward()
            if self.training.largest:
                torch.nn.utils.clip_grad_norm_(net.parameters(), self.training.largest)
            steps.step()
        self.theirs += time.process_time() - began

    def _outputs(self, net: Any) -> tuple[Array, Array]:
        """The logits of both for the new examples."""
        import torch

        x, _ = _laid(self.split.x_new, self.split.y_new)
        net.eval()
        with torch.no_grad():
            return np.asarray(self.box.call("outputs", self.split.x_new)), net(torch.as_tensor(x)).numpy()


def _laid(x: Array, y: Array) -> tuple[Array, Array]:
    """Sequences with time first, and their labels in the same order."""
    if y.ndim == 2:
        return np.ascontiguousarray(x.swapaxes(0, 1)), y.T.ravel()
    return x, y
