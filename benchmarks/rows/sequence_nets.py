"""An epoch of three sequence nets: fathom, and the loop that a user of PyTorch would write for each."""

from __future__ import annotations

import csv
import math
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparison import Ask, Bound, Comparison, Figures
from benchmarks.data import DATA
from benchmarks.loops import Epochs

EPOCHS = 2
SAME = {"optimizer": "adamw", "schedule": "constant", "weight_decay": 0.01}


def looped(
    net: Any, loader: Any, dev: Any, losses: Callable[[Any, Any], Any], epochs: int, lr: float, clip: float
) -> Epochs:
    """The plain loop in fp32; after each epoch a look at dev, told as the likelihood of a token.

    Args:
        net: is called with all of a batch but the last two.
        loader, dev: of batches whose last two are the target and its lengths, or its count.
        losses: from output and batch to the sum of the nats and the number of tokens.
        epochs: how many.
        lr: of AdamW.
        clip: norm of the gradient.
    """
    import torch

    optimizer = torch.optim.AdamW(net.parameters(), lr=lr, weight_decay=0.01)
    found = []
    for _ in range(epochs):
        began = time.monotonic()
        net.train()
        for batch in loader:
            optimizer.zero_grad()
            nats, count = losses(net, batch)
            (nats / count).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimizer.step()
        net.eval()
        with torch.no_grad():
            pairs = [losses(net, batch) for batch in dev]
        total = sum(float(nats) for nats, _ in pairs) / sum(float(count) for _, count in pairs)
        found.append((time.monotonic() - began, math.exp(-total)))
    return found


def figures(epochs: Epochs) -> Figures:
    """The median epoch, and the likelihood of a token of dev at the end."""
    return {"seconds": statistics.median(seconds for seconds, _ in epochs), "accuracy": epochs[-1][1]}


def ours(ask: Ask, data: str, **asked: Any) -> Figures:
    """Train through ``fathom.train``."""
    from benchmarks.loops import ours as loop

    told = {"accuracy": lambda record: math.exp(-record["dev_loss"])}
    return figures(loop.epochs(ask, data, epochs=EPOCHS, **told, **SAME, **asked))


# --- characters -------------------------------------------------------------------------------------------------------

PIECE = 64


