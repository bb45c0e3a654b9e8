"""The process in which a learner's code runs: it answers calls, one at a time, and knows nothing of what is right.

Run by `fathom.learning.sandbox` as a script of its own, so that a crash, an endless loop or a flood of prints ends
this process and nothing else. It imports NumPy and the learner's file; fathom itself, where solutions lie, and the
libraries that would do the exercise by themselves are refused, but those that the exercise is written with.
Hiding is no security: who wants to cheat can.

Calls and answers are JSON headers with the raw bytes of arrays behind them; nothing is unpickled on either side.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import struct
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

REFUSED = ("fathom", "torch", "sklearn", "scipy", "jax", "tensorflow")
MEMORY = 3 * 2**30
"""Bytes that the process may reserve; NumPy itself reserves a good part of one GiB, and other libraries come on top."""


LARGEST = 2**26
"""Bytes that an answer may have."""


class Seed:
    """Stands for a random generator: each receiver makes its own from the seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed


class Code:
    """Stands for a function, by its source: an expression."""

    def __init__(self, source: str) -> None:
        self.source = source


class Tensor:
    """Stands for a tensor of PyTorch: its numbers, as an array, and the name of its type, such as ``float32``."""

    def __init__(self, array: Any, dtype: str, grad: bool = False) -> None:
        self.array, self.dtype, self.grad = np.asarray(array), dtype, grad

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        """Its numbers."""
        return np.asarray(self.array, dtype)


def torch_of(value: Any) -> Any:
    """The library whose tensor a value is; None where it is no tensor."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(value, torch.Tensor) else None


def still(value: Any) -> Any:
    """The value with tensors of PyTorch replaced by what stands for them; types that NumPy has not become float32."""
    if torch := torch_of(value):
        flat = value.detach().cpu()
        plain = flat.float() if flat.dtype in (torch.bfloat16, torch.float16) else flat
        return Tensor(plain.resolve_conj().numpy().copy(), str(value.dtype).removeprefix("torch."), value.requires_grad)
    if type(value) in (list, tuple, set):
        return type(value)(still(v) for v in value)
    if isinstance(value, dict):
        return {k: still(v) for k, v in value.items()}
    return value


def pack(value: Any, arrays: list[np.ndarray]) -> Any:
    """A value as JSON; arrays go into the list.

    Raises:
        TypeError: it holds something that cannot be sent.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value if not isinstance(value, float) or np.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "bifuUc":
            raise TypeError(f"an array of {value.dtype}")
        arrays.append(np.ascontiguousarray(value))
        return {"array": [str(value.dtype), list(value.shape)]}
    if isinstance(value, list | tuple):
        return {"list" if isinstance(value, list) else "tuple": [pack(v, arrays) for v in value]}
    if isinstance(value, dict) and all(isinstance(k, str | int) for k in value):
        return {"dict": [[k, pack(v, arrays)] for k, v in value.items()]}
    if isinstance(value, set | frozenset):
        return {"set": [pack(v, arrays) for v in sorted(value, key=repr)]}
    if isinstance(value, Seed):
        return {"seed": value.seed}
    if isinstance(value, Code):
        return {"code": value.source}
    if isinstance(value, Tensor):
        arrays.append(np.ascontiguousarray(value.array))
        return {"tensor": [str(value.array.dtype), list(value.array.shape), value.dtype, value.grad]}
    raise TypeError(f"a {type(value).__name__}")


def unpack(value: Any, arrays: list[bytes], alive: bool = False) -> Any:
    """The value again; with `alive`, seeds become generators and sources functions."""
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    match kind:
        case "float":
            return float(held)
        case "array":
            return np.frombuffer(arrays.pop(0), np.dtype(held[0])).reshape(held[1]).copy()
        case "tensor":
            array = np.frombuffer(arrays.pop(0), np.dtype(held[0])).reshape(held[1]).copy()
            return tensor(array, *held[2:]) if alive else Tensor(array, *held[2:])
        case "list" | "tuple" | "set":
            return {"list": list, "tuple": tuple, "set": set}[kind](unpack(v, arrays, alive) for v in held)
        case "dict":
            return {k: unpack(v, arrays, alive) for k, v in held}
        case "seed":
            return np.random.default_rng(held) if alive else Seed(held)
        case _:
            return eval(held, {"np": np}) if alive else Code(held)


def tensor(array: np.ndarray, dtype: str, grad: bool) -> Any:
    """A tensor of PyTorch."""
    import torch

    return torch.from_numpy(array).to(getattr(torch, dtype)).requires_grad_(grad)


def send(out: BinaryIO, value: Any) -> None:
    """Write one message."""
    arrays: list[np.ndarray] = []
    head = json.dumps([pack(value, arrays), [a.nbytes for a in arrays]]).encode()
    out.write(struct.pack("<I", len(head)) + head + b"".join(a.tobytes() for a in arrays))
    out.flush()


def reply(out: BinaryIO, value: Any) -> None:
    """Write one message, after all that was printed: the process may be ended as soon as it is read."""
    with contextlib.suppress(Exception):  # the learner may have closed it
        sys.stdout.flush()
    send(out, value)


