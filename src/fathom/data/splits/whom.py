"""What columns are called that name whom a row is of: a patient, a subject, a user."""

from __future__ import annotations

import re

from fathom.data.splits.group_column import plain_name

_ID = "(?:id|no|nr|nbr|num|number|code|key|hash)"
_NEVER_AGAIN = re.compile(rf"(?:patient|subject|participant|proband|volunteer|respondent|donor)s?{_ID}?")
_BY_NUMBER = re.compile(rf"(?:user|person|individual|animal|speaker|customer|client|member|student|lesion){_ID}")
_BY_NAME = re.compile(r"(?:person|individual|animal|speaker|lesion)s?")


def names_the_unseen(column: str) -> bool:
    """Whether the column names those of whom new rows never are: patients and the like."""
    return _NEVER_AGAIN.fullmatch(plain_name(column)) is not None


def names_somebody(column: str) -> bool:
    """Whether it names those, or numbers others who come again, such as users.

    >>> [names_somebody(name) for name in ("Patient ID", "user_id", "user", "members")]
    [True, True, False, False]
    """
    return names_the_unseen(column) or _BY_NUMBER.fullmatch(plain_name(column)) is not None


def says_number(column: str) -> bool:
    """Whether its name ends with that of a number: ``film_id``."""
    return re.fullmatch(rf".+{_ID}", plain_name(column)) is not None


def may_name_somebody(column: str) -> bool:
    """Whether it is called so, or after persons, animals and the like without a number."""
    return names_somebody(column) or _BY_NAME.fullmatch(plain_name(column)) is not None
