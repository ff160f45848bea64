from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from households.model import Claim, Credential, CredentialKind, Enterprise, Role, User
from livestock.model import Animal, Sex
from observations.identifiers import EarTagNumber, FarmId
from storage.records.records import Records

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
LATER = datetime(2027, 7, 1, tzinfo=UTC)


def claim(records: Records) -> None:
    records.households.add_claim(Claim(enterprise="e", household="h-1", since=NOON, until=LATER))


def add_animal(records: Records) -> None:
    number = EarTagNumber.parse("143018200000147")
    farm = FarmId.parse("farm-1")
    records.animals.add(Animal(id=number, farm=farm, breed="宁乡花猪", sex=Sex.FEMALE, born_on=date(2026, 1, 1)))


def sign_out(records: Records) -> None:
    records.accounts.revoke("d" * 64)


def change_password(records: Records) -> None:
    records.accounts.set_password("amy", "another hash")


@pytest.fixture
def inhabited(farmed: Records) -> Records:
    if farmed.engine.dialect.name != "sqlite":
        pytest.skip("on PostgreSQL the revision is a clock")
    farmed.households.add_enterprise(Enterprise(id="e", name="望北"))
    user = User(login="amy", name="A", role=Role.ENTERPRISE, password_hash="hash", enterprise="e")
    farmed.accounts.add_user(user)
    kind = CredentialKind.SESSION
    farmed.accounts.issue(Credential(digest="d" * 64, login="amy", kind=kind, expires=LATER))
    return farmed


@pytest.mark.parametrize("change", [claim, add_animal, sign_out, change_password])
def test_what_decides_who_sees_what_changes_the_revision(inhabited: Records, change: Callable[[Records], None]) -> None:
    before = inhabited.access_revision.current()
    change(inhabited)
    assert inhabited.access_revision.current() > before


def test_a_change_by_another_process_changes_it_too(inhabited: Records) -> None:
    before = inhabited.access_revision.current()
    other = Records.open(inhabited.engine.url.render_as_string())
    claim(other)
    other.close()
    assert inhabited.access_revision.current() > before


def test_what_decides_nothing_leaves_it_alone(inhabited: Records) -> None:
    before = inhabited.access_revision.current()
    inhabited.cursors.save("follower", {"w": 1})
    kind = CredentialKind.SESSION
    inhabited.accounts.issue(Credential(digest="e" * 64, login="amy", kind=kind, expires=LATER))
    assert inhabited.access_revision.current() == before
