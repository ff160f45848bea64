"""`tiantou import lifecycle`: the same judgement as everywhere else, told by line."""

import csv
import io
from pathlib import Path

import pytest

from bootstrap.house import House
from bootstrap.settings import Settings
from households.model import Farm, Household, Site
from observations.identifiers import FarmId, SiteId
from tests.bootstrap.cli.command import tiantou, told
from tests.traceability.one_life import FARM
from tests.traceability.pig_life import Record, before_slaughter, loading, sale, slaughter, treatment
from tests.traceability.pig_records import HOUSES, PIG_URI
from traceability.lives.kinds import event_fields


@pytest.fixture
def house() -> House:
    """A house with the farm, the slaughterhouse and the packing house of the records."""
    made = House.of(Settings.read())
    with made.records() as records:
        records.households.add_site(Site(id=SiteId.parse("site-1"), name="站"))
        records.households.add_household(
            Household(id="h-1", label="1 号户", name="刘", township="流沙河镇", village="")
        )
        farm = Farm(
            id=FarmId.parse("farm-1"), household="h-1", site=SiteId.parse("site-1"), name="场", gln=FARM,
            public_name="", county="430182",
        )  # fmt: skip
        records.households.add_farm(farm)
        for facility in HOUSES.values():
            records.places.add_facility(facility)
    return made


def as_file(folder: Path, *told: Record) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["kind", *event_fields()])
    writer.writeheader()
    writer.writerows(told)
    file = folder / "lives.csv"
    file.write_text(text.getvalue(), encoding="utf-8")
    return str(file)


def test_a_file_is_recorded_once_and_a_dry_run_records_nothing(house: House, tmp_path: Path) -> None:
    file = as_file(tmp_path, *before_slaughter(), slaughter())
    assert "5 would be recorded" in tiantou("import", "lifecycle", file, "--dry-run").stdout
    with house.records() as records:
        assert records.events.about([PIG_URI]) == []
    assert "5 recorded, 0 there already, 0 refused, of 5" in tiantou("import", "lifecycle", file).stdout
    assert "0 recorded, 5 there already" in tiantou("import", "lifecycle", file).stdout


@pytest.mark.parametrize("act", [sale(), loading(), slaughter()], ids=["sale", "loading", "slaughter"])
@pytest.mark.usefixtures("house")
def test_a_pig_within_its_withdrawal_is_refused_with_line_day_and_reason(act: Record, tmp_path: Path) -> None:
    file = as_file(tmp_path, *before_slaughter(), treatment("2026-08-20", "2026-08-20"), act)
    done = tiantou("import", "lifecycle", file)
    assert done.exit_code == 1
    assert "line 7: withdrawal" in done.stderr
    assert "2026-09-17" in done.stderr
    assert "5 recorded, 0 there already, 1 refused, of 6" in done.stdout


def test_a_file_with_a_column_nobody_knows_is_refused_whole(tmp_path: Path) -> None:
    file = tmp_path / "lives.csv"
    file.write_text("kind,colour\nbirth,black\n", encoding="utf-8")
    assert "no such column: colour" in told("import", "lifecycle", str(file))
