"""Pictures, masks and boxes change together while training, and mean what they meant."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import drawn_data
import fathom
from fathom.data.counter_rng import BatchRng, example_keys
from fathom.errors import UserError
from fathom.tasks.image import augmentation, mixup


def draw(n: int, epoch: int = 0) -> BatchRng:
    return BatchRng(0, epoch, example_keys([str(i) for i in range(n)]))


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_boxes_and_masks_go_where_their_picture_goes(seed):
    """A bright rectangle is moved as a picture, as a mask and as a box: all three say the same."""
    rng = np.random.default_rng(seed)
    height, width = 96, 128
    top, left = int(rng.integers(20, 40)), int(rng.integers(30, 60))
    bottom, right = top + int(rng.integers(16, 30)), left + int(rng.integers(16, 40))
    image, mask = torch.zeros(1, 1, height, width), torch.zeros(1, height, width, dtype=torch.uint8)
    image[:, :, top:bottom, left:right] = 255
    mask[:, top:bottom, left:right] = 1
    boxes = torch.tensor([[[left / width, top / height, right / width, bottom / height]]])
    policy = augmentation.Policy(turn=0.0, zoom=(0.8, 1.2), reach=0.1)
    u = augmentation.numbers(draw(1, epoch=seed), image)
    theta = augmentation.maps(u, 1.0, policy, image)
    new = augmentation.moved(image, theta, outside="zeros")[0, 0]
    new_mask = augmentation.moved_masks(mask, theta)[0]
    box = augmentation.moved_boxes(boxes, theta)[0, 0] * torch.tensor([width, height, width, height])
    assert (((new > 127) != (new_mask == 1)).float().mean()) < 0.02
    rows, columns = torch.nonzero(new > 127).unbind(1)
    seen = torch.stack([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]).float()
    inside = (box > 1).all() and bool((box[[0, 2]] < width - 1).all()) and bool((box[[1, 3]] < height - 1).all())
    if inside:
        assert (seen - box).abs().max() <= 1.5


def test_masks_are_bent_as_their_pictures():
    mask = torch.zeros(1, 64, 96, dtype=torch.uint8)
    mask[:, 20:40, 30:60] = 1
    image = 255.0 * mask[:, None]
    straight = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    bend = augmentation.bends(draw(1), 1.0, 0.1, image)
    assert bend.abs().max() <= 0.2
    new = augmentation.moved(image, straight, bend=bend)[0, 0]
    new_mask = augmentation.moved_masks(mask, straight, bend)[0]
    assert ((new > 127) != (new_mask == 1)).float().mean() < 0.02
    assert 0.02 < ((new_mask == 1) != (mask[0] == 1)).float().mean() < 0.2  # and they are bent


def test_a_turned_box_is_the_upright_one_around_it():
    theta = torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]])  # a quarter turn
    box = torch.tensor([[[0.25, 0.4, 0.75, 0.6]]])
    assert augmentation.moved_boxes(box, theta)[0, 0].tolist() == pytest.approx([0.4, 0.25, 0.6, 0.75])
    image = torch.zeros(1, 1, 20, 20)
    image[:, :, 4:8, 2:6] = 255  # away from the middle, so that it matters which way it is turned
    rows, columns = torch.nonzero(augmentation.moved(image, theta)[0, 0] > 127).unbind(1)
    seen = [columns.min() / 20, rows.min() / 20, (columns.max() + 1) / 20, (rows.max() + 1) / 20]
    box = torch.tensor([[[0.1, 0.2, 0.3, 0.4]]])
    assert augmentation.moved_boxes(box, theta)[0, 0].tolist() == pytest.approx([float(x) for x in seen])


@pytest.mark.parametrize("mix", [mixup.mixup, mixup.cutmix])
def test_mixed_pictures_are_as_mixed_as_their_targets(mix):
    """Each picture is of one brightness: the mean of what comes out tells how much is of whom."""
    image = torch.arange(8.0).reshape(8, 1, 1, 1).expand(8, 3, 32, 32) * 30
    new, other, share = mix(image, draw(8), 1.0)
    expected = share * image[:, 0, 0, 0] + (1 - share) * image[other][:, 0, 0, 0]
    assert new.mean((1, 2, 3)).numpy() == pytest.approx(expected.numpy(), abs=1e-3)
    assert sorted(other.tolist()) == list(range(8))
    assert all(i != j for i, j in enumerate(other.tolist()))
    targets = mixup.mixed(torch.arange(8.0), {"share": share, "other": other})
    assert targets.numpy() == pytest.approx(expected.numpy() / 30, abs=1e-4)


def test_pictures_grow_to_their_size():
    image = torch.rand(2, 3, 64, 64) * 255
    sides = [mixup.grown(image, done).shape[-1] for done in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    assert sides == sorted(sides)
    assert sides[0] == 32
    assert sides[-1] == 64
    assert mixup.grown(image, 1.0) is image


def test_growing_mixing_and_mirroring_train(tmp_path):
    data = tmp_path / "data"
    rng = np.random.default_rng(0)
    for name, level in (("bright", 170), ("dark", 80)):
        for i in range(20):
            (data / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(drawn_data.noise(rng, 40, 40, level)).save(data / name / f"{i}.png")
    asked = {"net": "convnet", "epochs": 2, "mixup": 0.2, "grow": True, "tta": True, "size": 40}
    run = fathom.train(data, out=tmp_path / "run", **asked)
    assert run.figures["dev"].value <= 0.5
    with pytest.raises(UserError, match="one size"):
        fathom.train(data, out=tmp_path / "other", net="lenet", grow=True)
    with pytest.raises(UserError, match="neither yes nor no"):
        fathom.train(data, out=tmp_path / "third", tta="perhaps")


def test_the_mean_with_the_mirror_image_does_not_depend_on_the_side():
    from fathom.nets import ConvNet
    from fathom.nets.image.normalize import Normalized

    net = Normalized(ConvNet(3, 16, 2), [100.0] * 3, [50.0] * 3).eval()
    net.mirrored = True
    image = torch.rand(4, 3, 16, 16) * 255
    with torch.no_grad():
        assert torch.allclose(net(image), net(image.flip(3)), atol=1e-5)
