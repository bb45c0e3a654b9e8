"""Nets: tensors in, tensors out, with torch and nothing else. From the simplest up.

For images ``(batch, channels, size, size)``, all made by ``Net(channels, size, classes, *, dropout, **options)``:

    logistic     one weight for each pixel and class
    mlp          dense layers
    lenet        two convolutions, 1998
    convnet      small and fast
    vgg          deep, plain
    resnet       deeper, by shortcuts
    airbench     whitened, wide at once, for high rates, for many small pictures
    inception    several sizes of filters beside each other
    mobilenet    MobileNetV2: much depth for little arithmetic
    pretrained   EfficientNet-Lite0 with weights from ImageNet

For tables ``(batch, n)`` and ``(batch, c)``, made by ``Net(numeric, cardinalities, outputs, *, dropout, **options)``:
logistic, mlp, tabm (several nets in one), boosting (trees), and auto: tabm and boosting, and what of them is best.

For texts, numbers of words ``(batch, length)`` and lengths ``(batch,)``, made by
``Net(words, classes, *, dropout, **options)``: average, cnn, bilstm, transformer, the pretrained minilm, and joined,
which is minilm beside a linear part, as letters is cnn beside one.
"""

from __future__ import annotations

from torch import nn

from fathom.nets.image.airbench import Airbench
from fathom.nets.image.classifier import ImageClassifier
from fathom.nets.image.convnet import ConvNet
from fathom.nets.image.efficientnet_lite0 import EfficientNetLite0
from fathom.nets.image.inception import Inception
from fathom.nets.image.lenet import LeNet
from fathom.nets.image.logistic import LogisticRegression
from fathom.nets.image.mlp import MLP
from fathom.nets.image.mobilenet import MobileNetV2
from fathom.nets.image.normalize import Normalized
from fathom.nets.image.resnet import ResNet
from fathom.nets.image.vgg import VGG
from fathom.nets.net_options import choose_net, options, parse_options
from fathom.nets.table.members import TabularMembers
from fathom.nets.table.net_and_trees import NetAndTrees
from fathom.nets.table.tabular import TableNet, TabularLogistic, TabularMLP
from fathom.nets.table.trees import TabularBoosting
from fathom.nets.text.average import AverageText
from fathom.nets.text.bilstm import BiLSTM
from fathom.nets.text.cnn import TextCNN
from fathom.nets.text.joined import JoinedLetters, JoinedText
from fathom.nets.text.minilm import MiniLM
from fathom.nets.text.transformer import TextTransformer

IMAGE_NETS: dict[str, type[ImageClassifier]] = {
    "logistic": LogisticRegression,
    "mlp": MLP,
    "lenet": LeNet,
    "convnet": ConvNet,
    "vgg": VGG,
    "resnet": ResNet,
    "inception": Inception,
    "mobilenet": MobileNetV2,
    "airbench": Airbench,
    "pretrained": EfficientNetLite0,
}

TABLE_NETS: dict[str, type[TableNet]] = {
    "logistic": TabularLogistic,
    "mlp": TabularMLP,
    "tabm": TabularMembers,
    "boosting": TabularBoosting,
    "auto": NetAndTrees,
}

TEXT_NETS: dict[str, type[nn.Module]] = {
    "average": AverageText,
    "cnn": TextCNN,
    "bilstm": BiLSTM,
    "transformer": TextTransformer,
    "minilm": MiniLM,
    "letters": JoinedLetters,
    "joined": JoinedText,
}

__all__ = [
    "IMAGE_NETS",
    "MLP",
    "TABLE_NETS",
    "TEXT_NETS",
    "VGG",
    "Airbench",
    "AverageText",
    "BiLSTM",
    "ConvNet",
    "EfficientNetLite0",
    "ImageClassifier",
    "Inception",
    "JoinedLetters",
    "JoinedText",
    "LeNet",
    "LogisticRegression",
    "MiniLM",
    "MobileNetV2",
    "NetAndTrees",
    "Normalized",
    "ResNet",
    "TableNet",
    "TabularBoosting",
    "TabularLogistic",
    "TabularMLP",
    "TabularMembers",
    "TextCNN",
    "TextTransformer",
    "choose_net",
    "options",
    "parse_options",
]
