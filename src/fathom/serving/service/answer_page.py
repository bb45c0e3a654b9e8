"""An answer as HTML: what was said and how surely, what was drawn, the spans, and the nearest examples."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from typing import Any

BARS = 8
"""Classes that are shown at most."""
COLOURS = ("#ffd97d", "#aaf683", "#9bd9ff", "#ffb3c6", "#d9c2ff", "#ffc89a")
_BAR = (
    '<div style="display:flex;align-items:center;gap:.6em;margin:.2em 0"><span style="width:9em;overflow:hidden;'
    'text-overflow:ellipsis;white-space:nowrap">{name}</span><span style="flex:1;background:#8883;border-radius:4px">'
    '<span style="display:block;width:{width:.1f}%;background:#3b82f6;height:.9em;border-radius:4px"></span></span>'
    '<span style="width:4em;text-align:right">{percent}</span></div>'
)


def answer_html(
    record: Mapping[str, Any], shown: str, picture: bytes = b"", words: Sequence[str] = (),
    nearest: Sequence[tuple[str, str, bytes]] = (),
) -> str:  # fmt: skip
    """An answer, for people.

    Args:
        record: as ``/predict`` answers.
        shown: the prediction in words.
        picture: what was drawn, a JPEG or PNG.
        words: of the input, each of which has a tag.
        nearest: label, distance and picture of examples that are like the input.
    """
    sure = record.get("confidence")
    head = html.escape(shown) + ("" if sure is None else f" &nbsp;<small>{100 * sure:.0f} %</small>")
    tags = str(record["prediction"]).split()
    parts = [f'<div style="font-size:1.5em;margin:.2em 0 .6em;overflow-wrap:anywhere">{head}</div>']
    if words and len(words) == len(tags):
        parts[0] = spans(words, tags)
    parts += _bars(record.get("scores") or {}) if sure is not None else []
    if picture:
        parts.append(f'<img alt="the answer, drawn" style="max-width:100%;margin-top:.8em" src="{_data(picture)}">')
    if nearest:
        parts.append('<div style="margin-top:1em">The nearest training examples:</div>' + _gallery(nearest))
    parts += [f'<div style="color:#b45309">{html.escape(one)}</div>' for one in record.get("doubts", ())]
    return "".join(parts)


def spans(words: Sequence[str], tags: Sequence[str]) -> str:
    """A sentence in which what has a tag is marked, each kind in its colour."""
    kinds = sorted({kind for tag in tags if (kind := tag.partition("-")[2] or tag) != "O"})
    told = []
    for word, tag in zip(words, tags, strict=True):
        kind = tag.partition("-")[2] or tag
        if kind == "O":
            told.append(html.escape(word))
            continue
        colour = COLOURS[kinds.index(kind) % len(COLOURS)]
        style = f"background:{colour};color:#111;border-radius:4px;padding:.1em .3em"
        told.append(f'<span style="{style}">{html.escape(word)} <small>{html.escape(kind)}</small></span>')
    return f'<div style="font-size:1.2em;line-height:2">{" ".join(told)}</div>'


def sound_html(sound: bytes, picture: bytes) -> str:
    """A tune to hear and to see."""
    player = f'<audio controls autoplay style="width:100%" src="data:audio/wav;base64,{_coded(sound)}"></audio>'
    return f'{player}<img alt="the tune" style="max-width:100%;margin-top:.8em" src="{_data(picture)}">'


def error_html(text: str) -> str:
    """Why there is no answer."""
    return f'<div style="color:#b91c1c;font-size:1.1em">{html.escape(text)}</div>'


def _bars(scores: Mapping[str, float]) -> list[str]:
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])[:BARS]
    return [_BAR.format(name=html.escape(str(name)), width=100 * p, percent=f"{100 * p:.1f} %") for name, p in ranked]


def _gallery(nearest: Sequence[tuple[str, str, bytes]]) -> str:
    cells = (
        f'<figure style="margin:.3em"><img alt="" style="height:112px" src="{_data(picture)}">'
        f"<figcaption>{html.escape(label)} <small>{distance}</small></figcaption></figure>"
        for label, distance, picture in nearest
    )
    return f'<div style="display:flex;flex-wrap:wrap">{"".join(cells)}</div>'


def _data(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{_coded(picture)}"


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()
