"""From deployments to streams: which device to ask for what an animal or a field showed, and when."""

from collections.abc import Iterable
from datetime import datetime

from devices.model import Deployment
from observations.model import Stream


def streams(deployments: Iterable[Deployment]) -> list[Stream]:
    """The streams those deployments stand for, in their order."""
    return [
        Stream(
            device=deployment.device,
            channel=deployment.channel,
            since_ms=_milliseconds(deployment.since),
            until_ms=None if deployment.until is None else _milliseconds(deployment.until),
        )
        for deployment in deployments
    ]


def deployment_at(deployments: Iterable[Deployment], at: datetime) -> Deployment | None:
    """The deployment that holds at `at`."""
    for deployment in deployments:
        if deployment.since <= at and (deployment.until is None or at < deployment.until):
            return deployment
    return None


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
