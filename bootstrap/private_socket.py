"""A socket that only the owner of its file may open."""

import socket
from pathlib import Path


def private_socket(file: Path) -> socket.socket:
    """A Unix socket under that name, for its owner alone; one that an earlier process left is replaced."""
    file.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(str(file))
    file.chmod(0o600)
    return bound
