"""Others' secrets lie sealed in the records, and nobody reads them without the key."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from storage.records.errors import SealError
from storage.records.records import Records
from storage.records.schema import migrate
from storage.records.sealing import MARK, KeyedSeal, NoSeal
from tests.storage.records.test_subscriptions import NIGHTLY, NOON, STREAM
from traceability.epcis.subscriptions import SubscriptionState
from traceability.model import NamedQuery

ONE, OTHER = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SEAL = KeyedSeal(lambda: [ONE])


@given(st.text(max_size=200))
def test_what_is_closed_opens_again_and_never_lies_there_as_it_was(plain: str) -> None:
    kept = SEAL.close(plain)
    assert SEAL.open(kept) == plain
    assert kept.startswith(MARK)
    assert len(plain) < 3 or plain not in kept.removeprefix(MARK) or plain.isascii()
    assert SEAL.close(plain) != kept


def test_what_was_never_sealed_is_read_as_it_is() -> None:
    assert SEAL.open("a secret of old") == "a secret of old"
    assert NoSeal().open(NoSeal().close("x")) == "x"


@pytest.mark.parametrize("kept", [f"{MARK}", f"{MARK}xyz", KeyedSeal(lambda: [OTHER]).close("x")])
def test_what_another_key_sealed_is_said_to_be_unreadable(kept: str) -> None:
    for seal in (SEAL, NoSeal()):
        with pytest.raises(SealError, match="record-keys"):
            seal.open(kept)


def test_a_key_that_was_changed_meanwhile_is_read_anew_and_an_old_one_still_opens() -> None:
    keys = [ONE]
    seal = KeyedSeal(lambda: keys)
    of_old = seal.close("x")
    keys.insert(0, OTHER)
    assert seal.open(KeyedSeal(lambda: [OTHER]).close("y")) == "y"
    assert seal.open(of_old) == "x"


def test_nothing_is_sealed_with_a_key_that_left_the_file() -> None:
    keys = [ONE]
    seal = KeyedSeal(lambda: keys)
    keys[:] = [OTHER]
    assert KeyedSeal(lambda: [OTHER]).open(seal.close("x")) == "x"


def tokens(records: Records) -> list[str]:
    with records.engine.begin() as connection:
        return [row.token for row in connection.execute(text("SELECT token FROM subscriptions ORDER BY id"))]


def test_tokens_of_old_are_sealed_once_and_sealed_anew_with_another_key(records: Records, url: str) -> None:
    records.named_queries.add(NamedQuery(owner="lab", name="mine", parameters="{}", created=NOON))
    assert records.subscriptions.add(STREAM)
    assert records.subscriptions.add(NIGHTLY)
    assert tokens(records) == ["secret", "secret"]
    sealed = Records.open(url, seal=SEAL)
    migrate(sealed.engine)
    assert sealed.subscriptions.seal_all() == 2
    assert sealed.subscriptions.seal_all() == 0
    kept = tokens(records)
    assert all(token.startswith(MARK) and "secret" not in token for token in kept)
    assert sealed.subscriptions.find("a") == STREAM
    changed = sealed.subscriptions.change(STREAM, STREAM)
    assert changed is not None
    assert changed.asked == STREAM.asked

    both = KeyedSeal(lambda: [OTHER, ONE])
    with sealed.together() as together:
        assert together.subscriptions.seal_all(anew=both) == 2
    only = Records.open(url, seal=KeyedSeal(lambda: [OTHER]))
    found = only.subscriptions.find("b")
    assert found is not None
    assert found.asked.token == "secret"
    unread = sealed.subscriptions.find("b")
    assert unread is not None
    assert (unread.state, unread.asked.token) == (SubscriptionState.PAUSED, "")
    for opened in (sealed, only):
        opened.close()


def test_one_token_that_cannot_be_opened_pauses_its_subscription_and_no_other(records: Records, url: str) -> None:
    records.named_queries.add(NamedQuery(owner="lab", name="mine", parameters="{}", created=NOON))
    house = Records.open(url, seal=SEAL)
    assert house.subscriptions.add(STREAM)
    elsewhere = Records.open(url, seal=KeyedSeal(lambda: [OTHER]))
    assert elsewhere.subscriptions.add(NIGHTLY)
    listed = house.subscriptions.list("lab", query=None, after="", limit=9)
    due = house.subscriptions.due(NOON + timedelta(days=1), newest=9)
    for found in (listed, due):
        assert [(each.id, each.state) for each in found] == [
            ("a", SubscriptionState.ACTIVE),
            ("b", SubscriptionState.PAUSED),
        ]
        assert "record-keys" in found[1].progress.why
    # whatever is done to it meanwhile, its token is there again with its key
    unread = listed[1]
    assert house.subscriptions.change(unread, replace(unread, state=SubscriptionState.ACTIVE)) is not None
    again = elsewhere.subscriptions.find("b")
    assert again is not None
    assert again.asked == NIGHTLY.asked
    for opened in (house, elsewhere):
        opened.close()
