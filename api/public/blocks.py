"""The few shapes of which the pack's page is put together."""

from dataclasses import dataclass

from api.public.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One big figure."""

    figure: str
    unit: Words
    label: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An icon, a claim, and the sentence behind it."""

    icon: str
    title: Words
    note: Words
    warn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Raiser:
    """Who raised the animal, as far as it may be told."""

    name: Words
    where: Words
