"""Any text as a tag's value, and back: what line protocol or InfluxQL gives a meaning to is written as %XX."""

import re
from urllib.parse import quote, unquote

from observations.errors import BatchRefusedError

NOTHING = "-"
"""How the empty text is written: a tag without a value is no tag."""
LONGEST = 1_000
"""Bytes of one value; the server takes 64 KiB for all that names a series."""

_SPECIAL = re.compile(r"[^\w.:@+-]", re.UNICODE)


def tag_of(text: str) -> str:
    """The text as a tag's value, safe within quotes and expressions of InfluxQL too.

    Raises BatchRefusedError where it is too long.
    """
    if text in {"", NOTHING}:
        return "%2D" if text else NOTHING
    tag = _SPECIAL.sub(lambda found: quote(found[0], safe=""), str(text))
    if len(tag.encode()) > LONGEST:
        msg = f"{text[:80]!r}… is too long a name for InfluxDB: {LONGEST} bytes are the limit"
        raise BatchRefusedError(msg)
    return tag


def text_of(tag: str) -> str:
    """The text that was written as that tag's value."""
    return "" if tag == NOTHING else unquote(tag)
