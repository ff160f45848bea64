"""The client id under which the broker keeps what ingest has not yet acknowledged.

Whoever knows it and may sign in can take the session over, so it is random and kept where only we can read it.
"""

import os
import secrets
from pathlib import Path

OWN_EYES = 0o600


def client_id(file: Path) -> str:
    """The id in `file`; made at the first call, and the same ever after. Raises OSError."""
    try:
        return _kept(file)
    except FileNotFoundError:
        pass
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_EYES)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(f"tiantou-{secrets.token_hex(8)}")
        out.flush()
        os.fsync(out.fileno())
    try:
        # A link and not a rename: of two that start together one wins, and both read what won.
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return _kept(file)


def _kept(file: Path) -> str:
    text = file.read_text(encoding="ascii").strip()
    file.chmod(OWN_EYES)
    return text
