"""Identifiers that operators choose for households and enterprises."""

from observations.identifiers import Identifier, SiteId


class HouseholdId(Identifier):
    """A household as the records number it; says nothing about the people."""

    __slots__ = ()
    pattern = SiteId.pattern
    shape = SiteId.shape


class EnterpriseId(Identifier):
    """An enterprise as the records number it."""

    __slots__ = ()
    pattern = SiteId.pattern
    shape = SiteId.shape
