"""What is wrong with tagged sentences, before any training."""

from __future__ import annotations

from collections.abc import Sequence

from fathom.data.text.conll import MOST_WORDS
from fathom.finding_kinds import FindingKind
from fathom.records import Example, Finding

LONG_SENTENCES = FindingKind(
    name="long_sentences",
    severity="warning",
    lesson="looking-at-data",
    meaning=(
        "Hardly any sentence is so long. Probably the blank lines between sentences are missing, so that many "
        "sentences were read as one. A split then moves whole texts, and training is slow."
    ),
    advice="Put a blank line after the last word of each sentence, for example after each full stop.",
)


def long_sentences(examples: Sequence[Example]) -> list[Finding]:
    """Tell of sentences that are probably several.

    Args:
        examples: sentences, as `conll.read_sentences` returned them.
    """
    long = sorted((e for e in examples if len(e.input) > MOST_WORDS), key=lambda e: -len(e.input))
    if not long:
        return []
    words = [len(e.input) for e in long]
    has = "sentence has" if len(long) == 1 else "sentences have"
    title = (
        f"{len(long):,} of {len(examples):,} {has} more than {MOST_WORDS} words, up to {words[0]:,}: "
        "blank lines between sentences seem to be missing"
    )
    details = [f"{n:,} words" for n in words]
    return [LONG_SENTENCES.found(title, {"count": len(long), "examples": [e.id for e in long], "details": details})]
