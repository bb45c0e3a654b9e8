"""An answer as a line, and anything as one line: the command line and exported programs print the same."""

from __future__ import annotations

HOLDS_NOTHING = "holds nothing that a prediction could be made of: give other inputs"
"""What is said of a folder or a file that is there, behind its name."""
_SAID_OF_IT = (" is ", " has ", " holds ", " cannot ", ": ")


def answer_line(name: str, shown: str, confidence: float | None) -> str:
    """An answer as a line.

    Args:
        name: of the input.
        shown: what is said of it.
        confidence: in [0, 1], where there is one.
    """
    sure = "" if confidence is None else f"  {100 * confidence:.0f} %"
    return one_line(f"{name}  {shown}{sure}")


def failure_line(name: str, why: str, between: str = ": ") -> str:
    """Why an input has no answer, as a line that names it once.

    >>> failure_line("a.png", "damaged")
    'a.png: damaged'
    >>> failure_line("a.png", "there is no file a.png: check its name")
    'there is no file a.png: check its name'

    Args:
        name: of the input; what is blank names nothing.
        why: a sentence that may name it itself, or what is the matter alone.
        between: what stands between a name and a reason.
    """
    return one_line(why if not name.strip() or _names(why, name) else f"{name}{between}{why}")


def _names(why: str, name: str) -> bool:
    """Whether a sentence names what it is about; long names are cut, and texts in quotation marks."""
    shown = (name, name[:200], repr(name[:60]))
    ways = tuple(f"{one}{said}" for one in shown for said in _SAID_OF_IT)
    return why.startswith(
        (*ways, *(f"there is no {one}{end}" for one in (f"file {name}", name[:200]) for end in (":", " (did")))
    )


def one_line(text: str) -> str:
    """The text without line breaks and control characters, which could rewrite the terminal."""
    return "".join(c if c.isprintable() or 0xD800 <= ord(c) < 0xE000 else " " for c in text)
