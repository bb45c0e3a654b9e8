"""What a text is cut into where words are too many and characters too short: pieces of words, learned from the texts.

Byte-pair encoding begins with single bytes and joins the two neighbours that stand together most often, again and
again. Frequent words become one piece, rare ones several; no text is unknown, since every byte is a piece.

Reference: Sennrich, Haddow & Birch 2016; on bytes: Radford et al. 2019.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from fathom.errors import MissingExtra, UserError
from fathom.validation import convert

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MAX_PIECES = 100_000
"""Pieces at most."""


class SubwordsState(TypedDict):
    """`Subwords` as JSON."""

    pieces: list[str]
    merges: list[list[str]]
    blank: bool


class CharactersState(TypedDict):
    """`Characters` as JSON."""

    known: str


class Subwords:
    """Byte-pair encoding; piece i has number i, from 0.

    Args:
        pieces: each written in the alphabet that stands for bytes.
        merges: pairs of pieces that are joined, the first joined first.
        blank: whether a text is taken to begin with a blank, so that its first word is as any other.

    Raises:
        UserError: these do not fit each other.
        MissingExtra: the package ``tokenizers`` is not installed.
    """

    def __init__(self, pieces: Sequence[str], merges: Sequence[Sequence[str]], blank: bool = True) -> None:
        tokenizers = _tokenizers()
        self.pieces, self.merges = list(pieces), [tuple(pair) for pair in merges]
        self.blank = blank
        known = set(self.pieces)
        whole = all(len(p) == 2 and known.issuperset((*p, "".join(p))) for p in self.merges)
        bytes_ = known.issuperset(tokenizers.pre_tokenizers.ByteLevel.alphabet())
        if not whole or not bytes_ or len(known) < len(self.pieces) or len(known) > _MAX_PIECES:
            raise UserError("its pieces of words do not fit each other")
        model = tokenizers.models.BPE(vocab={p: i for i, p in enumerate(self.pieces)}, merges=self.merges)
        self._tokenizer = _with_bytes(tokenizers.Tokenizer(model), blank)

    @classmethod
    def learn(cls, texts: Iterable[str], most: int, blank: bool = True) -> Subwords:
        """Join neighbours until there are `most` pieces, or none stand together twice.

        Raises:
            MissingExtra: the package ``tokenizers`` is not installed.
        """
        tokenizers = _tokenizers()
        learned = _with_bytes(tokenizers.Tokenizer(tokenizers.models.BPE()), blank)
        alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=most, min_frequency=2, show_progress=False, initial_alphabet=alphabet
        )
        learned.train_from_iterator(texts, trainer)
        numbers = learned.get_vocab()
        merges = json.loads(learned.to_str())["model"]["merges"]
        return cls(sorted(numbers, key=numbers.__getitem__), merges, blank)

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {"pieces": self.pieces, "merges": [list(pair) for pair in self.merges], "blank": self.blank}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Subwords:
        """Back from JSON.

        Raises:
            UserError: it is of another kind.
        """
        return cls(**convert(state, SubwordsState, "subwords"))

    def __len__(self) -> int:
        return len(self.pieces)

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's pieces."""
        return list(self._tokenizer.encode(text).ids)

    def decode(self, numbers: Sequence[int]) -> str:
        """The text again."""
        text = str(self._tokenizer.decode(list(numbers)))
        return text.removeprefix(" ") if self.blank else text

    def shown(self, number: int) -> str:
        """A piece as a person reads it; a blank in front marks the beginning of a word."""
        return str(self._tokenizer.decode([number]))


def _with_bytes(tokenizer: Tokenizer, blank: bool) -> Tokenizer:
    tokenizers = _tokenizers()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=blank)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    return tokenizer


def _tokenizers() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise MissingExtra("pieces of words", "text") from error
    return tokenizers


class Characters:
    """Single characters as `Subwords` are pieces: number 0 is any that the texts had not."""

    def __init__(self, known: str) -> None:
        if len(set(known)) < len(known):
            raise UserError("its characters are not all different")
        self.known = known
        self._numbers = {c: i for i, c in enumerate(known, 1)}

    @classmethod
    def learn(cls, texts: Iterable[str]) -> Characters:
        """Those of the texts, sorted."""
        return cls("".join(sorted(set().union(*texts))))

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {"known": self.known}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Characters:
        """Back from JSON.

        Raises:
            UserError: it is of another kind.
        """
        return cls(**convert(state, CharactersState, "characters"))

    def __len__(self) -> int:
        return len(self.known) + 1

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's characters."""
        return [self._numbers.get(c, 0) for c in text]

    def decode(self, numbers: Sequence[int]) -> str:
        """The text again, without what is unknown."""
        return "".join(self.known[n - 1] for n in numbers if n)

    def shown(self, number: int) -> str:
        """A character as a person reads it."""
        return self.known[number - 1] if number else "\N{REPLACEMENT CHARACTER}"


Vocabulary = Subwords | Characters


def vocabulary_from_state(state: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary that wrote this state.

    Raises:
        UserError: none did.
    """
    return Characters.restore(state) if "known" in state else Subwords.restore(state)


class IncrementalDecoder:
    """Tokens one by one to text: bytes that are no whole character yet are held back.

    Args:
        pieces: of words; None for characters.
        characters: number i is ``characters[i]``.
    """

    def __init__(self, pieces: Subwords | None, characters: str) -> None:
        self.pieces, self.characters = pieces, characters
        self.numbers: list[int] = []

    def add(self, number: int) -> str:
        """What can be written now."""
        if self.pieces is None:
            return self.characters[number]
        self.numbers.append(number)
        text = self.pieces.decode(self.numbers)
        if text.endswith("\N{REPLACEMENT CHARACTER}") and len(self.numbers) < 4:
            return ""
        self.numbers.clear()
        return text
