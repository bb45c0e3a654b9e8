"""The names that settings may take; apart from the code behind them, so that checking a setting loads no torch."""

OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "muon")
SCHEDULES = ("constant", "step", "cosine", "one-cycle")
PRECISIONS = ("fp32", "bf16")
