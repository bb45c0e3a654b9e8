"""Tagging: a tag for each word of a sentence, such as names of people and places, or parts of speech.

Where the tags are entities (``B-person``, ``I-person``, ``O``), whole entities are judged, as conlleval and seqeval do;
else each word is.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.data.files import is_file
from fathom.data.text import conll
from fathom.data.text.sentence_encoder import SentenceEncoder, words_of
from fathom.data.text.tagged_table import is_tagged_table
from fathom.data.text.text_file import file_lines, refuse_missing_file
from fathom.data.text.word_shape import ASKED
from fathom.data.text.wordpiece import WordPieces, is_packaged
from fathom.errors import UserError
from fathom.exported.tag_chains import has_entities, told_tags
from fathom.fitted_state import forget_derived
from fathom.metrics import ENTITY_F1_MISSED, TAG_ERROR, Metric
from fathom.nets.net_options import choose_net
from fathom.nets.text.crf import CRF
from fathom.nets.text.encoder_tagger import EncoderTagger
from fathom.nets.text.tagger import TAGGERS
from fathom.records import Baseline, Example, Examples, Finding, Prediction, Source
from fathom.task import Batch, Recognition, Task
from fathom.tasks.text.tagging_baseline import frozen_features_baseline
from fathom.tasks.text.tagging_findings import long_sentences
from fathom.training.regularization import RATE_SHARE

SEEN = 2
"""How often a word must occur in training to have a number of its own."""
NET = "minilm"
"""Name of the net that begins with the packaged encoder."""
KNOWN: dict[str, type[nn.Module]] = {**TAGGERS, NET: EncoderTagger}
"""Nets by name, from the simplest up."""
ENOUGH = 200
"""Training sentences from which on the packaged encoder is the usual net, where it is installed."""
MOST_JUDGED = 2000
"""Training sentences whose results are kept where a large net has to be asked for them."""
LONGER = 2
"""So many times the usual passes are made at most, however large the budget is."""
HEAD_SHARE = 10.0
"""How many times faster than the encoder all else is trained."""

Output = tuple[Tensor, Tensor, CRF]


class Tagging(Task):
    """Sentences in columns, a word and its tag a line.

    Attributes:
        tags_: the tags, sorted.
        words_: lower-case words with a number of their own, from 2 on.
        letters_: letters with a number of their own, from 2 on.
        cuts_: the net reads pieces of words, as the packaged encoder does.
    """

    name = "tagging"
    inputs: ClassVar[tuple[str, ...]] = ("words", "words_length", "letters")
    nets = tuple(KNOWN)
    gives_label_probabilities = True
    target_fields = ("tags_",)
    ragged: ClassVar[tuple[str, ...]] = ("words", "letters", "tags")

    tags_: list[str]
    words_: list[str]
    letters_: list[str]
    cuts_: bool = False

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """Files with words and tags in columns."""
        if conll.tagged_files(source.path):
            return Recognition(0.98, "words and tags in columns")
        if is_tagged_table(source):
            return Recognition(0.98, "a table of words and tags")
        return Recognition(0.0, "no words and tags in columns")

    def examples(self, source: Source) -> Examples:
        """Read the sentences."""
        return conll.read_sentences(source)

    def findings(self, examples: Examples) -> list[Finding]:
        """Sentences that are probably several."""
        return long_sentences(examples.items)

    def target_classes(self, examples: Sequence[Example]) -> list[tuple[str, ...]]:
        """The kinds of entities, or the tags, that occur in each sentence."""
        tags = [e.target.split() for e in examples]
        entities = [{kind for kind, _, _ in conll.entity_spans(own)} for own in tags]
        return [tuple(sorted(own)) for own in (entities if any(entities) else map(set, tags))]

    def fit(self, train: Sequence[Example]) -> None:
        """Learn tags, words and letters.

        Raises:
            UserError: all words have the same tag.
        """
        forget_derived(self)
        self.tags_ = sorted({tag for e in train for tag in e.target.split()})
        if len(self.tags_) < 2:
            raise UserError(f"all words of the training sentences have the tag {self.tags_[0]!r}: give others as well")
        words = Counter(word.lower() for e in train for word in e.input)
        self.words_ = sorted(word for word, count in words.items() if count >= SEEN)
        self.letters_ = sorted({letter for e in train for word in e.input for letter in word})
        self.cuts_ = self.settings.net == NET
        self._choose_inputs()

    def _choose_inputs(self) -> None:
        """What the packaged encoder is given in place of numbers of words."""
        if self.cuts_:
            self.inputs = ("pieces", "pieces_length", "owners", "letters", "shape", "shape_length")  # type: ignore[misc]
            self.ragged = ("pieces", "owners", "letters", "shape", "tags")  # type: ignore[misc]

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them up again."""
        super().restore(state)
        self._choose_inputs()

    def check_state(self) -> None:
        """Refuse less than two tags."""
        if len(self.tags_) < 2:
            raise UserError("its tags are less than two")

    def read(self, text: str) -> Example:
        """A sentence: words parted by blanks, and marks by themselves."""
        if not (words := words_of(text)):
            raise UserError("the sentence is empty: give some words")
        return Example(text[:60], words)

    def read_many(self, text: str) -> list[Example]:
        """The sentences of a file, in columns or one a line, or the sentence itself."""
        if not is_file(text):
            refuse_missing_file(text)
            return [self.read(text)]
        if conll.is_conll(Path(text)):
            return list(conll.read_sentences(Source(text, Path(text))).items)
        return [replace(self.read(line), id=name) for name, line in file_lines(text, "a file of sentences")]

    def encode(self, example: Example) -> dict[str, NDArray]:
        """What `SentenceEncoder` makes of the words, and ``tags`` (words,) int16.

        Raises:
            Unreadable: it has too many words.
        """
        words: Sequence[str] = example.input
        encoded = self._encoder.encode(words)
        tags = example.target.split() if example.target else []
        return {**encoded, "tags": np.array([self._numbers.get(t, 0) for t in tags] or [0] * len(words), np.int16)}

    @cached_property
    def _pieces(self) -> WordPieces:
        return WordPieces.packaged()

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder(self.words_, self.letters_, self._pieces if self.cuts_ else None)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {tag: i for i, tag in enumerate(self.tags_)}

    @property
    def entities(self) -> bool:
        """Whether the tags are those of entities."""
        return has_entities(self.tags_)

    def allowed(self) -> Tensor:
        """Which tag may follow which, ``(tags + 1, tags + 1)``: in IOB2 nothing is inside that has not begun."""
        count = len(self.tags_)
        may = torch.ones(count + 1, count + 1, dtype=torch.bool)
        if self.entities:
            for j, tag in enumerate(self.tags_):
                if tag.startswith("I-"):
                    same = [before[:2] in ("B-", "I-") and before[2:] == tag[2:] for before in self.tags_]
                    may[:, j] = torch.tensor([*same, False])
        return may

    def prepare(self, batch: Batch, draw: Any) -> Batch:
        """Numbers as they must be."""
        return {**batch, "tags": batch["tags"].long()}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """The packaged encoder where it is installed and can learn; else words, letters, a BiLSTM and a CRF."""
        n = max(len(train), 1)
        net = self.settings.net or (NET if is_packaged() and n >= ENOUGH else "bilstm")
        common = {"net": net, "optimizer": "adamw", "schedule": "one-cycle", "weight_decay": 0.01, "grad_clip": 5.0}
        if net == NET:
            return {**common, "epochs": tuning_epochs(n), "batch_size": 16, "lr": 1e-4}
        return {
            **common,
            "epochs": int(np.clip(60_000 / n, 5, 30)),
            "batch_size": 16 if n < 5000 else 32,
            "lr": 5e-4 if net == "transformer" else 3e-3,
        }

    def most_epochs(self, n: int) -> int:
        """Of the packaged encoder, which soon learns by heart."""
        return LONGER * tuning_epochs(n) if self.cuts_ else 0

    def most_judged_of_train(self) -> int | None:
        """Of the packaged encoder."""
        return MOST_JUDGED if self.cuts_ else None

    def net(self) -> nn.Module:
        """Build the net of that name.

        Raises:
            UserError: there is no such net or option.
            MissingExtra: the packaged encoder is not installed.
        """
        cls, options = choose_net(KNOWN, self.settings, usual="bilstm", kind="tagging")
        if not self.cuts_:
            return cls(len(self.words_) + 2, len(self.letters_) + 2, self.allowed(), **options)
        net = EncoderTagger(len(self._pieces), len(self.letters_) + 2, len(ASKED), self.allowed(), **options)
        for part in (net.letters, net.filters, net.head, net.crf):
            setattr(part, RATE_SHARE, HEAD_SHARE)
        return net

    def loss(self, output: Output, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats of the tags of each sentence, and its number of words, both ``(batch,)``."""
        emissions, lengths, crf = output
        return crf.loss(emissions.float(), batch["tags"], lengths), lengths.to(torch.float32)

    @property
    def label_names(self) -> Sequence[str]:
        """Names of the tags."""
        return self.tags_

    @property
    def metric(self) -> Metric:
        """What is missing to an entity F1 of 1, or the share of words tagged wrongly."""
        return ENTITY_F1_MISSED if self.entities else TAG_ERROR

    def decode(self, output: Output, batch: Batch) -> list[Prediction]:
        """The likeliest tags, parted by blanks."""
        emissions, lengths, crf = output
        best = crf.best(emissions.float(), lengths)
        return [Prediction(" ".join(self.tags_[i] for i in row)) for row in best]

    def label_probabilities(
        self, output: Output, batch: Batch
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]] | None:
        """The tag of each word, and the probability of each tag by what the net sees of the word."""
        emissions, lengths, _ = output
        probabilities, tags = emissions.float().softmax(-1).cpu().numpy(), batch["tags"].cpu().numpy()
        return [(tags[i, :n].astype(np.int64), probabilities[i, :n]) for i, n in enumerate(lengths.tolist())]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Entities that were hit, found and meant; words tagged wrongly, and words."""
        said, meant = str(prediction.value).split(), str(target).split()
        wrong = {
            "wrong_tags": float(sum(a != b for a, b in zip(said, meant, strict=True))),
            "tags": float(len(meant)),
        }
        if not self.entities:
            return wrong
        found, true = set(conll.entity_spans(said)), set(conll.entity_spans(meant))
        return {"hits": float(len(found & true)), "found": float(len(found)), "meant": float(len(true)), **wrong}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The most frequent tag of all, that of each word, and the frozen packaged encoder where it is installed."""
        began = time.monotonic()
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for example in train:
            for word, tag in zip(example.input, example.target.split(), strict=True):
                counts[word.lower()][tag] += 1
        usual = sum(counts.values(), Counter[str]()).most_common(1)[0][0]
        best = {word: found.most_common(1)[0][0] for word, found in counts.items()}
        plain = [" ".join([usual] * len(e.input)) for e in others]
        each = [" ".join(best.get(word.lower(), usual) for word in e.input) for e in others]
        found = [Baseline("most frequent tag", plain, 0.0), Baseline("each word's tag", each, time.monotonic() - began)]
        if others and len(train) >= ENOUGH and is_packaged():
            encoder = SentenceEncoder(self.words_, self.letters_, self._pieces)
            frozen = frozen_features_baseline(train, others, encoder, len(self._pieces))
            found += [frozen] if frozen is not None else []
        return found

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """The sentence with its entities in brackets, or each word with its tag."""
        return told_tags(list(example.input), str(prediction.value).split(), self.entities)

    def show(self, example: Example) -> dict[str, Any]:
        """The sentence."""
        return {"fields": {"sentence": " ".join(example.input)}}


def tuning_epochs(n: int) -> int:
    """Passes over so many sentences in which the packaged encoder is tuned."""
    return int(np.clip(round(13_600 / max(n, 1)), 2, 8))
