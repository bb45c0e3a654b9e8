"""Translation: from one text to another, such as English to German, or a date as people write it to ISO.

Short targets (dates, numbers, single words) are written letter by letter, and only the whole counts; sentences are
written in pieces of words, and judged by how many runs of letters they share with what was meant (chrF).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.data.files import is_file
from fathom.data.table.tables import is_table, read_table
from fathom.data.text import pairs, parallel_files, texts
from fathom.data.text.subwords import Characters, Subwords, Vocabulary, vocabulary_from_state
from fathom.data.text.text_file import file_lines, normalize_line, refuse_missing_file
from fathom.errors import Unreadable, UserError
from fathom.fitted_state import forget_derived
from fathom.metrics import CHRF_MISSED, NOT_EXACT, Metric
from fathom.metrics.translation import sentence_statistics as counts
from fathom.nets.net_options import choose_net, parse_number
from fathom.nets.text import beam_search
from fathom.nets.text.encoder_decoder import TRANSLATORS, DecoderState, EncoderDecoder, Transformer
from fathom.records import Attention, Baseline, Example, Examples, Prediction, Skipped, Source
from fathom.sequence_symbols import BEGIN, END, FIRST, PADDING, most_symbols
from fathom.spelling import choice
from fathom.task import Batch, Recognition, Task

TOKENS = ("characters", "pieces")
"""What a text may be cut into."""
OWN = ("tokens", "longest", "pieces", "beam")
"""Options of the task itself; all others of ``--set`` are the net's."""
WIDEST = 100
MOST_JUDGED = 2000
"""Training pairs whose results are kept."""
SHORT = 3
"""Words that the targets have in the middle, at most, where they are written letter by letter."""


