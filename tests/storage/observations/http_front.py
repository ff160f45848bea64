"""ClickHouse's HTTP interface, as far as our client uses it, in front of the embedded engine.

The real engine and the real client with its network path (parameters, formats, errors), but no ClickHouse server.
"""

import email
import email.policy
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb

OURS_TO_READ = {
    "query",
    "database",
    "query_id",
    "session_id",
    "wait_end_of_query",
    "compress",
    "decompress",
    "enable_http_compression",
    "client_protocol_version",
    "send_progress_in_http_headers",
    "http_headers_progress_interval_ms",
}


class Front(ThreadingHTTPServer):
    """Answers on loopback, one statement at a time, until closed; on a free port where none is given."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self._engine = chdb.connect(str(folder))
        self._lock = threading.Lock()

    def answer(self, fields: Mapping[str, str], data: bytes) -> bytes:
        with self._lock, tempfile.NamedTemporaryFile() as file:
            if "database" in fields:
                self._engine.query(f"USE `{fields['database']}`")
            for name in fields.keys() - OURS_TO_READ:
                if not name.startswith("param_"):
                    self._engine.query(f"SET {name} = '{fields[name]}'")
            statement = fields["query"]
            insert = re.fullmatch(r"(INSERT INTO .*) FORMAT (\w+)\s*", statement, re.DOTALL)
            if insert is not None:
                file.write(data)
                file.flush()
                statement = f"{insert[1]} FROM INFILE '{file.name}' FORMAT {insert[2]}"
            parameters = {name.removeprefix("param_"): fields[name] for name in fields if name.startswith("param_")}
            result: bytes = self._engine.query(statement, "TabSeparated", params=parameters).bytes() or b""
            return result

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._engine.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def do_GET(self) -> None:
        self._reply(b"Ok.\n")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fields = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if self.headers.get_content_type() == "multipart/form-data":
            fields |= self._form(body)
        fields.setdefault("query", body.decode(errors="replace"))
        try:
            self._reply(self.server.answer(fields, body))
        except RuntimeError as error:
            code = re.search(r"Code: (\d+)", str(error))
            self._reply(str(error).encode(), status=500, code=code[1] if code else "0")

    def _form(self, body: bytes) -> Mapping[str, str]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message: Any = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        return {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True).decode()
            for part in message.iter_parts()
        }

    def _reply(self, body: bytes, *, status: int = 200, code: str | None = None) -> None:
        self.send_response(status)
        if code is not None:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.send_header("X-ClickHouse-Timezone", "UTC")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: what matters is in the answers."""


@contextmanager
def served(folder: Path) -> Iterator[tuple[Front, str]]:
    """A front over a new engine in `folder`, and the address that `open_clickhouse_store` takes."""
    front = Front(folder)
    thread = threading.Thread(target=front.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield front, f"clickhouse+http://default:@127.0.0.1:{front.server_port}/farms"
    finally:
        front.close()
        thread.join(timeout=10)
