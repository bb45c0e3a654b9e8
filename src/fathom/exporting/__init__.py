"""Out of the door: a run as a program that needs neither torch nor fathom."""
