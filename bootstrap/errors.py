"""Errors of the bootstrap package: each is one line for the person at the terminal.

BootstrapError
├── SettingsError          a TIANTOU_ variable cannot be
├── PortTakenError         something else listens where we would
├── AlreadyRunningError    another tiantou has this data folder
├── ProgramMissingError    a program we start is not there
├── ProcessStartError      a process of ours does not come up
├── ServiceError           the running service refused what it was asked
├── FolderError            a folder is not as a command needs it
└── RequestError           what the command was asked for cannot be done
"""


class BootstrapError(Exception):
    """Root of what can go wrong before and around the running parts; `exit_code` is the command's."""

    exit_code = 1


class SettingsError(BootstrapError):
    """A setting cannot be; the message names the variable."""

    exit_code = 2


class PortTakenError(BootstrapError):
    """Something else listens on a port of ours; `variable` moves us elsewhere."""

    def __init__(self, *, host: str, port: int, variable: str) -> None:
        self.host, self.port, self.variable = host, port, variable
        super().__init__(f"port {port} on {host} is taken: end what listens there, or set {variable} to a free port")


class AlreadyRunningError(BootstrapError):
    """Another tiantou runs on this data folder."""

    def __init__(self, *, folder: str, pid: str) -> None:
        self.folder, self.pid = folder, pid
        super().__init__(
            f"tiantou runs already on {folder} (process {pid}): "
            "stop it first, or set TIANTOU_DATA_DIR to another folder"
        )


class ProgramMissingError(BootstrapError):
    """A program we start is neither on the PATH nor installed with us."""


class ProcessStartError(BootstrapError):
    """A process of ours does not come up; the message ends with what it said last."""


class ServiceError(BootstrapError):
    """The running service could not do what it was asked."""


class FolderError(BootstrapError):
    """A folder is not as a command needs it."""


class RequestError(BootstrapError):
    """What the command was asked for cannot be done; the message says what to do instead."""

    exit_code = 2
