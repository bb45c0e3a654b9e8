"""What is worked out from the signals for several checks, one idea a file.

    selection            parts of what was measured: the later snapshots, those of one layer …
    loss_assumptions     what may be taken for granted of the loss
    baseline_loss        what one loses who has not looked at the input
    label_counts         how often each class was seen
    class_weights        how much each of them counts in a weighted loss
    majority_class       whether the answers are better than always the most frequent class
    broadcast_targets    whether each answer was compared with each target
    moving_average       means over neighbouring losses
    trend_line           a line through losses
    relative_gradient    a layer's gradient beside its weights
    update_size          how far a step moves the weights
    unit_activity        units that are silent, or lie at the flat ends of their function

Nothing here judges: thresholds of a check stand with it.
"""
