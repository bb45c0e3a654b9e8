"""Eight bits in place of 32: weights and activations as whole numbers, each weight on the scale of its channel.

How large activations become is measured on training examples (static quantization). The program stays one of ONNX, with
the places named at which numbers are made coarse (QDQ), so that every runtime may compute between them as it can.

Reference: Jacob et al. 2018, *Quantization and training of neural networks for efficient integer-arithmetic-only
inference*; per channel: Krishnamoorthi 2018, *Quantizing deep convolutional networks for efficient inference*.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fathom.errors import FathomError

if TYPE_CHECKING:
    import onnx

CALIBRATED_ON = 100
"""Training examples by which the ranges of activations are measured."""

Arrays = Mapping[str, NDArray[Any]]


_DENSE = ["MatMul", "Gemm"]
"""What is quantized where there is no convolution; else all between convolutions is, too."""


class NothingToQuantizeError(FathomError):
    """A program without weights that eight bits could hold."""


def quantize(path: Path, batches: Sequence[Arrays]) -> None:
    """Make a program one of eight bits, in its place.

    Args:
        path: of the program.
        batches: of training examples, as the program takes them.

    Raises:
        NothingToQuantizeError: no operation of it can be.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with TemporaryDirectory(dir=path.parent) as place, _quiet():
        ready, done = Path(place, "ready.onnx"), Path(place, "done.onnx")
        quant_pre_process(path, ready, skip_symbolic_shape=True)
        model = onnx.load(ready)
        normalize_by_convolution(model)
        onnx.save(model, ready)
        kinds = {node.op_type for node in model.graph.node}
        quantize_static(
            ready,
            done,
            _Batches(batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=None if "Conv" in kinds else _DENSE,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        if not any(node.op_type == "DequantizeLinear" for node in onnx.load(done).graph.node):
            raise NothingToQuantizeError("no part of this net can be computed in eight bits: export it without `int8`")
        done.replace(path)


class _Batches:
    """What onnxruntime calls a reader: batch by batch, then None."""

    def __init__(self, batches: Sequence[Arrays]) -> None:
        self._rest: Iterator[Arrays] = iter(batches)

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """The next batch."""
        found = next(self._rest, None)
        return None if found is None else dict(found)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the quantizer says of its own steps."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        logging.disable(before)


def normalize_by_convolution(model: onnx.ModelProto) -> None:
    """Say it as a convolution where means of channels are subtracted and these divided by deviations.

    A convolution of one place and one channel each is the same, and can be computed in eight bits, as a subtraction
    cannot.

    Args:
        model: is changed.
    """
    from onnx import helper, numpy_helper

    graph = model.graph
    known = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    asked = [name for node in graph.node for name in node.input]
    for first in [node for node in graph.node if node.op_type == "Sub"]:
        then = next((node for node in graph.node if node.op_type == "Div" and node.input[0] == first.output[0]), None)
        mean, std = known.get(first.input[1]), known.get(then.input[1]) if then is not None else None
        if then is None or mean is None or std is None or asked.count(first.output[0]) != 1:
            continue
        if mean.ndim != 4 or mean.shape != std.shape or mean.size != mean.shape[1]:
            continue
        scale = (1 / std).astype(np.float32).reshape(-1, 1, 1, 1)
        weight, bias = f"{then.name}_scale", f"{then.name}_shift"
        graph.initializer.append(numpy_helper.from_array(scale, weight))
        graph.initializer.append(numpy_helper.from_array((-mean / std).astype(np.float32).ravel(), bias))
        one = helper.make_node(
            "Conv", [first.input[0], weight, bias], [then.output[0]], f"{then.name}_normalize",
            group=mean.size, kernel_shape=[1, 1],
        )  # fmt: skip
        place = list(graph.node).index(first)
        graph.node.remove(first)
        graph.node.remove(then)
        graph.node.insert(place, one)
    used = {name for node in graph.node for name in node.input} | {out.name for out in graph.output}
    for unused in [one for one in graph.initializer if one.name not in used]:
        graph.initializer.remove(unused)
