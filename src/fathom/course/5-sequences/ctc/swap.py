"""A net that reads three handwritten digits in a row, told only which ones, not where: by CTC."""

import torch
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import array, digits, valued

EPOCHS, LENGTH = 15, 3


class Reader(nn.Module):
    """Columns of pixels, a GRU in both directions, and eleven classes in each frame: 0 is the blank."""

    def __init__(self):
        super().__init__()
        self.read = nn.GRU(16, 48, batch_first=True, bidirectional=True)
        self.head = nn.Linear(96, 11)

    def forward(self, x):
        """(batch, 8, columns) to log-probabilities (batch, columns / 2, 11)."""
        frames = x.transpose(1, 2).reshape(len(x), -1, 16)  # two columns each
        return self.head(self.read(frames)[0]).log_softmax(2)


def rows(x, y, n):
    """Pictures of three digits side by side, (n, 8, 24), and what stands there, (n, 3), from 1 to 10."""
    chosen = torch.randint(len(x), (n, LENGTH))
    return x[chosen].reshape(n, LENGTH, 8, 8).transpose(1, 2).reshape(n, 8, -1), y[chosen] + 1


def swap(mine):
    """Train; the loss has your values and PyTorch's gradients, and you read what the net says."""
    torch.manual_seed(0)
    x, y, x_new, y_new = digits()
    (pictures, texts), (judged, meant) = rows(x, y, 600), rows(x_new, y_new, 200)

    def loss(logs, texts):
        def theirs(logs):
            lengths = torch.full((len(logs),), logs.shape[1]), torch.full((len(logs),), LENGTH)
            return F.ctc_loss(logs.transpose(0, 1), texts, *lengths, reduction="none").mean()

        def own(logs):
            scores = [mine.score(p, text) for p, text in zip(torch.as_tensor(logs).exp().numpy(), texts.tolist())]
            return -torch.as_tensor(scores).log().mean()

        return valued(own, theirs, logs)

    net = Reader()
    steps = torch.optim.Adam(net.parameters(), lr=0.005)
    for epoch in range(1, EPOCHS + 1):
        losses = []
        for batch in torch.randperm(len(pictures)).split(30):
            steps.zero_grad()
            losses.append(loss(net(pictures[batch]), texts[batch]))
            losses[-1].backward()
            steps.step()
        if epoch in (1, EPOCHS // 3, EPOCHS):
            with torch.no_grad():
                said = [mine.collapse(list(path)) for path in array(net(judged)).argmax(axis=2)]
            right = sum(a == b for a, b in zip(said, meant.tolist()))
            told = "".join(str(one - 1) for one in said[0]), "".join(str(one - 1) for one in meant[0].tolist())
            yield (
                f"yours     epoch {epoch}: loss {sum(losses).item() / len(losses):.2f}, {right} of {len(said)} new rows are "
                f"read without a mistake; “{told[0]}” where {told[1]} stands"
            )
