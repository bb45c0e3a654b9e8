"""The course: exercises that are written, checked within a second, and swapped into fathom's own training.

course     what exercises there are, read from `fathom/course`
stubs      what a learner is given: the solution without its bodies
child      the process in which a learner's code runs
sandbox    starts it, asks it, and stops it
trial      what checks are written with
checking   runs a check, finds the smallest failing input, and names the misconception
progress   what was done, an append-only file
desk       the learner's folder
lessons    pages, for the terminal and the browser
adapters   NumPy functions as layers, losses and optimizers of PyTorch
gate       what every exercise must pass before it ships
"""
