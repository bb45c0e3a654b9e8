"""The program of a language model: how many bits a text takes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.text.subwords import IncrementalDecoder
from fathom.data.text.token_encoder import BREAK, UNKNOWN, TokenEncoder, asked_text, told_bits
from fathom.errors import Unreadable, UserError
from fathom.exported import sampling
from fathom.exported.batches import Arrays, log_softmax
from fathom.exported.program import Answer, Ask, Program, Wanted


class Likelihoods(Program):
    """Bits of each character of a text."""

    ragged = ("tokens", "target")

    def __init__(self, about: Mapping[str, Any]) -> None:
        super().__init__(about)
        running = self.encoder["unit"] == "text"
        self._tokens = TokenEncoder(self.encoder["characters"], self.encoder["pieces"], running)

    def read(self, text: str) -> Iterator[tuple[str, Arrays | str]]:
        """The content of a file, or the text itself."""
        try:
            asked = asked_text(text, self._tokens.running)
        except Unreadable as error:
            raise UserError(f"{text} cannot be read ({error}): give another text") from None
        tokens = self._tokens.encode(asked).astype(np.int64)
        count = np.array(len(self._tokens.judged(asked)))
        yield text[:60], {"tokens": tokens[:-1], "target": tokens[1:], "characters": count}

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The text's own bits per character, and its perplexity beside."""
        answers = []
        for logits, target, length, count in zip(
            outputs[0], batch["target"], batch["target_length"], batch["characters"], strict=True
        ):
            logs = log_softmax(logits[:length])  # (T, vocabulary)
            nats = -float(logs[np.arange(length), target[:length]].sum())
            bits = nats / max(int(count), 1) / math.log(2)
            answers.append(Answer(bits, told_bits(bits), None, {"perplexity": 2**bits}))
        return answers

    def generate(self, ask: Ask, wanted: Wanted) -> Iterator[str]:
        """Write on, one token at a time, the prompt's first; a line that stands alone ends at its end."""
        sampling.check(wanted.temperature, wanted.top_k, wanted.top_p)
        self._tokens.check_prompt(wanted.prompt, wanted.length)
        random, most = np.random.default_rng(wanted.seed), self.about.get("context")
        seen = np.concatenate([self._tokens.numbers(BREAK), self._tokens.numbers(wanted.prompt)]).astype(np.int64)
        writing = IncrementalDecoder(self._tokens.subwords, self._tokens.characters)
        yield from wanted.prompt
        for step in range(wanted.length):
            given = seen[-int(most) :] if most and step else seen  # a long prompt is first read as a whole
            logits = ask({"tokens": given[None]})[0][0, -1].astype(np.float64)
            logits[UNKNOWN] = -np.inf
            p = sampling.probabilities(logits, wanted.temperature, wanted.top_k, wanted.top_p)
            chosen = int(random.choice(len(p), p=p))
            said = writing.add(chosen - 1)
            if BREAK in said and not self._tokens.running:
                yield said.partition(BREAK)[0]
                return
            yield said
            seen = np.append(seen, chosen)
