"""`tiantou device …`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_time
from bootstrap.cli.imports import Columns, Row, import_rows
from bootstrap.cli.registered import animal_of, field_of, site_of
from bootstrap.cli.screen import examples, house, line, next_step, note, out, print_table
from bootstrap.clock import utc_now
from bootstrap.credentials import publishes_itself, topics_of
from bootstrap.errors import RequestError
from bootstrap.house import House, broker_address
from devices.identifiers import DevEui
from devices.model import Deployment, Device, DeviceKind
from observations.identifiers import DeviceId, EarTagNumber, FieldId, SiteId
from storage.records.records import Records

app = typer.Typer(no_args_is_help=True, help="Devices: register, list, say what they are on.")
COLUMNS = Columns(
    known=("device", "site", "kind", "dev_eui", "gateway", "label", "interval_s"),
    required=("device", "site", "kind"),
)
INTERVAL_S = 600
LONGEST_INTERVAL_S = 31 * 86_400
NEXT = {
    DeviceKind.EAR_TAG: "tiantou device deploy {device} --animal NUMBER",
    DeviceKind.SOIL_PROBE: "tiantou device deploy {device} --field FIELD",
    DeviceKind.GATEWAY: "tiantou device add DEVICE --site {site} --kind ear_tag --gateway {device}",
}


@app.command(
    epilog=examples(
        "tiantou device add tag-900 --site ningxiang-sim --kind ear_tag --interval 900",
        "tiantou device add probe-90 --site ningxiang-sim --kind soil_probe --gateway gw-01",
        "tiantou device add lora-7 --site ningxiang-sim --kind ear_tag --dev-eui 70B3D57ED0051234",
    )
)
def add(
    device: Annotated[str, typer.Argument(help="Its id: A-Z a-z 0-9 _ -, at most 64 characters.")],
    site: Annotated[str, typer.Option(help="The site it belongs to.")],
    kind: Annotated[DeviceKind, typer.Option(help="What it is for.")],
    dev_eui: Annotated[str, typer.Option(help="Its DevEUI, where it speaks LoRaWAN.")] = "",
    gateway: Annotated[str, typer.Option(help="The gateway that reports for it.")] = "",
    label: Annotated[str, typer.Option(help="What people call it.")] = "",
    interval: Annotated[
        int,
        typer.Option(help="How often it reports when all is well.", metavar="SECONDS", min=1, max=LONGEST_INTERVAL_S),
    ] = INTERVAL_S,
) -> None:
    """Register a device, let it in at the broker, and print how it signs in there."""
    at_home = house()
    row = {"device": device, "site": site, "kind": kind, "dev_eui": dev_eui, "gateway": gateway, "label": label}
    row["interval_s"] = str(interval)
    registered = device_of(row)
    with at_home.records() as records:
        _register(records, registered)
    _let_in(at_home)
    _print_sign_in(at_home, registered)
    next_step(NEXT[registered.kind].format(device=registered.id, site=registered.site))


@app.command(epilog=examples("tiantou device show tag-00000147"))
def show(device: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Print how a device signs in at the broker, and what it is on."""
    at_home = house()
    with at_home.records() as records:
        registered = _registered(records, device)
        deployments = records.deployments.of_devices([device])
    _print_sign_in(at_home, registered)
    for deployment in deployments:
        line(_deployment_text(deployment))


@app.command("list", epilog=examples("tiantou device list", "tiantou device list --site ningxiang-sim"))
def list_devices(site: Annotated[str, typer.Option(help="Only those of this site.")] = "") -> None:
    """List the registered devices."""
    with house().records() as records:
        wanted = site_of(records, SiteId.parse(site)).id if site else ""
        devices = [device for device in records.devices.all() if wanted in {"", device.site}]
    print_table(
        COLUMNS.known,
        (
            [d.id, d.site, d.kind.value, d.dev_eui or "", d.gateway or "", d.label, str(d.report_interval_s)]
            for d in devices
        ),
    )


@app.command(
    "import",
    epilog=examples("tiantou device import devices.csv", f"head -1 devices.csv: {','.join(COLUMNS.known)}"),
)
def import_devices(
    file: Annotated[Path, typer.Argument(help="A CSV file (UTF-8) with a header line.", exists=True, dir_okay=False)],
) -> None:
    """Register every device of a CSV file; each row that cannot be is told with its line, the others go in."""
    at_home = house()
    with at_home.records() as records:
        imported = import_rows(file, COLUMNS, lambda row: _register(records, device_of(row)), what="devices")
    if imported.added:
        _let_in(at_home)
        next_step("tiantou device deploy DEVICE --animal NUMBER")
    if imported.refused:
        raise typer.Exit(1)


