"""The coach: what to do next, ranked by what short trainings have shown.

run_context         a run, its data and what was found of it: what a remedy is asked about
remedy              the contract: when it applies, what it changes, what it costs the person
remedies/           optimization, capacity, regularization, examples: one class a remedy
probe               one short training that measures a remedy
deadline            the end of the time, and Ctrl-C
successive_halving  which remedies are tried for how long, paired on the same seeds; the hopeless are dropped
gains               expected gain with its interval, or silence
causes              what is most likely wrong, causes before symptoms
label_errors, bayes_error, learning_curve   what is asked beside: of labels, of the least error, of more data
advice              `fathom next`: all of it, told and kept
apply_advice        `fathom next --apply`: again and again, with a log to read
render              the advice in the terminal
"""
