"""Embeddings: a net for images whose output is a direction, near for what is alike and far for what is not.

images ─ features ─ neck ─ linear ─ length 1 ─► (batch, width)
                                              └─ cosines to a prototype of each training identity (ArcFace)
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.nets.image.classifier import ImageClassifier


class EmbeddingNet(nn.Module):
    """A net for images, made to embed.

    What it says of a picture when it is used is the mean of what it says of it and of its mirror image.

    Shapes: in ``(batch, channels, size, size)``; out the embedding ``(batch, width)``, each of length 1, and cosines
    ``(batch, identities)`` to the prototypes, which have nothing to learn from unless a loss asks for them.

    Args:
        body: whose `embed` gives ``(batch, f)``; its head is replaced.
        width: numbers of an embedding.
        identities: how many there are in the training split.
        inputs: f, where it is not what the body's head has; the head then has a bias, so that it can be fitted.
    """

    def __init__(self, body: ImageClassifier, width: int, identities: int, inputs: int = 0) -> None:
        super().__init__()
        self.body = body
        body.head = nn.Linear(inputs or body.head.in_features, width, bias=bool(inputs))
        nn.init.orthogonal_(body.head.weight)  # keeps what was near near, so that features that were learned survive
        self.prototypes = nn.Parameter(torch.randn(identities, width) / width**0.5)

    @property
    def features(self) -> nn.Module:
        """The body's."""
        return self.body.features

    @property
    def head(self) -> nn.Linear:
        """The body's last layer."""
        return self.body.head

    def embed(self, images: Tensor) -> Tensor:
        """What the body makes of the images before its head: ``(batch, f)``."""
        return self.body.embed(images)

    def fit_start(self, features: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        """Begin with the frozen features themselves: standardized, along the directions in which they vary most.

        An embedding's cosines are then about those of the features, and each prototype is its identity's mean.

        Args:
            features: what `embed` gives of train, ``(examples, f)``.
            labels: number of the identity of each, ``(examples,)``.
        """
        mean, scale = features.mean(0), features.std(0)
        scale = scale + 1e-3 * scale.mean() + 1e-9
        standardized = torch.from_numpy((features - mean) / scale)
        _, _, directions = torch.linalg.svd(standardized, full_matrices=False)  # (rank, f)
        directions = directions[: self.head.out_features]
        with torch.no_grad():
            weight = directions / torch.from_numpy(scale)
            self.head.weight.zero_()
            self.head.bias.zero_()
            self.head.weight[: len(weight)] = weight
            self.head.bias[: len(weight)] = -weight @ torch.from_numpy(mean)
            vectors = F.normalize(standardized @ directions.T, dim=1)
            for identity in range(len(self.prototypes)):
                own = vectors[torch.from_numpy(labels == identity)]
                if len(own):
                    self.prototypes[identity, : vectors.shape[1]] = F.normalize(own.mean(0), dim=0)
                    self.prototypes[identity, vectors.shape[1] :] = 0

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the embeddings ``(batch, width)``, and their cosines to the prototypes ``(batch, identities)``."""
        vectors = F.normalize(self.body(images).float(), dim=1)
        if not self.training:
            mirrored = F.normalize(self.body(images.flip(3)).float(), dim=1)
            vectors = F.normalize(vectors + mirrored, dim=1)
        return vectors, vectors @ F.normalize(self.prototypes, dim=1).T


def triplet_loss(vectors: Tensor, labels: Tensor, margin: float) -> tuple[Tensor, Tensor]:
    """The triplet loss of each anchor, and 1 where it has a pair and a stranger in the batch: both ``(batch,)``.

    For each pair of the same identity the semi-hard negative is taken: of those farther than the positive the nearest;
    where all are nearer, the farthest (Schroff, Kalenichenko & Philbin 2015, *FaceNet*).

    Args:
        vectors: ``(batch, width)``, of length 1.
        labels: ``(batch,)`` numbers of identities.
        margin: by how much a stranger should be farther, in squared distance.
    """
    distance = (2 - 2 * vectors @ vectors.T).clamp(min=0)  # (batch, batch), squared
    same = labels[:, None] == labels[None]
    alike = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    farther = distance[:, None, :] > distance[:, :, None]  # (anchor, positive, negative)
    stranger = (~same)[:, None, :].expand_as(farther)
    far = distance[:, None, :].expand_as(farther)
    nearest = far.masked_fill(~(stranger & farther), torch.inf).amin(2)  # (anchor, positive)
    farthest = far.masked_fill(~stranger, -torch.inf).amax(2)
    negative = torch.where(nearest.isfinite(), nearest, farthest)
    counts = alike & (~same).any(1)[:, None]
    hinge = (distance - negative + margin).relu().where(counts, 0.0)  # (anchor, positive)
    number = counts.sum(1)
    return hinge.sum(1) / number.clamp(min=1), (number > 0).float()


def arcface_loss(cosines: Tensor, labels: Tensor, scale: float, margin: float) -> tuple[Tensor, Tensor]:
    """Cross-entropy of each picture with an angle added to the right prototype's, and its weight: both ``(batch,)``.

    Reference: Deng, Guo, Xue & Zafeiriou 2019, *ArcFace*. Unknown identities (-1) weigh nothing.

    Args:
        cosines: ``(batch, identities)``.
        labels: ``(batch,)``.
        scale: by which cosines become logits.
        margin: the angle, in radians.
    """
    known = labels >= 0
    right = F.one_hot(labels.clamp(min=0), cosines.shape[1]).bool()
    angle = cosines.clamp(-1 + 1e-6, 1 - 1e-6).acos()
    harder = torch.where(right, (angle + margin).clamp(max=torch.pi).cos(), cosines)
    losses = F.cross_entropy(scale * harder, labels.clamp(min=0), reduction="none")
    return losses * known, known.float()
