"""Errors of the devices package.

DeviceError
├── DecodeError            the bytes are no message of their format
├── DevEuiError            a text is no DevEUI
└── DeploymentError        a deployment contradicts another
"""


class DeviceError(Exception):
    """Root of what can go wrong with devices and their messages."""


class DecodeError(DeviceError):
    """The bytes are no message of their format; `reason` is for people, `code` a stable word for counters."""

    def __init__(self, code: str, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class DevEuiError(DeviceError, ValueError):
    """A text is no DevEUI."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text[:40]!r} is no DevEUI: expected 16 hexadecimal digits")


class DeploymentError(DeviceError):
    """A deployment contradicts another."""
