import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.traceability.archive.icar_schemas import faults, validator
from tests.traceability.conformance import needs_conformance
from tests.traceability.one_life import BORN, FARM, PIG, SLAUGHTERED, at, event, farm_events, weighed, whole_life
from traceability.archive.csv_rows import COLUMNS, NOT_RECORDED, archive_rows
from traceability.archive.icar import icar_document, icar_resources, movements
from traceability.archive.model import Archive, ArchivedAnimal, Keeper, Period
from traceability.archive.reading import archive_of, step_of
from traceability.archive.tables import items, members, retention_of, retentions, steps
from traceability.context import animal_giai
from traceability.epcis.capture import capture_event
from traceability.model import CapturedEvent
from traceability.recorded import read_event

KEEPER = Keeper(
    farm="farm-1",
    name="草冲栏舍",
    label="流沙河镇 4 号户",
    gln=FARM,
    county="430182",
    township="流沙河镇",
    person="刘某某",
    farm_code="",
    timezone="Asia/Shanghai",
    simulated=True,
)
ANIMAL = ArchivedAnimal(
    number=PIG,
    giai=animal_giai(PIG),
    breed="宁乡花猪",
    sex="FemaleNeuter",
    born_on=BORN,
    status="OffFarm",
    left_on=SLAUGHTERED,
)
LIFE = Period(first=BORN, last=SLAUGHTERED)
GIAI = animal_giai(PIG).uri


def told(events: list[CapturedEvent], *, period: Period = LIFE, personal: bool = True) -> Archive:
    return archive_of(events, keeper=KEEPER, period=period, animals=[ANIMAL], personal=personal)


def of_the_farm(step: str, **members: object) -> CapturedEvent:
    when = at(BORN + timedelta(days=100))
    late = timedelta(minutes=3)
    return event("ObjectEvent", when, FARM, late=late, action="OBSERVE", epcList=[GIAI], bizStep=step, **members)


def test_each_record_stands_under_the_item_that_the_law_names() -> None:
    archive = told(whole_life())
    counts = {item: len(entries) for item, entries in archive.entries.items() if entries}
    assert counts == {
        "breeding": 2,
        "identification": 2,
        "entry_exit": 1,
        "medicine": 1,
        "quarantine": 1,
        "immunisation": 1,
        "weights": 8,
    }
    (treatment,) = archive.entries["medicine"]
    assert {detail.member: detail.value for detail in treatment.details}["tt:withdrawalUntil"] == "2026-05-03"
    assert treatment.recorded_after == timedelta(days=3)
    assert treatment.animals == (PIG,)


def test_an_item_without_a_record_says_not_recorded() -> None:
    rows = [*archive_rows(told(whole_life()))]
    assert rows[0] == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in rows)
    silent = {row[0] for row in rows if row[5] == NOT_RECORDED}
    assert silent == {"feed", "monitoring", "disinfection", "illness", "death", "manure", "other"}


def test_what_no_row_names_is_kept_under_other_records() -> None:
    archive = told([of_the_farm("https://example.org/voc/grooming", tt_comb="soft")])
    (entry,) = archive.entries["other"]
    assert entry.zh == "grooming"
    assert [(detail.zh, detail.value) for detail in entry.details][-1] == ("tt:comb", "soft")


def test_names_of_persons_and_unknown_members_are_only_for_those_who_may_see_them() -> None:
    record = of_the_farm(
        "https://ns.tiantou.example/voc/bizstep/treating", tt_vetName="张三", tt_note="王五家", tt_vetLicence="A-1"
    )
    seen, hidden = told([record]), told([record], personal=False)
    assert "张三" in str([*archive_rows(seen)])
    assert "王五家" in str([*archive_rows(seen)])
    shown = str([*archive_rows(hidden)])
    assert "张三" not in shown
    assert "王五家" not in shown
    assert "A-1" in shown


def test_only_days_of_the_period_are_in_it_counted_where_the_farm_is() -> None:
    day = BORN + timedelta(days=200)
    late_evening = weighed(200)
    inside = Period(first=day, last=day)
    assert len(told([late_evening], period=inside).events) == 1
    before = Period(first=BORN, last=day - timedelta(days=1))
    assert told([late_evening], period=before).events == ()
    early = event("ObjectEvent", at(day, 0, 30), FARM, action="OBSERVE", epcList=[GIAI], bizStep="inspecting")
    assert told([early], period=inside).events  # half past midnight there is still the day before in UTC


