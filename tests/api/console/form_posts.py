"""Forms of records as a browser sends them."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from starlette.testclient import TestClient

from tests.api.world import field_of

HOME = "/console/record"


class Shown(HTMLParser):
    """The entries of the page's form by name, and what stands in each; alerts and problems as text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.entries: dict[str, list[str]] = {}
        self.required: set[str] = set()
        self.invalid: set[str] = set()
        self._area = self._select = ""
        self._text = ""
        self.feed(page.split('id="record-form"', 1)[1])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name = told.get("name", "")
        if name and tag in {"input", "select", "textarea"}:
            self.required |= {name} if "required" in told else set()
            self.invalid |= {name} if "aria-invalid" in told else set()
            kind = told.get("type", "")
            ticked = kind not in {"radio", "checkbox"} or "checked" in told
            self.entries.setdefault(name, []).extend([told.get("value", "")] if tag == "input" and ticked else [])
        if tag == "textarea":
            self._area, self._text = name, ""
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and "selected" in told:
            self.entries[self._select].append(told.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.entries[self._area].append(self._text.strip("\n"))
            self._area = ""
        if tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data


def token_of(client: TestClient) -> str:
    """The token that forms of the client's session carry."""
    return field_of(client.get(HOME).text, "csrf")


def hand_in(client: TestClient, record: Mapping[str, Any], **headers: str) -> Any:  # noqa: ANN401 a response
    """The record sent by its form."""
    said = {name: value for name, value in record.items() if name != "kind"}
    said["csrf"] = token_of(client)
    return client.post(f"{HOME}/{record['kind']}", data=said, headers=headers)


def keep_all(client: TestClient, *records: Mapping[str, Any]) -> None:
    """Each record is taken."""
    for record in records:
        answer = hand_in(client, record)
        assert answer.status_code == 303, f"{record}: {answer.status_code} {answer.text[-3000:]}"
