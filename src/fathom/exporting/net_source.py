"""A trained net as source: one file of plain PyTorch with the classes of the net, and its weights beside it.

How the net was put together is found by building it again and looking on: each module is kept with what its constructor
was given. The classes are gathered by `fathom.exporting.source_tree`.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from fathom.exporting.onnx_program import ExportError, Whole
from fathom.exporting.source_tree import MixedNamesError, gather
from fathom.exporting.verification import Ask
from fathom.task import Task

WEIGHTS = "weights.safetensors"
FILE = '''"""The net of a run, in plain PyTorch: `load` has it with its weights, `answer` asks it.

It was gathered from the source of fathom {version}, which it does not import.
"""

from __future__ import annotations

{imports}

WEIGHTS = Path(__file__).resolve().parent / "{weights}"
INPUTS = {{{names}}}
"""What is asked: the arrays that `answer` takes, and the type of each."""


{parts}


def build() -> nn.Module:
    """The net, its weights drawn at random."""
    net = {net}
    {more}return net


def load(weights: Path = WEIGHTS) -> nn.Module:
    """The net as it was trained, ready to answer; `.train()` lets it learn on."""
    net = build()
    net.load_state_dict(load_file(weights))
    return net.eval()


def prepared(arrays: Mapping[str, Any]) -> list[Any]:
    """The arguments of the net.

    Args:
        arrays: of `INPUTS`, ``(batch, …)`` each, of numpy or of torch.
    """
    given = {{name: torch.as_tensor(arrays[name]).to(kind) for name, kind in INPUTS.items()}}
    return [{arguments}]


@torch.inference_mode()
def answer(net: nn.Module, arrays: Mapping[str, Any]) -> list[Any]:
    """What the net puts out, in arrays.

    Args:
        net: as `load` gives it.
        arrays: as `prepared` takes them.
    """
    return [one.numpy() for one in tensors_in(net(*prepared(arrays)))]


def tensors_in(output: Any) -> list[Tensor]:
    """The tensors in what a net puts out."""
    if output is None or isinstance(output, nn.Module):
        return []
    if isinstance(output, Tensor):
        return [output]
    return [tensor for part in (output.values() if isinstance(output, Mapping) else output) for tensor in tensors_in(part)]
'''  # noqa: E501
Kept = dict[int, tuple[nn.Module, inspect.BoundArguments]]
"""Modules by their identity, with what each was made with."""
_OF_TRAINING = frozenset({"training", "warm"})
"""Attributes that say how a module learns, and are no matter of its answers."""
_OWN_IMPORTS = (
    "import torch",
    "from collections.abc import Mapping",
    "from pathlib import Path",
    "from safetensors.torch import load_file",
    "from torch import Tensor, nn",
    "from typing import Any",
)
_WAYS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "given[{name!r}]": lambda x: x,
    "given[{name!r}].permute(0, 3, 1, 2)": lambda x: x.permute(0, 3, 1, 2),
    "given[{name!r}][:, :-1].long()": lambda x: x[:, :-1].long(),
    "given[{name!r}] - 1": lambda x: x - 1,
}
"""What tasks do to an input before the net, as source and as it is done; numbers may become of type long beside."""


def write_source(whole: Whole, given: Mapping[str, Tensor], path: Path) -> None:
    """Write a net as source, with its weights beside it.

    Args:
        whole: the net, as a program has it.
        given: some inputs, by name.
        path: of the file.

    Raises:
        ExportError: something of the net cannot be written as source.
    """
    from fathom.version import __version__

    try:
        net = _Expression(_made_by(whole.task, whole.net))
        built = net.of(whole.net)
        found = gather(net.wanted)
    except (MixedNamesError, TypeError, ValueError) as error:
        raise ExportError(f"the net cannot be written as source ({error}): write `to=torch`") from error
    imports = sorted(found.imports | net.imports | {*_OWN_IMPORTS}, key=lambda line: (line.startswith("from"), line))
    parts = "\n\n\n".join(found.parts.values())
    fill = partial(
        FILE.format, version=__version__, imports="\n".join(imports), weights=WEIGHTS, net=built, parts=parts,
        names=", ".join(f'"{name}": {one.dtype}' for name, one in given.items()),
        arguments=", ".join(_arguments(whole, given)),
    )  # fmt: skip
    path.write_text(fill(more=""), encoding="utf-8")
    weights = {name: tensor.detach().clone().contiguous() for name, tensor in whole.net.state_dict().items()}
    save_file(weights, path.with_name(WEIGHTS))
    if more := list(_set_later(whole.net, _opened(path).build(), parts)):
        path.write_text(fill(more="\n    ".join([*more, ""])), encoding="utf-8")


def _set_later(net: nn.Module, again: nn.Module, parts: str) -> Iterator[str]:
    """What was set of a net's modules after they were made, as far as their source reads it.

    Args:
        net: as it is.
        again: as its source makes it.
        parts: the source.
    """
    for (name, one), (_, other) in zip(net.named_modules(), again.named_modules(), strict=True):
        for key, value in vars(one).items():
            plain = isinstance(value, bool | int | float | str) and not key.startswith("_")
            if plain and key not in _OF_TRAINING and f".{key}" in parts and getattr(other, key, None) != value:
                yield f"{'.'.join(filter(None, ['net', name]))}.{key} = {value!r}"


def _opened(path: Path) -> ModuleType:
    """A file of source, run.

    Raises:
        ExportError: it cannot be.
    """
    spec = importlib.util.spec_from_file_location("fathom_exported_net", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _cannot_run(error) from error
    return module


def _cannot_run(error: Exception) -> ExportError:
    why = (str(error).splitlines() or [""])[0][:200]
    return ExportError(f"the net cannot be written as source ({type(error).__name__}: {why}): write `to=torch`")


def opened_source(path: Path) -> Ask:
    """A net that was written as source, ready to be asked.

    Args:
        path: of the file.

    Raises:
        ExportError: it cannot be run.
    """
    module = _opened(path)
    try:
        net = module.load()
    except Exception as error:
        raise _cannot_run(error) from error
    return lambda arrays: module.answer(net, arrays)


def _arguments(whole: Whole, given: Mapping[str, Tensor]) -> Iterator[str]:
    """How each argument of the net comes of what is given, as source."""
    wanted = whole.task.prepare(dict(given), None) if whole.prepares else given
    for name in whole.task.inputs:
        for way, done in _WAYS.items():
            for more in ("", ".long()"):
                try:
                    made = done(given[name]).long() if more else done(given[name])
                except (IndexError, RuntimeError):
                    continue
                if _same(made, wanted[name]):
                    break
            else:
                continue
            yield f"({way.format(name=name)}){more}" if more else way.format(name=name)
            break
        else:
            raise ExportError(f"what is done to the input {name} before the net has no source: write `to=torch`")
    if whole.task.stateful:
        yield "None"


def _same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are the same, what is no number included."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return bool(((one == other) | ((one != one) & (other != other))).all())


def _made_by(task: Task, net: nn.Module) -> dict[int, inspect.BoundArguments]:
    """What the constructors of modules were given, by their identity; 0 is the net, which is built again for it."""
    if task.settings.has_custom_net:
        raise ExportError("this run's net is your own, so that you have its source: write `to=torch`")
    kept: Kept = {}
    with _looked_on({type(one) for one in net.modules()}, kept), torch.random.fork_rng():
        again = task.net()
    made = {id(one): bound for one, bound in kept.values()}
    return made | {0: made[id(again)]}


@contextmanager
def _looked_on(kinds: set[type[nn.Module]], kept: Kept) -> Iterator[None]:
    """A block in which what modules of some kinds are made with is kept, by the identity of the module."""
    before = {kind: kind.__dict__.get("__init__") for kind in kinds}

    def watched(kind: type[nn.Module]) -> Callable[..., None]:
        true, signature = kind.__init__, inspect.signature(kind.__init__)

        @functools.wraps(true)
        def init(self: nn.Module, *args: Any, **kwargs: Any) -> None:
            if id(self) not in kept:  # else a base's, which the class itself calls
                kept[id(self)] = self, signature.bind(self, *args, **kwargs)
            true(self, *args, **kwargs)

        return init

    try:
        for kind in kinds:
            kind.__init__ = watched(kind)  # type: ignore[method-assign]
        yield
    finally:
        for kind, true in before.items():
            if true is None:
                del kind.__init__
            else:
                kind.__init__ = true  # type: ignore[method-assign]


class _Expression:
    """Values as source.

    Args:
        made: what the constructors of modules were given.

    Attributes:
        wanted: the module of each name of ours that it takes.
        imports: lines for names that are not ours.
    """

    def __init__(self, made: Mapping[int, inspect.BoundArguments]) -> None:
        self._made = made
        self.wanted: dict[str, str] = {}
        self.imports: set[str] = set()

    def of(self, net: nn.Module) -> str:
        """A net as a call of its class."""
        return self._call(type(net), self._made[0])

    def _call(self, kind: type[nn.Module], bound: inspect.BoundArguments) -> str:
        told = []
        for name, value in list(bound.arguments.items())[1:]:
            match bound.signature.parameters[name].kind:
                case inspect.Parameter.VAR_POSITIONAL:
                    told += [self._value(one) for one in value]
                case inspect.Parameter.VAR_KEYWORD:
                    told += [f"{key}={self._value(one)}" for key, one in value.items()]
                case inspect.Parameter.POSITIONAL_OR_KEYWORD if not told or "=" in told[-1]:
                    told.append(f"{name}={self._value(value)}")
                case inspect.Parameter.KEYWORD_ONLY:
                    told.append(f"{name}={self._value(value)}")
                case _:
                    told.append(self._value(value))
        return f"{self._name(kind)}({', '.join(told)})"

    def _value(self, value: Any) -> str:
        if value is None or isinstance(value, bool | int | str):
            return repr(value)
        if isinstance(value, float):
            return repr(value) if np.isfinite(value) else f"float({str(value)!r})"
        if isinstance(value, tuple | list):
            inside = ", ".join(map(self._value, value))
            return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self._value(k)}: {self._value(v)}" for k, v in value.items()) + "}"
        if isinstance(value, np.ndarray):
            self.imports.add("import numpy as np")
            return f"np.array({value.tolist()!r}, np.{value.dtype})"
        if isinstance(value, np.generic):
            return self._value(value.item())
        if isinstance(value, Tensor):
            return f"torch.tensor({value.tolist()!r}, dtype={value.dtype})"
        if isinstance(value, torch.dtype):
            return str(value)
        if isinstance(value, nn.Module) and id(value) in self._made:
            return self._call(type(value), self._made[id(value)])
        if callable(value) and hasattr(value, "__qualname__"):
            return self._name(value)
        raise ValueError(f"a {type(value).__name__} among what it is made with")

    def _name(self, thing: Any) -> str:
        """A class or a function by its name."""
        module, name = thing.__module__, thing.__qualname__
        if "." in name:
            raise ValueError(f"{name} is defined within another thing")
        if module.partition(".")[0] == "fathom":
            if self.wanted.setdefault(name, module) != module:
                raise ValueError(f"{name} is of {module} and of {self.wanted[name]}")
            return str(name)
        if module.startswith("torch.nn.modules"):
            return f"nn.{name}"
        self.imports.add(f"import {module}")
        return f"{module}.{name}"
