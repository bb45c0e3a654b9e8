"""What a run's net looks like inside: for the report, behind one click, and from Python."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from fathom.data.image import drawing
from fathom.errors import UserError
from fathom.records import Example
from fathom.reporting import thumbnails
from fathom.reporting.report_data import Insight
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_net, load_task
from fathom.runs.prepare import Prepared
from fathom.task import Task
from fathom.training import interpret
from fathom.training.batching import collate
from fathom.training.gradcam import gradcam, last_feature_maps

Picture = NDArray[np.uint8]

MAX_LAYERS = 3
"""Layers of which feature maps are shown."""
MAX_UNITS = 8
"""Units of the last maps of which the strongest pictures are shown."""
MAX_PICTURES = 200
"""Pictures among which the strongest are looked for, at most."""


@dataclass(frozen=True)
class Inside:
    """What a net makes of one picture.

    Attributes:
        filters: of the first layer, ``(filters, height, width, channels)`` in [0, 1].
        maps: layer → ``(f, h, w)``.
        fields: how much of the picture a unit of each layer sees.
        looked: Grad-CAM of the answer, ``(h, w)`` in [0, 1]; None where the net has no maps, or gives no classes.
        covered: by how much the answer's probability falls where the picture is covered, ``(8, 8)``; None likewise.
    """

    filters: NDArray[np.float32]
    maps: dict[str, NDArray[np.float32]]
    fields: list[interpret.ReceptiveField]
    looked: NDArray[np.float32] | None
    covered: NDArray[np.float32] | None


def interpret_picture(run: RunFolder, photo: str) -> Inside:
    """What the net of a run makes of a picture.

    Raises:
        UserError: the run has no convolutional net for pictures, or the picture cannot be read.
        Unreadable: the picture is damaged.
    """
    task = load_task(run)
    net = load_net(run, task)
    if not _has_maps(task, net):
        raise UserError(f"{run.path} has no convolutional net for pictures: give a run that has one")
    return _inside(task, net, task.read(photo))


def insight(run: RunFolder, task: Task, prepared: Prepared, split: str) -> Insight | None:
    """The pictures for the report; None where the net has no convolutions."""
    if task.inputs != ("image",) or task.settings.has_custom_net:
        return None
    net = load_net(run, task)
    examples = prepared.of(split) or prepared.of("train")
    if not _has_maps(task, net) or not examples:
        return None
    shown = examples[0]
    seen = _inside(task, net, shown)
    first = task.show(shown)["picture"]
    looked = [] if seen.looked is None else [thumbnails.overlay_heat(first, seen.looked, side=224)]
    covered = [] if seen.covered is None else [thumbnails.overlay_heat(first, seen.covered, side=224)]
    return Insight(
        name=shown.id,
        picture=thumbnails.jpeg(first, 224),
        filters=thumbnails.jpeg(_grid([_enlarged(_bytes(f)) for f in seen.filters], 16), 760),
        maps=[
            (name, thumbnails.jpeg(_grid([_map(m) for m in maps[:16]], 16), 900)) for name, maps in seen.maps.items()
        ],
        looked=looked[0] if looked else None,
        covered=covered[0] if covered else None,
        fields=[(f.layer, f.side, f.step, f.whole) for f in seen.fields],
        strongest=_strongest(task, net, examples),
    )


def _has_maps(task: Task, net: torch.nn.Module) -> bool:
    return task.inputs == ("image",) and bool(interpret.convolutions(net))


def _inside(task: Task, net: torch.nn.Module, example: Example) -> Inside:
    inputs = _inputs(task, [example])
    names = interpret.evenly_spaced(interpret.convolution_layers(net), MAX_LAYERS)
    maps = {name: found[0] for name, found in interpret.feature_maps(net, inputs, names).items()}
    looked = covered = None
    if task.metric.is_classification_error and last_feature_maps(net) is not None:
        with torch.no_grad():
            chosen = net(*inputs).argmax(1)
        heat = gradcam(net, inputs, chosen)
        looked = None if heat is None else heat[0]
        covered = interpret.occlusion_map(net, inputs[0], int(chosen))
    channels, height, width = inputs[0].shape[1:]
    fields = interpret.receptive_fields(net, (channels, height, width))
    return Inside(interpret.first_layer_filters(net), maps, fields, looked, covered)


def _inputs(task: Task, examples: list[Example]) -> tuple[torch.Tensor, ...]:
    device = task.settings.device or "cpu"
    batch = {name: value.to(device) for name, value in collate(task, [task.encode(e) for e in examples]).items()}
    batch = task.prepare(batch, None)
    return tuple(batch[name] for name in task.inputs)


def _strongest(task: Task, net: torch.nn.Module, examples: tuple[Example, ...]) -> bytes | None:
    """A row for each of some units of the last layer: the pictures that excite it most."""
    some = list(examples[:: max(1, len(examples) // MAX_PICTURES)])[:MAX_PICTURES]
    layer, count = interpret.convolution_layers(net)[-1], interpret.convolutions(net)[-1][1].out_channels
    units = np.linspace(0, count - 1, min(MAX_UNITS, count)).astype(int).tolist()
    batches = (_inputs(task, some[i : i + 32]) for i in range(0, len(some), 32))
    rows = interpret.strongest_examples(net, layer, batches, list(dict.fromkeys(units)))
    shown = [drawing.side_by_side([_enlarged(task.show(some[i])["picture"]) for i in row], gap=3) for row in rows]
    return thumbnails.jpeg(_grid(shown, 2), 900)


def _enlarged(picture: Picture, side: int = 64) -> Picture:
    """A small picture pixel by pixel larger, a large one thinned out; both about `side` wide."""
    if picture.shape[0] >= side:
        step = picture.shape[0] // side
        return picture[::step, ::step]
    times = max(1, side // max(picture.shape[:2]))
    return picture.repeat(times, 0).repeat(times, 1)


def _bytes(picture: NDArray[np.floating]) -> Picture:
    return drawing.to_rgb((np.clip(picture, 0, 1) * 255).round().astype(np.uint8))


def _map(values: NDArray[np.floating]) -> Picture:
    """A feature map in grey, its lowest black and its highest white."""
    low, high = float(values.min()), float(values.max())
    return _enlarged(_bytes(((values - low) / max(high - low, 1e-9))[..., None]))


def _grid(pictures: list[Picture], columns: int, gap: int = 4) -> Picture:
    """Pictures of one size in rows, over white."""
    if not pictures:
        return np.full((8, 8, 3), 255, np.uint8)
    height, width = (max(p.shape[axis] for p in pictures) for axis in (0, 1))
    rows = -(-len(pictures) // columns)
    across = min(columns, len(pictures))
    sheet = np.full((rows * (height + gap) - gap, across * (width + gap) - gap, 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet
