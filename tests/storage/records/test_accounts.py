from datetime import UTC, datetime, timedelta

import pytest

from households.errors import DuplicateRecordError, HouseholdError
from households.model import Credential, CredentialKind, Enterprise, Role, User
from storage.records.errors import MissingRecordError
from storage.records.records import Records

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ANNA = User(login="anna", name="安娜", role=Role.ENTERPRISE, password_hash="$argon2id$1", enterprise="e-1")
ROOT = User(login="root", name="", role=Role.OPERATOR, password_hash="$argon2id$2")


def credential(digest: str, login: str = "anna", kind: CredentialKind = CredentialKind.SESSION) -> Credential:
    return Credential(digest=digest, login=login, kind=kind, expires=NOON)


@pytest.fixture
def book(records: Records) -> Records:
    """Records with an enterprise's user and an operator."""
    records.households.add_enterprise(Enterprise(id="e-1", name="花猪"))
    records.accounts.add_user(ROOT)
    records.accounts.add_user(ANNA)
    return records


def test_users_come_back_as_they_were_added(book: Records) -> None:
    assert book.accounts.find_user("anna") == ANNA
    assert book.accounts.find_user("root") == ROOT
    assert book.accounts.find_user("Anna") is None
    assert book.accounts.users() == [ANNA, ROOT]


def test_a_login_is_given_once(book: Records) -> None:
    with pytest.raises(DuplicateRecordError, match="user anna"):
        book.accounts.add_user(User(login="anna", name="", role=Role.OPERATOR, password_hash="x"))
    assert book.accounts.find_user("anna") == ANNA


@pytest.mark.parametrize(("role", "enterprise"), [(Role.ENTERPRISE, None), (Role.OPERATOR, "e-1")])
def test_an_enterprise_goes_with_its_role_only(book: Records, role: Role, enterprise: str | None) -> None:
    user = User(login="new", name="", role=role, password_hash="x", enterprise=enterprise)
    with pytest.raises(HouseholdError, match="user new"):
        book.accounts.add_user(user)


def test_a_user_of_an_unknown_enterprise_is_refused(book: Records) -> None:
    user = User(login="new", name="", role=Role.ENTERPRISE, password_hash="x", enterprise="e-9")
    with pytest.raises(MissingRecordError, match="enterprise 'e-9'"):
        book.accounts.add_user(user)


def test_a_credential_is_good_until_before_it_expires(book: Records) -> None:
    book.accounts.issue(credential("aa", kind=CredentialKind.API_TOKEN))
    assert book.accounts.find_credential("aa", NOON - TICK) == credential("aa", kind=CredentialKind.API_TOKEN)
    assert book.accounts.find_credential("aa", NOON) is None
    assert book.accounts.find_credential("ab", NOON - TICK) is None


def test_a_revoked_credential_is_good_no_longer_and_others_are(book: Records) -> None:
    for digest in ("aa", "bb"):
        book.accounts.issue(credential(digest))
    book.accounts.revoke("aa")
    book.accounts.revoke("aa")
    assert book.accounts.find_credential("aa", NOON - TICK) is None
    assert book.accounts.find_credential("bb", NOON - TICK) == credential("bb")


def test_a_new_password_revokes_every_credential_of_that_user_alone(book: Records) -> None:
    for digest, login in [("aa", "anna"), ("bb", "anna"), ("cc", "root")]:
        book.accounts.issue(credential(digest, login))
    book.accounts.set_password("anna", "$argon2id$new")
    found = [book.accounts.find_credential(digest, NOON - TICK) for digest in ("aa", "bb", "cc")]
    assert found == [None, None, credential("cc", "root")]
    user = book.accounts.find_user("anna")
    assert user is not None
    assert user.password_hash == "$argon2id$new"


def test_nobody_gets_a_password_or_a_credential_without_being_a_user(book: Records) -> None:
    with pytest.raises(MissingRecordError, match="user 'bob'"):
        book.accounts.set_password("bob", "x")
    with pytest.raises(MissingRecordError, match="user 'bob'"):
        book.accounts.issue(credential("aa", "bob"))


def test_a_secret_is_handed_out_once(book: Records) -> None:
    book.accounts.issue(credential("aa"))
    with pytest.raises(DuplicateRecordError, match="credential aa"):
        book.accounts.issue(credential("aa", "root"))


def test_expired_credentials_can_be_forgotten(book: Records) -> None:
    book.accounts.issue(credential("aa"))
    assert book.accounts.forget_expired(NOON - TICK) == 0
    assert book.accounts.forget_expired(NOON) == 1
    assert book.accounts.forget_expired(NOON) == 0
