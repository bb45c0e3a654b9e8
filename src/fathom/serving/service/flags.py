"""What a person flags on the page: kept beside the run, in the file that ``fathom review`` and the next training read.

The input itself is kept, too, below ``NAME.flagged``, in a folder called as its label: laid into the data, it is an
example with the id that the review file has.
"""

from __future__ import annotations

import hashlib
import re
import threading

from fathom.data import files
from fathom.errors import UserError
from fathom.runs.folder import RunFolder
from fathom.runs.review_tags import MAX_CHARS, tags_of_run, validated
from fathom.serving.service.request_body import File, Given, ending_of

MOST = 1_000
"""Inputs that are kept at most."""
TAG = "flagged"
UNKNOWN = "unlabelled"
_lock = threading.Lock()


def flag(run: RunFolder, given: Given, said: str, label: str) -> str:
    """Keep an input of which a person doubts the answer.

    Args:
        run: that answered.
        given: the input.
        said: what the net said of it.
        label: what is right, or "".

    Returns:
        the id under which it is kept.

    Raises:
        UserError: there are too many, or it cannot be written.
    """
    with _lock:
        tags = tags_of_run(run)
        if sum(TAG in one.tags for one in tags.of.values()) >= MOST:
            raise UserError(f"{MOST:,} inputs are flagged already: look through them with fathom review first")
        folder = tags.path.with_name(f"{tags.path.name.removesuffix('.review.csv')}.flagged")
        data, ending = (given.data, ending_of(given.name)) if isinstance(given, File) else (given.encode(), ".txt")
        plain = re.sub(r"[^\w -]+", "-", label).strip(" -.")[:60] or UNKNOWN
        name = f"{plain}/{hashlib.blake2b(data, digest_size=8).hexdigest()}{ending}"
        with files.replacing(folder / name) as waiting:
            waiting.write_bytes(data)
        note = f"the net said {said}"[:MAX_CHARS]
        tags.say(name, validated({"tags": [TAG], "label": label.strip()[:MAX_CHARS], "note": note}))
        return name
