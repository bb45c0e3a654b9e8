"""LoRA: a large matrix stays as it is, and a product of two narrow ones is learned beside it."""


def forward(x, w, a, b, alpha):
    """The output of a dense layer whose matrix w is frozen, (batch, outputs).

    x: (batch, inputs). w: (inputs, outputs). a: (inputs, rank). b: (rank, outputs). What a and b add is multiplied by
    alpha / rank.
    """
    scale = alpha / a.shape[1]
    return x @ w + scale * ((x @ a) @ b)


def backward(upstream, x, w, a, b, alpha):
    """The gradients with respect to x, a and b, given that of the output; w is frozen and gets none."""
    scale = alpha / a.shape[1]
    d_narrow = scale * (upstream @ b.T)  # (batch, rank)
    return upstream @ w.T + d_narrow @ a.T, x.T @ d_narrow, scale * ((x @ a).T @ upstream)


def merged(w, a, b, alpha):
    """One matrix (inputs, outputs) that does what w, a and b do together."""
    return w + alpha / a.shape[1] * (a @ b)


def learned(inputs, outputs, rank):
    """How many numbers are learned, and by what share of the whole matrix that is: a whole number and a fraction."""
    count = rank * (inputs + outputs)
    return count, count / (inputs * outputs)
