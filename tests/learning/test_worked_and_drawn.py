"""The worked numbers of parts 3 to 5, and what their diagrams show, are what the solutions compute."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from fathom.learning.child import Code
from fathom.learning.course import find
from fathom.learning.diagrams import beam_search as beam_picture
from fathom.learning.diagrams import boxes as boxes_picture
from fathom.learning.diagrams import convolution as convolution_picture
from fathom.learning.diagrams import ctc as ctc_picture
from fathom.learning.diagrams import end_to_end as end_to_end_picture
from fathom.learning.diagrams import error_analysis as error_picture
from fathom.learning.diagrams import label_noise as noise_picture
from fathom.learning.diagrams import lstm as lstm_picture
from fathom.learning.diagrams import music_tokens as music_picture
from fathom.learning.diagrams import receptive_field as field_picture
from fathom.learning.sandbox import Inside


def call(name: str, function: str, *args: Any) -> Any:
    return Inside(find(name).solution).call(function, *args)


def told(values: object, digits: int) -> list[str]:
    """Numbers as lessons write them: with a true minus, and no zeros at the end of whole ones."""
    return [f"{v:.{digits}f}".replace("-", "−") for v in np.ravel(np.asarray(values, float))]


def rnn() -> Iterable[str]:
    xs, h0, wx, wh, b = (
        np.array([[[1.0]], [[0.5]]]),
        np.zeros((1, 1)),
        np.array([[0.8]]),
        np.array([[0.5]]),
        np.zeros(1),
    )
    states = call("rnn", "forward", xs, h0, wx, wh, b)
    yield from told(states, 3)
    for gradient in call("rnn", "backward", np.array([[[0.0]], [[1.0]]]), xs, h0, states, wx, wh):
        yield from told(gradient, 3)


def lstm() -> Iterable[str]:
    x, h, c = np.zeros((1, 1)), np.zeros((1, 1)), np.array([[1.5]])
    wx, wh, b = np.zeros((1, 4)), np.zeros((1, 4)), np.array([0.5, 2.0, 0.0, 1.0])
    new_h, new_c = call("lstm", "step", x, h, c, wx, wh, b)
    assert np.isclose(lstm_picture.step()["state"], new_h)
    yield from told([new_h, new_c], 3)
    _, _, d_c, d_z = call("lstm", "backward", np.ones((1, 1)), np.zeros((1, 1)), x, h, c, wx, wh, b)
    yield from [*told(d_c, 3), *told(d_z[0, 1], 4), *told(d_z[0, 2], 3)]


def clip_and_sample() -> Iterable[str]:
    got = call("clip-and-sample", "clip", [np.array([2.0, -1.0]), np.array([2.0])], 1.5)
    assert [g.tolist() for g in got] == [[1.0, -0.5], [1.0]]
    for temperature in (0.5, 1.0, 2.0):
        e = np.exp(np.array([3.0, 2.0, 0.0]) / temperature)
        yield from told(e / e.sum(), 3)


def character_model() -> Iterable[str]:
    table = call("character-model", "train", np.array([1, 0, 2, 0, 2, 0]), 3, 0.5)
    yield from told(table[0], 3)
    yield from told(call("character-model", "bits", table, np.array([1, 0, 2, 0])), 3)


def analogies() -> Iterable[str]:
    table = np.array([[1, 0], [3, 1], [1, 2], [2, 2.2], [0, 3]])
    assert call("analogies", "analogy", table, 0, 1, 2) == 3
    assert call("analogies", "remove", table[1:2], np.array([1.0, 2.0])).tolist() == [[2.0, -1.0]]
    yield from (told(call("analogies", "cosine", row, np.array([3.0, 3.0])), 3)[0] for row in table)


def attention() -> Iterable[str]:
    q, k = np.array([[2.0, 0, 0, 0]]), np.array([[2.0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    v, allowed = np.array([[1.0], [5], [9]]), np.array([[True, True, False]])
    output, weights = call("attention", "attention", q, k, v, allowed)
    yield from [*told(output, 3), *told(weights[0, :2], 3)]
    yield from told(call("attention", "attention", q, k, v, np.ones((1, 3), bool))[1], 3)


def spectrogram() -> Iterable[str]:
    power = call("spectrogram", "spectrogram", np.array([1.0, 0, -1, 0]), np.array([0.5, 1, 1, 0.5]), 1)
    assert np.allclose(power, [0.25, 2.25, 0.25])
    assert call("spectrogram", "labels", 11, 4, 3, [(3, 8)]).tolist() == [0, 1, 0]
    yield "0.25 + 2.25 + 0.25 + 2.25 = 5"


def ctc() -> Iterable[str]:
    score = call("ctc", "score", ctc_picture.P, [1, 2])
    assert np.isclose(score, ctc_picture.forward()[-1, -2:].sum())
    assert np.isclose(score, sum(probability for _, probability in ctc_picture.paths()))
    yield from told(score, 3)
    yield from (told(probability, 3)[0] for _, probability in ctc_picture.paths())
    yield from (f"{v:.3f}".rstrip("0") for v in ctc_picture.forward().ravel() if v)


def beam_search() -> Iterable[str]:
    names = ("A", "B", "end")
    rows = {n: list(beam_picture.NEXT[name].values()) for n, name in ((-1, ""), (0, "A"), (1, "B"))}
    log_p = Code(f"lambda words: np.log({rows}[words[-1] if words else -1])")
    found, total = call("beam-search", "beam", log_p, 2, 2, 2)
    assert [names[word] for word in found] == ["B", "end"]
    greedy = call("beam-search", "beam", log_p, 2, 1, 2)[1]
    yield from told([total, greedy, total / 2, greedy / 2], 3)


def music_tokens() -> Iterable[str]:
    tokens = call("music-tokens", "encode", [(64, 2, 3), (67, 40, 1), (60, 2, 8)])
    assert tokens == [token for token, _, _ in music_picture.tokens()]
    assert call("music-tokens", "decode", tokens) == [(60, 2, 8), (64, 2, 3), (67, 40, 1)]
    yield ", ".join(map(str, tokens))


def convolution() -> Iterable[str]:
    x, w, b = convolution_picture.PICTURE[None], convolution_picture.FILTER[None, None], np.array([0.5])
    got = call("convolution", "convolve", x, w, b, 1, 0)[0]
    assert np.allclose(got, convolution_picture.output())
    yield from (f"| {' | '.join(told(row, 1))} |" for row in got)
    assert call("convolution", "convolve", x, w, b, 2, 1).shape == (1, 3, 3)
    yield from told(call("convolution", "convolve", x, w, b, 2, 1)[0, 0, 0], 1)


def convolution_backward() -> Iterable[str]:
    x, w = np.array([[[[1.0, 2, 0], [3, 1, 1], [0, 2, 4]]]]), np.array([[[[1.0, -1], [2, 0]]]])
    for got in call("convolution-backward", "backward", np.array([[[[1.0, 2], [0, -1]]]]), x, w, 1, 0)[:2]:
        yield "[" + ", ".join(f"[{', '.join(told(row, 0))}]" for row in got[0, 0] + 0.0) + "]"


def pooling() -> Iterable[str]:
    x = np.array([[[1.0, 3, 0, 2], [2, 0, 4, 4], [5, 1, -1, -2], [0, 2, -3, -1]]])
    assert call("pooling", "max_forward", x, 2).tolist() == [[[3, 4], [5, -1]]]
    yield from (
        f"| {' | '.join(told(row, 0))} |"
        for row in call("pooling", "max_backward", np.array([[[1.0, 2], [3, 4]]]), x, 2)[0]
    )


def receptive_field() -> Iterable[str]:
    layers = [(5, 1, 2), (2, 2, 0), (5, 1, 0), (2, 2, 0)]
    for n in range(1, 5):
        yield f"= {call('receptive-field', 'receptive_field', [one[:2] for one in layers[:n]])} |"
        yield f"= {call('receptive-field', 'output_size', 32, layers[:n])} |"
    shown = [(k, stride) for _, k, stride in field_picture.LAYERS]
    assert call("receptive-field", "receptive_field", shown) == len(field_picture.seen(1)[0])


def residual_block() -> Iterable[str]:
    x, w1, w2 = np.array([[1.0, 2]]), np.array([[1, -1], [0.5, 0.25]]), np.array([[0.5, 0], [1, -1.0]])
    assert call("residual-block", "forward", x, w1, w2).tolist() == [[2, 2]]
    d_x, d_w1, d_w2 = call("residual-block", "backward", np.array([[1.0, -1]]), x, w1, w2)
    assert (d_w1.tolist(), d_w2.tolist()) == ([[0.5, 0], [1, 0]], [[2, -2], [0, 0]])
    yield from told(d_x[0, 1], 2)


def fine_tuning() -> Iterable[str]:
    w = call(
        "fine-tuning", "train_head", Code("lambda x: x"), np.array([[1.0, 2], [2, 0]]), np.array([0, 1]), 2, 2, 0.5, 0.1
    )
    yield f"[[{told(w, 3)[0]}, {told(w, 3)[1]}], [{told(w, 3)[2]}, {told(w, 3)[3]}]]"


def boxes() -> Iterable[str]:
    a, b = np.array([boxes_picture.A]), np.array([boxes_picture.B])
    assert np.isclose(call("boxes", "iou", a, b)[0, 0], boxes_picture.iou(boxes_picture.A, boxes_picture.B))
    found, scores = (
        np.array([box for box, _ in boxes_picture.FOUND], float),
        np.array([s for _, s in boxes_picture.FOUND]),
    )
    assert call("boxes", "keep", found, scores, 0.7) == [1, 0, 3]
    yield f"The result is {call('boxes', 'keep', found, scores, 0.5)}"


def unet() -> Iterable[str]:
    yield ", ".join(map(str, call("unet", "shapes", 24, 96, 3)))


def grouped_splits() -> Iterable[str]:
    for name in ("anna", "ben", "lucas", "theo", "chloe", "george"):
        place, where = call("grouped-splits", "place", name), call("grouped-splits", "split", [name], 0.15, 0.15)[0]
        yield f"| {name} | {zlib.crc32(name.encode()):,} | {place:.3f} | {where} |"


def metrics() -> Iterable[str]:
    truth, said = [1] * 134 + [0] * 866, [1] * 100 + [0] * 34 + [1] * 20 + [0] * 846
    yield from told(call("metrics", "f1", truth, said, 1), 3)
    models = [{"error": 6.0, "ms": 45, "mb": 20}, {"error": 7.5, "ms": 30, "mb": 48}, {"error": 8.0, "ms": 5, "mb": 10}]
    yield f"Model {call('metrics', 'choose', models, 'error', {'ms': 30, 'mb': 50})} is chosen"


def bias_and_variance() -> Iterable[str]:
    for wrong, n in ((14, 50), (140, 500)):
        yield " to ".join(told(call("bias-and-variance", "wilson", wrong, n, 1.96), 3))


def error_analysis() -> Iterable[str]:
    mistakes = [list(one) for one in error_picture.MISTAKES]
    best = call("error-analysis", "choose", mistakes, error_picture.DAYS, error_picture.MENDED, error_picture.BUDGET)
    yield f"The best set is {{{', '.join(best)}}}"
    yield f"| {', '.join(best)} | 8 | {error_picture.gain(tuple(best)):.1f} |"


def label_noise() -> Iterable[str]:
    assert call("label-noise", "suspects", noise_picture.P, noise_picture.LABELS).tolist() == [2]
    yield from (f"{bar:.3f}".rstrip("0") for bar in noise_picture.bars())


def train_dev() -> Iterable[str]:
    assert call("train-dev", "verdict", (3, 300), (2, 40), (5, 50), 3.0) == ""
    yield f'the verdict with z = 3 is "{call("train-dev", "verdict", (30, 3000), (24, 400), (45, 500), 3.0)}"'


def end_to_end() -> Iterable[str]:
    sizes, steps, direct = end_to_end_picture.SIZES, end_to_end_picture.STEPS, end_to_end_picture.DIRECT
    for errors in (steps, direct):
        assert np.allclose(call("end-to-end", "fit", np.array(sizes), np.array(errors)), end_to_end_picture.law(errors))
    args = np.array(sizes), np.array(steps), np.array(direct)
    yield f"So choose {call('end-to-end', 'decide', *args, 10_000, 0.1)}."
    yield f"the answer is still {call('end-to-end', 'decide', *args, 2_000, 0.1)}"


def multi_task() -> Iterable[str]:
    z, y = np.array([[2.0, -1], [0.5, -3]]), np.array([[1, np.nan], [0, 1]])
    yield from told(call("multi-task", "loss", z, y), 3)
    yield from told(call("multi-task", "gradient", z, y)[1], 3)


WORKED: dict[str, Callable[[], Iterable[str]]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        rnn, lstm, clip_and_sample, character_model, analogies, attention, spectrogram, ctc, beam_search, music_tokens,
        convolution, convolution_backward, pooling, receptive_field, residual_block, fine_tuning, boxes, unet,
        grouped_splits, metrics, bias_and_variance, error_analysis, label_noise, train_dev, end_to_end, multi_task,
    )
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_worked_numbers_are_those_of_the_solution(name: str) -> None:
    text = find(name).lesson.split("## Worked numbers")[1].split("\n## ")[0]
    section = " ".join(text.split())
    assert [number for number in WORKED[name]() if number not in section] == []
