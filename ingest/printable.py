"""Texts from outside, made fit to be kept and shown."""


def printable(text: str) -> str:
    """`text` with control characters and lone surrogates written as escapes; a database refuses them, JSON too."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
