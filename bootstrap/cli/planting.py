"""`tiantou field soil …`, `crop-test`, `class`, `harvest`, `describe`, `prices`, `advise`, `weather …`."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from agronomy.advice.advising import Adviser, Taken
from agronomy.advice.sms import advice_sms
from agronomy.crops.naming import scientific_name
from agronomy.gate.crop_tests import CropTest
from agronomy.gate.levels import GateLevel, OfficialClass
from agronomy.given import CropMoney, GivenAdvice
from agronomy.model import Field
from agronomy.soil.laboratory_reports import read_report
from agronomy.soil.samples import LaboratoryValue, LandUse
from agronomy.soil.texture import textures
from agronomy.weather.weather_csv import weather_of_csv
from agronomy.yields.harvest_reports import read_harvests
from bootstrap.cli import fields
from bootstrap.cli.arguments import parse_day, parse_name
from bootstrap.cli.imports import Columns, Row, import_rows
from bootstrap.cli.registered import field_of, site_of
from bootstrap.cli.screen import examples, house, line, next_step, note
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from bootstrap.wiring import build_adviser
from observations.identifiers import FieldId, SiteId
from storage.records.records import Records

BY = "command line"
MONEY = Columns(
    known=(
        "crop", "farm", "price_yuan_kg", "cost_yuan_mu", "labour_days_mu", "wage_yuan_day", "priced_on", "source",
    ),
    required=("crop", "price_yuan_kg", "cost_yuan_mu", "labour_days_mu", "wage_yuan_day", "priced_on", "source"),
)  # fmt: skip
app = fields.app
"""`tiantou field`: what is planted belongs to the same commands."""
weather = typer.Typer(no_args_is_help=True, help="Days of weather, by site.")
app.add_typer(weather, name="weather")
FieldArgument = Annotated[str, typer.Argument(help="The field.")]
FileArgument = Annotated[Path, typer.Argument(help="A CSV file in UTF-8.", exists=True, dir_okay=False)]


@app.command(epilog=examples("tiantou field describe field-04 --land-use paddy --drainage well --no-irrigated"))
def describe(
    field: FieldArgument,
    land_use: Annotated[str, typer.Option(help=f"One of {', '.join(LandUse)}.")] = "",
    texture: Annotated[str, typer.Option(help=f"One of {', '.join(textures())}.")] = "",
    drainage: Annotated[str, typer.Option(help="poor, well or excessive.")] = "",
    depth_cm: Annotated[float | None, typer.Option(help="How deep roots can go, cm.")] = None,
    latitude: Annotated[float | None, typer.Option(help="WGS 84, degrees.")] = None,
    longitude: Annotated[float | None, typer.Option(help="WGS 84, degrees.")] = None,
    altitude_m: Annotated[float | None, typer.Option(help="Metres above the sea.")] = None,
    climate: Annotated[str, typer.Option(help="A stored climate instead of the nearest.")] = "",
    *,
    irrigated: Annotated[bool | None, typer.Option(help="Whether water can be led in.")] = None,
) -> None:
    """Say what a field is like; what is not given stays as it was."""
    told: dict[str, Any] = {
        "land_use": LandUse(land_use) if land_use in list(LandUse) else None,
        "texture": texture or None,
        "drainage": drainage or None,
        "depth_cm": depth_cm,
        "irrigated": irrigated,
        "latitude_deg": latitude,
        "longitude_deg": longitude,
        "altitude_m": altitude_m,
        "climate": climate or None,
    }
    _refuse_unknown(land_use, list(LandUse), "land use")
    _refuse_unknown(texture, textures(), "texture")
    with _planting(field) as (records, adviser, found):
        changed = replace(found, **{name: value for name, value in told.items() if value is not None})
        records.fields.change(changed)
        _show(adviser.renew(changed))


@app.command(epilog=examples("tiantou field soil field-04 report.csv --laboratory 县土肥站"))
def soil(
    field: FieldArgument,
    report: FileArgument,
    laboratory: Annotated[str, typer.Option(help="Who tested, where the report does not say.")] = "",
) -> None:
    """Enter a laboratory's report of a field's soil; advice given before is compared, and withdrawn if it changed."""
    with _planting(field) as (_, adviser, found):
        read = read_report(_text(report), field=found.id, laboratory=laboratory)
        for problem in read.problems:
            note(f"row {problem.row}, {problem.column or 'whole row'}: {problem.zh} / {problem.en}")
        if not read.samples:
            msg = f"{report} holds no sample that could be read"
            raise RequestError(msg)
        _report(adviser.take_samples(found, read.samples, by=BY), "sample")


@app.command("crop-test", epilog=examples(
    "tiantou field crop-test field-04 --crop 红薯 --element cd --value 0.03 --sampled 2026-10-20 --laboratory CMA-1"
))  # fmt: skip
def crop_test(
    field: FieldArgument,
    crop: Annotated[str, typer.Option(help="What was harvested.")],
    element: Annotated[str, typer.Option(help="cd, arsenic, hg, pb, cr.")],
    value: Annotated[float, typer.Option(help="mg/kg, as the laboratory gives it.")],
    sampled: Annotated[str, typer.Option(help="The day, as 2026-10-20.")],
    laboratory: Annotated[str, typer.Option(help="Who tested.")],
    uncertainty: Annotated[float | None, typer.Option(help="Half width, mg/kg.")] = None,
    number: Annotated[str, typer.Option(help="Number of the sample.")] = "",
    *,
    below_detection: Annotated[bool, typer.Option(help="The result is “less than value”.")] = False,
) -> None:
    """Enter a test of what was harvested on a field."""
    name, day = _crop(crop), parse_day(sampled)
    with _planting(field) as (_, adviser, found):
        test = CropTest(
            id=f"{found.id}/{name}/{element}/{day.isoformat()}/{laboratory}/{number}",
            field=found.id,
            crop=name,
            element=element,
            value=LaboratoryValue(value=value, uncertainty=uncertainty, below_detection=below_detection),
            sampled_on=day,
            laboratory=laboratory,
        )
        _report(adviser.take_crop_tests(found, [test], by=BY), "crop test")


@app.command("class", epilog=examples("tiantou field class field-04 safe_use --authority 县农业农村局 --on 2025-03-01"))
def official_class(
    field: FieldArgument,
    level: Annotated[str, typer.Argument(help="low, safe_use or strict.")],
    authority: Annotated[str, typer.Option(help="Who gave it.")],
    on: Annotated[str, typer.Option(help="The day, as 2025-03-01.")],
) -> None:
    """Enter the class an authority gave a field; it may only tighten what the soil says."""
    _refuse_unknown(level, {"low", "safe_use", "strict"}, "class")
    official = OfficialClass(
        level=GateLevel(level), named_on=parse_day(on), authority=parse_name(authority, what="authority")
    )
    with _planting(field) as (_, adviser, found):
        _report(adviser.take_class(found, official, by=BY), "class")


@app.command(epilog=examples("tiantou field harvest harvests.csv"))
def harvest(file: FileArgument) -> None:
    """Enter harvests of any fields; only confirmed ones teach what to expect."""
    read = read_harvests(_text(file))
    for problem in read.errors:
        note(f"line {problem.line}, {problem.column}: {problem.problem}")
    with house().records() as records:
        for each in read.harvests:
            field_of(records, each.field)
        new = records.harvests.add(read.harvests, at=utc_now())
    line(f"{len(new)} new, {len(read.harvests) - len(new)} known, {len(read.errors)} refused")


@app.command(epilog=examples("tiantou field prices prices.csv"))
def prices(file: FileArgument) -> None:
    """Enter prices and costs of crops, each dated and with its source; without them crops are ranked by fit."""
    with house().records() as records:
        import_rows(file, MONEY, lambda row: records.harvests.add_money([_money(row)], at=utc_now()), what="prices")


@app.command(epilog=examples("tiantou field advise field-04", "tiantou field advise field-04 --sms"))
def advise(
    field: FieldArgument, *, sms: Annotated[bool, typer.Option(help="In the length of one SMS.")] = False
) -> None:
    """Tell what may be grown on a field, what fits, and what is missing. Probes are read by the service alone."""
    with _planting(field) as (_, adviser, found):
        given = adviser.current(found)
    if sms:
        line(advice_sms(given.content))
    else:
        _show(given)


@weather.command("import", epilog=examples("tiantou field weather import ningxiang-01 weather.csv"))
def import_weather(
    site: Annotated[str, typer.Argument(help="The site it is of.")],
    file: FileArgument,
    source: Annotated[str, typer.Option(help="Whose figures; the file's name where not given.")] = "",
) -> None:
    """Import days of weather, past or foretold; a later import of a day replaces the one before."""
    read = weather_of_csv(_text(file))
    for problem in read.errors:
        note(f"line {problem.line}, {problem.column}: {problem.message}")
    if read.ignored_columns:
        note(f"not read: {', '.join(read.ignored_columns)}")
    with house().records() as records:
        place = site_of(records, SiteId.parse(site)).id
        count = records.weather.add(place, read.days, source=source or file.name, at=utc_now())
    line(f"{count} days, {len(read.errors)} cells or rows refused")


@contextmanager
def _planting(field: str) -> Iterator[tuple[Records, Adviser, Field]]:
    with house().records() as records:
        yield records, build_adviser(records, None), field_of(records, FieldId.parse(field))


def _report(taken: Taken, what: str) -> None:
    line(f"{taken.new} new {what}{'' if taken.new == 1 else 's'}")
    if taken.withdrawn is not None and taken.new:
        told = "withdrawn 作废" if taken.changed else "unchanged, made again 不变"
        line(f"advice {taken.withdrawn.number} of {taken.withdrawn.made_on}: {told}")
    _show(taken.advice)


def _show(given: GivenAdvice) -> None:
    content = given.content
    gate, growing = content["gate"], content["growing"]
    line(f"advice {given.number}, {given.made_on} to {given.valid_until} ({content['tables']})")
    line(f"1 {gate['zh']} / {gate['en']}{' (provisional 暂定)' if gate['provisional'] else ''}")
    for reason in gate["reasons"]:
        line(f"    {reason['zh']}{'' if reason['confirmed'] else '（未核原文）'}")
    for name, permission in gate["permissions"].items():
        line(f"    {permission['crop_zh']} {name}: {permission['zh']} / {permission['en']}")
    for reason in [] if growing is None else [*growing["outside"], *growing["no_advice"]]:
        line(f"2 {reason}")
    for number, crop in enumerate([] if growing is None else growing["crops"], 1):
        told = crop["yield"]
        expected = (
            f"{told['low_jin_mu']}–{told['high_jin_mu']} 斤/亩，{told['label_zh']}"
            if "label_zh" in told
            else told["zh"]
        )
        line(f"2.{number} {crop['status']}: {crop['zh']}, fit {crop['fit']['score']:.2f}, {expected}")
    for missing in content["missing"]:
        line(f"? {missing['zh']} / {missing['en']}")
    if gate["refuses"]:
        next_step(f"tiantou field soil {given.field} REPORT.csv --laboratory NAME")


def _crop(called: str) -> str:
    found = scientific_name(called)
    if found is None:
        msg = f"no table knows the crop {called!r}: give its scientific name"
        raise RequestError(msg)
    return found


def _money(row: Row) -> CropMoney:
    numbers = {name: _number(row[name], name) for name in MONEY.known[2:6]}
    return CropMoney(
        crop=_crop(row["crop"]),
        farm=row.get("farm", "").strip(),
        priced_on=parse_day(row["priced_on"]),
        source=parse_name(row["source"], what="source"),
        **numbers,
    )


def _number(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        msg = f"{what} {text!r} is no number"
        raise RequestError(msg) from error
    if not 0 <= number < float("inf"):
        msg = f"{what} {text!r} must be 0 or more"
        raise RequestError(msg)
    return number


def _refuse_unknown(word: str, known: Collection[str], what: str) -> None:
    if word and word not in known:
        msg = f"{word!r} is no {what}: use one of {', '.join(sorted(known))}"
        raise RequestError(msg)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{file} is no CSV file in UTF-8 ({error}); spreadsheets call that format “CSV UTF-8”"
        raise RequestError(msg) from error
