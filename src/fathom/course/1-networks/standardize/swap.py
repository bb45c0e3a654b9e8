"""A table of wines, whose columns have sizes from 0.1 to 1000: on your scale, on fathom's, and as they are."""

from unittest.mock import patch

import numpy as np
import torch

from fathom.learning.adapters import array, duel
from fathom.nets.table.tabular import NumericEncoding


def swap(mine):
    """Train three nets: what happens without a scale is the reason for the exercise."""
    usual = NumericEncoding.set_scale

    def yours(self, mean, std):
        if self.mean.is_meta:  # fathom first draws the outline of a net, without numbers
            return usual(self, mean, std)
        # fathom hands over what it counted; two rows with that mean and deviation are enough for your fit to find it.
        mean, std = (np.nan_to_num(array(torch.as_tensor(a))) for a in (mean, std))
        found, deviation = mine.fit(np.stack([mean - std, mean + std]))
        return usual(self, torch.as_tensor(found, dtype=torch.float32), torch.as_tensor(deviation, dtype=torch.float32))

    def none(self, mean, std):
        usual(self, torch.zeros(self.columns), torch.ones(self.columns))

    asked = {"epochs": 40, "lr": 0.003}
    for name, scale in {"yours": yours, "no scale": none, "built in": usual}.items():
        with patch.object(NumericEncoding, "set_scale", scale):
            yield from duel("practice:wine", {name: lambda: "mlp"}, **asked)
