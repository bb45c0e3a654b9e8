"""What this machine computes fastest; decided once, and recorded in the recipe."""

from __future__ import annotations

import contextlib
import copy
import platform
import time

import torch
from torch import nn

from fathom.data.files import write_text
from fathom.data.fingerprint import fingerprint
from fathom.data.source import cache_folder
from fathom.declared_options import PRECISIONS, Settings
from fathom.errors import UserError
from fathom.task import Batch, Task
from fathom.version import __version__

CONVOLUTIONAL_NETS = ("lenet", "convnet", "vgg", "resnet", "airbench", "pretrained")
"""Nets whose time goes into convolutions."""
_HEAVY_NETS = (*CONVOLUTIONAL_NETS, "minilm", "joined")
"""Nets whose time goes into convolutions or large matrices, where bf16 pays; small dense nets lose by it."""

_LARGE_NET = 500_000
"""Weights from which bf16 may pay without convolutions; whether it does is measured."""

_MIN_SPEEDUP = 1.2
"""So many times faster bf16 must be: where both are about alike, chance should not decide."""


def best_device() -> str:
    """A GPU where there is one."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def why_missing(device: str) -> str:
    """Why a device cannot be computed on.

    Args:
        device: cuda, mps or cpu, and its number where it has one, that this machine was found not to have.
    """
    kind = device.partition(":")[0]
    count = {"cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}.get(kind, 1)
    if count:
        return f"there {'is one' if count == 1 else f'are {count}'} of its kind, and numbers begin at 0"
    if kind == "cuda" and not torch.backends.cuda.is_built():
        return f"PyTorch {torch.__version__} is installed without CUDA"
    if kind == "mps" and not torch.backends.mps.is_built():
        return f"PyTorch {torch.__version__} is installed without Metal"
    return "no graphics processor is found" + (" (nvidia-smi says whether its driver works)" if kind == "cuda" else "")


def best_precision(device: str, net: str) -> str:
    """bf16 for heavy nets where the hardware computes it, else fp32."""
    return heavy_precision(device) if net in _HEAVY_NETS else "fp32"


def heavy_precision(device: str) -> str:
    """bf16 where the hardware computes it, for nets whose time goes into arithmetic.

    Args:
        device: cpu, cuda or mps.
    """
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if device == "cpu" and "AVX512_BF16" in cpu_capabilities() else "fp32"


def precision_must_be_measured(net: nn.Module, settings: Settings) -> bool:
    """Whether only measuring can tell which precision is faster: a large net that is not known to be heavy."""
    return settings.net not in _HEAVY_NETS and _is_large(net)


def _is_large(net: nn.Module) -> bool:
    return sum(p.numel() for p in net.parameters()) >= _LARGE_NET


def fastest_precision(net: nn.Module, task: Task, batch: Batch) -> str:
    """fp32, or bf16 where a few steps of this very net on this very machine are clearly faster in it.

    It is measured once and remembered in the cache, so that chance cannot decide otherwise the next time.

    Args:
        net: as built, on its device; it is left as it was.
        task: gives ``prepare`` and ``loss``.
        batch: a few encoded examples, on the host.
    """
    device = task.settings.device or "cpu"
    computes = torch.cuda.is_bf16_supported() if device == "cuda" else "AVX512_BF16" in cpu_capabilities()
    if not computes or not (_is_large(net) or any(isinstance(m, nn.Conv2d) for m in net.modules())):
        return "fp32"
    shapes = [[list(p.shape) for p in net.parameters()], {name: list(t.shape) for name, t in batch.items()}]
    key = fingerprint([type(net).__name__, shapes, device, versions(), sorted(cpu_capabilities())])
    place = cache_folder() / "precision" / f"{key}.txt"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if (kept := place.read_text(encoding="utf-8")) in PRECISIONS:
            return kept
    chosen = _time_precisions(net, task, batch, device)
    with contextlib.suppress(OSError, UserError):  # a cache that cannot be written costs a measurement, no more
        place.parent.mkdir(parents=True, exist_ok=True)
        write_text(place, chosen, durable=False)
    return chosen


def _time_precisions(net: nn.Module, task: Task, batch: Batch, device: str) -> str:
    """Which precision takes less time for a step."""
    trial = copy.deepcopy(net).train()
    if any(isinstance(m, nn.Conv2d) for m in trial.modules()):
        trial = trial.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    prepared = task.prepare({name: tensor.to(device) for name, tensor in batch.items()}, None)

    def seconds(dtype_is_bf16: bool) -> float:
        times = []
        for _ in range(4):  # the first one compiles kernels
            began = time.perf_counter()
            with torch.autocast(device, torch.bfloat16, enabled=dtype_is_bf16):
                output = trial(*(prepared[name] for name in task.inputs))
            task.loss(output, prepared)[0].sum().backward()
            if device == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter() - began)
        return min(times[1:])

    return "bf16" if _MIN_SPEEDUP * seconds(True) < seconds(False) else "fp32"


def cpu_capabilities() -> set[str]:
    """Those extensions of the processor that change what is fastest."""
    known = {"AVX512_BF16": "_is_avx512_bf16_supported", "AMX": "_is_amx_tile_supported"}
    return {name for name, probe in known.items() if getattr(torch.cpu, probe, bool)()}


def versions() -> dict[str, str]:
    """What a recipe needs to say about where it ran."""
    import numpy

    return {
        "fathom": __version__,
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
    }
