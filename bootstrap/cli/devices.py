"""`tiantou device …`."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bootstrap.cli.screen import err, examples, house, line, out, parse_time, print_table, shown_progress
from bootstrap.clock import utc_now
from bootstrap.credentials import publishes_itself, topics_of
from bootstrap.errors import RequestError
from bootstrap.house import House, broker_address
from devices.errors import DeviceError
from devices.identifiers import DevEui
from devices.model import Deployment, Device, DeviceKind
from observations.errors import ObservationError
from observations.identifiers import DeviceId, EarTagNumber, FieldId, SiteId
from storage.records.errors import RecordsError
from storage.records.records import Records

app = typer.Typer(no_args_is_help=True, help="Devices: register, list, say what they are on.")
COLUMNS = ("device", "site", "kind", "dev_eui", "gateway", "label")
REQUIRED_COLUMNS = ("device", "site", "kind")


@app.command(
    epilog=examples(
        "tiantou device add tag-900 --site ningxiang-sim --kind ear_tag",
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
) -> None:
    """Register a device, let it in at the broker, and print how it signs in there."""
    at_home = house()
    row = {"device": device, "site": site, "kind": kind, "dev_eui": dev_eui, "gateway": gateway, "label": label}
    registered = device_of(row)
    with at_home.records() as records:
        _register(records, registered)
    _let_in(at_home)
    _print_sign_in(at_home, registered)


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
        devices = [device for device in records.devices.all() if site in {"", device.site}]
    print_table(
        COLUMNS,
        ([d.id, d.site, d.kind.value, d.dev_eui or "", d.gateway or "", d.label] for d in devices),
    )


@app.command(
    "import",
    epilog=examples("tiantou device import devices.csv", f"head -1 devices.csv: {','.join(COLUMNS)}"),
)
def import_devices(
    file: Annotated[Path, typer.Argument(help="A CSV file (UTF-8) with a header line.", exists=True, dir_okay=False)],
) -> None:
    """Register every device of a CSV file; each row that cannot be is told with its line, the others go in."""
    at_home = house()
    rows = _csv_rows(file)
    added, refused = 0, []
    with at_home.records() as records:
        for number, row in shown_progress(list(enumerate(rows, 2)), "devices"):
            try:
                _register(records, device_of(row))
                added += 1
            except (RequestError, DeviceError, ObservationError, RecordsError) as error:
                refused.append(f"line {number}: {error}")
    if added:
        _let_in(at_home)
    for problem in refused:
        err.print(problem, markup=False, soft_wrap=True)
    line(f"{added} added, {len(refused)} refused, of {len(rows)}")
    if refused:
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


def device_of(row: dict[str, str]) -> Device:
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
    )


def _register(records: Records, device: Device) -> None:
    sites = [site.id for site in records.households.sites()]
    if device.site not in sites:
        known = ", ".join(sites) or "none yet"
        msg = f"site {device.site} is not registered (tiantou site add {device.site} --name …); sites are: {known}"
        raise RequestError(msg)
    if device.gateway is not None and records.devices.find(device.gateway) is None:
        msg = f"gateway {device.gateway} is not registered: add it first"
        raise RequestError(msg)
    records.devices.add(device)


def _csv_rows(file: Path) -> list[dict[str, str]]:
    try:
        reader = csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines())
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"{file} is no CSV file in UTF-8: {error}"
        raise RequestError(msg) from error
    missing = [name for name in REQUIRED_COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        msg = f"{file} has no column {', '.join(missing)}; its first line should be: {','.join(COLUMNS)}"
        raise RequestError(msg)
    # a short row has None where a text is missing, and its error should be about the value, not about None
    return [{name: row.get(name) or "" for name in COLUMNS} for row in rows]


def _deployment(
    records: Records, device: Device, since: datetime, *, animal: str, field: str, channel: str | None
) -> Deployment:
    if animal:
        number = EarTagNumber.parse(animal)
        if records.animals.find(number) is None:
            msg = f"animal {number} is not registered: tiantou animal add {number} --farm FARM"
            raise RequestError(msg)
        return Deployment(device=device.id, since=since, animal=number, channel=channel)
    plot = FieldId.parse(field)
    if records.fields.find(plot) is None:
        msg = f"field {plot} is not registered"
        raise RequestError(msg)
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
        err.print("no service runs on this data folder: devices are let in when it starts")


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
