"""Hyper-parameter search: many short trainings, judged on dev, of which the best is trained again as a run.

    space      what may vary, on which scale, for this task and net
    asked      what a search is asked for, and how it is kept
    study      trials in a database, of one search alone
    search     the search itself: a study that several processes share, and that goes on where it was killed
    page       all trials in one picture and one table

The search is Optuna's (Akiba et al. 2019): random draws (Bergstra & Bengio 2012) or a tree-structured Parzen estimator
(Bergstra et al. 2011), with the hopeless stopped early by successive halving (Jamieson & Talwalkar 2016).
"""
