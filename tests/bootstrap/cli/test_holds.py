"""`tiantou holds` and `tiantou change-keys`."""

from datetime import timedelta

import pytest

from bootstrap.house import House
from bootstrap.record_keys import key_file
from bootstrap.settings import Settings
from storage.records.hold_tables import holds
from tests.bootstrap.cli.command import tiantou, told
from tests.storage.records.guarded_house import capture, reasons, with_places
from tests.traceability.pig_records import DAY, PACK, PIG_URI, compliant, packed, slaughtered, treated


@pytest.fixture
def house() -> House:
    """A house whose events were captured when nothing was judged."""
    made = House.of(Settings.read())
    with made.records() as records:
        with_places(records)
        capture(records, *compliant(), treated(DAY - timedelta(days=2)), slaughtered(), packed())
        with records.engine.begin() as connection:
            connection.execute(holds.delete())
    return made


def test_everything_is_judged_again_and_doing_it_twice_changes_nothing(house: House) -> None:
    assert "7 events judged, 1 holds placed" in tiantou("holds", "judge", "--all").stdout
    assert "7 events judged, 0 holds placed" in tiantou("holds", "judge", "--all").stdout
    with house.records() as records:
        assert reasons(records, PACK) == ["withdrawal"]
    listed = tiantou("holds", "list").stdout
    assert PIG_URI in listed
    assert "withdrawal" in listed
    assert PIG_URI not in tiantou("holds", "list", "--ended").stdout
    assert "--all" in told("holds", "judge")


def test_the_keys_are_changed_by_a_command(house: House) -> None:
    before = key_file(house.folder).read_text()
    assert "0 secrets sealed with a new key" in tiantou("change-keys").stdout
    assert key_file(house.folder).read_text().split()[1:] == [f"{before.strip()}="]