def test_a_record_declared_in_error_stays_readable_and_stands_no_more() -> None:
    first = weighed(90)
    body = json.loads(first.document)
    body["errorDeclaration"] = {"declarationTime": "2026-03-01T08:00:00.000+08:00", "reason": "incorrect_data"}
    declared = capture_event(json.dumps(body).encode(), record_time=at(BORN + timedelta(days=120)))
    archive = told([first, declared])
    (entry,) = archive.entries["weights"]
    assert entry.declared_wrong == "incorrect_data"
    assert archive.events == ()


def test_animals_that_were_there_in_the_period_are_registered_in_it() -> None:
    later = Period(first=SLAUGHTERED + timedelta(days=1), last=SLAUGHTERED + timedelta(days=9))
    assert told([], period=later).animals == ()
    assert told([]).animals == (ANIMAL,)


@pytest.mark.parametrize(
    ("species", "breeding", "until"),
    [("pig", False, date(2026, 3, 1)), ("pig", True, None), ("cattle", False, date(2044, 3, 1 - 0))],
)
def test_how_long_an_archive_is_kept_is_a_row_of_the_table(species: str, *, breeding: bool, until: date | None) -> None:
    rule = retention_of(species, breeding=breeding)
    assert rule.source
    left = date(2024, 2, 29)
    assert rule.until(left) == (date(2044, 3, 1) if species == "cattle" else until)


def test_the_tables_hold_together() -> None:
    assert {step.item for step in steps().values()} <= set(items())
    assert set(movements()) <= set(steps())
    assert all(item.source for item in items().values())
    assert {row.kind for row in retentions().values()} >= {"commercial_pig", "breeding"}
    assert {name for name, member in members().items() if member.personal} >= {"tt:vetName", "tt:household"}


@needs_conformance
def test_every_exported_icar_resource_is_valid() -> None:
    extra = [
        of_the_farm("arriving"),
        of_the_farm("destroying", tt_cause="外伤"),
        of_the_farm("departing"),
        of_the_farm(
            "https://ns.tiantou.example/voc/bizstep/treating", tt_dose=4, tt_doseUnit="MLT", tt_medicine="土霉素"
        ),
    ]
    resources = [*icar_resources(told([*farm_events(), *whole_life()[-4:], *extra]))]
    assert [fault for resource in resources for fault in faults(resource)] == []
    kinds = Counter(resource["resourceType"] for resource in resources)
    assert kinds["icarAnimalCoreResource"] == 1
    assert kinds["icarMovementBirthEventResource"] == 1
    assert kinds["icarWeightEventResource"] == 10
    assert kinds["icarTreatmentEventResource"] == 3
    assert kinds["icarMovementArrivalEventResource"] == 1
    assert kinds["icarMovementDeathEventResource"] == 1
    assert kinds["icarMovementDepartureEventResource"] == 2


@needs_conformance
def test_the_collection_is_one_of_icars() -> None:
    document = icar_document(
        told(whole_life()), address="https://tiantou.example/api/v1/farms/farm-1/archive.icar.json"
    )
    assert [*validator("icarResourceCollectionReference").iter_errors(document)] == []
    assert document["totalItems"] == len(document["member"])


@needs_conformance
def test_the_schemas_refuse_what_is_no_resource() -> None:
    (animal, *_) = icar_resources(told([]))
    assert faults({**animal, "gender": "none"})
    assert faults({**animal, "birthDate": "yesterday"})


def test_a_slaughter_is_known_by_the_animal_that_goes_into_it() -> None:
    assert [step_of(read_event(each)) for each in whole_life() if each.event_type == "TransformationEvent"] == [
        "slaughter",
        "",
        "",
    ]


def test_records_of_nobodys_animal_name_none() -> None:
    archive = archive_of([weighed(90)], keeper=replace(KEEPER, person=None), period=LIFE, animals=[], personal=False)
    assert archive.events[0].animals == ()
    assert [*icar_resources(archive)] == []
