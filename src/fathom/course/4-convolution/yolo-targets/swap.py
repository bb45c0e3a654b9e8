"""A net that learns to find a bright box in noise by your targets, and whose answers you decode."""

import numpy as np
import torch
from torch import nn

EPOCHS, SIZE, CELLS = 25, 32, 4
ANCHORS = np.array([[6.0, 12.0], [12.0, 6.0]])


def scenes(n, rng):
    """Pictures with one box each, (n, 32, 32), and their boxes, (n, 4)."""
    x, boxes = rng.normal(size=(n, SIZE, SIZE)) * 0.3, np.empty((n, 4))
    for one, box in zip(x, boxes):
        sides = ANCHORS[rng.integers(2)] * rng.uniform(0.8, 1.3, 2)
        box[:2] = rng.uniform(0, SIZE - sides)
        box[2:] = box[:2] + sides
        left, top, right, bottom = box.round().astype(int)
        one[top:bottom, left:right] += 1
    return x, boxes


def shared(a, b):
    """Intersection over union of two boxes."""
    inter = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    return inter / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - inter)


def detector():
    """(batch, 1, 32, 32) to (batch, 12, 4, 4): for each cell and anchor, whether there is a box, and four numbers."""

    def block(a, b):
        return [nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]

    return nn.Sequential(*block(1, 12), *block(12, 24), *block(24, 32), nn.Conv2d(32, len(ANCHORS) * 6, 1))


def swap(mine):
    """Train, decode, and compare with a box that is always in the middle."""
    torch.manual_seed(0)
    x, boxes = scenes(700, np.random.default_rng(0))
    labels = (boxes[:, 2] - boxes[:, 0] > boxes[:, 3] - boxes[:, 1]).astype(int)
    asked = [mine.targets(box[None], label[None], ANCHORS, SIZE, CELLS, 2) for box, label in zip(boxes, labels)]
    wanted = torch.as_tensor(np.array(asked)[..., :6], dtype=torch.float32)  # wide or not is one number
    pictures = torch.as_tensor(x[:, None], dtype=torch.float32)
    net = detector()
    steps = torch.optim.Adam(net.parameters(), lr=0.003)
    told = lambda x: net(x).permute(0, 2, 3, 1).unflatten(3, (len(ANCHORS), 6))  # noqa: E731
    for _ in range(EPOCHS):
        for batch in torch.randperm(600).split(30):
            steps.zero_grad()
            found, there = told(pictures[batch]), wanted[batch][..., :1]
            (
                (found[..., :1] - there) ** 2
                + ((found[..., 1:] - wanted[batch][..., 1:]) ** 2).mean(-1, keepdim=True) * 4 * there
            ).sum().backward()
            steps.step()
    with torch.no_grad():
        answers = told(pictures[600:]).double().numpy()
    hits, overlaps = 0, []
    for answer, box in zip(answers, boxes[600:]):
        whole = np.concatenate([answer, 1 - answer[..., 5:6]], axis=-1)
        got = mine.decode(whole, ANCHORS, SIZE)
        overlaps.append(max((shared(one[:4], box) for one in got), default=0.0))
        hits += len(got) == 1
    middle = np.array([11.5, 11.5, 20.5, 20.5])
    exact = mine.decode(asked[0], ANCHORS, SIZE)[0, :4]
    yield f"yours      IoU with the true box {np.mean(overlaps):.2f} on 100 new pictures; one box is found in {hits} of them"
    yield f"targets decoded again have an IoU of {shared(exact, boxes[0]):.2f}; a box in the middle has {np.mean([shared(middle, b) for b in boxes[600:]]):.2f}"
