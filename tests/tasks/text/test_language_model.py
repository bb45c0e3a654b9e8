"""Language models: padding, likelihood by hand, n-grams, drawing, and state that is carried."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from fathom.data.source import resolve
from fathom.data.text.running_text import is_lines, read_lines_or_text
from fathom.errors import UserError
from fathom.exported import sampling
from fathom.nets.text.gpt import FORMS, turned
from fathom.records import Example, Settings
from fathom.tasks.text.language_model import NETS, LanguageModel
from fathom.tasks.text.language_model_baselines import WittenBell, baselines
from fathom.training.batching import collate

NAMES = ["anna", "ben", "clara", "dora", "emil", "finn"]


def fitted(net: str = "lstm", unit: str = "line") -> LanguageModel:
    task = LanguageModel(Settings(net=net))
    task.unit_ = unit
    task.fit([Example(name, name, "") for name in NAMES])
    return task


@pytest.mark.parametrize("kind", list(NETS))
def test_padding_changes_nothing(kind):
    torch.manual_seed(0)
    task = fitted(kind)
    net = task.net().eval()
    batch = collate(task, [task.encode(Example(n, n)) for n in ("ben", "clara")])
    garbled = {**batch, "tokens": batch["tokens"].clone()}
    garbled["tokens"][0, 5:] = 7
    assert not torch.equal(batch["tokens"], garbled["tokens"])
    said = []
    for one in (batch, garbled):
        one = task.prepare(one, None)
        losses, weights = task.loss(net(one["tokens"]), one)
        losses.sum().backward()
        said.append((losses.tolist(), weights.tolist(), [p.grad.clone() for p in net.parameters()]))
        net.zero_grad()
    assert said[0][0] == pytest.approx(said[1][0], rel=1e-6)
    assert said[0][1] == said[1][1] == [4.0, 6.0]
    for a, b in zip(said[0][2], said[1][2], strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("kind", list(NETS))
def test_bits_per_character_by_hand(kind):
    torch.manual_seed(0)
    task = fitted(kind)
    net = task.net().eval()
    batch = task.prepare(collate(task, [task.encode(Example(n, n)) for n in NAMES]), None)
    output = net(batch["tokens"]).detach()
    losses, weights = task.loss(output, batch)
    bits, characters = 0.0, 0
    for logits, name in zip(output.numpy().astype(np.float64), NAMES, strict=True):
        for step, character in enumerate(name + "\n"):
            e = np.exp(logits[step])
            bits -= math.log2(e[task.characters_.index(character) + 1] / e.sum())
            characters += 1
    sums = {"nats": float(losses.sum()), "characters": float(weights.sum())}
    assert characters == sums["characters"]
    assert task.metric.of(sums) == pytest.approx(bits / characters, rel=1e-5)
    each = [p.value for p in task.decode(output, batch)]
    assert sum(b * w for b, w in zip(each, weights.tolist(), strict=True)) == pytest.approx(bits, rel=1e-5)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_carried_state_equals_one_long_forward(kind):
    torch.manual_seed(0)
    net = NETS[kind](9, hidden=12).eval()
    tokens = torch.randint(0, 9, (3, 20))
    first, state = net(tokens[:, :13], None)
    second, _ = net(tokens[:, 13:], state)
    assert all(part.shape[0] == 3 for part in state)
    torch.testing.assert_close(torch.cat([first, second], 1), net(tokens))


@pytest.mark.parametrize("form", FORMS)
def test_the_transformer_looks_back_only_and_writes_with_what_it_sees(form):
    torch.manual_seed(0)
    net = NETS["gpt"](9, width=16, heads=2, layers=2, context=8, form=form).eval()
    tokens = torch.randint(0, 9, (1, 8))
    other = tokens.clone()
    other[0, 5:] = (other[0, 5:] + 1) % 9
    torch.testing.assert_close(net(tokens)[:, :5], net(other)[:, :5])
    _, state = net.go_on(tokens[:, :7], None)
    torch.testing.assert_close(net.go_on(tokens[:, 7:], state)[0], net(tokens)[:, 7:])


def test_turned_pairs_tell_how_far_apart_they_are():
    """Complex numbers are the reference; the product depends on the distance alone, and no length changes."""
    rng = torch.Generator().manual_seed(1)
    q, k = (torch.randn(6, generator=rng, dtype=torch.float64) for _ in range(2))
    many = turned(torch.stack([q] * 12)), turned(torch.stack([k] * 12))  # the same at twelve places
    rate = 10_000.0 ** -(torch.arange(0, 6, 2, dtype=torch.float64) / 6)
    whole = torch.complex(q[:3], q[3:]) * torch.exp(1j * 7 * rate)
    torch.testing.assert_close(many[0][7], torch.cat([whole.real, whole.imag]), rtol=1e-6, atol=1e-6)
    products = many[0] @ many[1].T
    for apart in range(-5, 6):
        along = products.diagonal(apart)
        torch.testing.assert_close(along, along[:1].expand_as(along), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(many[0].norm(dim=1), q.norm().expand(12))


def test_a_gpt_of_before_is_built_as_it_was():
    """A recipe that says nothing of the form is of a net with learned positions and layer norm."""
    names = set(NETS["gpt"](9, width=16, heads=2, layers=1, context=8).state_dict())
    assert {"place.weight", "norm.bias", "blocks.0.norm_1.bias"} <= names
    today = LanguageModel(Settings(net="gpt"))
    today.unit_ = "line"
    chosen = today.defaults([Example(str(i), "abc", "") for i in range(9)])
    assert (chosen["options"]["form"], chosen["optimizer"]) == ("rotary", "muon")


def test_n_grams_sum_to_one_and_follow_the_rule_of_witten_and_bell():
    rng = np.random.default_rng(0)
    model = WittenBell([rng.integers(0, 4, 60)], 5, 3)
    for context in ([0, 1], [3, 3], [4, 4]):
        p = [model.probability([np.array([*context, c])])[-1] for c in range(5)]
        assert sum(p) == pytest.approx(1)
        assert min(p) > 0
    simple = WittenBell([np.array([0, 1, 2, 1, 2, 1, 1])], 3, 2)
    unigram = (4 + 2 / 3) / (6 + 2)  # "1" four times among six tokens of two kinds
    after_1 = (1 + 2 * unigram) / (3 + 2)  # after "1": 2, 2, 1
    assert simple.probability([np.array([1, 1])])[0] == pytest.approx(after_1)


def test_baselines_of_running_text_reach_over_the_edges_of_pieces():
    text = np.random.default_rng(1).integers(1, 5, 101)
    pieces = [text[i : i + 11] for i in range(0, 100, 10)]
    found = baselines(pieces, pieces, 5, running=True)[-1]
    whole = -np.log(WittenBell([text], 5).probability([text])).sum()
    assert sum(found.losses) == pytest.approx(whole)
    assert list(found.weights) == [10.0] * 10


def test_drawing_against_plain_references():
    logits = np.array([2.0, -1.0, 0.5, 1.0, -np.inf])
    special = pytest.importorskip("scipy.special")
    np.testing.assert_allclose(sampling.probabilities(logits, 0.7), special.softmax(logits / 0.7))
    kept = np.where(np.isin(np.arange(5), [0, 3]), logits, -np.inf)
    np.testing.assert_allclose(sampling.probabilities(logits, top_k=2), special.softmax(kept))
    p = special.softmax(logits)
    ranked, total, chosen = np.argsort(-p), 0.0, []
    for i in ranked:
        chosen.append(i)
        total += p[i]
        if total >= 0.8:
            break
    expected = np.where(np.isin(np.arange(5), chosen), p, 0)
    np.testing.assert_allclose(sampling.probabilities(logits, top_p=0.8), expected / expected.sum())
    assert sampling.probabilities(logits, 0).tolist() == [1, 0, 0, 0, 0]
    assert sampling.probabilities(logits, top_p=1e-9)[0] == 1
    for wrong in ((-1.0, 0, 1.0), (math.nan, 0, 1.0), (1.0, -1, 1.0), (1.0, 0, 0.0)):
        with pytest.raises(UserError):
            sampling.check(*wrong)


def test_lines_are_told_from_running_text_and_its_end_is_dev(tmp_path):
    assert is_lines("\n".join(NAMES))
    assert not is_lines("one\n\ntwo\n")
    assert not is_lines("long " * 100 + "\n" + "long " * 100)
    text = "".join(f"{i:04} \n\n" for i in range(500))
    (tmp_path / "a.txt").write_bytes(text.replace("\n", "\r\n").encode())
    unit, read = read_lines_or_text(resolve(str(tmp_path / "a.txt")), None, 50)
    assert unit == "text"
    splits = {s: "".join(e.input[1:] for e in read.items if e.split == s) for s in ("train", "test", "dev")}
    assert splits["train"] + splits["test"] + splits["dev"] == text
    assert len(splits["dev"]) == 350
    assert text.endswith(splits["dev"])


def test_it_writes_the_same_again_and_only_what_it_knows():
    torch.manual_seed(0)
    task = fitted(unit="text")
    net = task.net()
    first, second, other = ("".join(task.generate(net.eval(), prompt="an", length=30, seed=s)) for s in (1, 1, 2))
    assert first == second != other
    assert first.startswith("an")
    assert len(first) == 32
    with pytest.raises(UserError, match="'§'"):
        "".join(task.generate(net, prompt="a§"))


def test_generate_from_the_command_line(tmp_path, monkeypatch):
    import fathom

    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "names.txt").write_text("\n".join(a + b for a in NAMES for b in NAMES))
    run = fathom.train(tmp_path / "names.txt", epochs=1, hidden=8, out=tmp_path / "run")
    moved = run.path.rename(tmp_path / "elsewhere")
    call = [sys.executable, "-m", "fathom", "generate", str(moved), "--prompt", "an", "--length", "9", "--seed", "3"]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "".join(fathom.load(moved).generate("an", length=9, seed=3)) + "\n"


def test_defaults_follow_the_amount_of_text():
    def chosen(unit, n, length, **settings):
        task = LanguageModel(Settings(**settings))
        task.unit_ = unit
        return task.defaults([Example(str(i), "a" * length, "") for i in range(n)])

    long, short = chosen("text", 16_000, 65), chosen("text", 1_000, 65)
    many, few = chosen("line", 16_000, 9), chosen("line", 200, 9)
    assert long["options"] == {"hidden": 384, "layers": 1}
    assert short["options"] == {"hidden": 256, "layers": 1}
    assert (long["epochs"], short["epochs"], many["epochs"], few["epochs"]) == (4, 30, 6, 40)
    assert long["dropout"] < short["dropout"]
    assert many["dropout"] < few["dropout"] == 0.5
    assert "hidden" not in chosen("text", 1_000, 65, net="gpt")["options"]
