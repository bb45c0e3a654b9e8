"""A net and a linear classifier on neighbouring pieces or letters, side by side, each weighed.

tokens ─┬─ net ─ head ─────────────────── · weight ─┐
        └─ neighbours, hashed ─ linear part · weight ─┴─► logits

For texts the net is the packaged encoder, which knows what words mean, and the linear part knows the very words that
tell. For names of a word or two the net has filters over letters, and the linear part knows up to five of them. Which
is right for a set of texts, dev decides: the net alone, the linear part alone, or both.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.nets.text.classifier import padding_mask
from fathom.nets.text.cnn import TextCNN
from fathom.nets.text.minilm import MiniLM

PRIMES = (
    (92_821,),
    (68_917, 15_487_469),
    (49_979_687, 86_028_121, 32_452_843),
    (67_867_979, 22_801_783, 141_650_939, 160_481_183),
    (179_424_673, 122_949_823, 104_395_301, 53_982_823, 39_916_801),
)
"""Factors of the hashes of one token, two, and so on."""
MOST_WEIGHTS = 2**24
"""Weights of the linear part at most: with many classes, more neighbours share a place."""


class BesideNeighbours(nn.Module):
    """What stands beside a net: logistic regression on hashed neighbours weighed by their rarity.

    The linear part, its rarities and the weights of both parts are fitted, not trained: buffers. Training sees the net
    alone. A subclass inherits from this class and from that of its net, and calls `add_linear_part` when it is built.

    Reference: Wang & Manning 2012, *Baselines and bigrams*, on how far linear parts go.

    Attributes:
        trained_part: what the other part is called.
        most: neighbours that are taken together at most.
        ends: tokens 0 that are set before and after each text, so that its beginning and its end tell.
    """

    trained_part = "encoder"
    most = 3
    ends = 0
    rarity: Tensor
    linear: Tensor
    linear_bias: Tensor
    parts: Tensor

    def add_linear_part(self, classes: int, places: int) -> None:
        """Add the buffers.

        Args:
            classes: how many.
            places: in which neighbours are kept, by hash; fewer where the classes are many.
        """
        places = max(1, min(places, MOST_WEIGHTS // classes))
        self.register_buffer("rarity", torch.ones(places))
        self.register_buffer("linear", torch.zeros(places, classes))
        self.register_buffer("linear_bias", torch.zeros(classes))
        self.register_buffer("parts", torch.tensor([1.0, 0.0]))

    def neighbours(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The place of each token, each pair and so on, and whether it is there: both ``(batch, n)``."""
        there = padding_mask(tokens, lengths)
        tokens = F.pad(tokens.long() * there, (self.ends, self.ends))
        there = F.pad(there, (2 * self.ends, 0), value=True)  # the zeros before, and those after each text
        found, kept = [], []
        for factors in PRIMES[: self.most]:
            count = tokens.shape[1] - len(factors) + 1
            if count < 1:
                break
            parts = [tokens[:, i : i + count] * factor for i, factor in enumerate(factors)]
            mixed = torch.stack(parts).sum(0)  # (batch, count)
            found.append(mixed % len(self.rarity))
            kept.append(there[:, len(factors) - 1 :])
        return torch.cat(found, 1), torch.cat(kept, 1)

    def linear_logits(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """What the linear part says: ``(batch, classes)``."""
        places, there = self.neighbours(tokens, lengths)
        weight = self.rarity[places] * there  # (batch, n)
        weight = weight / weight.square().sum(1, keepdim=True).sqrt().clamp(min=1e-6)
        return (self.linear[places] * weight[:, :, None]).sum(1) + self.linear_bias

    def beside(self, logits: Tensor, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The logits, ``(batch, classes)``: while training those of the net, else of both parts, weighed."""
        if self.training:
            return logits
        return self.parts[0] * logits.float() + self.parts[1] * self.linear_logits(tokens, lengths)


class JoinedText(BesideNeighbours, MiniLM):
    """The pretrained sentence encoder, and logistic regression on one, two and three pieces.

    Shapes: pieces ``(batch, length)`` int, lengths ``(batch,)`` to ``(batch, classes)``.

    Reference: as for `MiniLM` and `BesideNeighbours`.

    Args:
        words: how many pieces there are.
        classes: how many classes there are.
        dropout: within the encoder, and of its features.
        weights: start from the packaged weights.
        places: in which neighbours are kept, by hash.
    """

    def __init__(
        self, words: int, classes: int, *, dropout: float = 0.1, weights: bool = True, places: int = 65_536
    ) -> None:
        super().__init__(words, classes, dropout=dropout, weights=weights)
        self.add_linear_part(classes, places)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        return self.beside(super().forward(tokens, lengths), tokens, lengths)


class JoinedLetters(BesideNeighbours, TextCNN):
    """Filters over the letters of a name, and logistic regression on one to five letters.

    Shapes: letters ``(batch, length)`` int, lengths ``(batch,)`` to ``(batch, classes)``.

    Reference: as for `TextCNN` and `BesideNeighbours`.

    Args:
        words: how many letters there are.
        classes: how many classes there are.
        dropout: as for `TextCNN`.
        drop_words: share of the letters that are left out while training.
        width: numbers to a letter.
        filters: filters of each span.
        spans: how many letters a filter sees.
        places: in which neighbours are kept, by hash.
    """

    trained_part = "filters"
    most = 5
    ends = 1

    def __init__(
        self,
        words: int,
        classes: int,
        *,
        dropout: float = 0.5,
        drop_words: float = 0.1,
        width: int = 128,
        filters: int = 100,
        spans: tuple[int, ...] = (3, 4, 5),
        places: int = 262_144,
    ) -> None:
        super().__init__(
            words, classes, dropout=dropout, drop_words=drop_words, width=width, filters=filters, spans=spans
        )
        self.add_linear_part(classes, places)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        return self.beside(super().forward(tokens, lengths), tokens, lengths)
