"""What a tagger must beat: the frozen packaged encoder and what words look like, with logistic regression on each word.

Nothing is learned of the order of tags, so that an entity may begin inside another. It takes a part of the time of a
training: of many sentences it learns from some.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fathom.data.text.sentence_encoder import SentenceEncoder
from fathom.nets.text.minilm import WIDTH, PieceEncoder
from fathom.records import Baseline, Example
from fathom.tasks.logistic_baseline import logistic

MOST_SENTENCES = 1_500
"""Training sentences that are learned from at most."""
SENTENCES = 32
"""That are read at once."""
NAME = "pretrained features of each word with logistic regression"


def frozen_features_baseline(
    train: Sequence[Example], others: Sequence[Example], encoder: SentenceEncoder, words: int
) -> Baseline | None:
    """Tags of others by what the frozen encoder makes of each word.

    Args:
        train: sentences with their tags.
        others: to be tagged.
        encoder: that gives pieces, their owners and the shape of words.
        words: how many pieces the vocabulary has.

    Returns:
        The tags of each of the others, parted by blanks; None where the words that it learns from have one tag only.

    Raises:
        MissingExtra: the packaged encoder is not installed.
    """
    began = time.monotonic()
    order = np.random.default_rng(0).permutation(len(train))[:MOST_SENTENCES]
    learned = [train[i] for i in sorted(order)]
    tags = [tag for example in learned for tag in example.target.split()]
    if len(set(tags)) < 2:
        return None
    net = PieceEncoder(words, dropout=0.0).eval().requires_grad_(requires_grad=False)
    features = np.concatenate(_features(net, learned, encoder))  # (words, 384 + shapes)
    mean, spread = features.mean(0), features.std(0) + 1e-6
    model = logistic((features - mean) / spread, tags)
    said = [
        " ".join(model.predict((own - mean) / spread).tolist()) if len(own) else ""
        for own in _features(net, others, encoder)
    ]
    return Baseline(NAME, said, time.monotonic() - began)


def _features(net: PieceEncoder, sentences: Sequence[Example], encoder: SentenceEncoder) -> list[NDArray[np.float32]]:
    """Of each sentence, ``(words, 384 + shapes)`` float32; those of like length are read together."""
    encoded = [encoder.encode(example.input) for example in sentences]
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i]["pieces"]))
    found: list[NDArray[np.float32]] = [np.empty((0, WIDTH), np.float32)] * len(encoded)
    for rows in np.split(np.array(order, int), range(SENTENCES, len(order), SENTENCES)):
        own = [encoded[i] for i in rows]
        pieces = nn.utils.rnn.pad_sequence([torch.from_numpy(one["pieces"]).long() for one in own], batch_first=True)
        with torch.no_grad():
            vectors = net.read(pieces, torch.tensor([len(one["pieces"]) for one in own])).float().numpy()
        for i, one, seen in zip(rows, own, vectors, strict=True):
            found[i] = np.concatenate([_of_words(seen[: len(one["owners"])], one), one["shape"]], 1, dtype=np.float32)
    return found


def _of_words(vectors: NDArray[np.float32], one: dict[str, NDArray]) -> NDArray[np.float32]:
    """The mean over the pieces of each word: ``(words, 384)``; 0 for a word of which no piece is read."""
    owners, count = one["owners"].astype(int), len(one["shape"])
    sums = np.zeros((count + 1, vectors.shape[1]), np.float32)
    np.add.at(sums, owners, vectors)
    many = np.maximum(np.bincount(owners, minlength=count + 1)[1:], 1).astype(np.float32)
    return sums[1:] / many[:, None]
