"""Nets that tag each word of a sentence: its embedding and its letters, all words around it, and a CRF.

Reference: Lample et al. 2016 and Ma & Hovy 2016 (letters by convolution), both on named entities.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.audio.classifier import reverse_frames
from fathom.nets.dropout import Dropout, uniform
from fathom.nets.text.classifier import padding_mask
from fathom.nets.text.crf import CRF
from fathom.nets.text.transformer import positions

UNKNOWN = 1
"""Number of a word that was not seen often enough; 0 is padding."""


class Tagger(nn.Module):
    """Base: words and letters in, the scores of each tag out, with the CRF that judges them.

    A subclass writes `around`.

    Shapes: words ``(batch, length)``, lengths ``(batch,)`` and letters ``(batch, length, letters)`` to emissions
    ``(batch, length, tags)``.

    Args:
        words, letters: how many numbers of each there are, padding (0) included.
        allowed: ``(tags + 1, tags + 1)``; see `CRF`.
        dropout: of what goes into the layers around, and of what comes out.
        drop_words: share of the words that are taken for unknown ones while training, so that these mean something.
        width, narrow: numbers to a word and to a letter.
        maps: filters over letters.
        features: of each word after `around`.

    Raises:
        UserError: a size below 1, or a share of words outside 0 to 0.95.
    """

    def __init__(
        self,
        words: int,
        letters: int,
        allowed: Tensor,
        *,
        dropout: float,
        drop_words: float,
        width: int,
        narrow: int,
        maps: int,
        features: int,
    ) -> None:
        super().__init__()
        if min(width, narrow, maps, features) < 1 or not 0 <= drop_words <= 0.95:
            raise UserError(
                f"a tagger needs sizes of at least 1 and drop_words of 0 to 0.95, not width={width}, narrow={narrow}, "
                f"maps={maps}, units={features // 2} and drop_words={drop_words}"
            )
        self.drop_words = drop_words
        self.words = nn.Embedding(words, width, padding_idx=0)
        self.letters = nn.Embedding(letters, narrow, padding_idx=0)
        self.filters = nn.Conv1d(narrow, maps, 3, padding=1)
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(features, len(allowed) - 1)
        self.crf = CRF(allowed)

    def around(self, seen: Tensor, lengths: Tensor) -> Tensor:
        """Each word in the light of all others: ``(batch, length, width + maps)`` to ``(batch, length, features)``."""
        raise NotImplementedError

    def forward(self, words: Tensor, lengths: Tensor, letters: Tensor) -> tuple[Tensor, Tensor, CRF]:
        """Return the emissions ``(batch, length, tags)``, the lengths, and the CRF that makes tags of them."""
        there = padding_mask(words, lengths)[:, :, None]
        words, letters = words.long(), letters.long()
        if self.training and self.drop_words:
            gone = uniform(tuple(words.shape), words.device) < self.drop_words
            words = words.masked_fill(gone & there[:, :, 0], UNKNOWN)
        seen = torch.cat([self.words(words), spelled(self.letters, self.filters, letters)], 2) * there
        found = self.around(self.dropout(seen), lengths)
        return self.head(self.dropout(found)), lengths, self.crf


def spelled(embedding: nn.Embedding, filters: nn.Conv1d, letters: Tensor) -> Tensor:
    """The largest of each filter over the letters of each word: ``(batch, length, letters)`` to ``(…, maps)``."""
    flat = letters.flatten(0, 1)  # (batch · length, letters)
    maps = filters(embedding(flat).transpose(1, 2))  # (batch · length, maps, letters)
    maps = maps.masked_fill((flat == 0)[:, None], -10.0).amax(2).clamp(min=-10.0).relu()
    return maps.view(*letters.shape[:2], -1)


class BiLSTMTagger(Tagger):
    """An LSTM in each direction.

    Args:
        units: of each direction.
    """

    def __init__(
        self,
        words: int,
        letters: int,
        allowed: Tensor,
        *,
        dropout: float = 0.5,
        drop_words: float = 0.2,
        width: int = 100,
        narrow: int = 25,
        maps: int = 50,
        units: int = 100,
    ) -> None:
        sizes = {"width": width, "narrow": narrow, "maps": maps, "features": 2 * units}
        super().__init__(words, letters, allowed, dropout=dropout, drop_words=drop_words, **sizes)
        self.forwards = nn.LSTM(width + maps, units, batch_first=True)
        self.backwards = nn.LSTM(width + maps, units, batch_first=True)

    def around(self, seen: Tensor, lengths: Tensor) -> Tensor:
        """What both directions say: ``(batch, length, 2 · units)``."""
        ahead, _ = self.forwards(seen)  # (batch, length, units)
        behind, _ = self.backwards(reverse_frames(seen, lengths))
        return torch.cat([ahead, reverse_frames(behind, lengths)], 2)


class TransformerTagger(Tagger):
    """A Transformer encoder, normalized before each part, with sinusoidal positions (Vaswani et al. 2017).

    Args:
        heads: of each block; the sum of width and maps must be an even multiple of them.
        layers: blocks.

    Raises:
        UserError: it is none, or there is no block.
    """

    def __init__(
        self,
        words: int,
        letters: int,
        allowed: Tensor,
        *,
        dropout: float = 0.3,
        drop_words: float = 0.2,
        width: int = 104,
        narrow: int = 25,
        maps: int = 56,
        heads: int = 4,
        layers: int = 2,
    ) -> None:
        features = width + maps
        if min(heads, layers) < 1 or features % heads or features % 2:
            raise UserError(
                f"width + maps = {features} must be even and a multiple of heads={heads}, with at least one layer"
            )
        sizes = {"width": width, "narrow": narrow, "maps": maps, "features": features}
        super().__init__(words, letters, allowed, dropout=dropout, drop_words=drop_words, **sizes)
        block = nn.TransformerEncoderLayer(
            features, heads, 2 * features, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, layers, nn.LayerNorm(features), enable_nested_tensor=False)

    def around(self, seen: Tensor, lengths: Tensor) -> Tensor:
        """What the blocks make of each word, which sees all that are there: ``(batch, length, features)``."""
        placed = seen + positions(seen.shape[1], seen.shape[2], seen.device)
        return self.blocks(placed, src_key_padding_mask=~padding_mask(seen[:, :, 0], lengths))


TAGGERS: dict[str, type[Tagger]] = {"bilstm": BiLSTMTagger, "transformer": TransformerTagger}
"""Nets for tagging by name."""
