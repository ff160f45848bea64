"""GS1 identification keys: each is text, made by a parser, and cannot exist invalid.

Source: GS1 General Specifications, section 2 (keys) and 7.9.1 (check digit); character set 82 is figure 7.11-1.
"""

import re
from typing import ClassVar, Self
from urllib.parse import quote

from observations.identifiers import Identifier
from traceability.errors import KeyFormatError
from traceability.gs1.rules import (
    CHARACTERS,
    COMPANY_PREFIX,
    DIGITS_ONLY,
    GTIN_LENGTH,
    Rule,
    check_digit_rule,
    length_rule,
)

CHARACTER_SET_82 = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*")
CANONICAL_HOST = "https://id.gs1.org"
DIGITS = re.compile(r"[0-9]*")


def check_digit(digits: str) -> str:
    """The check digit that belongs behind `digits` (weights 3, 1 from the right, to the next ten)."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


class Gs1Key(Identifier):
    """A GS1 key of digits that end in a check digit.

    ai: the Application Identifier under which it stands in a Digital Link. lengths: how many digits it may have.
    """

    __slots__ = ()
    ai: ClassVar[str]
    lengths: ClassVar[tuple[int, ...]] = ()
    length: ClassVar[Rule]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key `text` stands for; raises KeyFormatError that names the rule."""
        compact = cls.compact(text)
        broken = cls.broken_rule(compact)
        if broken is not None:
            raise KeyFormatError(cls.__name__.upper(), text, broken.en, broken.zh)
        return cls(compact.zfill(max(cls.lengths, default=0)))

    @classmethod
    def broken_rule(cls, text: str) -> Rule | None:
        """The first rule that `text` breaks."""
        if not DIGITS.fullmatch(text):
            return DIGITS_ONLY
        if len(text) not in cls.lengths:
            return cls.length
        expected = check_digit(text[:-1])
        return None if text[-1] == expected else check_digit_rule(expected)

    @property
    def uri(self) -> str:
        """The key as a canonical GS1 Digital Link URI, as EPCIS events name it."""
        return f"{CANONICAL_HOST}/{self.ai}/{quote(self, safe='')}"


class Gtin(Gs1Key):
    """A trade item's number, always 14 digits here; 8, 12 and 13 digits are padded with zeros."""

    __slots__ = ()
    ai = "01"
    lengths = (8, 12, 13, 14)
    length = GTIN_LENGTH


class Gln(Gs1Key):
    """A location's number."""

    __slots__ = ()
    ai = "414"
    lengths = (13,)
    length = length_rule(13, 13)


class Sscc(Gs1Key):
    """A logistic unit's number."""

    __slots__ = ()
    ai = "00"
    lengths = (18,)
    length = length_rule(18, 18)


class Giai(Gs1Key):
    """An individual asset's number, at most 30 characters: a living pig, an ear-tag device."""

    __slots__ = ()
    ai = "8004"

    @classmethod
    def broken_rule(cls, text: str) -> Rule | None:
        """The first rule that `text` breaks."""
        if not 1 <= len(text) <= 30:  # noqa: PLR2004 the General Specifications say an..30
            return length_rule(1, 30)
        if not CHARACTER_SET_82.fullmatch(text):
            return CHARACTERS
        # The shortest GS1 company prefix has four digits.
        return None if DIGITS.fullmatch(text[:4]) and len(text) > 4 else COMPANY_PREFIX  # noqa: PLR2004 as said above


def sgtin_uri(gtin: Gtin, serial: str) -> str:
    """The EPC URI of one item of a trade item: its finest key, without the lot."""
    return f"{gtin.uri}/21/{quote(serial, safe='')}"
