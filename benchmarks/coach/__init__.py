"""What the coach sees of trainings in which one thing was made wrong, and of healthy ones.

data       arrays: some to tune thresholds on (`TUNED_ON`), others to score (`SCORED_ON`); no set is in both
nets       the same for nets
training   a plain loop, as a user writes it, under `fathom.watch`, and its table of results
healthy    trainings in which nothing is wrong
plants     the 22 faults
table      counts, and prints
lengths    whether what is called unfinished had more to learn
advised    whether following the coach's advice helps
floors     whether an error that is called as low as can be is so
cost       what the health checks cost
reports    faults that people reported in public, and unusual healthy trainings
"""
