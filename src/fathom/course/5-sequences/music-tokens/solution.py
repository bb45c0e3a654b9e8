"""Music as tokens: pitches 0–127, waits 128 + n, lengths 160 + n, n from 1 to 32."""

import numpy as np


def encode(notes):
    """Notes as tokens.

    notes: a list of (pitch, start, length) in steps, in any order; lengths from 1 to 32. Returns a list of tokens:
    notes by their start, then pitch, then length; before a note the time since the last start, or since 0, as waits of
    at most 32 steps, the full ones first.
    """
    tokens, now = [], 0
    for pitch, start, length in sorted(notes, key=lambda note: (note[1], note[0], note[2])):
        while now < start:
            wait = min(32, start - now)
            tokens.append(128 + wait)
            now += wait
        tokens += [pitch, 160 + length]
    return tokens


def decode(tokens):
    """Tokens as notes, (pitch, start, length), in the order in which they are written.

    What makes no sense is left out: a length without a pitch just before it, a pitch without a length just after it,
    and any token that is none of the three kinds.
    """
    notes, now = [], 0
    for i, token in enumerate(tokens):
        if 128 < token <= 160:
            now += token - 128
        elif 160 < token <= 192 and i > 0 and 0 <= tokens[i - 1] < 128:
            notes.append((tokens[i - 1], now, token - 160))
    return notes
