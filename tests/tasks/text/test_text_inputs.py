"""A mistyped path is no text: no verb and no exported program answers it."""

from __future__ import annotations

import pytest

from fathom.data.text.text_file import refuse_missing_file
from fathom.errors import UserError
from fathom.records import Settings
from fathom.tasks.text.classification import TextClassification
from fathom.tasks.text.language_model import LanguageModel
from fathom.tasks.text.tagging import Tagging
from fathom.tasks.text.translation import Translation


@pytest.mark.parametrize("task", [TextClassification, LanguageModel, Tagging, Translation])
@pytest.mark.parametrize("name", ["missing.txt", "folder/missing.CSV", "../sentences.conll"])
def test_a_file_that_is_not_there_is_said_to_be_missing(task, name):
    with pytest.raises(UserError, match=f"there is no file {name}"):
        task(Settings()).read_many(name)


@pytest.mark.parametrize(
    "text", ["see notes.txt", "e.g.", "3.14", "node.js", "a", "good.", "www.site.com", "Mr. Smith"]
)
def test_a_text_that_looks_a_little_like_one_is_a_text(text):
    refuse_missing_file(text)
