"""A ClickHouse front of the tests as a process that can be killed: `python -m chaos.front FOLDER PORT`."""

import sys
from pathlib import Path

from tests.storage.observations.http_front import Front


def main() -> None:
    """It answered until it was ended."""
    _, folder, port = sys.argv
    Front(Path(folder), int(port)).serve_forever()


if __name__ == "__main__":
    main()
