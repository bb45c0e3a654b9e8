"""One run from data to findings, and what is done with it afterwards; a verb of the command line is a file here.

folder    the run folder: plain files, written atomically
prepare   source → examples → splits → encoder → store
train     prepare, baseline, loop, results, findings, report
score     test: the test split, counted
predict   new inputs
page      the run as a report
compare   runs side by side, with paired intervals
"""
