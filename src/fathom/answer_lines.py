"""An answer as a line, and anything as one line: the command line and exported programs print the same."""

from __future__ import annotations


def answer_line(name: str, shown: str, confidence: float | None) -> str:
    """An answer as a line.

    Args:
        name: of the input.
        shown: what is said of it.
        confidence: in [0, 1], where there is one.
    """
    sure = "" if confidence is None else f"  {100 * confidence:.0f} %"
    return one_line(f"{name}  {shown}{sure}")


def one_line(text: str) -> str:
    """The text without line breaks and control characters, which could rewrite the terminal."""
    return "".join(c if c.isprintable() or 0xD800 <= ord(c) < 0xE000 else " " for c in text)
