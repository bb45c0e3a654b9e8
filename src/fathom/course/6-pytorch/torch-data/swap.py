"""Short texts, letter by letter, from your loader into a recurrent net: shuffled, and in the order of their labels."""

import csv
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from fathom.data import practice
from fathom.data.source import cache_folder

EPOCHS, SIZE = 6, 16


class Net(nn.Module):
    """Letters, a GRU, and the mean over those that are there."""

    def __init__(self, letters, classes):
        super().__init__()
        self.embed, self.read = nn.Embedding(letters + 2, 16), nn.GRU(16, 48, batch_first=True)
        self.head = nn.Linear(48, classes)

    def forward(self, numbers, mask):
        """(batch, longest), twice, to (batch, classes)."""
        states = self.read(self.embed(numbers))[0] * mask[:, :, None]
        return self.head(states.sum(1) / mask.sum(1, keepdim=True))


def swap(mine):
    """Train both."""
    with Path(practice.make("moods", cache_folder())).open(encoding="utf-8", newline="") as file:
        texts, moods = zip(*list(csv.reader(file))[1:])
    kinds = sorted(set(moods))
    labels, letters = [kinds.index(one) for one in moods], "".join(sorted({c for text in texts for c in text}))
    known, new = slice(0, 480), slice(480, 720)
    data = mine.Texts(texts[known], labels[known], letters)
    judged = mine.loader(mine.Texts(texts[new], labels[new], letters), 60, False, 0)
    in_order = sorted(range(len(data)), key=lambda i: labels[i])
    sorted_ = mine.loader(
        mine.Texts([texts[i] for i in in_order], [labels[i] for i in in_order], letters), SIZE, False, 0
    )
    for name, batches in {"yours, shuffled": mine.loader(data, SIZE, True, 0), "yours, in order": sorted_}.items():
        torch.manual_seed(0)
        net = Net(len(letters), len(kinds))
        steps = torch.optim.Adam(net.parameters(), lr=0.005)
        for _ in range(EPOCHS):
            for numbers, mask, y in batches:
                steps.zero_grad()
                F.cross_entropy(net(numbers, mask), y).backward()
                steps.step()
        with torch.no_grad():
            wrong = sum((net(numbers, mask).argmax(1) != y).sum().item() for numbers, mask, y in judged)
        yield f"{name:16} error {100 * wrong / 240:.1f} % on 240 new texts of {len(kinds)} moods"
