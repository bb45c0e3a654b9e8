"""Speech recognition: what is said in a recording, letter by letter.

The net says a character or nothing for each 40 ms; connectionist temporal classification sums over all ways in which
these can say the transcript. Where recordings are of English that the packaged Whisper understands, its own decoder
writes instead, tuned (`fathom.tasks.audio.written_words`). The recordings come as `fathom.tasks.audio.audio_base` makes
them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.data.audio import transcripts
from fathom.data.audio.recordings import hold_out
from fathom.data.files import is_file
from fathom.data.text.text_file import read_text
from fathom.errors import MissingExtra, Unreadable, UserError
from fathom.exported import ctc_search
from fathom.fitted_state import forget_derived
from fathom.metrics import WORD_ERROR_RATE, Metric
from fathom.nets import hub
from fathom.nets.audio import ctc, whisper
from fathom.nets.audio.classifier import NormalizedBands
from fathom.nets.audio.heard import HeardCTC, heard_steps
from fathom.nets.audio.hub import SAMPLE_RATE, HubCTC, output_frames
from fathom.nets.audio.tuned_whisper import Heard, HeardText
from fathom.nets.net_options import choose_net, parse_number
from fathom.records import Baseline, Example, Examples, Prediction, Source
from fathom.task import Batch, Recognition
from fathom.tasks.audio import written_words
from fathom.tasks.audio.audio_base import OPTIONS, Recorded
from fathom.tasks.audio.augmentation import augment_heard
from fathom.tasks.audio.spelling import Spelling
from fathom.tasks.audio.whisper_features import NET, WRITER, heard_places

OWN = (*OPTIONS, "beam", "held_out", "lm", "lm_weight", "lm_bonus")
"""Options of the task itself; all others of ``--set`` are the net's."""
OF_LETTERS = ("beam", "lm", "lm_weight", "lm_bonus", "width", "blocks")
"""Those that only nets have which write letters."""
KNOWN: dict[str, type[nn.Module]] = {**ctc.CTC_NETS, NET: HeardCTC, WRITER: HeardText}
"""Nets by name, from the simplest up."""
WIDEST = 1000
"""Beginnings that the search may keep at most."""


