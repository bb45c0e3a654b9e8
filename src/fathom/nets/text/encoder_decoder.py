"""Nets that turn one sequence into another: an encoder reads, a decoder writes and looks back at what was read.

    source (batch, S) ──encoder──► memory (batch, S, f)
                                      │ attention (batch, T, S)
    target (batch, T) ──decoder───────┴──► logits (batch, T, symbols)

While training the decoder is given the true beginning of the target; afterwards it is given its own (`nets.beam`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.attention import attend_weighed
from fathom.nets.audio.classifier import reverse_frames
from fathom.nets.dropout import Dropout
from fathom.nets.text.classifier import padding_mask
from fathom.nets.text.transformer import positions
from fathom.sequence_symbols import PADDING

Memory = tuple[Tensor, ...]
"""What was read; tensors with the batch as their first axis, the last of them the lengths."""
State = tuple[Tensor, ...]
"""What the decoder carries on; tensors with the batch as their first axis."""


class DecoderState(NamedTuple):
    """What a net gives for a batch.

    Attributes:
        logits: ``(batch, T, symbols)``.
        memory: what was read.
        net: the net itself, which can go on from the memory.
    """

    logits: Tensor
    memory: Memory
    net: EncoderDecoder


class EncoderDecoder(nn.Module):
    """Base: a subclass writes `remember`, `begin` and `go_on`."""

    def remember(self, source: Tensor, length: Tensor) -> Memory:
        """Read: ``(batch, S)`` numbers and ``(batch,)`` lengths."""
        raise NotImplementedError

    def begin(self, memory: Memory) -> State:
        """The decoder's state before the first symbol."""
        raise NotImplementedError

    def go_on(self, target: Tensor, memory: Memory, state: State) -> tuple[Tensor, State, Tensor]:
        """Write on after ``(batch, T)`` numbers: logits ``(batch, T, symbols)``, state, attention ``(batch, T, S)``."""
        raise NotImplementedError

    def forward(self, source: Tensor, length: Tensor, target: Tensor) -> DecoderState:
        """The logits of what follows each symbol of the target."""
        memory = self.remember(source, length)
        logits, _, _ = self.go_on(target, memory, self.begin(memory))
        return DecoderState(logits, memory, self)


