"""What a net costs: its weights, and the multiplications for one picture."""


def output(layer, shape):
    """What shape comes out of a layer: (channels, side).

    shape: (channels, side) of what goes in; maps are square. A layer is one of these tuples:
    ("conv", filters, k, stride, padding)    ("depthwise", k, stride, padding)    ("pool", k, stride, padding)
    ("dense", units)    ("bias",)    ("norm",)
    A dense layer sees all numbers of all maps, and gives units channels of side 1. Bias and norm change no shape.
    """
    kind, channels, side = layer[0], *shape
    if kind == "dense":
        return layer[1], 1
    if kind in ("bias", "norm"):
        return shape
    k, stride, padding = layer[-3:]
    return layer[1] if kind == "conv" else channels, (side + 2 * padding - k) // stride + 1


def weights(layer, shape):
    """How many numbers the layer learns. Convolutions and dense layers have no bias of their own: it is a layer, with
    one number for each channel; a norm has two for each channel, and a pool none."""
    kind, channels, side = layer[0], *shape
    if kind == "conv":
        return layer[1] * channels * layer[2] ** 2
    if kind == "depthwise":
        return channels * layer[1] ** 2
    if kind == "dense":
        return layer[1] * channels * side**2
    return {"bias": channels, "norm": 2 * channels, "pool": 0}[kind]


def multiplications(layer, shape):
    """How many products of a weight with an input the layer computes; bias, norm and pool have none."""
    if layer[0] in ("bias", "norm", "pool"):
        return 0
    return weights(layer, shape) * output(layer, shape)[1] ** 2


def total(layers, shape):
    """Weights and multiplications of layers, one after the other: two whole numbers. shape: of the picture."""
    learned, products = 0, 0
    for layer in layers:
        learned += weights(layer, shape)
        products += multiplications(layer, shape)
        shape = output(layer, shape)
    return learned, products
