"""What can be set from outside: the one module that reads the environment."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bootstrap.errors import SettingsError

PREFIX = "TIANTOU_"
LARGEST_PORT = 65_535


class LogFormat(StrEnum):
    """How a log line looks: for people, or for programs."""

    CONSOLE = "console"
    JSON = "json"


class Settings(BaseSettings):
    """Every setting, from `TIANTOU_` variables; the defaults are a whole product on one laptop.

    mqtt_url: a broker that runs already (`mqtt://user:password@host:1883`, `mqtts://…`); none: our own is started.
    mqtt_ca_file: the certificate authority of an `mqtts://` broker that the system does not know.
    store_url: `clickhouse+http://user:password@host:8123/database`; none: the embedded engine in the data folder.
    records_url: `postgresql+psycopg://user:password@host/database`; none: SQLite in the data folder.
    base_url: the address under which consumers and consoles reach the pages; it stands in every code that is printed.
    speed: simulated seconds per second, once the simulated past has been told.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=1, le=LARGEST_PORT)
    mqtt_port: int = Field(default=1883, ge=1, le=LARGEST_PORT)
    mqtt_url: str | None = Field(default=None, repr=False)
    mqtt_ca_file: Path | None = None
    data_dir: Path = Path("var")
    records_url: str | None = Field(default=None, repr=False)
    store_url: str | None = Field(default=None, repr=False)
    base_url: str | None = None
    seed: int = Field(default=430182, ge=0)
    speed: float = Field(default=1.0, gt=0, le=10_000)
    log_format: LogFormat = LogFormat.CONSOLE
    broker_store_bytes: int = Field(default=8 << 30, ge=64 << 20)
    minimum_disk_free: float = Field(default=0.05, ge=0, lt=1)

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("mqtt_url", "records_url", "store_url", "base_url", "mqtt_ca_file", mode="before")
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @classmethod
    def read(cls) -> Self:
        """The settings of this environment; raises SettingsError that names the variable."""
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(_explained(error)) from error

    @property
    def public_url(self) -> str:
        """The address of the pages, without a slash at its end."""
        return (self.base_url or f"http://{_reachable(self.http_host)}:{self.http_port}").rstrip("/")

    @property
    def local_url(self) -> str:
        """The address under which a process of this machine reaches the service."""
        return f"http://{_reachable(self.http_host)}:{self.http_port}"

    @property
    def embedded_broker(self) -> bool:
        """Our own broker is used."""
        return self.mqtt_url is None


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 compared with, never bound to


def _explained(error: ValidationError) -> str:
    return "; ".join(
        f"{PREFIX}{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
        f" (it is {problem['input']!r})"
        for problem in error.errors(include_url=False)
    )
