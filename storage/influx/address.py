"""Where an InfluxDB bucket is: server, organization, bucket, token."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

SCHEMES = {"influxdb": "http", "influxdb+http": "http", "influxdb+https": "https"}
PORT = 8086
FORM = "influxdb+https://:TOKEN@host:8086/ORGANIZATION/BUCKET"


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxAddress:
    """One bucket of one server, and the token that may read and write it."""

    server: str
    organization: str
    bucket: str
    token: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """The place meant by `influxdb[+https]://:token@host:port/organization/bucket`.

        Parts are percent-decoded. Raises ValueError that shows the form, never the token.
        """
        parts = urlsplit(url)
        names = [unquote(name) for name in parts.path.split("/") if name]
        token = unquote(parts.password or parts.username or "")
        if parts.scheme not in SCHEMES or not parts.hostname or len(names) != 2 or not token:  # noqa: PLR2004 - organization and bucket
            msg = f"this is no address of an InfluxDB bucket: write {FORM}"
            raise ValueError(msg)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return cls(
            server=f"{SCHEMES[parts.scheme]}://{host}:{parts.port or PORT}",
            organization=names[0],
            bucket=names[1],
            token=token,
        )

    def __str__(self) -> str:
        """The place for a message to a person, without the token."""
        return f"{self.server}/{self.organization}/{self.bucket}"


def is_influx_url(place: str) -> bool:
    """Whether the address of a store means an InfluxDB."""
    return urlsplit(place).scheme in SCHEMES
