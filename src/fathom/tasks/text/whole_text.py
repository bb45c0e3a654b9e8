"""What every task for texts as a whole shares: from a text to the numbers of its tokens, and the nets.

Texts are cut into words once (or characters, or the word pieces of the pretrained net), and kept as numbers of
different lengths; batches are padded, and the nets mask the padding.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from fathom.data.text import texts, words
from fathom.data.text.text_file import read_text
from fathom.data.text.wordpiece import WordPieces, is_packaged
from fathom.errors import Unreadable, UserError
from fathom.fitted_state import forget_derived
from fathom.nets import TEXT_NETS, choose_net, hub
from fathom.nets.text.hub import HubPieces, HubText, hub_text_options
from fathom.nets.text.joined import BesideNeighbours
from fathom.records import Example, Kept, Skipped
from fathom.task import Batch, Task
from fathom.tasks.text import text_parts

OPTIONS = ("longest", "order", "tokens")
"""Options of the task itself; all others of ``--set`` are the net's."""
MOST_WORDS = 50_000
LONGEST = {"words": 512, "characters": 1024, "pieces": 256}
"""Tokens of a text that are read at most, where no other number is asked for."""
MOST_PIECES = 510
"""The pretrained net has 512 positions, of which the marks of both ends take two."""
PACKAGED = ("minilm", "joined")
"""Nets that begin with the packaged weights."""
LONGER = 2
"""So many times the usual passes are made at most, however large the budget is: tuning soon learns by heart."""
MOST_JUDGED = 2000
"""Training texts whose results are kept where a large net has to be asked for them: a look costs a third of a step."""
LETTERS = "letters"
"""Name of the net that reads names of a word or two letter by letter."""
_log = logging.getLogger("fathom")


