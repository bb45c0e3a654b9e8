"""The course: exercises that are written, checked within a second, and swapped into fathom's own training.

course              what exercises there are, read from `fathom/course`
stubs               what a learner is given: the solution without its bodies
child               the process in which a learner's code runs
sandbox             starts it, asks it, and stops it
trial, comparison   what checks are written with, and how answers are compared
checking            runs a check, and finds the smallest failing input
misconceptions      names the known mistake that a wrong answer comes from
evidence, slips     the calls by which it is told, and mistakes that are made in every exercise
progress            what was done, an append-only file
workspace           the learner's folder
lessons             pages, for the terminal and the browser
render              what the course says in the terminal
adapters, swapping  NumPy functions as layers, losses and optimizers, in a training of fathom's own
strategy_simulator  a project with a budget of days and money; simulator_terminal asks for the decisions
faulty_runs         trainings with a fault each, to be named and repaired
projects            the five projects at the ends of the parts
worker_pool, result_cache   trainings in other processes, and none of them twice
mutants, gate       single edits of a solution, and what every exercise must pass before it ships
"""
