"""What is worked out from the signals, for several checks: one idea a file."""