def receive(source: BinaryIO, alive: bool = False) -> Any:
    """Read one message.

    Raises:
        EOFError: the other side is gone.
    """
    start = source.read(4)
    if len(start) < 4:
        raise EOFError
    head = source.read(struct.unpack("<I", start)[0])
    try:
        value, sizes = json.loads(head)
    except ValueError as error:
        raise EOFError from error
    return unpack(value, [source.read(n) for n in sizes], alive)


class Refuse:
    """An importer that says no, but to what the exercise is written with."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self.allowed = allowed

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise for what is not for exercises."""
        top = name.partition(".")[0]
        if top in REFUSED and top not in self.allowed and not (self.allowed and looked_for()):
            told = " and ".join(("NumPy", *self.allowed)) + (" alone" if not self.allowed else "")
            raise ImportError(f"this exercise is written with {told}, and {top} would do it for you")


def looked_for() -> bool:
    """Whether it is only looked whether a module is there, as PyTorch does with many: nothing is imported by that."""
    return sys._getframe(3).f_globals.get("__name__") == "importlib.util"  # find_spec there asks every importer


def told(error: BaseException, path: str, begun: str) -> dict[str, Any]:
    """What went wrong, and where in the learner's file."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == path:
        line = error.lineno or 0
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return {"error": type(error).__name__, "says": text[:500], "line": line, "while": begun}


def same(a: Any, b: Any) -> bool:
    """Whether an argument is still what it was."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if torch := torch_of(a):
        return a.shape == b.shape and torch.equal(a.nan_to_num(), b.nan_to_num())
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return True


def copied(value: Any) -> Any:
    """A copy, arrays included."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if torch_of(value):
        return value.detach().clone()
    if isinstance(value, list | tuple):
        return type(value)(copied(v) for v in value)
    if isinstance(value, dict):
        return {k: copied(v) for k, v in value.items()}
    return value


def answer(space: dict[str, Any], path: str, name: str, args: list[Any]) -> dict[str, Any]:
    """Call a function, and say what came out."""
    if not callable(space.get(name)):
        return {"missing": name}
    before = copied(args)
    try:
        with np.errstate(all="ignore"):
            value = space[name](*args)
    except BaseException as error:
        return told(error, path, name)
    if not same(before, args):
        changed = next(i for i, (a, b) in enumerate(zip(before, args)) if not same(a, b))
        return {"changed": changed}
    arrays: list[np.ndarray] = []
    try:
        value = still(value)
        pack(value, arrays)
    except (TypeError, RuntimeError) as error:
        return {"strange": str(error)}
    if sum(a.nbytes for a in arrays) > LARGEST:
        return {"large": sum(a.size for a in arrays)}
    return {"value": value}


class Counted(np.ndarray):
    """An array of which each part that is taken out, as each row in a loop, is a step of Python."""

    def __array_finalize__(self, made_of: Any) -> None:
        """Nothing; that it is called is what counts."""


def work(space: dict[str, Any], path: str, name: str, args: list[Any]) -> dict[str, Any]:
    """Call a function, and count the steps of Python it takes: instructions in the learner's file, calls elsewhere."""
    steps = 0

    def trace(frame: Any, event: str, arg: Any) -> Any:
        nonlocal steps
        frame.f_trace_opcodes = frame.f_code.co_filename == path
        steps += 1
        return trace if frame.f_trace_opcodes else None

    given = [a.view(Counted) if isinstance(a, np.ndarray) else a for a in args]
    before, collecting = sys.gettrace(), gc.isenabled()
    gc.disable()  # what it finalizes would be counted: steps of something else, of another number at each call
    sys.settrace(trace)
    try:
        told = answer(space, path, name, given)
    finally:
        sys.settrace(before)
        if collecting:
            gc.enable()
    return {"value": steps} if "value" in told else told


def no_typing(*args: Any, **more: Any) -> None:
    """Stands for a debugger: it would wait for what nobody can type."""
    raise EOFError


def begin(libraries: Sequence[str]) -> int:
    """Load libraries, with one thread each, and say how many bytes are reserved for them."""
    if not libraries:
        return 0
    for name in libraries:
        importlib.import_module(name)
    if "torch" in libraries:
        sys.modules["torch"].set_num_threads(1)
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 (fewer imports)
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):  # not on this system
        return 8 * MEMORY


def bound(reserved: int) -> None:
    """Let the process reserve no more than an exercise may have, besides what the libraries took."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY + reserved, MEMORY + reserved))
    except (ImportError, ValueError, OSError):  # not on this system
        pass


def main() -> None:
    """Load the learner's file, then answer calls until there are no more."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed goes where only its beginning is read
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    source = os.fdopen(os.dup(0), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # input() would wait, or read what is not for it
    sys.breakpointhook = no_typing
    path, libraries = sys.argv[1], sys.argv[2:]
    bound(begin(libraries))
    sys.meta_path.insert(0, Refuse(libraries))
    space: dict[str, Any] = {"__name__": "exercise", "__file__": path}
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 (fewer imports)
            text = file.read()
        exec(compile(text, path, "exec"), space)
    except BaseException as error:
        reply(out, told(error, path, ""))
        return
    reply(out, {"value": None})
    while True:
        try:
            name, args, how = receive(source, alive=True)
        except EOFError:
            return
        reply(out, (work if how == "work" else answer)(space, path, name, list(args)))


if __name__ == "__main__":
    main()
