"""For tests of tasks: the contract suite that every task passes, and a toy task that stands in for a real one.

A task of your own is tested whole by a few lines (pytest is needed):

    import pytest
    from fathom.testing import Case, TaskContract

    class TestMine(TaskContract):
        @pytest.fixture
        def case(self):
            return Case(write_a_little_data, {"net": "mine"}, new=lambda data: "something to predict")
"""

from fathom.testing.case import Case
from fathom.testing.contract import TaskContract
from fathom.testing.declarations import disagreements
from fathom.testing.toy_task import ToyTask
from fathom.testing.training import StopAt, train, weights

__all__ = ["Case", "StopAt", "TaskContract", "ToyTask", "disagreements", "train", "weights"]
