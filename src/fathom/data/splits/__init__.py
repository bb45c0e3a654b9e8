"""Which example is for what: rules, strata, and the splits that follow."""
