"""Keys that this house mints for animals and devices: what was minted once stays, whatever prefix is set later."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from observations.identifiers import EarTagNumber
from traceability.context import COMPANY_PREFIX, animal_giai, device_uri
from traceability.errors import KeyFormatError
from traceability.gs1.keys import Giai
from traceability.gs1.rules import DIGITS_ONLY, length_rule

SHORTEST_PREFIX, LONGEST_PREFIX = 4, 12
"""Digits of a GS1 company prefix (GS1 General Specifications 1.4.5)."""
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Keys of animals and devices.

    prefix: what keys get now. animals, devices: those minted under another one, as GIAI and as URI.
    """

    prefix: str = COMPANY_PREFIX
    animals: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, str] = field(default_factory=dict)

    def animal(self, animal: EarTagNumber) -> Giai:
        """The animal's GIAI."""
        minted = self.animals.get(animal)
        return animal_giai(animal, self.prefix) if minted is None else Giai.parse(minted)

    def device(self, device: str) -> str:
        """The device's URI."""
        return self.devices.get(device) or device_uri(device, self.prefix)


class MintedKeys(Protocol):
    """Which keys animals and devices have."""

    def keyring(self, *, animals: Collection[str] = (), devices: Collection[str] = ()) -> Keyring:
        """The keys of these, and of whatever is minted from now on."""


class DemonstrationKeys:
    """MintedKeys where no prefix was ever set."""

    def keyring(self, *, animals: Collection[str] = (), devices: Collection[str] = ()) -> Keyring:  # noqa: ARG002 one for all
        """The keys under GS1's demonstration prefix."""
        return Keyring()


def read_prefix(text: str) -> str:
    """The company prefix; raises KeyFormatError that names the rule."""
    digits, kind = text.strip(), "GS1 COMPANY PREFIX"
    if not _DIGITS.fullmatch(digits):
        raise KeyFormatError(kind, text, DIGITS_ONLY.en, DIGITS_ONLY.zh)
    if not SHORTEST_PREFIX <= len(digits) <= LONGEST_PREFIX:
        rule = length_rule(SHORTEST_PREFIX, LONGEST_PREFIX)
        raise KeyFormatError(kind, text, rule.en, rule.zh)
    return digits
