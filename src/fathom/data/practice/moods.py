"""Short sentences and the emoji that fits, written for fathom.

Each sentence is put together from an opening, what is said, who it is said of, and an end; "not" and "without" turn
some round. With a thousand of them a count of words and pairs is right nearly always: a first set, that trains fast.
"""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path
from typing import Annotated

import numpy as np

from fathom.data.practice.labels import flipped
from fathom.data.practice.parameters import Between

OPENINGS = ("", "honestly, ", "today ", "you know, ", "guess what: ", "this morning ", "again ", "after all ")
ENDS = ("", " today", " right now", " this week", " at last", " once more", ", I must say", ", as you can see")

PEOPLE = (
    "my sister", "my brother", "grandpa", "our teacher", "the new neighbour", "my best friend", "the whole family",
    "the little girl next door",
)  # fmt: skip
PLACES = ("at home", "at school", "in the park", "on the bus", "down the street")

SAID = {
    "😄": (
        "{who} is so happy", "{who} laughed until it hurt", "{who} is not sad at all", "{who} got good news",
        "{who} told the funniest joke", "what a wonderful day for {who}", "{who} passed the exam without a mistake",
        "nothing can spoil the day for {who}",
    ),
    "😢": (
        "{who} is so sad", "{who} cried for an hour", "{who} is not happy at all", "{who} got bad news",
        "{who} misses the old dog", "what a lonely day for {who}", "{who} sat there without a smile",
        "nothing can cheer up {who}",
    ),
    "😠": (
        "{who} is so angry", "{who} shouted at everyone", "{who} is not amused at all", "{who} slammed the door",
        "{who} was cheated once too often", "what an outrage for {who}", "{who} left without a word of excuse",
        "nothing makes {who} calm down",
    ),
    "❤️": (
        "{who} is so dear to me", "I love {who} with all my heart", "I could not live without {who}",
        "{who} gave me flowers", "a kiss for {who}", "{who} and I got engaged", "I keep thinking of {who}",
        "nobody is as sweet as {who}",
    ),
    "⚽": (
        "{who} scored a goal", "{who} plays in our team", "{who} kicked the ball over the fence",
        "{who} is training for the cup", "a match with {who}", "{who} won the final without a foul",
        "{who} does not miss a penalty", "nobody runs as fast as {who}",
    ),
    "🍴": (
        "{who} cooked soup", "{who} ordered a huge pizza", "dinner with {who}", "{who} is not hungry any more",
        "{who} baked a cake without sugar", "breakfast is ready for {who}", "{who} ate all the noodles",
        "nobody makes pancakes like {who}",
    ),
}  # fmt: skip
"""What can be said of somebody, by the emoji that fits."""


def write(
    folder: Path,
    *,
    n: Annotated[int, Between(12, 6_000)] = 1200,
    label_noise: Annotated[float, Between(0, 1)] = 0.0,
    seed: Annotated[int, Between(0, 2**32 - 1)] = 0,
) -> Path:
    """Write ``moods.csv`` with the columns ``text`` and ``emoji``; no sentence is there twice.

    Args:
        folder: where to write.
        n: sentences, nearly as many for each emoji.
        label_noise: share of the sentences with the emoji of others.
        seed: of everything random.
    """
    emojis = list(SAID)
    true = [i % len(emojis) for i in range(n)]
    rng = np.random.default_rng([seed, 11])
    drawn = [iter(rng.permutation(sentences(emoji)).tolist()) for emoji in emojis]
    given = flipped(true, label_noise, len(emojis), seed)
    rows = [(next(drawn[kind]), emojis[label]) for kind, label in zip(true, given)]
    path = folder / "moods.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "emoji"), *(rows[i] for i in rng.permutation(n))])
    return path


def sentences(emoji: str) -> list[str]:
    """All sentences that an emoji fits, each once.

    >>> sentences("⚽")[0]
    'my sister scored a goal'
    """
    whos = [*PEOPLE, *(f"{who} {where}" for who, where in product(PEOPLE, PLACES))]
    parts = product(OPENINGS, SAID[emoji], whos, ENDS)
    return list(dict.fromkeys(opening + said.format(who=who) + end for opening, said, who, end in parts))
