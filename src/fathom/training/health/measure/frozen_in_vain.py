"""Attributes that look as if they froze a layer, and do not."""

from __future__ import annotations

import re

from torch import nn

LIKE_REQUIRES_GRAD = re.compile(r"^_?requires?d?_?grad(s|ient|ients)?$", re.IGNORECASE)
"""What people write for ``requires_grad``, which is no attribute of a module, and of a weight only by its own name."""


def frozen_in_vain(net: nn.Module) -> tuple[str, str]:
    """The first module or weight that has such an attribute, which is False, and is trained all the same.

    Args:
        net: at its first step.

    Returns:
        Its name and the attribute's; "" where there is none.
    """
    for name, module in net.named_modules():
        if any(p.requires_grad for p in module.parameters()):
            for attribute, value in vars(module).items():
                if value is False and LIKE_REQUIRES_GRAD.match(attribute):
                    return name or "the net", attribute
    for name, p in net.named_parameters():
        for attribute, value in vars(p).items():
            if value is False and p.requires_grad and LIKE_REQUIRES_GRAD.match(attribute):
                return name, attribute
    return "", ""