@app.command(
    epilog=examples(
        "tiantou device deploy tag-900 --animal 143018200000147",
        "tiantou device deploy probe-90 --field field-03 --channel 20cm --since 2026-11-01T08:00:00+08:00",
        "tiantou device deploy tag-900 --end",
    )
)
def deploy(
    device: Annotated[str, typer.Argument(help="Its id.")],
    animal: Annotated[str, typer.Option(help="The 15-digit ear-tag number of the animal it is on.")] = "",
    field: Annotated[str, typer.Option(help="The field it stands in.")] = "",
    channel: Annotated[str | None, typer.Option(help="Only this channel; every channel where not given.")] = None,
    since: Annotated[str, typer.Option(help="Since when, with offset; now where not given.")] = "",
    *,
    end: Annotated[bool, typer.Option("--end", help="It is taken off.")] = False,
) -> None:
    """Say what a device is on since when; what it measured before and after is credited accordingly."""
    moment = parse_time(since) if since else utc_now()
    if [bool(animal), bool(field), end].count(True) != 1:
        msg = "give exactly one of --animal NUMBER, --field FIELD and --end"
        raise RequestError(msg)
    with house().records() as records:
        registered = _registered(records, device)
        if end:
            records.deployments.end(registered.id, moment)
            line(f"{device} is on nothing since {moment:%Y-%m-%d %H:%M} UTC")
            return
        deployment = _deployment(records, registered, moment, animal=animal, field=field, channel=channel)
        records.deployments.add(deployment)
    line(_deployment_text(deployment))


def device_of(row: Row) -> Device:
    """The device of a row with the columns of an import; raises RequestError, IdentifierError, DevEuiError."""
    kinds = [kind.value for kind in DeviceKind]
    if row["kind"].strip() not in kinds:
        msg = f"{row['kind']!r} is no kind of device: expected {', '.join(kinds)}"
        raise RequestError(msg)
    gateway, dev_eui = (row.get("gateway") or "").strip(), (row.get("dev_eui") or "").strip()
    return Device(
        id=DeviceId.parse(row["device"]),
        site=SiteId.parse(row["site"]),
        kind=DeviceKind(row["kind"].strip()),
        dev_eui=DevEui.parse(dev_eui) if dev_eui else None,
        gateway=DeviceId.parse(gateway) if gateway else None,
        label=(row.get("label") or "").strip(),
        report_interval_s=_interval_s(row.get("interval_s", "").strip()),
    )


def _interval_s(text: str) -> int:
    if not text:
        return INTERVAL_S
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST_INTERVAL_S):
        msg = f"{text!r} is no interval: whole seconds from 1 to {LONGEST_INTERVAL_S}"
        raise RequestError(msg)
    return int(text)


def _register(records: Records, device: Device) -> None:
    site_of(records, device.site)
    if device.gateway is not None and records.devices.find(device.gateway) is None:
        msg = f"gateway {device.gateway} is not registered: add it first"
        raise RequestError(msg)
    records.devices.add(device)


def _deployment(
    records: Records, device: Device, since: datetime, *, animal: str, field: str, channel: str | None
) -> Deployment:
    if animal:
        number = animal_of(records, EarTagNumber.parse(animal)).id
        return Deployment(device=device.id, since=since, animal=number, channel=channel)
    plot = field_of(records, FieldId.parse(field)).id
    return Deployment(device=device.id, since=since, field=plot, channel=channel)


def _deployment_text(deployment: Deployment) -> str:
    on = f"animal {deployment.animal}" if deployment.animal else f"field {deployment.field}"
    channel = "" if deployment.channel is None else f" channel {deployment.channel}"
    until = "" if deployment.until is None else f" until {deployment.until:%Y-%m-%d %H:%M} UTC"
    return f"{deployment.device}{channel} on {on} since {deployment.since:%Y-%m-%d %H:%M} UTC{until}"


def _registered(records: Records, device: str) -> Device:
    registered = records.devices.find(device)
    if registered is None:
        msg = f"{device!r} is not registered; tiantou device list shows those that are"
        raise RequestError(msg)
    return registered


def _let_in(at_home: House) -> None:
    if at_home.service.answers():
        at_home.service.refresh_devices()
    else:
        note("no service runs on this data folder: devices are let in when it starts")


def _print_sign_in(at_home: House, device: Device) -> None:
    if not publishes_itself(device):
        speaker = f"gateway {device.gateway}" if device.gateway else f"a network server (DevEUI {device.dev_eui})"
        line(f"{device.id}: {speaker} speaks for it, so it has no user at the broker")
        return
    host, port = broker_address(at_home)
    out.print(f"[bold]{device.id}[/bold] ({device.kind.value}, site {device.site})")
    line(f"  broker    mqtt://{host}:{port}")
    line(f"  user      {device.id}")
    line(f"  password  {at_home.secret.device_password(device)}")
    for topic in topics_of(device):
        line(f"  topic     {topic}")
