"""Beam search in numpy finds what the search of a run finds, for any net."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fathom.exported.batches import Arrays
from fathom.exported.translations import best_symbols
from fathom.nets.text.beam_search import beam_search
from fathom.nets.text.encoder_decoder import TRANSLATORS
from fathom.sequence_symbols import END, most_symbols

SYMBOLS = 9


@pytest.mark.parametrize("kind", TRANSLATORS)
@pytest.mark.parametrize("beam", [1, 4])
def test_it_is_the_search_of_the_run(kind: str, beam: int) -> None:
    torch.manual_seed(11 + beam)
    sizes = {"width": 16, "heads": 2, "layers": 1} if kind == "transformer" else {"hidden": 16, "embedding": 8}
    net = TRANSLATORS[kind](12, SYMBOLS, dropout=0.0, **sizes).eval()  # type: ignore[arg-type]
    with torch.no_grad():
        for weights in net.parameters():
            weights.mul_(3.0)  # else all symbols are nearly alike, and all sources
    (bias,) = (one for name, one in net.named_parameters() if "bias" in name and one.shape == (SYMBOLS,))
    lengths = torch.tensor([3, 7, 5, 1, 6, 2])
    sources = torch.randint(3, 12, (6, 7)) * (torch.arange(7) < lengths[:, None])
    longest = torch.tensor([most_symbols(int(n), 15) for n in lengths])

    @torch.inference_mode()
    def ask(given: Arrays) -> list[np.ndarray]:
        said = torch.from_numpy(given["said"])
        return [net(torch.from_numpy(given["source"]), torch.from_numpy(given["source_length"]), said).logits.numpy()]

    wanted: list[list[int]] = []
    for more in np.linspace(-9, 9, 181):  # until some end early and some late
        with torch.no_grad():
            bias[END] = float(more)
        with torch.inference_mode():
            wanted = beam_search(net, net.remember(sources, lengths), beam=beam, longest=longest)
        if len({len(one) for one in wanted}) > 1:
            break
    assert len({len(one) for one in wanted}) > 1, "all are of one length, so that little is asked"
    for row, length in enumerate(lengths.tolist()):
        one = {"source": sources[row : row + 1, :length].numpy(), "source_length": np.array([length])}
        assert best_symbols(ask, one, beam, int(longest[row])) == wanted[row]