def shakespeare(ask: Ask) -> str:
    """The text; a twentieth of it where it shall be quick."""
    text = (DATA / "tinyshakespeare" / "input.txt").read_text(encoding="utf-8")
    return text[: len(text) // 20] if ask.quick else text


def characters_ours(ask: Ask) -> Figures:
    """Two layers of 256 units."""
    path = ask.folder / "text.txt"
    path.write_text(shakespeare(ask), encoding="utf-8")
    return ours(ask, str(path), net="lstm", batch_size=32, lr=4e-3, grad_clip=1.0, dropout=0.1, hidden=256, layers=2)


def characters_plain(ask: Ask) -> Figures:
    """Pieces of the text from a Dataset, shuffled, each begun with an empty memory."""
    import torch
    from torch import nn
    from torch.nn import functional as F
    from torch.utils.data import DataLoader, Dataset

    class Net(nn.Module):
        """The same net, written with the modules of PyTorch."""

        def __init__(self, vocabulary: int) -> None:
            super().__init__()
            self.embed = nn.Embedding(vocabulary, 64)
            self.cells = nn.LSTM(64, 256, 2, batch_first=True, dropout=0.1)
            self.dropout, self.head = nn.Dropout(0.1), nn.Linear(256, vocabulary)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            return self.head(self.dropout(self.cells(self.embed(tokens))[0]))

    text = shakespeare(ask)
    known = {c: i for i, c in enumerate(sorted(set(text)), 1)}
    numbers = torch.tensor([known[c] for c in text])
    held = round(0.1 * len(numbers))
    parts = numbers[: len(numbers) - held - round(0.05 * len(numbers))], numbers[len(numbers) - held :]

    class Pieces(Dataset):
        """A piece and the same piece one later."""

        def __init__(self, part: torch.Tensor) -> None:
            self.part = part

        def __len__(self) -> int:
            return (len(self.part) - 1) // PIECE

        def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
            held = self.part[i * PIECE : (i + 1) * PIECE + 1]
            return held[:-1], held[1:]

    def losses(net: Any, batch: Sequence[torch.Tensor]) -> tuple[torch.Tensor, int]:
        logits = net(batch[0])
        return F.cross_entropy(logits.flatten(0, 1), batch[1].flatten(), reduction="sum"), batch[1].numel()

    torch.manual_seed(ask.seed)
    loader, dev = DataLoader(Pieces(parts[0]), 32, shuffle=True), DataLoader(Pieces(parts[1]), 32)
    return figures(looped(Net(len(known) + 1), loader, dev, losses, EPOCHS, 4e-3, 1.0))


# --- texts ------------------------------------------------------------------------------------------------------------


def reviews(ask: Ask) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Nine tenths for training, every tenth for dev."""
    with (DATA / "rt_polarity" / "reviews.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    rows = rows[::20] if ask.quick else rows
    return [r for i, r in enumerate(rows) if i % 10], rows[::10]


def texts_ours(ask: Ask) -> Figures:
    """The BiLSTM."""
    for name, part in zip(("train", "dev"), reviews(ask), strict=True):
        with (ask.folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label"), *part])
    dev = str(ask.folder / "dev.csv")
    return ours(ask, str(ask.folder / "train.csv"), dev=dev, net="bilstm", batch_size=32, lr=2e-3, grad_clip=1.0)


def texts_plain(ask: Ask) -> Figures:
    """Words looked up as batches are put together, padded to the longest of each, as in PyTorch's tutorial."""
    import torch
    from torch.nn import functional as F
    from torch.utils.data import DataLoader

    from fathom.data.text.words import Words, learn_words, tokenize
    from fathom.nets import TEXT_NETS

    train, dev = reviews(ask)
    words = Words(learn_words((tokenize(text) for text, _ in train), most=50_000, at_least=2))

    def together(rows: Sequence[tuple[str, str]]) -> tuple[torch.Tensor, ...]:
        coded = [torch.from_numpy(words.encode(tokenize(text))) for text, _ in rows]
        padded = torch.nn.utils.rnn.pad_sequence(coded, batch_first=True)
        return padded, torch.tensor([len(c) for c in coded]), torch.tensor([int(label == "pos") for _, label in rows])

    def losses(net: Any, batch: Sequence[torch.Tensor]) -> tuple[torch.Tensor, int]:
        return F.cross_entropy(net(batch[0], batch[1]), batch[2], reduction="sum"), len(batch[2])

    torch.manual_seed(ask.seed)
    loader = DataLoader(train, 32, shuffle=True, collate_fn=together)  # type: ignore[arg-type]
    quiet = DataLoader(dev, 32, collate_fn=together)  # type: ignore[arg-type]
    return figures(looped(TEXT_NETS["bilstm"](len(words), 2), loader, quiet, losses, EPOCHS, 2e-3, 1.0))


# --- speech -----------------------------------------------------------------------------------------------------------


def strings(ask: Ask) -> Path:
    """Strings of digits."""
    from benchmarks.digit_strings import write

    few = {"train": 48, "dev": 16, "test": 16} if ask.quick else {"train": 1200, "dev": 150, "test": 150}
    return write(ask.folder / "data", strings=few)


def speech_ours(ask: Ask) -> Figures:
    """The default net, without augmentation."""
    return ours(ask, str(strings(ask)), net="conv-lstm", batch_size=16, lr=2e-3, grad_clip=5.0, augment=0.0)


def speech_plain(ask: Ask) -> Figures:
    """Each recording read and made a spectrogram when it is asked for, padded to the longest of its batch."""
    import numpy as np
    import torch
    from torch.utils.data import DataLoader, Dataset

    from fathom.data.audio.spectrogram import log_mel
    from fathom.data.audio.waveform import decode
    from fathom.nets.audio import ctc

    root = strings(ask)

    class Recordings(Dataset):
        """A spectrogram and the numbers of its letters."""

        def __init__(self, split: str) -> None:
            with (root / split / "metadata.csv").open(newline="", encoding="utf-8") as file:
                self.rows = [(root / split / r["file_name"], r["transcription"]) for r in csv.DictReader(file)]

        def __len__(self) -> int:
            return len(self.rows)

        def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
            path, text = self.rows[i]
            samples = decode(path, 8000)
            mel = log_mel(samples / np.sqrt(np.mean(samples**2)), 8000, 40, 1e-5)
            return torch.from_numpy(mel), torch.tensor([known[c] for c in text])

    train, dev = Recordings("train"), Recordings("dev")
    known = {c: i for i, c in enumerate(sorted({c for _, text in train.rows for c in text}), 1)}

    def together(rows: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, ...]:
        pad = torch.nn.utils.rnn.pad_sequence
        mels, texts = zip(*rows, strict=True)
        sizes = (torch.tensor([len(part) for part in parts]) for parts in (mels, texts))
        return pad(list(mels), batch_first=True), pad(list(texts), batch_first=True), *sizes

    def losses(net: Any, batch: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        logits, places = net(batch[0], batch[2])
        return ctc.ctc_loss(logits, places, batch[1], batch[3]).sum(), batch[3].sum()

    torch.manual_seed(ask.seed)
    loader = DataLoader(train, 16, shuffle=True, collate_fn=together)
    quiet = DataLoader(dev, 16, collate_fn=together)
    net = ctc.ConvLSTMCTC(40, len(known) + 1)
    return figures(looped(net, loader, quiet, losses, EPOCHS, 2e-3, 5.0))


ABOUT = f"""The median of {EPOCHS} epochs, each with one look at dev; the same net, batch size, AdamW and clipping, so the
same steps. The plain loop has a Dataset, a DataLoader as it comes, padding to the longest of a batch, and fp32. As
accuracy stands the likelihood of a token of dev (the geometric mean), since that is comparable from the first epoch on.
Outside: imports, reading, encoding, baselines, report."""

CHARACTERS = Comparison(
    about=f"{ABOUT} The text is tinyshakespeare, in pieces of {PIECE} characters, 32 at once; 2 layers of 256 units.",
    contenders={"fathom": characters_ours, "plain": characters_plain},
    bounds=(Bound("one epoch of the character LSTM, against the plain loop", "fathom", "plain", 0.75, 0.6),),
)
TEXTS = Comparison(
    about=f"{ABOUT} The texts are rt_polarity's, 32 at once; words are cut and looked up in the DataLoader, as in "
    "PyTorch's tutorial on text.",
    contenders={"fathom": texts_ours, "plain": texts_plain},
    bounds=(Bound("one epoch of the BiLSTM text classifier, against the plain loop", "fathom", "plain", 0.5),),
)
SPEECH = Comparison(
    about=f"{ABOUT} 1,200 strings of spoken digits, 16 at once, without augmentation; the plain loop reads and transforms "
    "each recording when it is asked for.",
    contenders={"fathom": speech_ours, "plain": speech_plain},
    bounds=(Bound("one epoch of the CTC net, against the plain loop", "fathom", "plain", 0.5),),
)
