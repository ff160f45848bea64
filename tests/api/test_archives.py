"""Archives over HTTP: who may have them, what is in them, and that names of persons are the operators' alone."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from observations.identifiers import EarTagNumber, FarmId
from tests.api.world import NOW, World, small_world
from tests.traceability.archive.icar_schemas import faults
from tests.traceability.conformance import needs_conformance
from tests.traceability.one_life import at, event
from traceability.archive.csv_rows import NOT_RECORDED
from traceability.context import TREATING, animal_giai
from traceability.gs1.keys import Gln, check_digit

PIG = EarTagNumber.parse("143018200000147")
FARM = FarmId.parse("farm-01")
FORMS = ["pdf", "csv", "icar.json"]
GLN = Gln.parse("952600010001" + check_digit("952600010001"))
LATE = timedelta(minutes=3)
DISINFECTING = "https://ns.tiantou.example/voc/bizstep/disinfecting"


@pytest.fixture
def world() -> World:
    """Farm 1 has a treated pig and was disinfected."""
    world = small_world()
    farms = world.households.kept_farms
    farms[FARM] = replace(farms[FARM], gln=GLN)
    day, pig = (NOW - timedelta(days=20)).date(), animal_giai(PIG).uri
    treated = event(
        "ObjectEvent", at(day), GLN, action="OBSERVE", bizStep=TREATING, epcList=[pig], tt_medicine="=土霉素注射液",
        tt_vetName="李兽医", tt_vetLicence="湘 A-0012", tt_withdrawalUntil="2026-08-20",
    )  # fmt: skip
    disinfected = event(
        "ObjectEvent", at(day, 9), GLN, action="OBSERVE", bizStep=DISINFECTING, epcList=[], tt_disinfectant="过硫酸氢钾"
    )
    world.events.capture([treated, disinfected])
    return world


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def rows_of(answer: str) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(answer.removeprefix("\ufeff")))]


def test_the_farms_booklet_says_whose_it_is_over_which_days_and_who_printed_it_when(world: World) -> None:
    answer = world.client("operator").get(f"/api/v1/farms/{FARM}/archive.pdf?since=2026-01-01")
    assert answer.headers["content-type"] == "application/pdf"
    text = text_of(answer.content)
    for expected in ("畜禽养殖档案", "2026-01-01 – 2026-07-28", GLN, "运维", "2026-07-28 09:20", "演示数据"):
        assert expected in text, expected
    pages = len(PdfReader(io.BytesIO(answer.content)).pages)
    assert f"第 1 页，共 {pages} 页" in text
    assert NOT_RECORDED in text


def test_the_table_names_every_item_and_what_is_not_recorded(world: World) -> None:
    rows = rows_of(world.client("wangbei").get(f"/api/v1/farms/{FARM}/archive.csv").text)
    by_item = {row["item"]: row for row in rows}
    assert "过硫酸氢钾" in by_item["disinfection"]["details"]
    assert by_item["medicine"]["animals"] == PIG
    assert by_item["feed"]["what_zh"] == NOT_RECORDED
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


def test_names_of_persons_are_in_the_operators_archive_alone(world: World) -> None:
    operators = text_of(world.client("operator").get(f"/api/v1/farms/{FARM}/archive.pdf").content)
    assert "张秘密1" in operators
    assert "李兽医" in operators
    for form in FORMS:
        answer = world.client("wangbei").get(f"/api/v1/farms/{FARM}/archive.{form}")
        text = text_of(answer.content) if form == "pdf" else answer.text
        assert "张秘密" not in text
        assert "李兽医" not in text
    assert "湘 A-0012" in world.client("wangbei").get(f"/api/v1/animals/{PIG}/archive.csv").text


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_granted_is_not_there(world: World, form: str) -> None:
    other = world.client("other")
    assert other.get(f"/api/v1/farms/{FARM}/archive.{form}").status_code == 404
    assert other.get(f"/api/v1/animals/{PIG}/archive.{form}").status_code == 404
    assert world.client("wangbei").get(f"/api/v1/farms/farm-77/archive.{form}").status_code == 404
    assert world.client().get(f"/api/v1/farms/{FARM}/archive.{form}").status_code in {303, 401}


@needs_conformance
def test_what_goes_out_as_icar_is_valid(world: World) -> None:
    for path in (f"farms/{FARM}", f"animals/{PIG}"):
        answer = world.client("wangbei").get(f"/api/v1/{path}/archive.icar.json")
        document = json.loads(answer.text)
        assert [fault for resource in document["member"] for fault in faults(resource)] == []
        kinds = {resource["resourceType"] for resource in document["member"]}
        assert {"icarAnimalCoreResource", "icarTreatmentEventResource"} <= kinds


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("since=2026-08-01&until=2026-07-01", 400),
        ("since=0001-01-01", 400),
        ("until=9999-12-31", 400),
        ("since=yesterday", 422),
    ],
)
def test_days_that_cannot_be_are_refused_by_name(world: World, query: str, status: int) -> None:
    answer = world.program("operator").get(f"/api/v1/farms/{FARM}/archive.csv?{query}")
    assert answer.status_code == status
    assert "since" in answer.text or "until" in answer.text


def test_what_somebody_wrote_too_much_of_still_fits_on_the_pages(world: World) -> None:
    day = (NOW - timedelta(days=10)).date()
    hostile = {f"tt_x{number}": "<b>长" * 300 for number in range(300)}
    pig = animal_giai(PIG).uri
    world.events.capture(
        [event("ObjectEvent", at(day), GLN, late=LATE, action="OBSERVE", epcList=[pig], bizStep=TREATING, **hostile)]
    )
    answer = world.client("operator").get(f"/api/v1/animals/{PIG}/archive.pdf")
    assert answer.status_code == 200
    assert "<b>长" in text_of(answer.content)
