"""Language models: which character comes next, given all before it?

Short lines (names) stand alone, each begun and ended by a line break. Running text is cut into consecutive pieces, and
a recurrent net carries its state from one to the next. The figure is the mean of -log2 p over all characters: bits per
character. What was learned can be written on, from nothing or from a prompt (`LanguageModel.generate`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.data.table.tables import find_tables, is_table
from fathom.data.text.running_text import read_lines_or_text, text_files
from fathom.data.text.subwords import IncrementalDecoder, Subwords
from fathom.data.text.token_encoder import BREAK, UNKNOWN, TokenEncoder, asked_text, told_bits
from fathom.errors import UserError
from fathom.exported import sampling
from fathom.fitted_state import forget_derived
from fathom.metrics import BITS_PER_CHARACTER, Metric
from fathom.nets.net_options import choose_net, parse_number
from fathom.nets.text.gpt import GPT
from fathom.nets.text.mixed_lm import BesideLSTM, CachedLM, MixedLM
from fathom.nets.text.recurrent_lm import GRULM, LSTMLM, RNNLM
from fathom.records import Baseline, Example, Examples, Kept, Prediction, Source
from fathom.spelling import choice
from fathom.task import Batch, Recognition, Task
from fathom.tasks.text import language_model_baselines, language_model_parts

NETS: dict[str, type[nn.Module]] = {
    "rnn": RNNLM,
    "gru": GRULM,
    "lstm": LSTMLM,
    "gpt": GPT,
    "mixed": MixedLM,
    "cached": CachedLM,
}
OPTIONS = ("unit", "piece", "tokens", "pieces")
"""Options of the task itself; all others of ``--set`` are the net's."""
UNITS = ("line", "text")
TOKENS = ("characters", "pieces")
IGNORED = -100
_ROWS, _LINES = 16, 32
"""Pieces of running text, and lines, of a batch."""
_FEWEST_PASSES, _MOST_PASSES_OF_TEXT, _MOST_PASSES_OF_LINES = 4, 30, 40
_DROPPED_BY_PASS = 0.025
"""Share of the units that is dropped for each pass over the text, between a fifth and a half."""
_OF_RECURRENT: Mapping[str, Any] = {"optimizer": "adamw", "lr": 4e-3}
_OF_GPT: Mapping[str, Any] = {"optimizer": "muon", "lr": 1e-3, "options": {"form": "rotary"}}
"""How a Transformer is built and trained today; one of which nothing is recorded has learned positions."""
_LONG_TEXT = 300_000
"""Characters from which a wide net has enough to learn from."""


def _are_rows(path: Path) -> bool:
    """Whether text is a table by its content: the file itself, or all files of a folder of which tables are read."""
    if path.is_file():
        return is_table(path)
    try:
        return all(map(is_table, text_files(path))) and bool(find_tables(path))
    except UserError:  # two tables for one split
        return False


