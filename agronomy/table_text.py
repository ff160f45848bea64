"""Tables of people as text: how the bytes of a CSV file are read."""

ENCODINGS = ("utf-8-sig", "gb18030")
"""Excel saves CSV in China in GBK, which GB 18030 contains; hardly any text in GBK is UTF-8 by chance."""


def text_of(raw: bytes) -> str:
    """The text of the file; bytes that are neither UTF-8 nor GB 18030 are shown as replacement characters."""
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode(ENCODINGS[0], errors="replace")
