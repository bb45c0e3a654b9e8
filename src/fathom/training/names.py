"""The names that settings may take, as the training knows them."""

from fathom.declared_options import OPTIMIZERS, PRECISIONS, SCHEDULES

__all__ = ["OPTIMIZERS", "PRECISIONS", "SCHEDULES"]
