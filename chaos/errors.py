"""What ends an experiment before it has a result."""


class ChaosError(Exception):
    """The experiment has no result; the message says why and what to do."""


class CannotRunError(ChaosError):
    """This machine lacks what the experiment needs."""


class NotFinishedError(ChaosError):
    """Something did not happen within its time."""
