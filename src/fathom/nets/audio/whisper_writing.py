"""Whisper's decoder writes down what its encoder heard: the likeliest token after each, until it ends.

What each block knows of the places, and of the tokens so far, is computed once and kept. Two things go wrong with such
models, and are looked after: a text that goes round in circles is ended, and where the model itself says that nobody
speaks, nothing is written.

Reference: Radford et al. 2022, *Robust Speech Recognition via Large-Scale Weak Supervision* (section 4.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fathom.nets.audio.classifier import length_mask
from fathom.nets.audio.whisper import LONGEST_TEXT, TOKENS, Memory, WhisperDecoder
from fathom.nets.audio.whisper_vocabulary import END, NO_TIMES, SILENT, START

PROMPT = (START, NO_TIMES)
MOST = LONGEST_TEXT // 2
"""Tokens of a text."""
NOBODY, UNSURE = 0.6, -1.0
"""Nothing is written where nobody speaks with more than this probability, and the mean token has less than this."""
_TOKENS_A_SECOND, _PLACES_A_SECOND, _SPARE = 10, 50, 10
_CIRCLE, _ROUNDS = 3, 3
"""Tokens of the shortest circle, and how often it is gone round before it is seen."""


@dataclass
class Written:
    """What is known of one recording while it is written down.

    Attributes:
        most: tokens that may be written.
        nobody: the probability that nobody speaks.
    """

    most: int
    nobody: float = 0.0
    ended: bool = False

    def __post_init__(self) -> None:
        self.tokens: list[int] = []
        self.logs = 0.0

    def add(self, token: int, log: float) -> None:
        """Take the next token, whose probability has this logarithm."""
        if self.ended:
            return
        self.logs += log
        if token != END:
            self.tokens.append(token)
        self.ended = token == END or len(self.tokens) >= self.most or self._goes_round()

    def _goes_round(self) -> bool:
        """Whether the same tokens stand at the end several times; they are then kept once."""
        said = self.tokens
        for size in range(_CIRCLE, len(said) // _ROUNDS + 1):
            if all(said[-size:] == said[-(i + 1) * size : -i * size] for i in range(1, _ROUNDS)):
                del said[-(_ROUNDS - 1) * size :]
                return True
        return False

    def result(self) -> list[int]:
        """The tokens; none where nobody speaks."""
        unsure = self.logs / (len(self.tokens) + 1) < UNSURE
        return [] if self.nobody > NOBODY and unsure else self.tokens


@torch.inference_mode()
def write_down(
    decoder: WhisperDecoder,
    heard: Tensor,
    length: Tensor,
    silence: Tensor,
    refused: Sequence[int],
    refused_first: Sequence[int],
) -> list[list[int]]:
    """The tokens of each recording.

    Args:
        decoder: in evaluation mode.
        heard: ``(batch, places, 384)``.
        length: ``(batch,)`` places; what stands behind changes nothing.
        silence: ``(more, 384)`` places that each hears after its own: without them it does not know where to end.
        refused: tokens that are never written.
        refused_first: more that none begins with.
    """
    rows = len(heard)
    heard = torch.cat([silence.to(heard.dtype).expand(rows, -1, -1), heard], 1).float()  # the order tells it nothing
    mask = length_mask(length + len(silence), heard.shape[1])[:, None, None]
    memories = decoder.memories(heard)
    never = torch.zeros(TOKENS, device=heard.device)
    never[list(refused)] = -torch.inf
    never[START:] = -torch.inf
    at_first = never.clone()
    at_first[list(refused_first)] = -torch.inf
    seconds = (length / _PLACES_A_SECOND).tolist()
    texts = [Written(min(MOST, _SPARE + int(_TOKENS_A_SECOND * s))) for s in seconds]
    token = torch.tensor([PROMPT], device=heard.device).expand(rows, -1)
    past: list[Memory] | None = None
    while not all(text.ended for text in texts):
        states, past = decoder.go_on(token, memories, mask, past)
        if token.shape[1] > 1:
            quiet = decoder.logits(states[:, 0]).softmax(1)[:, SILENT]
            for text, nobody in zip(texts, quiet.tolist(), strict=True):
                text.nobody = nobody
        logs = (decoder.logits(states[:, -1]) + (at_first if token.shape[1] > 1 else never)).log_softmax(1)
        log, best = logs.max(1)  # (batch,) each
        for text, t, p in zip(texts, best.tolist(), log.tolist(), strict=True):
            text.add(t, p)
        token = best[:, None]
    return [text.result() for text in texts]