class Translation(Task):
    """Tables of source and target.

    Attributes:
        tokens_: what the texts are cut into: characters or pieces (of words).
        longest_: tokens of a source or a target at most; longer pairs are skipped and listed.
        words_, symbols_: the vocabularies of sources and targets, as JSON.
        joint_: both are one, learned from both sides.
        column_: that the sources stand in.
    """

    name = "translation"
    inputs = ("source", "source_length", "said")
    nets = tuple(TRANSLATORS)
    attends = True
    ragged = ("source", "target")

    tokens_: str
    longest_: int
    words_: dict[str, Any]
    symbols_: dict[str, Any]
    joint_: bool = False
    column_: str = ""
    _column: str = ""

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A table of nothing but sources and targets, or two files of as many lines."""
        if there := parallel_files.find_parallel(source):
            return Recognition(0.95, f"files of lines in {there.source} and in {there.target}")
        if found := pairs.find_pairs(source):
            return Recognition(0.95, f"a table of pairs of texts, {found[0]!r} to be turned into {found[1]!r}")
        return Recognition(0.0, "no table with two columns of text, source and target")

    def examples(self, source: Source) -> Examples:
        """Read the pairs."""
        there = parallel_files.find_parallel(source)
        read = pairs.read_pairs(source) if there is None else parallel_files.read_parallel(source, there)
        self._column = read.column
        return read

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the characters, or the pieces of words, of either side."""
        self.column_ = self._column
        words = float(np.median([len(e.target.split()) for e in train]))
        self.tokens_ = str(self.settings.options.get("tokens") or ("characters" if words <= SHORT else "pieces"))
        if self.tokens_ not in TOKENS:
            raise UserError(f"`tokens={self.tokens_}` is not known{choice(self.tokens_, TOKENS)}")
        self.longest_ = parse_number(self.settings, "longest", 256, 4, 4096)
        sides = [[e.input for e in train], [e.target for e in train]]
        self.joint_ = self.tokens_ == "pieces" and self.settings.net == "transformer"
        if self.joint_:
            sides = [[text for side in sides for text in side]]
        if self.tokens_ == "characters":
            self.words_, self.symbols_ = (Characters.learn(side).state() for side in sides)
        else:
            most = parse_number(self.settings, "pieces", int(np.clip(len(train) // 4, 400, 4000)), 257, 50_000)
            learned = [Subwords.learn(side, most).state() for side in sides]
            self.words_, self.symbols_ = learned[0], learned[-1]
        forget_derived(self)

    def check_state(self) -> None:
        """Refuse vocabularies that are none."""
        if self.tokens_ not in TOKENS or self.longest_ < 1:
            raise UserError("its parts do not fit each other")
        self.vocabularies  # noqa: B018 (raises)

    @cached_property
    def vocabularies(self) -> tuple[Vocabulary, Vocabulary]:
        """Of the sources, and of the targets."""
        return vocabulary_from_state(self.words_), vocabulary_from_state(self.symbols_)

    def read(self, text: str) -> Example:
        """A text to be translated."""
        if not (tidy := normalize_line(text)):
            raise UserError("the text is empty: give some words")
        return Example(text[:60], tidy)

    def read_many(self, text: str) -> Sequence[Example | Skipped]:
        """The sources of a table, the lines of a file, or the text itself."""
        if not is_file(text):
            refuse_missing_file(text)
            return [self.read(text)]
        path = Path(text)
        if is_table(path):
            rows = texts.read_named(text, self.column_ or self._first_column(path))
            return [replace(e, input=normalize_line(e.input)) if isinstance(e, Example) else e for e in rows]
        return [Example(name, normalize_line(line)) for name, line in file_lines(text, "a file of texts, one a line")]

    @staticmethod
    def _first_column(path: Path) -> str:
        """Of the sources, in a table for a run that does not know what theirs was called."""
        frame = read_table(path)
        found = pairs.pair_columns(frame)
        return found[0] if found else frame.columns[0]

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``source`` (S,) and ``target`` (T + 2,), int32: the target between begin and end.

        Raises:
            Unreadable: one of the two is longer than it may be, or the source is empty.
        """
        words, symbols = self.vocabularies
        source = words.encode(example.input)
        target = symbols.encode(example.target) if example.target else []
        if not source:
            raise Unreadable("empty")
        if max(len(source), len(target)) > self.longest_:
            raise Unreadable(f"too long ({max(len(source), len(target))} tokens, where {self.longest_} are the most)")
        return {
            "source": np.array(source, np.int32) + FIRST,
            "target": np.array([BEGIN, *(n + FIRST for n in target), END], np.int32),
        }

    def prepare(self, batch: Batch, draw: Any) -> Batch:
        """Split targets into what is said so far, ``said`` (batch, T), and what comes next, ``next`` (batch, T)."""
        said, after = batch["target"][:, :-1].long(), batch["target"][:, 1:].long()
        return {**batch, "said": said.masked_fill(said == END, PADDING), "next": after}

    def most_judged_of_train(self) -> int:
        """An answer has to be searched for."""
        return MOST_JUDGED

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """The LSTM with attention. Letters: a small one, for 1,250 fast steps. Sentences: 7,000 steps."""
        letters = float(np.median([len(e.target.split()) for e in train])) <= SHORT
        net = self.settings.net or "lstm"
        batch = 16 if len(train) < 2000 else 64
        steps = max(1, len(train) // batch)
        small = {"hidden": 128, "embedding": 64} if net == "lstm" else {}
        return {
            "net": net,
            "epochs": int(np.clip(round((1250 if letters else 7000) / steps), 4, 40)),
            "batch_size": batch,
            "optimizer": "adamw",
            "lr": 1e-3 if net == "transformer" else 8e-3 if letters or batch == 64 else 4e-3,
            "schedule": "one-cycle",
            "weight_decay": 0.01,
            "grad_clip": 1.0,
            "dropout": 0.1 if letters else 0.3,
            "label_smoothing": 0.0 if letters else 0.1,
            "options": small if letters else {"layers": 2, "dense": 2} if net == "transformer" else {},
        }

    def net(self) -> nn.Module:
        """Build the net of that name."""
        self.beam  # noqa: B018 (raises): a wrong one is said before anything is decoded
        cls, options = choose_net(TRANSLATORS, self.settings, usual="lstm", kind="translation", own=OWN)
        words, symbols = self.vocabularies
        shared = {"shared": True} if self.joint_ and cls is Transformer else {}
        return cls(len(words) + FIRST, len(symbols) + FIRST, **{**shared, **options})

    @property
    def beam(self) -> int:
        """What ``--set beam=…`` says; else 1 for letters and 4 for pieces of words."""
        return parse_number(self.settings, "beam", 1 if self.tokens_ == "characters" else 4, 1, WIDEST)

    def loss(self, output: DecoderState, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats of each target, and its number of tokens with the end, both ``(batch,)``."""
        logits, target = output.logits.float(), batch["next"]
        smooth = (self.settings.label_smoothing or 0.0) if torch.is_grad_enabled() else 0.0
        nats = F.cross_entropy(
            logits.flatten(0, 1), target.flatten(), ignore_index=PADDING, reduction="none", label_smoothing=smooth
        )
        return nats.view_as(target).sum(1), (batch["target_length"] - 1).to(nats.dtype)

    @property
    def metric(self) -> Metric:
        """The share of targets that are not exactly what was meant, or what is missing to a chrF of 100 %."""
        return NOT_EXACT if self.tokens_ == "characters" else CHRF_MISSED

    @property
    def dev_cost(self) -> float:  # type: ignore[override]
        """Letters are soon written; pieces are searched for."""
        return 1.0 if self.tokens_ == "characters" else 3.0

    def decode(self, output: DecoderState, batch: Batch) -> list[Prediction]:
        """The likeliest text that beam search finds."""
        return self._searched(output, batch, self.beam)

    def decode_quickly(self, output: DecoderState, batch: Batch) -> list[Prediction]:
        """What taking the likeliest token each time finds."""
        return self._searched(output, batch, 1)

    def _searched(self, output: DecoderState, batch: Batch, beam: int) -> list[Prediction]:
        memory = tuple(part.float() if part.is_floating_point() else part for part in output.memory)
        longest = torch.tensor([most_symbols(int(n), self.longest_) for n in batch["source_length"]])
        found = beam_search.beam_search(output.net, memory, beam=beam, longest=longest)
        symbols = self.vocabularies[1]
        return [Prediction(symbols.decode([s - FIRST for s in row if s >= FIRST])) for row in found]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Whether it is exactly right, and the counts of chrF and BLEU."""
        said, meant = str(prediction.value), str(target)
        exact = {"wrong": float(said != meant), "count": 1.0}
        return exact if self.tokens_ == "characters" else exact | counts(said, meant)

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The source as it is, and the target of the training source that shares most of its words."""
        began = time.monotonic()
        copied = Baseline("the source itself", [e.input for e in others], 0.0)
        if not others:
            return [copied]
        from sklearn.feature_extraction.text import TfidfVectorizer

        analyzer = "char" if self.tokens_ == "characters" else "word"
        weigh = TfidfVectorizer(analyzer=analyzer, ngram_range=(1, 3) if analyzer == "char" else (1, 2))
        try:
            known, asked = weigh.fit_transform([e.input for e in train]), weigh.transform([e.input for e in others])
        except ValueError:  # nothing but marks
            usual = Counter(e.target for e in train).most_common(1)[0][0]
            return [copied, Baseline("most frequent target", [usual] * len(others), time.monotonic() - began)]
        nearest = np.concatenate([
            np.asarray((asked[start : start + 256] @ known.T).todense().argmax(1)).ravel()
            for start in range(0, len(others), 256)
        ])  # fmt: skip
        found = [train[i].target for i in nearest.tolist()]
        return [copied, Baseline("target of the nearest source", found, time.monotonic() - began)]

    def attention(self, net: nn.Module, example: Example, prediction: Prediction) -> Attention | None:
        """Where the net looked in the source for each token that it said."""
        said = Example(example.id, example.input, str(prediction.value))
        if not isinstance(net, EncoderDecoder):
            return None
        encoded = self.encode(said)
        device = next(net.parameters()).device
        source, target = (torch.from_numpy(encoded[n])[None].to(device) for n in ("source", "target"))
        with torch.no_grad():
            memory = net.remember(source, torch.tensor([source.shape[1]], device=device))
            _, _, weights = net.go_on(target[:, :-1], memory, net.begin(memory))  # (1, T, S)
        words, symbols = self.vocabularies
        return Attention(
            columns=tuple(words.shown(n - FIRST) for n in encoded["source"].tolist()),
            rows=(*(symbols.shown(n - FIRST) for n in encoded["target"][1:-1].tolist()), "end"),
            weights=weights[0].float().cpu().numpy(),
        )

    def show(self, example: Example) -> dict[str, Any]:
        """The source."""
        return {"fields": {"source": example.input}}
