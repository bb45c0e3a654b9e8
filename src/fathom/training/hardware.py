"""What this machine computes fastest; decided once, and recorded in the recipe."""

from __future__ import annotations

import platform

import torch

CONVOLUTIONAL = ("lenet", "convnet", "vgg", "resnet", "pretrained")
"""Nets whose time goes into convolutions, where bf16 pays; small dense nets lose by it."""


def best_device() -> str:
    """A GPU where there is one."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def best_precision(device: str, net: str) -> str:
    """bf16 for convolutional nets where the hardware computes it, else fp32."""
    if net not in CONVOLUTIONAL:
        return "fp32"
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if device == "cpu" and "AVX512_BF16" in cpu_capabilities() else "fp32"


def cpu_capabilities() -> set[str]:
    """Those extensions of the processor that change what is fastest."""
    known = {"AVX512_BF16": "_is_avx512_bf16_supported", "AMX": "_is_amx_tile_supported"}
    return {name for name, probe in known.items() if getattr(torch.cpu, probe, bool)()}


def versions() -> dict[str, str]:
    """What a recipe needs to say about where it ran."""
    import numpy

    from fathom.version import __version__

    return {
        "fathom": __version__,
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
    }
