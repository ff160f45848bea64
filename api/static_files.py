"""Static files, each with the time that browsers may keep it."""

from os import PathLike, stat_result

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

FOR_EVER = "public, max-age=31536000, immutable"
A_WHILE = "public, max-age=300"


class KeptFiles(StaticFiles):
    """The files of a folder, with a Cache-Control header."""

    def __init__(self, *, directory: str | PathLike[str], keep: str) -> None:
        super().__init__(directory=directory)
        self.keep = keep

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or 304 where the browser has it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = self.keep
        return response


def compressed_files(*, directory: str | PathLike[str], keep: str) -> ASGIApp:
    """The files of a folder, compressed on their way: they hold no secrets whose length could tell something."""
    return GZipMiddleware(KeptFiles(directory=directory, keep=keep), minimum_size=1000, compresslevel=6)
