"""Nets for music as events: which note comes next, how long after the last one it begins, and how long it sounds.

    events (batch, T, 3) ──► body ──► h (batch, T, f) ──► pitch │ step, given the pitch │ duration, given both

The three are said one after the other, so that together they are one distribution over events (the chain rule). The
first event of a piece is one that begins it, the last a pitch that ends it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.dropout import Dropout
from fathom.nets.text.gpt import Block, in_windows

KEYS = 88
END, BEGIN = KEYS, KEYS + 1
"""Pitches that are none."""
MAX_DURATION = 32
"""Time steps between two notes and of a note, at most."""
State = tuple[Tensor, ...]


class EventLogits(NamedTuple):
    """Logits: of pitches ``(batch, T, 89)``, and of steps ``(batch, T - 1, 33)`` and durations given what is next."""

    pitch: Tensor
    step: Tensor
    duration: Tensor


class EventNet(nn.Module):
    """Base: a subclass writes `body`, which looks back only.

    Args:
        width: numbers of what the body gives for each event.
        embedding: numbers to each part of an event.
        dropout: of what the body gives.
    """

    def __init__(self, width: int, embedding: int, dropout: float) -> None:
        super().__init__()
        if min(width, embedding) < 1:
            raise UserError(f"an event needs at least one number, not embedding={embedding}")
        self.parts = nn.ModuleList(nn.Embedding(n, embedding) for n in (KEYS + 2, MAX_DURATION + 1, MAX_DURATION + 1))
        self.given = nn.ModuleList(nn.Embedding(n, width) for n in (KEYS + 1, MAX_DURATION + 1))
        self.heads = nn.ModuleList(nn.Linear(width, n) for n in (KEYS + 1, MAX_DURATION + 1, MAX_DURATION + 1))
        self.dropout = Dropout(dropout)
        for table in self.given:
            nn.init.normal_(table.weight, std=0.1)  # type: ignore[arg-type]

    def body(self, vectors: Tensor, state: State | None) -> tuple[Tensor, State]:
        """From the events ``(batch, T, 3 · embedding)`` to ``(batch, T, width)``, and the state to go on from."""
        raise NotImplementedError

    def go_on(self, events: Tensor, state: State | None) -> tuple[Tensor, State]:
        """What it makes of each event ``(batch, T, 3)`` and all before it."""
        vectors = torch.cat([table(events[:, :, i].long()) for i, table in enumerate(self.parts)], 2)
        found, after = self.body(vectors, state)
        return self.dropout(found), after

    def say(self, found: Tensor, *known: Tensor) -> Tensor:
        """Logits of the next part of an event: of the pitch, or given it of the step, or given both of the duration.

        Args:
            found: ``(…, width)``, as `go_on` gave it.
            known: the parts that are said already, ``(…)`` each.
        """
        for table, part in zip(self.given, known, strict=False):
            found = found + table(part.long())
        return self.heads[len(known)](found)

    def forward(self, events: Tensor) -> EventLogits:
        """The logits of what follows each event; steps and durations given the true parts before them."""
        found, _ = self.go_on(events, None)
        pitch, step = events[:, 1:, 0].clamp(max=END), events[:, 1:, 1]
        return EventLogits(self.say(found), self.say(found[:, :-1], pitch), self.say(found[:, :-1], pitch, step))


class EventLSTM(EventNet):
    """An LSTM, as in Oore et al. 2018, *This time with feeling*."""

    def __init__(self, *, dropout: float = 0.3, hidden: int = 256, layers: int = 2, embedding: int = 48) -> None:
        if min(hidden, layers) < 1:
            raise UserError(f"an LSTM needs a unit and a layer, not hidden={hidden} and layers={layers}")
        super().__init__(hidden, embedding, dropout)
        self.cells = nn.LSTM(3 * embedding, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)

    def body(self, vectors: Tensor, state: State | None) -> tuple[Tensor, State]:
        """The LSTM; its state is ``(batch, layers, hidden)`` twice."""
        inner = None if state is None else tuple(part.transpose(0, 1).contiguous() for part in state)
        found, after = self.cells(vectors, inner)
        return found, tuple(part.transpose(0, 1).contiguous() for part in after)


class EventTransformer(EventNet):
    """Blocks of causal attention with learned positions; it sees `context` events at once (Huang et al. 2018)."""

    def __init__(
        self,
        *,
        dropout: float = 0.2,
        width: int = 192,
        layers: int = 4,
        heads: int = 4,
        context: int = 256,
        embedding: int = 48,
    ) -> None:
        if min(width, layers, heads, context) < 1 or width % heads:
            raise UserError(f"width={width} must be a multiple of heads={heads}, with at least one layer and event")
        super().__init__(width, embedding, dropout)
        self.context = context
        self.widen, self.place = nn.Linear(3 * embedding, width), nn.Embedding(context, width)
        nn.init.normal_(self.place.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def body(self, vectors: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Windows of `context` events, each begun anew; the state is the events seen last."""
        if state is None:
            return in_windows(self._window, vectors, self.context), (vectors[:, -self.context :],)
        seen = torch.cat([state[0], vectors], 1)[:, -self.context :]
        return self._window(seen)[:, -vectors.shape[1] :], (seen,)

    def _window(self, vectors: Tensor) -> Tensor:
        x = self.widen(vectors) + self.place.weight[: vectors.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


EVENT_NETS: dict[str, type[EventNet]] = {"lstm": EventLSTM, "transformer": EventTransformer}
"""Nets for music as events by name."""
