"""The remedies that the coach may try, those of one kind in a file."""
