"""What a phone may keep for where there is no network: whose it is, which files, and of which version."""

import hashlib
from functools import cache
from importlib.resources import files

from api.access import Viewer

STATIC = ("console.css", "field.css", "record.css", "record_queue.js", "record.js", "mark.svg")
MADE_FROM = ("record/choose.html", "record/form.html", "record/done.html", "record/parts.html", "frame.html")


def account_mark(viewer: Viewer) -> str:
    """What the viewer's kept records are marked with: tells accounts apart without naming them."""
    return hashlib.sha256(f"tiantou records of {viewer.user.login}".encode()).hexdigest()[:16]


def kept_files() -> list[str]:
    """The paths of the files that the kept pages need."""
    return [f"/static/{name}" for name in STATIC]


@cache
def worker_text() -> str:
    """The service worker of the forms."""
    return files("api").joinpath("static", "record_worker.js").read_text(encoding="utf-8")


@cache
def kept_version() -> str:
    """Changes with every release that changes the forms: what was kept of another is fetched anew."""
    folder = files("api")
    parts = [folder.joinpath("static", name) for name in STATIC]
    parts += [folder.joinpath("templates", "console", *name.split("/")) for name in MADE_FROM]
    parts += [files("traceability.lives").joinpath(name) for name in ("event_kinds.csv", "event_fields.csv")]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes())
    return digest.hexdigest()[:16]