class AttentionLSTM(EncoderDecoder):
    """A bidirectional LSTM reads, an LSTM writes and attends to it.

    The attention follows the decoder's LSTM, so that all symbols of a target are computed at once while training.

    Reference: Sutskever, Vinyals & Le 2014; attention: Bahdanau, Cho & Bengio 2015, in the form of Luong, Pham &
    Manning 2015 (*general*).

    Args:
        sources, symbols: how many numbers there are on either side.
        dropout: of embeddings and of what is said.
        embedding: numbers to a symbol.
        hidden: units of each LSTM.
        layers: of the decoder; the encoder has as many in either direction.

    Raises:
        UserError: less than one unit or layer.
    """

    def __init__(
        self,
        sources: int,
        symbols: int,
        *,
        dropout: float = 0.2,
        embedding: int = 128,
        hidden: int = 256,
        layers: int = 1,
    ) -> None:
        super().__init__()
        if min(embedding, hidden, layers) < 1:
            raise UserError(f"an LSTM needs a unit and a layer, not hidden={hidden} and layers={layers}")
        self.words = nn.Embedding(sources, embedding, padding_idx=PADDING)
        self.symbols = nn.Embedding(symbols, embedding, padding_idx=PADDING)
        for table in (self.words, self.symbols):
            nn.init.normal_(table.weight, std=embedding**-0.5)
        sizes = [embedding, *[2 * hidden] * (layers - 1)]
        self.ahead = nn.ModuleList(nn.LSTM(size, hidden, batch_first=True) for size in sizes)
        self.behind = nn.ModuleList(nn.LSTM(size, hidden, batch_first=True) for size in sizes)
        self.decoder = nn.LSTM(embedding, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.first = nn.Linear(2 * hidden, 2 * layers * hidden)  # the decoder's first state from the encoder's last
        self.keys = nn.Linear(2 * hidden, hidden, bias=False)
        self.join = nn.Linear(3 * hidden, embedding)
        self.bias = nn.Parameter(torch.zeros(symbols))
        self.dropout = Dropout(dropout)
        self.layers, self.hidden = layers, hidden

    def remember(self, source: Tensor, length: Tensor) -> Memory:
        """Memory ``(batch, S, 2 · hidden)``, keys ``(batch, S, hidden)``, first state, lengths."""
        seen = self.dropout(self.words(source.long()))
        for there, back in zip(self.ahead, self.behind, strict=True):
            if there is not self.ahead[0]:
                seen = self.dropout(seen)
            seen = torch.cat([there(seen)[0], reverse_frames(back(reverse_frames(seen, length))[0], length)], 2)
        last = seen.gather(1, (length - 1)[:, None, None].expand(-1, 1, self.hidden)).squeeze(1)  # (batch, hidden)
        ends = torch.cat([last, seen[:, 0, self.hidden :]], 1)  # (batch, 2 · hidden)
        return seen, self.keys(seen), self.first(ends), length

    def begin(self, memory: Memory) -> State:
        """Hidden state and cells: ``(batch, layers, hidden)`` each."""
        hidden, cells = memory[2].view(-1, 2, self.layers, self.hidden).unbind(1)
        return torch.tanh(hidden), cells

    def go_on(self, target: Tensor, memory: Memory, state: State) -> tuple[Tensor, State, Tensor]:
        """One step of the LSTM for each symbol, then one look at the source for each."""
        seen, keys, _, length = memory
        inner = tuple(part.transpose(0, 1).contiguous() for part in state)  # (layers, batch, hidden)
        found, after = self.decoder(self.dropout(self.symbols(target.long())), inner)  # (batch, T, hidden)
        scores = found @ keys.transpose(1, 2)  # (batch, T, S)
        weights = scores.float().masked_fill(~padding_mask(seen[:, :, 0], length)[:, None], -torch.inf).softmax(2)
        context = weights.to(seen.dtype) @ seen  # (batch, T, 2 · hidden)
        said = self.dropout(torch.tanh(self.join(torch.cat([found, context], 2))))  # (batch, T, embedding)
        logits = F.linear(said, self.symbols.weight, self.bias)  # tied weights: Press & Wolf 2017
        return logits, tuple(part.transpose(0, 1).contiguous() for part in after), weights


class TransformerLayer(nn.Module):
    """Attention to itself, attention to a memory where there is one, and a dense layer, each normalized before.

    Shapes: ``(batch, T, width)`` to the same.
    """

    def __init__(self, width: int, heads: int, dropout: float, memory: bool, dense: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3 if memory else 2))
        self.project, self.merge = nn.Linear(width, 3 * width), nn.Linear(width, width)
        if memory:
            self.ask, self.answer = nn.Linear(width, width), nn.Linear(width, width)
            self.recall = nn.Linear(width, 2 * width)
        self.dense = nn.Sequential(nn.Linear(width, dense * width), nn.ReLU(), nn.Linear(dense * width, width))
        self.dropout = Dropout(dropout)

    def split(self, x: Tensor, parts: int) -> tuple[Tensor, ...]:
        """``(batch, T, parts · width)`` to `parts` times ``(batch, heads, T, width / heads)``."""
        batch, length, width = x.shape
        return x.view(batch, length, parts, self.heads, width // parts // self.heads).permute(2, 0, 3, 1, 4).unbind(0)

    def joined(self, x: Tensor) -> Tensor:
        """``(batch, heads, T, width / heads)`` to ``(batch, T, width)``."""
        return x.transpose(1, 2).flatten(2)

    def itself(self, x: Tensor, before: Tensor | None, seen: Tensor | None) -> tuple[Tensor, Tensor]:
        """Attention to itself and to what was before.

        Args:
            x: ``(batch, T, width)``.
            before: keys and values of what was before, ``(batch, 2, heads, P, width / heads)``.
            seen: bool that broadcasts to ``(batch, heads, T, P + T)``; None: each place sees what is not after it.

        Returns:
            ``(batch, T, width)``, and the keys and values of all so far.
        """
        q, k, v = self.split(self.project(self.norms[0](x)), 3)
        if before is not None:
            k, v = torch.cat([before[:, 0], k], 2), torch.cat([before[:, 1], v], 2)
        if seen is None:
            ones = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool, device=x.device)
            seen = ones.tril(k.shape[2] - q.shape[2])  # (T, P + T)
        found, _ = attend_weighed(q, k, v, seen)
        return x + self.dropout(self.merge(self.joined(found))), torch.stack([k, v], 1)

    def across(self, x: Tensor, recalled: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Attention to the memory, keys and values ``(batch, 2, heads, S, width / heads)``; also its weights."""
        (q,) = self.split(self.ask(self.norms[2](x)), 1)
        k, v = recalled.unbind(1)
        found, weights = attend_weighed(q, k, v, there[:, None, None])
        return x + self.dropout(self.answer(self.joined(found))), weights.mean(1)

    def think(self, x: Tensor) -> Tensor:
        """The dense layer."""
        return x + self.dropout(self.dense(self.norms[1](x)))


class Transformer(EncoderDecoder):
    """The Transformer of Vaswani et al. 2017, normalized before each part (Xiong et al. 2020), with tied weights.

    Args:
        sources, symbols: how many numbers there are on either side.
        dropout: of embeddings and of what each part adds.
        width: numbers to a symbol; an even multiple of `heads`.
        heads: of each attention.
        layers: of encoder and decoder each.
        dense: how many times wider each dense layer is within.
        shared: both sides have the same symbols, and one table of embeddings.

    Raises:
        UserError: the width is no even multiple of the heads, there is no layer, or the sides cannot share a table.
    """

    def __init__(
        self,
        sources: int,
        symbols: int,
        *,
        dropout: float = 0.1,
        width: int = 256,
        heads: int = 4,
        layers: int = 3,
        dense: int = 4,
        shared: bool = False,
    ) -> None:
        super().__init__()
        if heads < 1 or layers < 1 or width % heads or width % 2 or dense < 1:
            raise UserError(
                f"width={width} must be even and a multiple of heads={heads}, with at least one layer and dense of 1"
            )
        if shared and sources != symbols:
            raise UserError("`shared=yes` needs one vocabulary for both sides: leave it to the task")
        self.words = None if shared else nn.Embedding(sources, width, padding_idx=PADDING)
        self.symbols = nn.Embedding(symbols, width, padding_idx=PADDING)
        for table in filter(None, (self.words, self.symbols)):
            nn.init.normal_(table.weight, std=width**-0.5)
        self.encoder, self.decoder = (
            nn.ModuleList(TransformerLayer(width, heads, dropout, memory, dense) for _ in range(layers))
            for memory in (False, True)
        )
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.bias = nn.Parameter(torch.zeros(symbols))
        self.dropout = Dropout(dropout)
        self.width = width

    def placed(self, table: nn.Embedding, numbers: Tensor, start: int = 0) -> Tensor:
        """Embeddings with their positions: ``(batch, T, width)``."""
        vectors = table(numbers.long()) * math.sqrt(self.width)
        return self.dropout(vectors + positions(start + numbers.shape[1], self.width, numbers.device)[start:])

    def remember(self, source: Tensor, length: Tensor) -> Memory:
        """Keys and values of each decoder layer ``(batch, 2, heads, S, width / heads)``, and the lengths."""
        seen, there = self.placed(self.words or self.symbols, source), padding_mask(source, length)
        readers: list[Any] = list(self.encoder)  # `TransformerLayer`s; a list of modules does not say of what
        writers: list[Any] = list(self.decoder)
        for layer in readers:
            seen = layer.think(layer.itself(seen, None, there[:, None, None])[0])
        seen = self.norms[0](seen)
        return (*(torch.stack(layer.split(layer.recall(seen), 2), 1) for layer in writers), length)

    def begin(self, memory: Memory) -> State:
        """No keys and values yet, for each layer."""
        return tuple(part[:, :, :, :0] for part in memory[:-1])

    def go_on(self, target: Tensor, memory: Memory, state: State) -> tuple[Tensor, State, Tensor]:
        """Each symbol sees those before it, and the memory; the attention told is the mean of all layers and heads."""
        *recalled, length = memory
        there = padding_mask(recalled[0][:, 0, 0, :, 0], length)
        x = self.placed(self.symbols, target, state[0].shape[3])
        after, looks = [], []
        layer: Any
        for layer, kept, known in zip(self.decoder, recalled, state, strict=True):
            x, all_so_far = layer.itself(x, known, None)
            x, weights = layer.across(x, kept, there)
            x = layer.think(x)
            after.append(all_so_far)
            looks.append(weights)
        said = self.dropout(self.norms[1](x))
        return F.linear(said, self.symbols.weight, self.bias), tuple(after), torch.stack(looks).mean(0)


TRANSLATORS: dict[str, type[EncoderDecoder]] = {"lstm": AttentionLSTM, "transformer": Transformer}
"""Nets for translation by name."""
