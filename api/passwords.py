"""Password hashes: argon2 with the library's recommended costs."""

from pwdlib import PasswordHash

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
"""Longer ones are refused unread, so that nobody makes the service hash a megabyte."""


def hash_password(password: str) -> str:
    """The argon2 hash to keep in `households.model.User.password_hash`."""
    return PasswordHash.recommended().hash(password)
