"""The refusals that any operation may answer, for the OpenAPI document: from the one table of errors."""

from typing import Any

from api.errors import BY_STATUS, REFUSALS
from api.rest.epcis_openapi import PROBLEM

ANYWHERE = (400, 401, 403, 404, 405, 409, 413, 422, 429, 503)
"""Statuses that do not belong to one interface alone."""


def problem_responses() -> dict[int | str, dict[str, Any]]:
    """Each status with what it can mean; the body is a problem detail (RFC 9457)."""
    meanings: dict[int, list[str]] = {status: [] for status in ANYWHERE}
    for refusal in [*REFUSALS.values(), *BY_STATUS.values()]:
        if refusal.en not in meanings.get(refusal.status, [refusal.en]):
            meanings[refusal.status].append(refusal.en)
    return {
        status: {"description": "; ".join(told), "content": {"application/problem+json": {"schema": PROBLEM}}}
        for status, told in meanings.items()
    }
