"""The way to one bucket: bytes of line protocol in, tables of points out, errors as the port names them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TypeVar

import pyarrow as pa
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from observations.errors import BatchRefusedError, StoreUnavailableError
from storage.influx.address import InfluxAddress
from storage.influx.answers import table_of
from storage.influx.lines import Precision

PATIENCE_MS = 60_000
"""A write that the server was slow to confirm may still take effect: better to wait than to wonder."""
CONNECTIONS = 8
BAD_DATA = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
NOT_ALLOWED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}

Answer = TypeVar("Answer")


class Connection:
    """One bucket, for any number of threads."""

    def __init__(self, address: InfluxAddress) -> None:
        """Nothing is sent yet."""
        self.address = address
        self._client = InfluxDBClient(
            address.server,
            token=address.token,
            org=address.organization,
            timeout=PATIENCE_MS,
            connection_pool_maxsize=CONNECTIONS,
        )
        self._write = self._client.write_api(write_options=SYNCHRONOUS)
        database, _, policy = address.bucket.partition("/")
        self._database = [("db", database), *([("rp", policy)] if policy else [])]

    def require_bucket(self) -> None:
        """The bucket is there and forgets nothing by itself; raises StoreUnavailableError that says what to do."""
        name = self.address.bucket
        bucket = self._call(lambda: self._client.buckets_api().find_bucket_by_name(name))  # type: ignore[no-untyped-call] # the client is half typed
        if bucket is None:
            msg = (
                f"{self.address}: no bucket of that name can be seen with this token; create it with"
                f" `influx bucket create --org {self.address.organization} --name {name} --retention 0`"
                " and a token that may read and write it"
            )
            raise StoreUnavailableError(msg)
        seconds = max((rule.every_seconds or 0 for rule in bucket.retention_rules or ()), default=0)
        if seconds:
            msg = (
                f"{self.address}: the bucket forgets what is older than {seconds} s, and takes readings without"
                f" keeping them; set `influx bucket update --id {bucket.id} --retention 0`"
            )
            raise StoreUnavailableError(msg)

    def write(self, lines: bytes, *, precision: Precision) -> None:
        """The lines are in the server's log on disk; nothing is sent where there are none.

        precision: of their times. Raises BatchRefusedError, StoreUnavailableError.
        """
        if lines:
            self._call(lambda: self._send(lines, precision), sends_data=True)

    def read(self, *statements: str) -> pa.Table | None:
        """The rows of these statements of InfluxQL, which ask for the same columns; None where there are none."""
        return table_of(self._call(lambda: self._ask("; ".join(statements))))

    def close(self) -> None:
        """No connection is open."""
        self._client.close()  # type: ignore[no-untyped-call] # the client is half typed

    def _send(self, lines: bytes, precision: Precision) -> None:
        self._write.write(
            bucket=self.address.bucket,
            record=lines,
            write_precision=precision,  # type: ignore[arg-type] # the client's own constants are these texts
        )

    def _ask(self, script: str) -> bytes:
        # the client knows Flux only, which took three to ten times as long for the same rows
        response = self._client.api_client.call_api(  # type: ignore[no-untyped-call] # the client is half typed
            "/query",
            "POST",
            query_params=[*self._database, ("epoch", "ns")],
            header_params={"Accept": "application/csv", "Content-Type": "application/x-www-form-urlencoded"},
            post_params=[("q", script)],
            _preload_content=False,
            _return_http_data_only=True,
        )
        answer: bytes = response.read()
        return answer

    def _call(self, ask: Callable[[], Answer], *, sends_data: bool = False) -> Answer:
        with self._translated(sends_data=sends_data):
            return ask()

    @contextmanager
    def _translated(self, *, sends_data: bool) -> Iterator[None]:
        try:
            yield
        except ApiException as error:
            if sends_data and error.status in BAD_DATA:
                msg = f"InfluxDB refuses this batch: {_told(error)}"
                raise BatchRefusedError(msg) from error
            hint = "; does the token fit, and may it read and write the bucket?" if error.status in NOT_ALLOWED else ""
            msg = f"the observation store at {self.address} cannot answer: {_told(error)}{hint}"
            raise StoreUnavailableError(msg) from error
        except (HTTPError, OSError) as error:
            msg = f"the observation store at {self.address} cannot be reached: {error}"
            raise StoreUnavailableError(msg) from error


def _told(error: ApiException) -> str:
    body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else str(error.body or error.reason)
    return f"{error.status} {body[:500]}"
