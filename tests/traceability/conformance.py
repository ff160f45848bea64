"""GS1's own documents, where they are at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "shared/conformance"
needs_conformance = pytest.mark.skipif(not FOLDER.exists(), reason=f"{FOLDER} is not there")


def documents(folder: str, pattern: str = "*") -> list[Path]:
    """The files of that folder; none where the folder is missing."""
    return sorted((FOLDER / folder).glob(pattern))


def events_of(document: bytes) -> list[dict[str, Any]]:
    """The document's events, each with its context."""
    value = json.loads(document)
    body = value["epcisBody"]
    events: list[dict[str, Any]] = (body if "eventList" in body else body["queryResults"]["resultsBody"])["eventList"]
    return [{"@context": value["@context"], **event} for event in events]
