"""Identifiers that cross between packages: each is text, made by a parser, and cannot exist invalid."""

import re
from typing import ClassVar, Self

from observations.errors import IdentifierError

SPECIES_BY_DIGIT = {"1": "pig", "2": "cattle", "3": "sheep"}
"""First digit of an official ear-tag number (Order 67 of 2006, art. 8)."""


class Identifier(str):
    """Text that matches its class's `pattern`; build it with `parse`, never by calling the class."""

    __slots__ = ()
    pattern: ClassVar[re.Pattern[str]]
    shape: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The identifier `text` stands for; raises IdentifierError that says what shape was expected."""
        compact = cls.compact(text)
        if not cls.pattern.fullmatch(compact):
            raise IdentifierError(kind=cls.__name__, text=text, expected=cls.shape)
        return cls(compact)

    @classmethod
    def compact(cls, text: str) -> str:
        """`text` without what people add when they write the identifier down."""
        return text.strip()


class DeviceId(Identifier):
    """A device as it names itself in an MQTT topic level."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z0-9_-]{1,64}")
    shape = "1 to 64 of the characters A-Z a-z 0-9 _ -"


class SiteId(Identifier):
    """A site (one topic level): the farms that one gateway crew and one ingest shard look after."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z0-9_-]{1,64}")
    shape = "1 to 64 of the characters A-Z a-z 0-9 _ -"


class FarmId(Identifier):
    """A place where one household keeps animals or grows crops."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z0-9_-]{1,64}")
    shape = "1 to 64 of the characters A-Z a-z 0-9 _ -"


class FieldId(Identifier):
    """One field (a plot with one crop at a time)."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z0-9_-]{1,64}")
    shape = "1 to 64 of the characters A-Z a-z 0-9 _ -"


class EarTagNumber(Identifier):
    """The official 15-digit number an animal gets once: species 1, county 6, serial 8 digits (Order 67, art. 8).

    It is the animal's identifier everywhere; a replaced tag is a dated record of the same animal.
    It is not the 15 digits an ISO 11784 reader shows (those begin with a country code, 156 for China).
    """

    __slots__ = ()
    pattern = re.compile(r"[123][0-9]{6}[0-9]{8}")
    shape = "15 digits: species (1 pig, 2 cattle, 3 sheep), county (6), serial (8)"

    @classmethod
    def compact(cls, text: str) -> str:
        """`text` without spaces and hyphens."""
        return re.sub(r"[\s-]", "", text)

    @property
    def species(self) -> str:
        """The word for the first digit: pig, cattle or sheep."""
        return SPECIES_BY_DIGIT[self[0]]

    @property
    def county(self) -> str:
        """The 6-digit county code (GB/T 2260)."""
        return self[1:7]

    @property
    def serial(self) -> str:
        """The 8-digit serial within the county."""
        return self[7:]
