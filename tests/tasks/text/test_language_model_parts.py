"""What stands beside a recurrent net: n-grams as the baseline's, a cache of what was read, both weighed by dev."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import fathom
from fathom.nets.text.cache import Cache
from fathom.nets.text.mixed_lm import BesideLSTM, MixedLM
from fathom.nets.text.ngrams import NGrams
from fathom.records import Example, Settings
from fathom.runs.load import load_net, load_task
from fathom.tasks.text.language_model import LanguageModel
from fathom.tasks.text.language_model_baselines import WittenBell
from fathom.tasks.text.language_model_parts import Said, choose, count_ngrams, weigh
from fathom.training.batching import collate

NAMES = [a + b + c for a in ("an", "bel", "cor") for b in ("a", "i", "to") for c in ("na", "rus", "dor")]


def fitted(unit: str = "line", kind: str = "mixed") -> tuple[LanguageModel, BesideLSTM]:
    task = LanguageModel(Settings(net=kind, options={"hidden": "8"}))
    task.unit_ = unit
    task.fit([Example(name, name, "") for name in NAMES])
    torch.manual_seed(0)
    net = task.net().eval()
    assert isinstance(net, BesideLSTM)
    return task, net


def encoded(task: LanguageModel, names: list[str]) -> dict[str, torch.Tensor]:
    return collate(task, [task.encode(Example(n, n)) for n in names])


def test_the_module_says_what_the_baseline_says():
    rng = np.random.default_rng(0)
    texts = [rng.integers(0, 5, n) for n in (30, 12, 41)]
    model, net = WittenBell(texts, 6, 4), NGrams(6, 4)
    net.take([tuple(torch.from_numpy(np.asarray(part, np.int64)) for part in table) for table in model.tables])
    for text in ([1, 2, 0, 4, 3, 3, 1], [5, 5, 5, 1]):  # the last has a token that was never seen
        tokens = torch.tensor([text])
        said, _ = net(tokens[:, :-1], net.begin(tokens))
        torch.testing.assert_close(said.sum(2), torch.ones(1, len(text) - 1))
        found = said.gather(2, tokens[:, 1:, None])[0, :, 0]
        np.testing.assert_allclose(found.numpy(), model.probability([np.array(text)]), rtol=1e-5)


def cached_by_hand(text: list[int], at: int, cache: Cache) -> tuple[dict[int, float], int]:
    """What followed each earlier place, weighed by e to the number of tokens that agree, and the longest match."""
    found: dict[int, float] = {}
    longest = 0
    for place in range(max(0, at - cache.window), at):
        agree = 0
        while agree < min(cache.longest, place + 1) and text[place - agree] == text[at - agree]:
            agree += 1
        if agree >= cache.shortest:
            found[text[place + 1]] = found.get(text[place + 1], 0.0) + float(np.exp(agree))
            longest = max(longest, agree)
    return found, longest


def test_the_cache_says_what_followed_the_same_tokens_before():
    text = np.random.default_rng(0).integers(0, 3, 80).tolist()
    cache = Cache(3, window=40, shortest=2, longest=5)
    tokens = torch.tensor([text, text[::-1]])
    said, level = cache(tokens, cache.begin(tokens))
    assert int(level.max()) == cache.levels - 1
    for at in range(80):
        found, longest = cached_by_hand(text, at, cache)
        total = sum(found.values()) or 1.0
        wanted = [found.get(v, 0.0) / total for v in range(3)]
        np.testing.assert_allclose(said[0, at].numpy(), wanted, atol=1e-6)
        assert int(level[0, at]) == (longest - cache.shortest + 1 if longest else 0)


@pytest.mark.parametrize(("unit", "kind"), [("line", "mixed"), ("text", "mixed"), ("text", "cached")])
def test_what_is_carried_makes_pieces_one_text(unit, kind):
    task, net = fitted(unit, kind)
    count_ngrams(net, encoded(task, NAMES), unit == "text")
    net.shares.fill_(0.5)
    net.shares[0] = 0.5 if kind == "mixed" else 0.0
    tokens = torch.randint(1, 4, (2, 30))
    first, state = net(tokens[:, :13], None)
    second, _ = net(tokens[:, 13:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), net(tokens))
    torch.testing.assert_close(net(tokens).exp().sum(2), torch.ones(2, 30))


def test_dev_chooses_the_share_that_costs_least():
    task, net = fitted()
    count_ngrams(net, encoded(task, NAMES), False)
    dev = encoded(task, NAMES[::2])
    kept = choose(net, task, dev)
    assert kept is not None
    assert kept.part != "net"  # which was never trained
    assert net.shares[0] > 0.9
    batch = task.prepare(dev, None)
    nats, characters = task.loss(net(batch["tokens"]).detach(), batch)
    assert (nats.sum() / characters.sum()).item() == pytest.approx(kept.losses[kept.part], rel=1e-4)


def test_a_cache_is_kept_where_a_text_says_again_what_it_has_said():
    task, net = fitted("text", "cached")
    text = "".join(np.random.default_rng(0).choice(NAMES, 30).tolist() * 3)
    dev = encoded(task, [text[i : i + 20] for i in range(0, len(text) - 20, 19)])
    kept = choose(net, task, dev)
    assert kept is not None
    assert kept.part == "both"
    assert kept.high < 0
    assert set(kept.figures) == {"net", "both"}
    assert float(net.shares[0]) == 0.0
    assert float(net.shares[-1]) > 0.5


def test_a_part_alone_is_kept_only_where_it_is_surely_better():
    rng = np.random.default_rng(0)
    net, beside = rng.uniform(0.1, 0.9, (2, 4000))
    level, text = np.zeros(4000, np.int64), np.repeat(np.arange(400), 10)
    characters = np.full(400, 10.0)
    assert weigh(Said(net, beside, level, text, characters), 1, "n-grams")[1].part == "both"
    shares, kept = weigh(Said(net, beside / 100, level, text, characters), 1, "n-grams")
    assert shares.tolist() == [0.0]
    assert kept.part in ("both", "net")
    assert weigh(Said(net / 100, beside, level, text, characters), 1, "n-grams")[1].part == "n-grams"


def test_a_run_of_names_keeps_its_n_grams(tmp_path, monkeypatch):
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "names.txt").write_text("\n".join(NAMES * 3))
    run = fathom.train(tmp_path / "names.txt", epochs=1, hidden=8, out=tmp_path / "run")
    task = load_task(run.folder)
    net = load_net(run.folder, task)
    assert isinstance(net, MixedLM)
    assert net.shares[0] > 0
    assert net.beside.fitted
    p = net(torch.from_numpy(task.encode(Example("x", "anana"))["tokens"])[None, :-1])
    torch.testing.assert_close(p.exp().sum(2), torch.ones(1, 6))
    assert run.figures["dev"].value < 2.5  # the net alone, of one epoch, would say more
