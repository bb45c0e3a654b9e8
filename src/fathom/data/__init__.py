"""From files to arrays: sources, readers, splits, the store, and randomness keyed by example."""
