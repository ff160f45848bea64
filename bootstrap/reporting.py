"""How a process of ours ends when something expected goes wrong: one line, an exit code, no traceback."""

import sys
from collections.abc import Callable

from agronomy.errors import AgronomyError
from bootstrap.errors import BootstrapError
from devices.errors import DeviceError
from households.errors import HouseholdError
from ingest.errors import IngestError
from livestock.errors import LivestockError
from observations.errors import ObservationError
from simulators.errors import SimulationError
from storage.records.errors import RecordsError
from traceability.errors import TraceabilityError

EXPECTED = (
    BootstrapError,
    AgronomyError,
    DeviceError,
    HouseholdError,
    IngestError,
    LivestockError,
    ObservationError,
    RecordsError,
    SimulationError,
    TraceabilityError,
)
FAILED = 1
INTERRUPTED = 130
"""As shells count an end by Ctrl-C: 128 and the signal's number."""


def run_reporting(do: Callable[[], None]) -> None:
    """`do` was done; an expected error is told in one line on standard error, and the process ends with its code."""
    try:
        do()
    except EXPECTED as error:
        sys.stderr.write(f"tiantou: {error}\n")
        sys.exit(error.exit_code if isinstance(error, BootstrapError) else FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
