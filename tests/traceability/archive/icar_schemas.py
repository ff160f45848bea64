"""ICAR's own schemas, where they are at hand."""

import json
from functools import cache
from typing import Any

import jsonschema_rs

from tests.traceability.conformance import FOLDER

BASE = "https://icar.invalid/"


def _retrieve(uri: str) -> Any:  # noqa: ANN401 any JSON
    return json.loads((FOLDER / "icar" / uri.removeprefix(BASE)).read_text(encoding="utf-8"))


@cache
def validator(resource: str) -> jsonschema_rs.Draft7Validator:
    """What accepts resources of that kind."""
    schema = {"$id": f"{BASE}resources/_", "$ref": f"{BASE}resources/{resource}.json"}
    return jsonschema_rs.Draft7Validator(schema, retriever=_retrieve, validate_formats=True)


def faults(resource: dict[str, Any]) -> list[str]:
    """What is wrong with the resource, by the schema that it names."""
    found = validator(str(resource["resourceType"])).iter_errors(resource)
    return [f"{resource['resourceType']}: {error.message}" for error in found]