class LanguageModel(Task):
    """Characters of ``.txt`` files, as lines or as running text.

    Attributes:
        unit_: ``"line"`` or ``"text"``.
        characters_: the training text's, in order; the first has number 1.
        pieces_: the pieces of words, as JSON, where ``--set tokens=pieces`` asked for them; else empty.
    """

    name = "language-model"
    inputs = ("tokens",)
    nets = tuple(NETS)
    ragged = ("tokens",)

    unit_: str = ""
    characters_: str
    pieces_: dict[str, Any]

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A ``.txt`` file, or a folder of nothing else."""
        if text_files(source.path):
            return Recognition(0.6 if _are_rows(source.path) else 0.8, "plain text")
        return Recognition(0.0, "no .txt file, and no folder of them")

    def examples(self, source: Source) -> Examples:
        """Read lines or pieces of running text."""
        unit = self.settings.options.get("unit")
        if unit not in (None, *UNITS):
            raise UserError(f"`unit={unit}` is no unit: choose line or text")
        self.unit_, examples = read_lines_or_text(source, unit, self._piece())
        return examples

    @property
    def stateful(self) -> bool:
        """Of running text, whose pieces follow each other."""
        return self.unit_ == "text"

    def _piece(self) -> int:
        """Characters of a piece of running text, as ``--set piece=…`` says."""
        return parse_number(
            self.settings, "piece", 256 if self.settings.options.get("tokens") == "pieces" else 64, 4, 4096
        )

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the characters, and the pieces of words where they are asked for."""
        tokens = str(self.settings.options.get("tokens") or "characters")
        if tokens not in TOKENS:
            raise UserError(f"`tokens={tokens}` is not known{choice(tokens, TOKENS)}")
        forget_derived(self)
        self.pieces_ = {}
        if tokens == "pieces":
            most = parse_number(self.settings, "pieces", 1000, 257, 50_000)
            judged = (TokenEncoder("", {}, self.stateful).judged(e.input) for e in train)
            self.pieces_ = Subwords.learn(judged, most, blank=False).state()
        self.characters_ = "".join(sorted({BREAK}.union(*(example.input for example in train))))

    def check_state(self) -> None:
        """Refuse pieces that are none, and characters that are no text's."""
        if self.pieces_:
            Subwords.restore(self.pieces_)
        unlike = len(set(self.characters_)) != len(self.characters_)
        if self.unit_ not in UNITS or BREAK not in self.characters_ or unlike:
            raise UserError("its unit or its characters are not those of a text")

    def read(self, text: str) -> Example:
        """The content of a file, or the text itself."""
        return Example(text[:60], asked_text(text, self.stateful))

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``tokens`` (T + 1,), uint8, int16 or int32: the first is context alone; ``characters`` () that are judged."""
        characters = len(self._tokens.judged(example.input))
        return {"tokens": self._tokens.encode(example.input), "characters": np.array(characters, np.int32)}

    @cached_property
    def _tokens(self) -> TokenEncoder:
        return TokenEncoder(self.characters_, self.pieces_, self.stateful)

    @property
    def vocabulary(self) -> int:
        """How many tokens there are, with the unknown one."""
        return self._tokens.vocabulary

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """One recurrent layer beside a cache, or n-grams for lines; about 3,000 steps, gradients clipped.

        Running text is read in few rows, so that there are many steps to a pass. The more often a text is read, the
        more of the net is dropped, lest it is learned by heart.
        """
        running = self.stateful
        batch = _ROWS if running else _LINES
        steps = max(1, len(train) // batch)
        most = _MOST_PASSES_OF_TEXT if running else _MOST_PASSES_OF_LINES
        epochs = int(np.clip(3000 / steps, _FEWEST_PASSES, most))
        return {
            "net": "cached" if running else "mixed",
            "epochs": epochs,
            "batch_size": batch,
            **(
                _OF_GPT
                if self.settings.net == "gpt"
                else {"optimizer": "adamw", "lr": 4e-3, "options": self._sizes(train)}
            ),
            "schedule": "one-cycle",
            "weight_decay": 0.01,
            "grad_clip": 1.0,
            "dropout": float(np.clip(_DROPPED_BY_PASS * epochs, 0.2, 0.5)),
        }

    def _sizes(self, train: Sequence[Example]) -> dict[str, Any]:
        """Units and layers of a recurrent net, by the number of characters that there are to learn from."""
        if not self.stateful:
            return {"hidden": 128, "layers": 1}
        characters = sum(len(example.input) - 1 for example in train)
        return {"hidden": 384 if characters >= _LONG_TEXT else 256, "layers": 1}

    def net(self) -> nn.Module:
        """Build the net of that name."""
        cls, options = choose_net(NETS, self.settings, usual="lstm", kind="text", own=OPTIONS)
        return cls(self.vocabulary, **options)

    def has_parts(self, net: nn.Module) -> bool:
        """Whether n-grams or a cache stand beside it."""
        return isinstance(net, BesideLSTM)

    def fit_parts(self, net: nn.Module, train: Batch, dev: Batch | None, weights: NDArray[np.float32] | None) -> None:
        """Count the n-grams."""
        assert isinstance(net, BesideLSTM)
        language_model_parts.count_ngrams(net, train, self.stateful)

    def choose_part(self, net: nn.Module, fitted: Any, dev: Batch | None, examples: Sequence[Example]) -> Kept | None:
        """The net, what stands beside it, or both, by what they make of dev."""
        assert isinstance(net, BesideLSTM)
        return language_model_parts.choose(net, self, dev)

    def prepare(self, batch: Batch, draw: Any) -> Batch:
        """Split tokens into what is seen, and what is to be said of it: ``target`` (batch, T), `IGNORED` in padding."""
        tokens = batch["tokens"].long()
        target, lengths = tokens[:, 1:], batch["tokens_length"] - 1
        real = torch.arange(target.shape[1], device=target.device) < lengths[:, None]  # (batch, T)
        target = target.where(real, torch.full_like(target, IGNORED))
        return {**batch, "tokens": tokens[:, :-1], "target": target, "tokens_length": lengths}

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats of each example, and its number of characters.

        Args:
            output: logits ``(batch, T, vocabulary)``.
            batch: as `prepare` left it.
        """
        logits = output.float().flatten(0, 1)  # (batch · T, vocabulary)
        nats = F.cross_entropy(logits, batch["target"].flatten(), ignore_index=IGNORED, reduction="none")
        return nats.view_as(batch["target"]).sum(1), batch["characters"].to(nats.dtype)

    @property
    def metric(self) -> Metric:
        """Bits per character."""
        return BITS_PER_CHARACTER

    def decode(self, output: Tensor, batch: Batch) -> list[Prediction]:
        """The text's own bits per character, and its perplexity beside."""
        nats, characters = self.loss(output, batch)
        bits = (nats / characters.clamp(min=1) / math.log(2)).tolist()
        return [Prediction(b, scores={"perplexity": 2**b}) for b in bits]

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """Bits per character, named."""
        return told_bits(prediction.value)

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """The nats, and the characters."""
        return {"nats": loss, "characters": weight}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """How often each character occurs, and interpolated n-grams."""
        first = "" if self.stateful else BREAK
        whole = [
            [first + (e.input if self.stateful else self._tokens.judged(e.input)) for e in side]
            for side in (train, others)
        ]
        sides = [[self._tokens.letters(text) for text in side] for side in whole]
        return language_model_baselines.baselines(sides[0], sides[1], len(self.characters_) + 1, self.stateful)

    def show(self, example: Example) -> dict[str, Any]:
        """The text."""
        return {"fields": {"text": example.input.strip(BREAK)}}

    @torch.inference_mode()
    def generate(
        self,
        net: nn.Module,
        *,
        prompt: str = "",
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        length: int = 200,
        seed: int = 0,
    ) -> Iterator[str]:
        """Write on, one token at a time, the prompt's first; a line that stands alone ends at its end.

        Args:
            net: as `net` built it, trained.
            prompt: the beginning; may be empty.
            temperature, top_k, top_p: what may be drawn; see `fathom.exported.sampling.probabilities`.
            length: tokens that are added to the prompt, at most.
            seed: the same seed writes the same.

        Raises:
            UserError: a number is out of range, the prompt has characters that the training text has not, or the net
                is none of fathom's.
        """
        sampling.check(temperature, top_k, top_p)
        self._tokens.check_prompt(prompt, length)
        go_on: Any = getattr(net, "go_on", None)
        if go_on is None:
            raise UserError("this net cannot write: train one of fathom's, such as `net=lstm`")
        random, device = np.random.default_rng(seed), next(net.parameters()).device
        yield from prompt
        seen, state = np.concatenate([self._tokens.numbers(BREAK), self._tokens.numbers(prompt)]), None
        writing = IncrementalDecoder(self._tokens.subwords, self.characters_)
        for _ in range(length):
            tokens = torch.from_numpy(seen.astype(np.int64))[None].to(device)
            logits, state = go_on(tokens, state)
            last = logits[0, -1].double().cpu().numpy()
            last[UNKNOWN] = -np.inf
            p = sampling.probabilities(last, temperature, top_k, top_p)
            chosen = int(random.choice(len(p), p=p))
            said = writing.add(chosen - 1)
            if BREAK in said and not self.stateful:
                yield said.partition(BREAK)[0]
                return
            yield said
            seen = np.array([chosen])
