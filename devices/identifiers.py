"""Identifiers of devices beyond the one in a topic."""

import re

from devices.errors import DevEuiError
from observations.errors import IdentifierError
from observations.identifiers import Identifier


class DevEui(Identifier):
    """A LoRaWAN device's EUI-64: 16 hexadecimal digits, kept in lower case as ChirpStack writes it."""

    __slots__ = ()
    pattern = re.compile(r"[0-9a-f]{16}")
    shape = "16 hexadecimal digits"

    @classmethod
    def parse(cls, text: str) -> "DevEui":
        """The DevEUI `text` stands for, with or without `:` or `-`; raises DevEuiError."""
        try:
            return super().parse(text)
        except IdentifierError as error:
            raise DevEuiError(text) from error

    @classmethod
    def compact(cls, text: str) -> str:
        """`text` in lower case without separators."""
        return re.sub(r"[\s:-]", "", text).lower()
