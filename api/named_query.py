"""A named query's parameters, read into what a store answers."""

from collections.abc import Mapping
from typing import Any

from traceability.context import NAMESPACE
from traceability.epcis.event_queries import EventQuery
from traceability.epcis.event_terms import prefixes_of
from traceability.epcis.query_parameters import read_query, texts_of


def query_of(parameters: Mapping[str, Any]) -> EventQuery:
    """The query that the parameters ask; raises QueryError."""
    prefixes = {"tt": NAMESPACE, **prefixes_of(parameters.get("@context"))}
    return read_query(texts_of(parameters), prefixes)