class WholeText(Task):
    """Base of a task that says something of each text as a whole; its targets, and what is a class, are left open.

    Attributes:
        tokens_: what a text is cut into: words, characters, or pieces (of words, as the pretrained net knows them).
        longest_: tokens of a text that are read at most; of longer ones the first quarter of these, and the end.
        hub_: configuration and vocabulary of a net of the hub (``--net hf:NAME``); empty for the others.
        words_: the words or characters that have numbers of their own, the most frequent first; none for pieces.
        column_: that the texts stand in, where they came from a table.
    """

    inputs = ("tokens", "tokens_length")
    nets = tuple(TEXT_NETS)
    ragged = ("tokens",)

    tokens_: str
    longest_: int
    words_: list[str]
    hub_: dict[str, Any]
    column_: str = ""
    _column: str = ""
    _fresh: bool = False

    def learn_words(self, train: Sequence[Example]) -> None:
        """Learn the words that occur in the training split, where it is large at least twice."""
        self.hub_ = hub_text_options(self._hub) if self._hub else {}
        self._fresh, self.column_ = True, self._column
        forget_derived(self)
        self.tokens_ = self._asked_tokens(train)
        self.longest_ = self._asked_longest()
        self.words_ = []
        cut = [self._cut(e.input) for e in train]
        longer = sum(len(tokens) > self.longest_ for tokens in cut)
        if longer:
            head = self.longest_ // 4
            _log.warning(
                "%s of %s training texts are longer than %s %s: of each longer text the first %s and the last %s are "
                "read (--set longest=%s reads more)",
                *(f"{n:,}" for n in (longer, len(train), self.longest_)),
                self.tokens_,
                *(f"{n:,}" for n in (head, self.longest_ - head)),
                2 * self.longest_,
            )
        if self.tokens_ != "pieces":
            kept = (words.shorten(tokens, self.longest_) for tokens in cut)
            self.words_ = words.learn_words(kept, most=MOST_WORDS, at_least=2 if len(train) >= 1000 else 1)

    @property
    def _hub(self) -> str:
        """The name on the hub, or the folder, of ``--net hf:…``; empty for other nets."""
        return hub.hub_name(self.settings.net)

    @property
    def _pretrained(self) -> bool:
        return self.settings.net in PACKAGED or bool(self._hub)

    def _asked_tokens(self, train: Sequence[Example]) -> str:
        letters = self.settings.net == LETTERS
        usual = "pieces" if self._pretrained else "characters" if letters or are_short(train) else "words"
        asked = str(self.settings.options.get("tokens") or usual)
        allowed = ("pieces",) if self._pretrained else ("characters",) if letters else ("words", "characters")
        if asked not in allowed:
            raise UserError(f"`tokens={asked}` does not suit the net {self.settings.net}: write {' or '.join(allowed)}")
        return asked

    def _asked_longest(self) -> int:
        most = self.hub_.get("longest", MOST_PIECES) if self.tokens_ == "pieces" else 100_000
        asked = self.settings.options.get("longest") or min(LONGEST[self.tokens_], most)
        try:
            longest = int(asked)
        except (TypeError, ValueError):
            longest = 0
        if not 4 <= longest <= most:
            raise UserError(f"`longest={asked}` is out of range: choose 4 to {most:,} {self.tokens_}")
        return longest

    def check_state(self) -> None:
        """Refuse tokens that are none of its kinds."""
        super().check_state()
        if self.tokens_ not in LONGEST or self.longest_ < 4:
            raise UserError("its parts do not fit each other")

    def read(self, text: str) -> Example:
        """Take the text in the file of that name, where there is one, else what was typed.

        Raises:
            UserError: it is empty, or names more than one text.
        """
        found = texts.read_named(text)
        if len(found) > 1:
            raise UserError(f"{text} holds {len(found):,} texts: give one, or name it to fathom predict")
        if not found and not text.strip():
            raise UserError("the text is empty: give some words, or the path of a .txt file")
        if found and isinstance(found[0], Skipped):
            raise UserError(f"{found[0].id} cannot be read: {found[0].reason}")
        return next((e for e in found if isinstance(e, Example)), Example(text, text))

    def _cut(self, text: str) -> list[str]:
        if self.tokens_ == "pieces":
            return self._pieces.cut(text)
        return words.tokenize(text) if self.tokens_ == "words" else list(words.normalize(text))

    @cached_property
    def _pieces(self) -> WordPieces | HubPieces:
        return HubPieces(str(self.hub_["tokenizer"])) if self.hub_ else WordPieces.packaged()

    @cached_property
    def _words(self) -> words.Words:
        return words.Words(self.words_)

    def read_many(self, text: str) -> Sequence[Example | Skipped]:
        """The texts in a folder, a table or a file, or the text itself."""
        return texts.read_named(text, self.column_) or [self.read(text)]

    def encode_text(self, example: Example) -> NDArray[np.int32]:
        """The tokens of a text as numbers: ``(length,)`` int32.

        Raises:
            Unreadable: its file cannot be read, or nothing in it is a word or a mark.
        """
        text = read_text(example.input) if isinstance(example.input, Path) else str(example.input)
        tokens = words.shorten(self._cut(text), self.longest_)
        if not tokens:
            raise Unreadable("empty")
        return self._pieces.encode(tokens) if self.tokens_ == "pieces" else self._words.encode(tokens)

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """The packaged encoder beside n-grams, or filters over letters beside these; else the average of words."""
        net = self.settings.net or self._usual(train)
        n = max(len(train), 1)
        common = {"net": net, "optimizer": "adamw", "schedule": "one-cycle", "grad_clip": 1.0}
        if self._hub:
            return {**common, "epochs": int(np.clip(round(20_000 / n), 2, 6)), "batch_size": 16, "lr": 5e-5}
        if net in PACKAGED:
            return {**common, "epochs": tuning_epochs(n), "batch_size": 32, "lr": 1e-4}
        batch = int(np.clip(2 ** round(np.log2(n / 100)), 8, 64))
        of_letters = net == LETTERS or (net == "cnn" and self._usual(train) in ("cnn", LETTERS))
        epochs = int(np.clip((2000 if of_letters else 900) * batch / n, 3, 40))
        lr = {"average": 1e-2, "bilstm": 2e-3, "transformer": 5e-4}.get(net, 1e-3)
        return {**common, "epochs": epochs, "batch_size": batch, "lr": lr, "weight_decay": 0.01}

    def most_epochs(self, n: int) -> int:
        """Of the packaged encoder, which soon learns by heart."""
        return LONGER * tuning_epochs(n) if self.settings.net in PACKAGED else 0

    def most_judged_of_train(self) -> int | None:
        """Of a large net."""
        return MOST_JUDGED if self._pretrained else None

    def _usual(self, train: Sequence[Example]) -> str:
        asked = self.settings.options.get("tokens")
        if asked is None and are_short(train):
            return LETTERS
        if asked == "characters":
            return "cnn"
        return "joined" if asked is None and is_packaged() else "average"

    def has_parts(self, net: nn.Module) -> bool:
        """Whether a linear part on n-grams stands beside it."""
        return isinstance(net, BesideNeighbours)

    def fit_parts(self, net: nn.Module, train: Batch, dev: Batch | None, weights: NDArray[np.float32] | None) -> None:
        """Fit the linear part."""
        assert isinstance(net, BesideNeighbours)
        text_parts.fit_linear_part(net, train, weights, dev)

    def choose_part(self, net: nn.Module, fitted: Any, dev: Batch | None, examples: Sequence[Example]) -> Kept | None:
        """The net, the n-grams, or both, by what they make of dev."""
        assert isinstance(net, BesideNeighbours)
        return text_parts.choose(net, dev, self.settings.precision or "fp32")

    def net(self) -> nn.Module:
        """Build the net of that name.

        Raises:
            UserError: there is no such net or option.
            MissingExtra: the pretrained net is not installed.
        """
        if self._hub:
            return self._net_of_the_hub()
        cls, options = choose_net(TEXT_NETS, self.settings, usual="average", kind="texts", own=OPTIONS)
        count = len(self._pieces) if self.tokens_ == "pieces" else len(self._words)
        net = cls(count, len(self.classes), **options)
        net.warm = self.settings.net in PACKAGED
        return net

    def _net_of_the_hub(self) -> nn.Module:
        """Its own weights are fetched where a training begins; a run that is opened later has weights of its own."""
        _, options = choose_net({self.settings.net or "": HubText}, self.settings, usual="", kind="texts", own=OPTIONS)
        net = HubText(self.hub_["config"], len(self.classes), **options)
        if self._fresh and not net.head.weight.is_meta:
            hub.take_weights(net.body, self._hub)
        return net

    def show(self, example: Example) -> dict[str, Any]:
        """The text, cut where it is longer than a page wants."""
        text = read_text(example.input) if isinstance(example.input, Path) else str(example.input)
        return {"fields": {"text": text if len(text) <= 600 else f"{text[:300]} … {text[-300:]}"}}