class SpeechRecognition(Recorded):
    """Recordings with transcripts: a metadata.csv, or the layout of LJSpeech or Kaldi.

    Attributes:
        hub_: configuration of an encoder of the hub (``--net hf:NAME``), which hears samples; empty for other nets.
        writes_: the net writes tokens, as the packaged decoder does.
        lines_: what the language model of the search is learned from, where ``--set lm=FILE.txt`` asked for one.
        characters_: those of the training transcripts, sorted; number i of the net's symbols is ``characters_[i - 1]``.
    """

    name = "speech-recognition"
    nets = tuple(KNOWN)
    ragged = ("mel", "text")
    usual_longest = 20.0

    characters_: list[str]
    lines_: list[str]
    hub_: dict[str, Any]
    writes_: bool = False
    _fresh: str = ""

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """Recordings whose transcripts are listed."""
        if transcripts.has_transcripts(source.path):
            return Recognition(0.98, "recordings with transcripts")
        return Recognition(0.0, "no recordings with transcripts")

    def examples(self, source: Source) -> Examples:
        """Read names, transcripts and headers; ``--set held_out=NAME`` puts a speaker into the test split."""
        read = transcripts.read_transcripts(source)
        if asked := self.settings.options.get("held_out"):
            read = hold_out(read, [name.strip() for name in str(asked).split(",")])
        return read

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the characters, the rate, and the mean and deviation of each band."""
        self.characters_ = sorted({c for example in train for c in str(example.target)})
        self.lines_ = self._lines(train)
        self._fresh = hub.hub_name(self.settings.net)
        self.hub_ = hub.hub_config(self._fresh) if self._fresh else {}
        self.writes_ = self.settings.net == WRITER
        forget_derived(self)
        self.learn_sound(train)
        self._hears()

    def _hear(self) -> None:
        """What was heard at each place, in place of spectrograms."""
        self.inputs, self.ragged = ("heard", "heard_length"), ("heard", "text")  # type: ignore[misc]
        if self.writes_:
            self.inputs, self.ragged = ("heard", "heard_length", "said"), ("heard", "tokens")  # type: ignore[misc, assignment]
            self.augments, self.dev_cost = False, written_words.DEV_COST  # type: ignore[misc]

    def _hears(self) -> None:
        """An encoder of the hub is given samples at its own rate."""
        if self.hub_:
            self.rate_ = SAMPLE_RATE
            self.inputs, self.ragged = ("wave", "wave_length"), ("wave", "text")  # type: ignore[misc]

    def _lines(self, train: Sequence[Example]) -> list[str]:
        """The transcripts and the lines of the text that ``--set lm=`` names; nothing without."""
        asked = self.settings.options.get("lm")
        if not asked:
            return []
        lines = [str(example.target) for example in train]
        if str(asked) == "transcripts":
            return lines
        if not is_file(str(asked)):
            raise UserError(f"`lm={asked}` is no file: give a text, or lm=transcripts")
        try:
            text = read_text(Path(str(asked)))
        except Unreadable as error:
            raise UserError(f"{asked} cannot be read ({error}): give a text, or lm=transcripts") from None
        return lines + [line for line in map(transcripts.normalize_transcript, text.split("\n")) if line]

    @cached_property
    def spelling(self) -> Spelling | None:
        """The language model of the search, where there is one."""
        weight, bonus = (
            parse_number(self.settings, name, usual, 0, 10, float)
            for name, usual in (("lm_weight", 0.5), ("lm_bonus", 1.0))
        )
        return Spelling(self.lines_, self.characters_, weight, bonus) if self.lines_ else None

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them up again."""
        super().restore(state)
        self._hears()

    def check_state(self) -> None:
        """Refuse characters that are none, or twice the same."""
        super().check_state()
        if not self.characters_ or len(set(self.characters_)) < len(self.characters_):
            raise UserError("its characters are none, or not all different")

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``mel`` (frames, mels) float16 and ``text`` (characters,) int16; characters not in training are left out.

        In place of ``mel`` the packaged encoder gives ``heard`` (places, 384) float16, and one of the hub is given
        ``wave`` (samples,) float16, of mean 0 and deviation 1.

        Raises:
            Unreadable: the recording cannot be read, or is too short for what it is said to say.
        """
        heard: dict[str, NDArray]
        if self.hub_:
            samples = self.samples(example)
            wave = (samples - samples.mean()) / (samples.std() + 1e-7)
            heard, count = {"wave": wave.astype(np.float16)}, output_frames(self.hub_, len(wave))
        elif self.hears_:
            places = heard_places(self.samples(example))
            if self.writes_:
                tokens = written_words.tokens_of(str(example.target or ""))
                return {"heard": places.astype(np.float16), "tokens": tokens}
            heard, count = {"heard": places.astype(np.float16)}, heard_steps(len(places))
        else:
            mel = self.mel(example)
            heard, count = {"mel": mel.astype(np.float16)}, ctc.output_frames(len(mel))
        number = {c: i for i, c in enumerate(self.characters_, 1)}
        text = [number[c] for c in str(example.target or "") if c in number]
        if ctc.min_frames(text) > count or not count:
            raise Unreadable(f"too short for its transcript of {len(text)} characters")
        return {**heard, "text": np.array(text, np.int16)}

    def prepare(self, batch: Batch, draw: Any) -> Batch:
        """Another voice, microphone and noise, and blanks, while training; numbers of characters as they must be."""
        if self.writes_:
            return written_words.prepare_tokens(batch)
        if self.hears_ and draw is not None and self.settings.augment:
            heard, length = augment_heard(batch["heard"], batch["heard_length"], draw, self.settings.augment)
            batch = {**batch, "heard": heard, "heard_length": length}
        elif not self.hub_:
            batch = super().prepare(batch, draw)
        return {**batch, "text": batch["text"].long()}

    def most_epochs(self, n: int) -> int:
        """Of the packaged decoder, which soon learns by heart."""
        return written_words.most_epochs(n) if self.writes_ else 0

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """What the packaged encoder hears where it is installed; the fewer the recordings, the more epochs."""
        n, net = len(train), self.settings.net or self._usual_net(train)
        if net in (NET, WRITER):
            return written_words.tuning_defaults(n) if net == WRITER else self._defaults_of_encoder(n)
        return {
            "net": "conv-lstm",
            "epochs": int(np.clip(25_000 / n, 8, 100)),
            "batch_size": 16 if n < 4000 else 32,
            "optimizer": "adamw",
            "lr": 1e-4 if hub.hub_name(self.settings.net) else 2e-3,
            "schedule": "one-cycle",
            "weight_decay": 0.01,
            "grad_clip": 5.0,
            "augment": 0.7,
        }

    def _usual_net(self, train: Sequence[Example]) -> str:
        """The packaged encoder where it is installed, with its decoder where that understands what is said."""
        if not whisper.is_installed():
            return "conv-lstm"
        letters = any(name in self.settings.options for name in OF_LETTERS)
        return WRITER if not letters and written_words.understands(train) else NET

    def _defaults_of_encoder(self, n: int) -> dict[str, Any]:
        """Convolutions learn quickly from features that know speech: small batches, so that few examples make steps."""
        return {
            "net": NET,
            "epochs": int(np.clip(10_000 / n, 8, 60)),
            "batch_size": 4 if n < 500 else 8 if n < 2000 else 16,
            "optimizer": "adamw",
            "lr": 1e-3,
            "schedule": "one-cycle",
            "weight_decay": 0.01,
            "grad_clip": 5.0,
            "augment": 1.0,
        }

    def net(self) -> nn.Module:
        """Build the net of that name."""
        self.beam, self.spelling  # noqa: B018 - a wrong one is said before anything is heard
        if self.hub_:
            return self._net_of_the_hub()
        cls, options = choose_net(KNOWN, self.settings, usual="conv-lstm", kind="speech recognition", own=OWN)
        if self.writes_:
            return HeardText(**options)
        if self.hears_:
            return HeardCTC(len(self.characters_) + 1, **options)
        return NormalizedBands(cls(self.mels_, len(self.characters_) + 1, **options), self.mean_, self.std_)

    def _net_of_the_hub(self) -> nn.Module:
        """Its own weights are fetched where a training begins; a run that is opened later has weights of its own."""
        known = {self.settings.net or "": HubCTC}
        _, options = choose_net(known, self.settings, usual="", kind="speech recognition", own=OWN)
        net = HubCTC(self.hub_, len(self.characters_) + 1, **options)
        if self._fresh and not net.head.weight.is_meta:
            hub.take_weights(net.body, self._fresh)
        return net

    @property
    def beam(self) -> int:
        """What ``--set beam=…`` says; else 1, the likeliest symbol of each place, or 16 with a language model."""
        return parse_number(self.settings, "beam", 16 if self.lines_ else 1, 1, WIDEST)

    def loss(self, output: tuple[Tensor, Tensor] | Heard, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats of each transcript, and its number of characters, both ``(batch,)``.

        Args:
            output: logits ``(batch, places, symbols)`` and places ``(batch,)``, or of the net that writes tokens.
            batch: as `prepare` left it.
        """
        if isinstance(output, Heard):
            return written_words.token_loss(output, batch)
        logits, count = output
        losses = ctc.ctc_loss(logits, count, batch["text"], batch["text_length"])
        return losses, batch["text_length"].clamp(min=1).to(losses.dtype)

    @property
    def metric(self) -> Metric:
        """The share of words that were not understood."""
        return WORD_ERROR_RATE

    def decode(self, output: tuple[Tensor, Tensor] | Heard, batch: Batch) -> list[Prediction]:
        """The text of each; the likeliest symbol of each place, or with ``--set beam=…`` the likeliest text."""
        if isinstance(output, Heard):
            return written_words.written(output)
        logs = output[0].float().log_softmax(2).cpu().numpy()  # (batch, places, symbols)
        each = zip(logs, output[1].tolist(), strict=True)
        return [
            Prediction(ctc_search.said_text(row[:n], self.characters_, self.beam, self.spelling)) for row, n in each
        ]

    def says_nothing(self, predictions: Sequence[Prediction]) -> bool:
        """Whether no letter at all is written: blanks cost least at first."""
        return not self.writes_ and not any(p.value for p in predictions)

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Edits and words; edits and characters."""
        try:
            from rapidfuzz.distance import Levenshtein
        except ImportError as error:
            raise MissingExtra("judging speech recognition", "audio") from error
        said, meant = str(prediction.value), str(target)
        return {
            "edits": float(Levenshtein.distance(said.split(), meant.split())),
            "words": float(len(meant.split())),
            "character_edits": float(Levenshtein.distance(said, meant)),
            "characters": float(len(meant)),
        }

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The most frequent words, as many as usual: nothing else that is quick understands speech."""
        began = time.monotonic()
        words = Counter(word for example in train for word in str(example.target).split())
        usual = round(float(np.mean([len(str(example.target).split()) for example in train])))
        said = " ".join([words.most_common(1)[0][0]] * max(1, usual))
        return [Baseline("most frequent word", [said] * len(others), time.monotonic() - began)]
