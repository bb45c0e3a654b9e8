"""A net that tags each word of a sentence: its embedding and its letters, an LSTM in each direction, and a CRF.

Reference: Lample et al. 2016 and Ma & Hovy 2016 (letters by convolution), both on named entities.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.crf import CRF
from fathom.nets.dropout import Dropout
from fathom.nets.speech import turned
from fathom.nets.text_net import mask

UNKNOWN = 1
"""Number of a word that was not seen often enough; 0 is padding."""


class BiLSTMTagger(nn.Module):
    """Words and letters in, the scores of each tag out, with the CRF that judges them.

    Shapes: words ``(batch, length)``, lengths ``(batch,)`` and letters ``(batch, length, letters)`` to emissions
    ``(batch, length, tags)``.

    Args:
        words, letters: how many numbers of each there are, padding (0) included.
        allowed: ``(tags + 1, tags + 1)``; see `CRF`.
        dropout: of what goes into the LSTM, and of what comes out.
        drop_words: share of the words that are taken for unknown ones while training, so that these mean something.
        width, narrow: numbers to a word and to a letter.
        maps: filters over letters.
        units: of each direction.

    Raises:
        UserError: a size below 1, or a share of words outside 0 to 0.95.
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
        super().__init__()
        if min(width, narrow, maps, units) < 1 or not 0 <= drop_words <= 0.95:
            raise UserError(
                f"a tagger needs sizes of at least 1 and drop_words of 0 to 0.95, not width={width}, narrow={narrow}, "
                f"maps={maps}, units={units} and drop_words={drop_words}"
            )
        self.drop_words = drop_words
        self.words = nn.Embedding(words, width, padding_idx=0)
        self.letters = nn.Embedding(letters, narrow, padding_idx=0)
        self.filters = nn.Conv1d(narrow, maps, 3, padding=1)
        self.dropout = Dropout(dropout)
        self.forwards = nn.LSTM(width + maps, units, batch_first=True)
        self.backwards = nn.LSTM(width + maps, units, batch_first=True)
        self.head = nn.Linear(2 * units, len(allowed) - 1)
        self.crf = CRF(allowed)

    def forward(self, words: Tensor, lengths: Tensor, letters: Tensor) -> tuple[Tensor, Tensor, CRF]:
        """Return the emissions ``(batch, length, tags)``, the lengths, and the CRF that makes tags of them."""
        there = mask(words, lengths)[:, :, None]
        words, letters = words.long(), letters.long()
        if self.training and self.drop_words:
            gone = torch.rand(words.shape, device=words.device) < self.drop_words
            words = words.masked_fill(gone & there[:, :, 0], UNKNOWN)
        seen = torch.cat([self.words(words), self.spelled(letters)], 2) * there
        seen = self.dropout(seen)
        ahead, _ = self.forwards(seen)  # (batch, length, units)
        behind, _ = self.backwards(turned(seen, lengths))
        both = torch.cat([ahead, turned(behind, lengths)], 2)
        return self.head(self.dropout(both)), lengths, self.crf

    def spelled(self, letters: Tensor) -> Tensor:
        """The largest of each filter over the letters of each word: ``(batch, length, maps)``."""
        flat = letters.flatten(0, 1)  # (batch · length, letters)
        maps = self.filters(self.letters(flat).transpose(1, 2))  # (batch · length, maps, letters)
        maps = maps.masked_fill((flat == 0)[:, None], -10.0).amax(2).clamp(min=-10.0).relu()
        return maps.view(*letters.shape[:2], -1)


TAGGERS: dict[str, type[BiLSTMTagger]] = {"bilstm": BiLSTMTagger}
"""Nets for tagging by name."""
