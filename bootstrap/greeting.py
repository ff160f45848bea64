"""What a started demonstration prints: where to look, and what to paste."""

import io
import shlex
import sys
from pathlib import Path

import segno

from bootstrap.demo import Demonstration
from bootstrap.house import House, broker_address, device_account
from bootstrap.seeding import DEMO_LOGIN, OPERATOR_LOGIN
from devices.model import Device, DeviceKind
from simulators.model import SitePlan
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.keys import Gtin

READING = {"ear_temperature": 38.6, "steps": 12}


def greeting(house: House, demonstration: Demonstration) -> str:
    """The text; every command in it works when pasted into another terminal of this machine."""
    plan, sign_ins = demonstration.plan, demonstration.sign_ins
    host, port = broker_address(house)
    trace = trace_url(house, plan)
    animal = plan.showcase_life().animal
    return "\n".join(
        [
            "",
            f"  Console   {house.settings.public_url}/console",
            f"            sign in as {DEMO_LOGIN} / {sign_ins.demo_password}",
            f"            or, to see every farm, {OPERATOR_LOGIN} / {sign_ins.operator_password}",
            f"  Trace     {trace}",
            "",
            qr_text(trace),
            f"  MQTT      mqtt://{host}:{port}  (QoS 1, one user for each device)",
            "",
            f"  Publish a reading of pig {animal}, as its tag would:",
            f"    {tiantou_command(house, plan)}",
            "  or with a client nobody here wrote:",
            f"    {mosquitto_command(house, plan)}",
            f"  and look: {house.settings.public_url}/console/animals/{animal}",
            "",
            f"  Data {house.folder.root}, logs {house.folder.logs}. Ctrl-C stops everything; data stay.",
            "  The farms are simulated: all people, animals and places are invented.",
            "",
        ]
    )


def trace_url(house: House, plan: SitePlan) -> str:
    """The page behind the code on the pack that was packed last."""
    pack = plan.showcase_pack()
    link = DigitalLink.of_item(gtin=Gtin.parse(pack.gtin), lot=pack.lot, serial=pack.serial)
    return f"{house.settings.public_url}{link.path}"


def qr_text(text: str) -> str:
    """A QR code made of block characters, two modules a character."""
    drawn = io.StringIO()
    segno.make(text, error="m").terminal(drawn, border=2, compact=True)
    return drawn.getvalue()


def tiantou_command(house: House, plan: SitePlan) -> str:
    """One reading with our own command."""
    program = Path(sys.argv[0])
    ours = shlex.quote(str(program.absolute())) if program.name == "tiantou" else f"{sys.executable} -m bootstrap"
    readings = " ".join(f"{name}={value}" for name, value in READING.items())
    settings = f"TIANTOU_DATA_DIR={shlex.quote(str(house.folder.root))}"
    if house.settings.mqtt_url is None:
        settings += f" TIANTOU_MQTT_PORT={house.settings.mqtt_port}"
    return f"{settings} {ours} publish {plan.showcase_life().tag} {readings}"


def mosquitto_command(house: House, plan: SitePlan) -> str:
    """One reading with mosquitto_pub; the shell puts in the present time."""
    device = _tag(plan)
    account = device_account(house, device)
    topic = f"tiantou/v1/{device.site}/{device.id}/observations"
    values = ",".join(f'\\"{name}\\":{value}' for name, value in READING.items())
    return (
        f"mosquitto_pub -h {account.host} -p {account.port} -u {account.user} -P {account.password} -q 1 "
        f'-t {topic} -m "{{\\"t\\":$(date +%s),{values}}}"'
    )


def _tag(plan: SitePlan) -> Device:
    life = plan.showcase_life()
    return Device(id=life.tag, site=plan.site.id, kind=DeviceKind.EAR_TAG)
