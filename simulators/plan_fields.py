"""The fields of the plan: what grows in them on a day, in which soil, and the probes that stand there."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from observations.identifiers import DeviceId, FieldId, SiteId
from simulators.calendar_days import at_local
from simulators.facts import rows
from simulators.model import PROBE_REPORT_S, Device, Farm, Field, Plot

GATEWAY = DeviceId.parse("gw-01")
BEHIND_GATEWAY = 4
HISTORY_D = (60, 200)
"""Days of history of the newest and the oldest probe."""


def fields_and_plots(
    random: Random, farms: tuple[Farm, ...], today: date
) -> tuple[tuple[Field, ...], tuple[Plot, ...]]:
    """Twenty fields over all farms, and the plot of each."""
    plans = [row for row in rows("crops") for _ in range(int(row["fields"]))]
    random.shuffle(plans)
    textures = [row["texture"] for row in rows("soils")]
    fields, plots = [], []
    for number, row in enumerate(plans, 1):
        farm = farms[(number * 5) % len(farms)]
        field = _field(random, number, farm, row, today)
        fields.append(field)
        installed = today - timedelta(days=random.randint(*HISTORY_D))
        plots.append(
            Plot(
                field=field.id,
                probe=DeviceId.parse(f"probe-{number:04d}"),
                texture=random.choice(textures),
                since=at_local(installed, random.uniform(8, 16)),
            )
        )
    return tuple(fields), tuple(plots)


def probes_of(plots: tuple[Plot, ...], site: SiteId) -> tuple[Device, ...]:
    """The gateway and the probes; the last few probes speak through the gateway."""
    wired = {plot.probe for plot in plots[-BEHIND_GATEWAY:]}
    gateway = Device(id=GATEWAY, site=site, kind="gateway", report_interval_s=PROBE_REPORT_S, label="SenML")
    return (
        gateway,
        *(
            Device(
                id=plot.probe,
                site=site,
                kind="soil_probe",
                report_interval_s=PROBE_REPORT_S,
                gateway=GATEWAY if plot.probe in wired else None,
                label="20 / 40 cm",
            )
            for plot in plots
        ),
    )


def _field(random: Random, number: int, farm: Farm, row: Mapping[str, str], today: date) -> Field:
    share = random.random()
    crop, variety, planted = _growing(row, share, today)
    return Field(
        id=FieldId.parse(f"field-{number:02d}"),
        farm=farm.id,
        name=f"{number} 号田",
        area_mu=Decimal(random.randint(8, 45)) / 10,
        crop=crop,
        variety=variety,
        planted_on=planted,
    )


def _growing(row: Mapping[str, str], share: float, today: date) -> tuple[str, str, date | None]:
    """The crop whose record holds on that day: the main crop, the one that follows it, or none."""
    seasons = [(row["crop"], row["variety"], row["sow_from"], row["sow_to"], row["until"])]
    if row["then"]:
        crop, variety, sow_from, sow_to, until = row["then"].split(":")
        seasons.append((crop, variety, sow_from, sow_to, until))
    for crop, variety, sow_from, sow_to, until in seasons:
        for year in (today.year, today.year - 1):
            first, last = _day(year, sow_from), _day(year, sow_to)
            sown = first + timedelta(days=round(share * (last - first).days))
            end = _day(year, until)
            if end < first:
                end = _day(year + 1, until)
            if sown <= today <= end:
                return crop, variety, sown
    return "", "", None


def _day(year: int, month_day: str) -> date:
    return date.fromisoformat(f"{year}-{month_day}")
