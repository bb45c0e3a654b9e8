"""A text encoder of the Hugging Face hub with a new head, and the pieces of words that it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.errors import MissingExtra, UserError
from fathom.nets import hub
from fathom.nets.dropout import Dropout
from fathom.nets.text.classifier import masked_mean, padding_mask

MAX_TOKENS = 510
"""Pieces of a text that are read at most, where the model does not say less."""


class HubText(nn.Module):
    """The encoder, the mean of what it says of each piece, and a head that starts at zero.

    Shapes: pieces ``(batch, length)`` int and lengths ``(batch,)`` to ``(batch, classes)``.

    Args:
        config: the encoder's configuration, as the hub has it.
        classes: how many there are.
        dropout: of the mean.

    Raises:
        UserError: no such encoder can be built.
        MissingExtra: transformers is not installed.
    """

    warm = True

    def __init__(self, config: Mapping[str, Any], classes: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.body, width = hub.hub_body(config)
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(width, classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def embed(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The mean of what the encoder says of each piece: ``(batch, f)``."""
        there = padding_mask(tokens, lengths)
        seen = self.body(input_ids=tokens.long(), attention_mask=there.long()).last_hidden_state  # (batch, length, f)
        return masked_mean(seen.float(), there)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        return self.head(self.dropout(self.embed(tokens, lengths)))


class HubPieces:
    """The pieces of words that such an encoder knows.

    Args:
        tokenizer: as ``tokenizer.json`` has it.

    Raises:
        UserError: it is none.
        MissingExtra: tokenizers is not installed.
    """

    def __init__(self, tokenizer: str) -> None:
        try:
            import tokenizers
        except ImportError as error:
            raise MissingExtra("a net of the hub", "hf") from error
        try:
            self._tokenizer = tokenizers.Tokenizer.from_str(tokenizer)
        except Exception as error:  # the library raises no narrower one
            raise UserError(f"its vocabulary is damaged ({hub.first_line(error)})") from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        bare = self._tokenizer.encode("a", add_special_tokens=False).ids
        whole = self._tokenizer.encode("a", add_special_tokens=True).ids
        at = next((i for i in range(len(whole)) if whole[i : i + len(bare)] == bare), 0)
        self.before, self.after = whole[:at], whole[at + len(bare) :]

    def __len__(self) -> int:
        """How many pieces there are."""
        return int(self._tokenizer.get_vocab_size())

    def cut(self, text: str) -> list[str]:
        """The pieces of a text, without the marks of its ends."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).tokens)

    def encode(self, pieces: Sequence[str]) -> NDArray[np.int32]:
        """The numbers of the pieces between those of the ends."""
        numbers = [self._tokenizer.token_to_id(piece) for piece in pieces]
        return np.array([*self.before, *(n for n in numbers if n is not None), *self.after], np.int32)


def hub_text_options(name: str) -> dict[str, Any]:
    """What a run keeps of an encoder: ``{"config": …, "tokenizer": …, "longest": …}``.

    Args:
        name: on the hub, or a folder.

    Raises:
        UserError: it cannot be had, or has no vocabulary in the fast form.
        MissingExtra: transformers is not installed.
    """
    config = hub.hub_config(name)
    try:
        tokenizer = hub.transformers().AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        raise hub.missing_net_error(name, error) from None
    backend = getattr(tokenizer, "backend_tokenizer", None)
    # Where the files are missing, an empty vocabulary may be made up in silence.
    if backend is None or backend.get_vocab_size() < 0.5 * int(config.get("vocab_size") or 0):
        raise UserError(f"hf:{name} has no tokenizer.json: choose a model that has")
    places = int(config.get("max_position_embeddings") or MAX_TOKENS + 4)
    most = max(4, min(places - 4, MAX_TOKENS))  # two go to the marks of the ends, and some models leave out two more
    return {"config": config, "tokenizer": backend.to_str(), "longest": most}
