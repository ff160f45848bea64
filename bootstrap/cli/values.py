"""`tiantou export`, `correct`, `retention`: readings out, mended, and let go in time."""

import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bootstrap.cli.arguments import parse_beginning, parse_time
from bootstrap.cli.chores import do
from bootstrap.cli.registered import animal_of, farm_of, field_of, household_of
from bootstrap.cli.screen import examples, house, line, note, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from households.identifiers import HouseholdId
from observations.identifiers import EarTagNumber, FarmId, FieldId
from observations.properties import observed_properties, observed_property
from observations.retention import retention_policy
from storage.records.records import Records

app = typer.Typer()
USUAL_ZONE = "Asia/Shanghai"


@app.command(
    epilog=examples(
        "tiantou export all.parquet",
        "tiantou export pig.csv --animal 143018200000167 --since 2026-09-01 --property ear_temperature",
        "tiantou export h-004.csv --household h-004",
    )
)
def export(
    file: Annotated[Path, typer.Argument(help="The new file; its end says the kind: .csv or .parquet.")],
    animal: Annotated[list[str] | None, typer.Option(help="Only of this animal; may be given again.")] = None,
    field: Annotated[list[str] | None, typer.Option(help="Only of this field; may be given again.")] = None,
    farm: Annotated[list[str] | None, typer.Option(help="Only of this farm's animals and fields.")] = None,
    household: Annotated[list[str] | None, typer.Option(help="Only of this household's animals and fields.")] = None,
    since: Annotated[str, typer.Option(help="From this local day, or time with offset, on.")] = "",
    until: Annotated[str, typer.Option(help="Before this local day, or time with offset.")] = "",
    prop: Annotated[
        list[str] | None, typer.Option("--property", help="Only this property; may be given again.")
    ] = None,
) -> None:
    """Write readings to a file: a row for each value, with unit, quality, local time and UTC. (导出读数)."""
    if file.suffix not in {".csv", ".parquet"}:
        msg = f"{str(file)!r} says no kind of file: end it in .csv or .parquet"
        raise RequestError(msg)
    at_home = house()
    with at_home.records() as records:
        farms = _farms(records, farm or [], household or [])
        animals = [animal_of(records, EarTagNumber.parse(text)).id for text in animal or []]
        fields = [field_of(records, FieldId.parse(text)).id for text in field or []]
        animals += [each.id for each in records.animals.on_farms(farms)]
        fields += [each.id for each in records.fields.on_farms(farms)]
    request = {
        "file": str(file.absolute()),
        "everything": not (animal or field or farm or household),
        "animals": animals,
        "fields": fields,
        "since": _moment(since),
        "until": _moment(until),
        "properties": [observed_property(name).name for name in prop or []],
    }
    done = do(at_home, "export", request)
    line(f"{done['rows']:,} values in {done['file']} ({done['bytes']:,} bytes)")


@app.command(
    context_settings={"ignore_unknown_options": True},  # a value may begin with a minus
    epilog=examples(
        "tiantou correct tag-00000147 ear_temperature 2026-11-22T08:30:00+08:00 38.6 --reason 'read by hand'",
        "tiantou correct tag-00000147 ear_temperature 1795307400000 --withdraw --reason 'the tag lay in the sun'",
    ),
)
def correct(
    device: Annotated[str, typer.Argument(help="The device that sent the value.")],
    prop: Annotated[str, typer.Argument(metavar="PROPERTY", help="The observed property.")],
    time: Annotated[str, typer.Argument(help="When, as sent: ISO 8601 with offset, or milliseconds (sent_ms).")],
    value: Annotated[str, typer.Argument(help="What holds instead, in the property's unit.")] = "",
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Nothing holds instead.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the correction.")] = "",
    channel: Annotated[str, typer.Option(help="The channel, where the device has several (20cm).")] = "",
    by: Annotated[str, typer.Option(help="Who says so; your login on this machine where not given.")] = "",
) -> None:
    """Correct or withdraw one stored value; what the device said stays, flagged. (更正读数)."""
    if bool(value) == withdraw:
        msg = "give either a value or --withdraw"
        raise RequestError(msg)
    said = _number(value) if value else None
    of = observed_property(prop)
    request = {
        "device": device,
        "channel": channel,
        "observed_property": of.name,
        "phenomenon_ms": int(time) if time.isdecimal() else round(parse_time(time).timestamp() * 1000),
        "value": said,
        "reason": reason or _asked_reason(),
        "corrected_by": by or getpass.getuser(),
        "corrected_time": utc_now().isoformat(),
    }
    do(house(), "correct", request)
    line(f"{device} {of.name} {time}: " + ("withdrawn" if said is None else f"{said:g} {of.symbol}".strip()))


@app.command(epilog=examples("tiantou retention --dry-run", "tiantou retention"))
def retention(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show until when what is kept.")] = False,
) -> None:
    """Let raw values go that are older than the policy keeps; hourly aggregates stay. (保存期限)."""
    now = utc_now()
    policy = retention_policy()
    rows = []
    for name, about in observed_properties().items():
        kept_ms = policy.kept_from_ms(name, now_ms=int(now.timestamp() * 1000))
        since = "for ever 永久" if kept_ms is None else f"{datetime.fromtimestamp(kept_ms / 1000, now.tzinfo):%Y-%m-%d}"
        rows.append((name, about.zh, str(policy.raw_days(name) or "–"), since, "for ever 永久"))
    if dry_run:
        print_table(("property", "", "raw days 原始(天)", "raw values kept since", "hourly 每小时"), rows)
        note("whole weeks (UTC, by the time as sent) before these days are due; nothing was changed")
        return
    done = do(house(), "retain", {})
    line(f"{done['values']:,} raw values of {done['weeks']} weeks have expired; their hours stay")


def _farms(records: Records, farms: list[str], households: list[str]) -> list[FarmId]:
    named = [farm_of(records, FarmId.parse(text)).id for text in farms]
    wanted = {household_of(records, HouseholdId.parse(text)).id for text in households}
    return named + [each.id for each in records.households.farms() if each.household in wanted]


def _moment(text: str) -> str | None:
    return parse_beginning(text, ZoneInfo(USUAL_ZONE)).isoformat() if text else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        msg = f"{text!r} is no number"
        raise RequestError(msg) from error


def _asked_reason() -> str:
    return str(typer.prompt("reason 原因"))
