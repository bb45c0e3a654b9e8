"""The command line: one file for each group of verbs; `fathom.cli.main` is where it begins."""
