"""Splits by a hash of the group, and a search for leaks."""

import zlib

import numpy as np


def place(name):
    """A number from 0 to 1 (exclusive) that follows from a name alone: crc32 of its UTF-8 bytes over 2^32."""
    return zlib.crc32(name.encode("utf-8")) / 2**32


def split(groups, dev, test):
    """The split of each example, by its group's place: below test → "test", below test + dev → "dev", else "train".

    groups: a list of names, one for each example. dev, test: shares. Returns a list of words.
    """
    found = []
    for name in groups:
        u = place(name)
        found.append("test" if u < test else "dev" if u < test + dev else "train")
    return found


def leaks(contents, splits):
    """Which examples of dev and test stand in train, too: their numbers, as a list in rising order.

    contents: a list of texts, one for each example; splits: a list of words. Two examples are the same if their texts
    are, small and capital letters and spaces at the ends aside.
    """
    seen = {c.strip().lower() for c, s in zip(contents, splits) if s == "train"}
    return [i for i, (c, s) in enumerate(zip(contents, splits)) if s != "train" and c.strip().lower() in seen]
