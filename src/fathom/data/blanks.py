"""Characters around what a cell or a name says that nobody sees: spaces of all kinds, and marks that take no room.

Files that were copied from pages and spreadsheets are left with them: a no-break space, a byte order mark, a zero-width
space. With them one value would be two.
"""

from __future__ import annotations

BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""For ``str.strip``: white space; and the soft hyphen, zero-width marks and marks of direction, which it leaves."""
