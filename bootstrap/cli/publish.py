"""`tiantou publish`."""

from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_time
from bootstrap.cli.screen import examples, house, line
from bootstrap.clock import utc_now
from bootstrap.credentials import publishes_itself, topics_of
from bootstrap.errors import RequestError
from bootstrap.house import device_account
from bootstrap.reading import message_of, parse_values, publish_once
from devices.model import Device

app = typer.Typer()


@app.command(
    epilog=examples(
        "tiantou publish tag-00000147 ear_temperature=38.6 steps=12",
        "tiantou publish probe-0007 soil_moisture=23.4 --channel 20cm --time 2026-11-22T08:30:00+08:00",
    )
)
def publish(
    device: Annotated[str, typer.Argument(help="The device that reports.", metavar="DEVICE")],
    readings: Annotated[list[str], typer.Argument(help="Values by observed property.", metavar="PROPERTY=NUMBER…")],
    time: Annotated[str | None, typer.Option(help="When it was measured, with offset; now where not given.")] = None,
    channel: Annotated[str, typer.Option(help="The device's channel, such as a probe's depth.")] = "",
) -> None:
    """Publish one reading exactly as the device would, and wait until the broker has acknowledged it."""
    at_home = house()
    with at_home.records() as records:
        registered = records.devices.find(device)
    if registered is None:
        msg = f"{device!r} is not registered: tiantou device add {device} --site SITE --kind KIND"
        raise RequestError(msg)
    values = parse_values(readings)
    payload = message_of(values, at=parse_time(time) if time else utc_now(), channel=channel)
    _require_own_voice(registered)
    topic = topics_of(registered)[-1]
    waited_s = publish_once(device_account(at_home, registered), topic, payload)
    line(f"acknowledged after {waited_s * 1000:.0f} ms: {topic} {payload.decode()}")


def _require_own_voice(device: Device) -> None:
    if publishes_itself(device):
        return
    speaker = f"gateway {device.gateway}" if device.gateway else f"a LoRaWAN network server (DevEUI {device.dev_eui})"
    msg = f"{device.id} does not publish by itself: {speaker} speaks for it"
    raise RequestError(msg)
