"""What can be set from outside: the one module that reads the environment."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bootstrap.errors import SettingsError
from traceability.minting import read_prefix

PREFIX = "TIANTOU_"
LARGEST_PORT = 65_535
SCHEMES = {
    "mqtt_url": ("mqtt", "mqtts"),
    "records_url": ("postgresql", "postgresql+psycopg", "postgres", "sqlite"),
    "store_url": ("clickhouse+http", "clickhouse+https", "influxdb", "influxdb+http", "influxdb+https"),
    "base_url": ("http", "https"),
}
"""What each address may begin with."""


class LogFormat(StrEnum):
    """How a log line looks: for people, or for programs."""

    CONSOLE = "console"
    JSON = "json"


class Settings(BaseSettings):
    """Every setting, from `TIANTOU_` variables; the defaults are a whole product on one laptop.

    mqtt_url: a broker that runs already (`mqtt://user:password@host:1883`, `mqtts://…`); none: our own is started.
    mqtt_ca_file: the certificate authority of an `mqtts://` broker that the system does not know.
    store_url: `clickhouse+http://user:password@host:8123/database` or
        `influxdb+https://:token@host:8086/organization/bucket`; none: the embedded engine in the data folder.
    records_url: `postgresql+psycopg://user:password@host/database`; none: SQLite in the data folder.
    base_url: the address under which consumers and consoles reach the pages; it stands in every code that is printed.
    company_prefix: the GS1 company prefix of new animals' and tags' keys; none: the one set last, at first GS1's
        prefix for demonstrations (9526000). What is registered keeps the key it has.
    speed: simulated seconds per second, once the simulated past has been told.
    page_makers: processes that make pages of packs, started with the first scan; 0: the service makes them itself;
        none: as many as this process may use cores, four at most. Each takes some 110 MB.
    webhooks_private: subscriptions may post to addresses of this machine and its networks, not only to the internet.
    webhook_patience_days: a subscription nobody takes anything of for so long is given up, and can be replayed.
    handover_s: how long a site is watched before a worker gets it: longer than the broker takes to deliver again what
        was not acknowledged (NATS: `ack_wait`, 30 s).
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
    company_prefix: str | None = None
    seed: int = Field(default=430182, ge=0)
    speed: float = Field(default=1.0, gt=0, le=10_000)
    log_format: LogFormat = LogFormat.CONSOLE
    broker_store_bytes: int = Field(default=8 << 30, ge=64 << 20)
    minimum_disk_free: float = Field(default=0.05, ge=0, lt=1)
    handover_s: float = Field(default=60.0, ge=0)
    page_makers: int | None = Field(default=None, ge=0, le=16)
    webhooks_private: bool = False
    webhook_patience_days: float = Field(default=7.0, gt=0, le=365)

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator(
        "mqtt_url",
        "records_url",
        "store_url",
        "base_url",
        "mqtt_ca_file",
        "company_prefix",
        "page_makers",
        mode="before",
    )
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("company_prefix")
    @classmethod
    def _a_prefix(cls, value: str | None) -> str | None:
        return None if value is None else read_prefix(value)

    @field_validator(*SCHEMES)
    @classmethod
    def _known_scheme(cls, value: str | None, field: ValidationInfo) -> str | None:
        schemes = SCHEMES[str(field.field_name)]
        if value is not None and value.partition("://")[0].strip().lower() not in schemes:
            rule = f"has to begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"
            raise ValueError(rule)
        return value

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.embedded_broker and self.http_port == self.mqtt_port:
            rule = f"TIANTOU_HTTP_PORT and TIANTOU_MQTT_PORT are both {self.http_port}: two services need two ports"
            raise ValueError(rule)
        return self

    @classmethod
    def read(cls) -> Self:
        """The settings of this environment; raises SettingsError that names the variable."""
        _refuse_misspelt(cls.model_fields)
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(_explained(error)) from error

    @property
    def page_maker_processes(self) -> int:
        """How many make pages of packs."""
        return min(4, _own_cores()) if self.page_makers is None else self.page_makers

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


def _refuse_misspelt(fields: Iterable[str]) -> None:
    """Raises SettingsError for a variable that is nearly one of ours: a typing error would go unnoticed."""
    known = {f"{PREFIX}{name}".upper() for name in fields}
    environment = os.environ  # noqa: TID251 the one module that reads it
    for name in sorted({name.upper() for name in environment if name.upper().startswith(PREFIX)} - known):
        for meant in get_close_matches(name, known, n=1, cutoff=0.85):
            problem = f"{name} is no setting; did you mean {meant}?"
            raise SettingsError(problem)


def _explained(error: ValidationError) -> str:
    return "; ".join(
        _problem("_".join(map(str, problem["loc"])), problem["msg"].removeprefix("Value error, "), problem["input"])
        for problem in error.errors(include_url=False)
    )


def _problem(name: str, rule: str, value: object) -> str:
    # an address may hold a password, and the whole of the settings does
    told = "" if not name or name in SCHEMES else f" (it is {value!r})"
    return f"{PREFIX}{name.upper()}: {rule}{told}" if name else rule


def _own_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
