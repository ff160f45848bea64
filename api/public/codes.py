"""What people scan or type, read as a Digital Link, and where a hand may have slipped."""

import re
import unicodedata
from dataclasses import dataclass

from traceability.errors import DigitalLinkError
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.keys import Gtin
from traceability.gs1.rules import NO_KEY

_ELEMENT_STRING = re.compile(r"\(01\)(?P<gtin>[0-9]+)(?:\(10\)(?P<lot>[^()]+))?(?:\(21\)(?P<serial>[^()]+))?")
_SEPARATORS = re.compile(r"[\s·,，;；]+")
_LABELS = {"批", "盒", "批号", "盒号", "lot", "box", "serial"}
LOOK_ALIKES = {"O": "0", "o": "0", "I": "1", "l": "1", "Z": "2", "S": "5", "B": "8"}
"""Letters that are read for figures."""
_ANY_HOST = "id.gs1.org"
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """One character of a code; doubtful: easily mistaken for a figure, among figures."""

    text: str
    doubtful: bool


def typed_code(text: str) -> DigitalLink:
    """The link that a typed or pasted code stands for: a web address, (01)(10)(21), or number, lot and box.

    Raises KeyFormatError or DigitalLinkError with the rule that failed.
    """
    code = unicodedata.normalize("NFKC", text).strip()[:_LONGEST]
    if "/" in code and ("://" in code or code.lstrip("/").startswith("01/") or "/01/" in code):
        link = DigitalLink.parse(code if "://" in code else f"https://{_ANY_HOST}/{code.lstrip('/')}")
        if link.gtin is None:
            raise DigitalLinkError(code, NO_KEY.en, NO_KEY.zh)
        return link
    found = _ELEMENT_STRING.fullmatch(code.replace(" ", ""))
    if found is not None:
        return link_of(found["gtin"], found["lot"] or "", found["serial"] or "")
    parts = [part for part in _SEPARATORS.split(code) if part and part.lower() not in _LABELS]
    gtin, lot, serial = [*parts, "", "", ""][:3] if len(parts) != 2 else (parts[0], "", parts[1])  # noqa: PLR2004 number and box
    return link_of(gtin, lot, serial)


def link_of(gtin: str, lot: str, serial: str) -> DigitalLink:
    """The link of these three; an empty lot or serial is left out. Raises KeyFormatError or DigitalLinkError."""
    number = Gtin.parse(gtin)
    if serial.strip():
        return DigitalLink.of_item(number, serial.strip(), lot.strip() or None)
    return DigitalLink(key_ai=Gtin.ai, key=number)


def characters(code: str) -> list[Character]:
    """The code's characters, those marked that look like a figure in a code that is mostly figures."""
    digits = sum(character.isdigit() for character in code)
    mostly_digits = 2 * digits > len(code)
    return [Character(text=character, doubtful=mostly_digits and character in LOOK_ALIKES) for character in code]
