"""The promise: of no task does the default do worse than the best of the simple baselines.

sets       what is asked, three public or made sets a task or more, and which of them any setting was chosen on
measure    trainings with nothing but the data said, from the command line, over seeds and splits
table      won, tied or lost against the best baseline, with intervals of the paired differences
"""
