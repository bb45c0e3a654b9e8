"""Short texts, told apart by their words, by their letters, and by the pieces that you have learned from them."""

import csv
import tempfile
from collections import Counter
from pathlib import Path

from fathom.data import practice
from fathom.data.source import cache_folder
from fathom.learning.adapters import duel

MERGES = 150


def swap(mine):
    """Train on the same texts, cut in three ways; a blank stands between two pieces."""
    with Path(practice.make("moods", cache_folder())).open(encoding="utf-8", newline="") as file:
        texts, moods = zip(*list(csv.reader(file))[1:401])
    words = Counter(word for text in texts for word in text.lower().split())
    pairs = mine.learn(dict(words), MERGES)
    pieces = {word: mine.encode(word, pairs) for word in words}
    cut = {
        "yours": lambda word: " ".join(pieces[word]),
        "letters": lambda word: " ".join(word),
        "words": lambda word: word,
    }
    known = {piece for one in pieces.values() for piece in one}
    many = sum(len(pieces[word]) * n for word, n in words.items()) / sum(words.values())
    yield f"yours cut {len(words)} words into {len(known)} pieces, {many:.1f} a word; the first joined are {', '.join(map(''.join, pairs[:5]))}"
    for name, piecewise in cut.items():
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "moods.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["text", "mood"])
                writer.writerows(
                    [" ".join(map(piecewise, text.lower().split())), mood] for text, mood in zip(texts, moods)
                )
            yield from duel(str(path), {name: lambda: "average"}, epochs=15)
