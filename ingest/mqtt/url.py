"""Where the broker is and who we are to it, as one address."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from ingest.errors import MqttUrlError

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""The schemes, each with its registered port (IANA)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttUrl:
    """An MQTT address. tls: the connection is encrypted, its certificate checked against `ca_file` or the system's."""

    host: str
    port: int
    tls: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None

    @classmethod
    def parse(cls, text: str, *, ca_file: Path | None = None) -> "MqttUrl":
        """The address `text` stands for; raises MqttUrlError.

        text: `mqtt://[user[:password]@]host[:port]`, or `mqtts://` for TLS; user and password percent-encoded.
        """
        try:
            parts = urlsplit(text.strip())
            port = parts.port
        except ValueError as error:
            raise MqttUrlError(str(error)) from error
        if parts.scheme not in PORTS:
            problem = f"scheme is {parts.scheme[:20]!r}"
            raise MqttUrlError(problem)
        return cls(
            host=_host(parts),
            port=PORTS[parts.scheme] if port is None else port,
            tls=parts.scheme == "mqtts",
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            ca_file=ca_file,
        )

    def __str__(self) -> str:
        """The address without the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def _host(parts: SplitResult) -> str:
    if not parts.hostname:
        problem = "it names no host"
        raise MqttUrlError(problem)
    if parts.port == 0:
        problem = "port 0 is none"
        raise MqttUrlError(problem)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        problem = "something follows the host and port"
        raise MqttUrlError(problem)
    return parts.hostname