def tuning_epochs(n: int) -> int:
    """Passes over so many texts in which the packaged encoder is tuned."""
    return int(np.clip(round(13_000 / max(n, 1)), 1, 4))


def are_short(train: Sequence[Example]) -> bool:
    """Whether the texts are names rather than sentences."""
    counts = [len(str(e.input).split()) for e in train if not isinstance(e.input, Path)]
    return bool(counts) and float(np.median(counts)) < texts.MIN_WORDS


def tf_idf(train: Sequence[Example], others: Sequence[Example]) -> tuple[Any, Any, str]:
    """Texts as rows of weighed words and pairs of words, or of letters where they are names.

    Args:
        train: texts by which words are weighed.
        others: other texts.

    Returns:
        the rows of both, ``(texts, words)``, sparse; and what the way is called.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    names = are_short(train)
    weigh = TfidfVectorizer(
        **({"analyzer": "char_wb", "ngram_range": (1, 5)} if names else {"analyzer": _words_and_pairs}),
        sublinear_tf=True,
        min_df=2 if len(train) >= 1000 else 1,
        max_features=200_000,
    )
    known = weigh.fit_transform([e.input for e in train])
    asked = weigh.transform([e.input for e in others])
    return known, asked, "TF-IDF of letters" if names else "TF-IDF"


def _words_and_pairs(text: str) -> list[str]:
    found = words.tokenize(text)
    return [*found, *(f"{a} {b}" for a, b in pairwise(found))]
