"""What every answer carries and every request must keep to: security headers, and a size."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from traceability.epcis.documents import LARGEST_DOCUMENT
from traceability.lives.files import LARGEST_FILE
from traceability.photos.model import LARGEST_UPLOAD

USUAL_BODY_BYTES = 64 * 1024
LARGEST_BODIES: Mapping[str, int] = {
    "/epcis/events": 1024 * 1024,
    "/epcis/capture": LARGEST_DOCUMENT,
    "/api/v1/lifecycle/import": LARGEST_FILE,
    "/console/photos": LARGEST_UPLOAD + USUAL_BODY_BYTES,
}
"""Bytes a request's body may have, by path; the usual limit holds elsewhere."""

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
PRIVATE_PATHS = ("/console", "/api/", "/epcis")


class SecurityHeaders:
    """Every answer carries the security headers; a page that needs another policy sets its own."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app, self.https = app, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers set."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith(PRIVATE_PATHS):
                    headers.setdefault("cache-control", "no-store")
                if self.https:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class BodyLimit:
    """No handler ever reads more of a body than its path may have."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body while it is read; beyond the limit reading it raises 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = LARGEST_BODIES.get(scope["path"], USUAL_BODY_BYTES)
        read = 0

        async def receive_bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413, f"at most {limit} bytes are taken here")
            return message

        await self.app(scope, receive_bounded, send)
