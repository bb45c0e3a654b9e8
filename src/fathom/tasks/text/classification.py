"""Text classification: which of several classes does a text belong to?"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fathom.data.class_names import with_class_names
from fathom.data.text import texts
from fathom.data.text.class_files import class_files, read_class_files
from fathom.records import Baseline, Example, Examples, Source
from fathom.task import Recognition
from fathom.tasks import classification
from fathom.tasks.classification import Classification
from fathom.tasks.ordinal import classes_in_order, is_ordered, median_ranks
from fathom.tasks.text.whole_text import WholeText, tf_idf


class TextClassification(WholeText, Classification):
    """Tables of text and label, and a folder of ``.txt`` files for each class."""

    name = "text-classification"

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A table whose only feature is free text, or folders of text files."""
        if source.path.is_dir() and texts.is_text_folder(source.path):
            return Recognition(0.9, "a folder of texts for each class")
        if class_files(source.path):
            return Recognition(0.85, "a .txt file for each class, an example a line")
        if texts.is_text_table(source):
            return Recognition(0.85, "a table of free text and labels")
        return Recognition(0.0, "no column of free text beside a label, and no folders of .txt files")

    def examples(self, source: Source) -> Examples:
        """Read all texts; those that are empty or cannot be read are skipped with a reason.

        Raises:
            UserError: no texts, no labels, one class only, or each class once.
        """
        folder = source.path.is_dir() and bool(texts.class_folders(source.path))
        if class_files(source.path):
            read = read_class_files(source)
        else:
            read = texts.read_text_folder(source) if folder else texts.read_text_table(source)
        read, self._column = with_class_names(read), read.column
        if is_ordered(self.settings):
            classes_in_order(self.settings, [e.target for e in read.items])
        classification.check_repeats(read.items, "name another column than the one taken with --target")
        return read

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the classes and the words that occur in the training split, where it is large at least twice."""
        super().fit(train)
        self.learn_words(train)

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``tokens`` (length,) int32 and ``label`` () int64.

        Raises:
            Unreadable: its file cannot be read, or nothing in it is a word or a mark.
        """
        return {"tokens": self.encode_text(example), "label": self.label(example)}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The majority class, and logistic regression on TF-IDF of words and pairs, or of the letters of names."""
        from sklearn.linear_model import LogisticRegression

        trivial = super().baselines(train, others)
        if not others:
            return trivial
        began = time.monotonic()
        known, asked, what = tf_idf(train, others)
        model = LogisticRegression(C=3.0, max_iter=200).fit(known, [e.target for e in train])
        predictions = model.predict(asked).tolist()
        if is_ordered(self.settings):
            known_of = [self.classes_.index(name) for name in model.classes_]
            ranked = np.zeros((len(others), len(self.classes_)))
            ranked[:, known_of] = model.predict_proba(asked)
            predictions = [self.classes_[rank] for rank in median_ranks(ranked)]
        return [*trivial, Baseline(f"{what} with logistic regression", predictions, time.monotonic() - began)]
