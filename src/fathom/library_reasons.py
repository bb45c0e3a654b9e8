"""Why a file cannot be read, in our words: what a library says of it names its own inner parts.

The reason and the place are kept. What is not known here is shown as the library says it, its first line alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

_JSON = {
    "Expecting value": "a value is missing",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name": "a name in double quotes is missing",
    "Unterminated string": "a text in quotes is not closed",
    "Extra data": "something stands behind its end",
    "Invalid control character": "a text in quotes has a line break or a control character in it",
    "Invalid \\": "a text in quotes has a backslash in it that means nothing",
    "Illegal trailing comma": "a comma stands behind the last value",
}
"""What is wrong with JSON, by the beginning of what `json` says."""
_SHAPE = re.compile(
    r"size mismatch for (\S+): copying a param with shape torch\.Size\(\[([\d, ]*)\]\) from checkpoint, "
    r"the shape in current model is torch\.Size\(\[([\d, ]*)\]\)"
)


_KINDS = {
    "int": "a whole number", "float": "a number", "str": "a text", "bool": "yes or no", "array": "a list",
    "object": "a mapping", "null": "nothing",
}  # fmt: skip
_BOUNDS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}


def _kind(name: str) -> str:
    return _KINDS.get(name, name)


def _shape(sizes: str) -> str:
    return " × ".join(sizes.split(", ")) if sizes else "a single number"


_KNOWN: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    # gzip, bz2, lzma, zip
    (r"ended before the end-of-stream marker|unexpected end of data|[Tt]runcated", "it was cut off"),
    (r"[Nn]ot a gzipped file|Unknown compression method", "it is not packed with gzip"),
    (r"not a zip file", "it is no ZIP file, or was cut off"),
    (r"CRC check failed|Bad CRC-32", "its content does not fit its checksum"),
    (r"while decompressing data|Invalid data stream|Corrupt input data", "its packed content is damaged"),
    # polars: Parquet and Arrow
    (r"must end with PAR1|at least 12 bytes", "it is no Parquet file, or was cut off"),
    (r"InvalidFooter", "it is no Arrow file, or was cut off"),
    (r"[Oo]ut.of.spec|[Tt]hrift", "its inner structure is damaged"),
    # msgspec: JSON of a known form
    (
        r"Expected `(\w+)(?: \| null)?`, got `(\w+)`(?: - at `\$\.?([^`]*)`)?",
        lambda m: f"{m[3] or 'it'} is {_kind(m[2])} and should be {_kind(m[1])}",
    ),
    (
        r"Expected `\w+` (<=|>=|<|>) ([\d.e+-]+) - at `\$\.?([^`]*)`",
        lambda m: f"{m[3] or 'it'} should be {_BOUNDS[m[1]]} {float(m[2]):g}",
    ),
    (r"JSON is malformed: .*\(byte (\d+)\)", lambda m: f"byte {int(m[1]) + 1}: it is no JSON"),
    # csv and XML
    (r"field larger than field limit", "a field is too long: perhaps a quote is not closed"),
    (r"no element found: line (\d+), column (\d+)", lambda m: f"line {m[1]}: it ends too early"),
    (r"mismatched tag: line (\d+), column (\d+)", lambda m: f"line {m[1]}, column {m[2]}: another element is closed"),
    (
        r"(?:not well-formed|syntax error).*: line (\d+), column (\d+)",
        lambda m: f"line {m[1]}, column {m[2]}: it is no XML",
    ),
    # Pillow: pictures
    (r"broken data stream|unrecognized data stream", "its inner data is damaged"),
    (r"create decoder object", "its header is damaged"),
    (r"Unsupported BMP header type.*|not a (TIFF|GIF|JPEG) file.*", "its header is damaged"),
    (r"broken PNG file.*|bad (checksum|header checksum) in .*", "its content does not fit its checksum"),
    # safetensors and PyTorch
    (r"incomplete metadata|MetadataIncompleteBuffer|file not fully covered", "it was cut off"),
    (r"deserializing header|[Hh]eader(TooLarge|TooSmall| too (large|small))", "its header is damaged"),
    (r"PytorchStreamReader", "it is no file of weights, or was cut off"),
    (r"Weights only load failed", "it holds more than weights"),
    (_SHAPE.pattern, lambda m: f"{m[1]} has the shape {_shape(m[2])}, and the net has {_shape(m[3])}"),
    (r'Missing key\(s\) in state_dict: "([^"]*)"', lambda m: f"it has no {m[1]}, which the net has"),
    (r'Unexpected key\(s\) in state_dict: "([^"]*)"', lambda m: f"it has {m[1]}, which the net has not"),
    # symusic: MIDI
    (
        r"Invalid chunk length (\d+) \(remaining bytes after header: (\d+)\)",
        lambda m: f"a part of it should have {m[1]} bytes, and {m[2]} are left",
    ),
    (r"(?i)unexpected (eof|end of file)|end of (file|data|buffer)", "it was cut off"),
    (r"^MiniMidi: .*", "what it says of its notes contradicts itself"),
)
"""What libraries say, and what it means; the first that fits counts."""


def reason_of(error: BaseException, most: int = 200) -> str:
    """Why something could not be read, in words that can follow "since" or stand in brackets.

    Args:
        error: as a library, or the system, raised it.
        most: characters of it.

    >>> reason_of(EOFError("Compressed file ended before the end-of-stream marker was reached"))
    'it was cut off'
    >>> reason_of(OSError(28, "No space left on device"))
    'No space left on device'
    """
    if isinstance(error, json.JSONDecodeError):
        return _of_json(error)
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start + 1:,} of it is no text in UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "it is too large for the memory"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and (found := re.search(r"(\w[^:]*) \(os error \d+\)", text)):
        return found[1]
    for pattern, words in _KNOWN:
        if found := re.search(pattern, text):
            return words if isinstance(words, str) else words(found)
    return (str(error).strip().splitlines() or ["it is damaged"])[0].strip()[:most] or "it is damaged"


def _of_json(error: json.JSONDecodeError) -> str:
    """What is wrong with JSON, and where."""
    if not error.doc.strip():
        return "it is empty"
    if error.pos >= len(error.doc.rstrip()):
        return f"line {error.lineno}: it ends too early"
    words = next((words for said, words in _JSON.items() if error.msg.startswith(said)), error.msg)
    return f"line {error.lineno}, column {error.colno}: {words}"
