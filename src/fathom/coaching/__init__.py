"""The coach: what to do next, ranked by what short trainings have shown.

case       a run, its data and what was found of it: what a remedy is asked about
remedy     the contract: when it applies, what it changes, what it costs the person
steps, capacity, restraint, examples     the remedies, one class each
probing    short paired trainings on the same seeds; the hopeless are dropped
gains      expected gain with its interval, or silence
advice     `fathom next`: all of it, told and kept
applying   `fathom next --apply`: again and again, with a log to read
"""
