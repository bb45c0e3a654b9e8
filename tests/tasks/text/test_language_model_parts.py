"""N-grams beside a recurrent net: the same as the baseline's, over edges of pieces too, and weighed by dev."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import fathom
from fathom.nets.text.mixed_lm import MixedLM
from fathom.nets.text.ngrams import NGrams
from fathom.records import Example, Settings
from fathom.runs.load import load_net, load_task
from fathom.tasks.text.language_model import LanguageModel
from fathom.tasks.text.language_model_baselines import WittenBell
from fathom.tasks.text.language_model_parts import SHARES, choose, count_ngrams, weigh
from fathom.training.batching import collate

NAMES = [a + b + c for a in ("an", "bel", "cor") for b in ("a", "i", "to") for c in ("na", "rus", "dor")]


def fitted(unit: str = "line") -> tuple[LanguageModel, MixedLM]:
    task = LanguageModel(Settings(net="mixed", options={"hidden": "8"}))
    task.unit_ = unit
    task.fit([Example(name, name, "") for name in NAMES])
    torch.manual_seed(0)
    net = task.net().eval()
    assert isinstance(net, MixedLM)
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
        said = net(tokens[:, :-1], tokens[:, :1].expand(-1, 3))
        torch.testing.assert_close(said.sum(2), torch.ones(1, len(text) - 1))
        found = said.gather(2, tokens[:, 1:, None])[0, :, 0]
        np.testing.assert_allclose(found.numpy(), model.probability([np.array(text)]), rtol=1e-5)


@pytest.mark.parametrize("unit", ["line", "text"])
def test_what_is_carried_makes_pieces_one_text(unit):
    task, net = fitted(unit)
    count_ngrams(net, encoded(task, NAMES), unit == "text")
    net.share.fill_(0.5)
    tokens = torch.randint(1, len(task.characters_), (2, 11))
    first, state = net(tokens[:, :4], None)
    second, _ = net(tokens[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), net(tokens))
    torch.testing.assert_close(net(tokens).exp().sum(2), torch.ones(2, 11))


def test_dev_chooses_the_share_that_costs_least():
    task, net = fitted()
    count_ngrams(net, encoded(task, NAMES), False)
    dev = encoded(task, NAMES[::2])
    kept = choose(net, task, dev)
    assert kept is not None
    assert kept.part == "n-grams"  # the net was never trained
    assert net.share == 1.0
    batch = task.prepare(dev, None)
    nats, characters = task.loss(net(batch["tokens"]), batch)
    assert (nats.sum() / characters.sum()).item() == pytest.approx(kept.losses["n-grams"], rel=1e-4)


def test_each_part_alone_is_kept_only_where_it_is_surely_better():
    rng = np.random.default_rng(0)
    net, ngrams = rng.uniform(5, 9, 400), rng.uniform(5, 9, 400)
    nats = {share: (1 - share) * net + share * ngrams for share in SHARES} | {0.0: net, 1.0: ngrams}
    mixture = {share: each - 1.0 for share, each in nats.items() if 0 < share < 1} | {0.0: net, 1.0: ngrams}
    characters = np.full(400, 8.0)
    assert weigh(mixture, characters)[1].part == "both"
    worse = {share: each + 4.0 * share for share, each in nats.items()}
    assert weigh(worse, characters)[0] == 0.0
    assert weigh(worse, characters)[1].part == "net"


def test_a_run_of_names_keeps_its_n_grams(tmp_path, monkeypatch):
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "names.txt").write_text("\n".join(NAMES * 3))
    run = fathom.train(tmp_path / "names.txt", epochs=1, hidden=8, out=tmp_path / "run")
    task = load_task(run.folder)
    net = load_net(run.folder, task)
    assert isinstance(net, MixedLM)
    assert net.share > 0
    assert net.ngrams.fitted
    p = net(torch.from_numpy(task.encode(Example("x", "anana"))["tokens"])[None, :-1])
    torch.testing.assert_close(p.exp().sum(2), torch.ones(1, 6))
    assert run.figures["dev"].value < 2.5  # the net alone, of one epoch, would say more
