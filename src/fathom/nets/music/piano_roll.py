"""Nets for piano rolls: from all chords so far to a probability for each of the 88 keys at the next time step.

    start, chord 1 … chord T  (batch, T + 1, 88) ──► LSTMs ──► logits (batch, T + 1, members, 88)

The output at place t has seen the start vector and the first t chords, so that it may be judged by chord t + 1; the
last one is what comes after the piece. It looks back only: padding at the end changes nothing before it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError

KEYS = 88
PITCH_CLASSES = 12
State = list[tuple[Tensor, Tensor]]
"""Of each LSTM of a member its hidden state and its cells, both ``(1, batch, hidden)``."""


class Member(nn.Module):
    """LSTMs on top of each other, each added to the one below it, and a shortcut from the last chord to the output.

    Shapes: chords ``(batch, steps, 88)`` float to logits ``(batch, steps, 88)``. Beside the keys the first LSTM sees
    how often each of the 12 pitch classes sounds. One mask of dropout serves all steps of a piece (Gal & Ghahramani
    2016, *A theoretically grounded application of dropout in recurrent neural networks*).
    """

    def __init__(self, hidden: int, layers: int, dropout: float, input_dropout: float) -> None:
        super().__init__()
        self.dropout, self.input_dropout = dropout, input_dropout
        widths = [KEYS + PITCH_CLASSES] + [hidden] * (layers - 1)
        self.layers = nn.ModuleList(nn.LSTM(width, hidden, batch_first=True) for width in widths)
        self.head = nn.Linear(hidden, KEYS)
        self.shortcut = nn.Linear(KEYS, KEYS, bias=False)
        nn.init.uniform_(self.shortcut.weight, -0.01, 0.01)

    def forward(self, chords: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return the logits, and the state to go on from."""
        chords = F.dropout(chords, self.input_dropout, self.training)
        classes = F.pad(chords, (9, 11)).unflatten(2, (9, PITCH_CLASSES)).sum(2)  # the lowest key is an A
        hidden = torch.cat([chords, classes], 2)  # (batch, steps, 100)
        after: State = []
        for i, layer in enumerate(self.layers):
            out, carried = layer(hidden, None if state is None else state[i])
            after.append(carried)
            out = self._silence(out)
            hidden = out if i == 0 else hidden + out
        return self.head(hidden) + self.shortcut(chords), after

    def _silence(self, hidden: Tensor) -> Tensor:
        """Dropout of ``(batch, steps, hidden)`` with one mask for all steps."""
        if not self.training or not self.dropout:
            return hidden
        mask = torch.empty(len(hidden), 1, hidden.shape[2], device=hidden.device)
        return hidden * mask.bernoulli_(1 - self.dropout).div_(1 - self.dropout).to(hidden.dtype)


class PianoRollLSTM(nn.Module):
    """LSTMs over 88-key piano rolls; several may learn side by side, and are averaged where they are used.

    While training, each member gives its own logits and learns for itself; in evaluation there is one output, the logit
    of the mean of their probabilities: members that err differently are better together.

    Shapes: in ``(batch, T, 88)``, 1 where a key sounds; out ``(batch, T + 1, members, 88)`` logits while training,
    ``(batch, T + 1, 1, 88)`` in evaluation.

    References: Hochreiter & Schmidhuber 1997, *Long short-term memory*; Boulanger-Lewandowski, Bengio & Vincent 2012,
    *Modeling temporal dependencies in high-dimensional sequences*, for the task.

    Args:
        hidden: units of each LSTM.
        layers: LSTMs on top of each other.
        members: nets that are averaged.
        dropout: probability that a unit is silent for a whole piece, while training.
        input_dropout: probability that a key of the chords so far is not seen, while training.

    Raises:
        UserError: an option is out of range.
    """

    def __init__(
        self,
        *,
        hidden: int = 200,
        layers: int = 1,
        members: int = 3,
        dropout: float = 0.5,
        input_dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if min(hidden, layers, members) < 1 or not (0 <= dropout < 1 and 0 <= input_dropout < 1):
            raise UserError("hidden, layers and members are 1 or more, and dropout is from 0 to below 1: change them")
        self.start = nn.Parameter(torch.zeros(KEYS))
        self.members = nn.ModuleList(Member(hidden, layers, dropout, input_dropout) for _ in range(members))

    @property
    def member_count(self) -> int:
        """How many nets are averaged."""
        return len(self.members)

    def set_frequency(self, frequency: Tensor) -> None:
        """Begin with how often each key sounds, ``(88,)``, instead of with one half."""
        logits = torch.logit(frequency.clamp(1e-4, 1 - 1e-4))
        for name, parameter in self.named_parameters():
            if name.endswith("head.bias"):
                parameter.data.copy_(logits)

    def forward(self, roll: Tensor) -> Tensor:
        """Return the logits; see the class for the shapes."""
        start = self.start.expand(roll.shape[0], 1, KEYS)
        chords = torch.cat([start, roll.to(start.dtype)], 1)  # (batch, T + 1, 88)
        return self._together([member(chords)[0] for member in self.members])

    def step(self, chord: Tensor | None, states: list[State] | None) -> tuple[Tensor, list[State]]:
        """One time step of playing on.

        Args:
            chord: what sounds now, ``(batch, 88)``; None before the first step.
            states: of the members, as the call before returned them; None at first.

        Returns:
            The logits of the next step, ``(batch, 88)``, and the states.
        """
        chords = self.start.view(1, 1, KEYS) if chord is None else chord[:, None].to(self.start.dtype)
        found = [member(chords, states[i] if states else None) for i, member in enumerate(self.members)]
        return self._together([logits for logits, _ in found])[:, 0, 0], [after for _, after in found]

    def _together(self, logits: list[Tensor]) -> Tensor:
        """Side by side while training, else the logit of their mean probability: ``(batch, steps, members or 1, 88)``.

        The mean is taken of the logarithms of both probabilities, p and 1 - p, so that it is exact at the far ends.
        """
        each = torch.stack(logits, 2)
        if self.training or len(logits) == 1:
            return each
        return F.logsigmoid(each).logsumexp(2, True) - F.logsigmoid(-each).logsumexp(2, True)


MUSIC_NETS: dict[str, type[PianoRollLSTM]] = {"lstm": PianoRollLSTM}
"""Nets for piano rolls by name."""
