"""Who is at the door: sign-in, sessions, bearer tokens, and the token that every form carries."""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from pwdlib import PasswordHash

from api.errors import SignInRefusedError, ThrottledError
from api.passwords import LONGEST_PASSWORD
from api.throttle import Throttle
from households.model import Credential, CredentialKind, User
from households.ports import AccountBook

SESSION_LIFE = timedelta(hours=12)
MOST_HASHES_AT_ONCE = 2
"""Each argon2 check takes 64 MiB and a core for some 50 ms."""
MOST_AT_THE_DOOR = 8
"""Checked or waiting to be. All requests share 40 threads: a crowd at the door must not keep readers of pages out."""
CROWDED_WAIT_S = 2


def digest_of(secret: str) -> str:
    """What is kept of a secret: its sha256 in hex. The secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """256 random bits, as text for a cookie or a header."""
    return secrets.token_urlsafe(32)


def form_token(secret: str) -> str:
    """The token that forms of this session carry: who cannot read the cookie cannot make it."""
    return hmac.new(secret.encode(), b"tiantou form", hashlib.sha256).hexdigest()


def is_form_token(secret: str, token: str) -> bool:
    """Whether the token belongs to the session."""
    return hmac.compare_digest(form_token(secret).encode(), token.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A user by the secret shown, which is good until then."""

    user: User
    until: datetime


class Doorkeeper:
    """Checks passwords and secrets against the account book.

    An unknown login costs as much time as a known one with a wrong password.
    """

    def __init__(self, *, accounts: AccountBook) -> None:
        self._accounts = accounts
        self._hasher = PasswordHash.recommended()
        self._nobody = self._hasher.hash(new_secret())
        self._throttle = Throttle()
        self._hashing = threading.BoundedSemaphore(MOST_HASHES_AT_ONCE)
        self._door = threading.BoundedSemaphore(MOST_AT_THE_DOOR)

    def sign_in(self, *, login: str, password: str, address: str, now: datetime) -> str:
        """The secret of a new session; raises SignInRefusedError or ThrottledError."""
        key = f"{login[:64].casefold()}\n{address}"
        wait_s = self._throttle.wait_s(key, now)
        if wait_s:
            raise ThrottledError(wait_s)
        if len(password) > LONGEST_PASSWORD or not self._password_matches(login, password):
            self._throttle.failed(key, now)
            raise SignInRefusedError
        self._throttle.succeeded(key)
        secret = new_secret()
        self._accounts.forget_expired(now)
        self._accounts.issue(
            Credential(digest=digest_of(secret), login=login, kind=CredentialKind.SESSION, expires=now + SESSION_LIFE)
        )
        return secret

    def recognise(self, *, secret: str, kind: CredentialKind, now: datetime) -> Recognised | None:
        """Whose secret that is, where it is of that kind and still good."""
        credential = self._accounts.find_credential(digest_of(secret), now)
        if credential is None or credential.kind is not kind:
            return None
        user = self._accounts.find_user(credential.login)
        return None if user is None else Recognised(user=user, until=credential.expires)

    def sign_out(self, secret: str) -> None:
        """The session is over."""
        self._accounts.revoke(digest_of(secret))

    def _password_matches(self, login: str, password: str) -> bool:
        if not self._door.acquire(blocking=False):
            raise ThrottledError(CROWDED_WAIT_S)
        try:
            user = self._accounts.find_user(login)
            with self._hashing:
                matches = self._hasher.verify(password, self._nobody if user is None else user.password_hash)
        finally:
            self._door.release()
        return matches and user is not None
