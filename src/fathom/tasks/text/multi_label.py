"""Multi-label text classification: which of several things is a text about, perhaps many, perhaps none?"""

from __future__ import annotations

import time
from collections.abc import Sequence

from numpy.typing import NDArray

from fathom.data.text.text_labels import find_text_labels, read_text_labels
from fathom.records import Baseline, Example, Examples, Source
from fathom.task import Recognition
from fathom.tasks.label_sets import LabelSets
from fathom.tasks.text.whole_text import WholeText, tf_idf


class MultiLabelText(LabelSets, WholeText):
    """A table of texts and labels: ``cat|dog`` in one column, a list, or a column of 0 and 1 for each."""

    name = "multi-label-text"

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A table with a column of free text, and several labels in a column, or several columns of 0 and 1."""
        found = find_text_labels(source) is not None
        return Recognition(0.9 if found else 0.0, "a table of texts with several labels each" if found else "no such")

    def examples(self, source: Source) -> Examples:
        """Read all texts; those that are empty are skipped with a reason. Targets are ``cat|dog``.

        Raises:
            UserError: no texts, or no labels.
        """
        read = read_text_labels(source)
        self._column = read.column
        return read

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the labels and the words that occur in the training split, where it is large at least twice."""
        super().fit(train)
        self.learn_words(train)

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``tokens`` (length,) int32, ``labels`` (classes,) uint8, and ``told`` (classes,) uint8.

        Raises:
            Unreadable: its file cannot be read, or nothing in it is a word or a mark.
        """
        return {"tokens": self.encode_text(example), **self.labels(example)}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """How frequent each label is; and for each logistic regression on TF-IDF of words and pairs."""
        from sklearn.linear_model import LogisticRegression

        trivial = self.frequencies(train, others)
        if not others:
            return [trivial]
        began = time.monotonic()
        known, asked, what = tf_idf(train, others)
        rows = self.each_label(train, asked, lambda have: LogisticRegression(C=3.0, max_iter=200).fit(known, have))
        return [trivial, Baseline(f"{what} with logistic regression", rows, time.monotonic() - began)]
