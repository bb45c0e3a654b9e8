"""Early stopping: when to end a training, and which weights to keep."""


def stop(errors, patience, least):
    """After which epoch a training ends, and which epoch was best: two numbers, counted from 0.

    errors: on dev, one for each epoch, at least one. An epoch is better where its error is below the best one so far by
    more than least; the first one is always. The training ends as soon as patience epochs in a row were not better, or
    with the last of errors. patience: at least 1.
    """
    best = 0
    for epoch, error in enumerate(errors):
        if errors[best] - error > least:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(errors) - 1, best


def train(step, judge, weights, patience, most):
    """Train until patience epochs in a row brought nothing: the best weights, and the errors of all epochs as a list.

    step(weights) changes the array that it is given in place: one epoch of training. judge(weights) is its error on
    dev, after each epoch. weights: where it begins; the array itself is left as it is. most: epochs at most, at least
    1. The weights that are returned are those right after the epoch with the lowest error (the first of them).
    """
    weights, errors, best = weights.copy(), [], 0
    for epoch in range(most):
        step(weights)
        errors.append(judge(weights))
        if epoch == 0 or errors[epoch] < errors[best]:
            best, kept = epoch, weights.copy()
        if epoch - best >= patience:
            break
    return kept, errors


def smoothed(errors, keep):
    """The running average of errors, as a list: the first error, then keep · average + (1 - keep) · error."""
    averages = []
    for error in errors:
        averages.append(keep * averages[-1] + (1 - keep) * error if averages else error)
    return averages
