"""The further pages of a pack: what stands behind its path, told apart from a lot or a serial of the same name."""

RECORDS, ANIMALS = "/records", "/animals"
FURTHER = (RECORDS, ANIMALS)


def further_of(path: str) -> str:
    """The further page that the path asks for; "" where it asks for the code itself.

    Keys and values come in pairs, so a page is the odd part at the end: /01/…/21/5/records is one, /01/…/21/records
    is the pack whose serial is "records".
    """
    odd = len(path.strip("/").split("/")) % 2 == 1
    return next((page for page in FURTHER if odd and path.endswith(page)), "")
