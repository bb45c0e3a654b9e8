"""A tagger on a pretrained encoder: what each word means, how it is spelled, what it looks like, and a CRF.

pieces ─ encoder ─ mean over the pieces of each word ─┐
letters ─ filters ─ the largest of each ──────────────┼─ head ─► emissions ─ CRF
shape (case, digits, marks) ──────────────────────────┘
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.dropout import Dropout
from fathom.nets.text.crf import CRF
from fathom.nets.text.minilm import WIDTH, PieceEncoder
from fathom.nets.text.tagger import spelled


class EncoderTagger(nn.Module):
    """The packaged encoder, tuned, with letters and the shape of words beside it, which its lower-case pieces lack.

    Shapes: pieces and owners ``(batch, length)``, lengths ``(batch,)``, letters ``(batch, words, letters)``, shape
    ``(batch, words, features)`` and counts ``(batch,)`` to emissions ``(batch, words, tags)``.

    Reference: Devlin et al. 2019, *BERT*, §5.3 (an encoder with a layer for tags); Ma & Hovy 2016 (letters by
    convolution, and a CRF).

    Args:
        pieces, letters: how many numbers of each there are, padding (0) included.
        shapes: features of the shape of a word.
        allowed: ``(tags + 1, tags + 1)``; see `CRF`.
        dropout: within the encoder, and of what the head is given.
        weights: start from the packaged weights.
        narrow: numbers to a letter.
        maps: filters over letters.

    Raises:
        UserError: a size below 1.
    """

    def __init__(
        self,
        pieces: int,
        letters: int,
        shapes: int,
        allowed: Tensor,
        *,
        dropout: float = 0.1,
        weights: bool = True,
        narrow: int = 25,
        maps: int = 50,
    ) -> None:
        if min(narrow, maps) < 1:
            raise UserError(f"a tagger needs sizes of at least 1, not narrow={narrow} and maps={maps}")
        super().__init__()
        self.encoder = PieceEncoder(pieces, dropout=dropout, weights=weights)
        self.letters = nn.Embedding(letters, narrow, padding_idx=0)
        self.filters = nn.Conv1d(narrow, maps, 3, padding=1)
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(WIDTH + maps + shapes, len(allowed) - 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.crf = CRF(allowed)

    def forward(
        self, pieces: Tensor, lengths: Tensor, owners: Tensor, letters: Tensor, shape: Tensor, counts: Tensor
    ) -> tuple[Tensor, Tensor, CRF]:
        """Return the emissions ``(batch, words, tags)``, the numbers of words, and the CRF that makes tags of them.

        Args:
            pieces, lengths: of each sentence, and how many.
            owners: which word a piece is of, from 1; 0 for the marks of both ends and for padding.
            letters: of each word.
            shape: of each word.
            counts: words of each sentence.
        """
        meant = self.encoder.read(pieces, lengths).float()  # (batch, length, 384)
        numbers = torch.arange(1, shape.shape[1] + 1, device=owners.device)
        own = (owners[:, None, :] == numbers[None, :, None]).float()  # (batch, words, length)
        own = own / own.sum(2, keepdim=True).clamp(min=1)
        seen = self.dropout(torch.cat([own @ meant, spelled(self.letters, self.filters, letters.long())], 2))
        return self.head(torch.cat([seen, shape.to(seen.dtype)], 2)), counts, self.crf
