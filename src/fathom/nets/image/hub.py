"""A net for pictures of the Hugging Face hub (ViT, ConvNeXt, ResNet, Swin and their kin) with a new head.

Reference: Wolf et al. 2020, *Transformers*; the weights and configuration are the model author's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets import hub
from fathom.nets.image.classifier import ImageClassifier, small_head

IMAGENET = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
"""Mean and deviation of the channels of ImageNet, on the scale 0 to 255: what most of these nets expect."""


class HubImage(ImageClassifier):
    """The body of the hub, its last places averaged, and a linear head.

    Shapes: in ``(batch, 1 or 3, size, size)``; out ``(batch, classes)``.

    Args:
        config: the body's configuration, as the hub has it.

    Raises:
        UserError: no such net can be built, or it does not look at pictures of this size.
        MissingExtra: transformers is not installed.
    """

    def __init__(
        self, channels: int, size: int, classes: int, *, config: Mapping[str, Any], dropout: float = 0.0
    ) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        own = {key: value for key, value in config.items() if key != "about"}
        widths = own.get("hidden_sizes")
        body, width = hub.hub_body({**own, "hidden_size": widths[-1]} if widths and "hidden_size" not in own else own)
        self.assemble(Body(body), nn.Identity(), small_head(width, classes))


class Body(nn.Module):
    """``(batch, 1 or 3, h, w)`` to ``(batch, f)``: the mean over the places of the last layer."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, images: Tensor) -> Tensor:
        """``(batch, 1 or 3, h, w)`` to ``(batch, f)``."""
        if images.shape[1] == 1:
            images = images.expand(-1, 3, -1, -1)  # (batch, 3, h, w)
        last = self.body(pixel_values=images).last_hidden_state  # (batch, places, f) or (batch, f, h, w)
        return last.mean(1) if last.ndim == 3 else F.adaptive_avg_pool2d(last, 1).flatten(1)


def hub_image_options(name: str) -> dict[str, Any]:
    """The configuration of a net of the hub, with its size, mean and deviation under ``about``.

    Raises:
        UserError: it cannot be had, or looks at no pictures.
        MissingExtra: transformers is not installed.
    """
    config = hub.hub_config(name)
    if not (config.get("num_channels") or config.get("image_size") or config.get("hidden_sizes")):
        raise UserError(f"hf:{name} looks at no pictures: choose one such as ViT, ConvNeXt or ResNet")
    about: dict[str, Any] = {"size": config.get("image_size") or 224, "mean": IMAGENET[0], "std": IMAGENET[1]}
    beside = Path(name) / "preprocessor_config.json"
    if beside.is_file():
        try:
            told = json.loads(beside.read_text(encoding="utf-8"))
            for key, ours in (("image_mean", "mean"), ("image_std", "std")):
                values = [255 * float(v) for v in told.get(key) or ()]
                about[ours] = values if len(values) == 3 and (ours == "mean" or min(values) > 0) else about[ours]
        except (ValueError, TypeError, AttributeError):
            raise UserError(f"{beside} is damaged: fetch the model again") from None
    if isinstance(about["size"], list):
        about["size"] = about["size"][0]
    return {**config, "about": {**about, "mean": list(about["mean"]), "std": list(about["std"])}}
