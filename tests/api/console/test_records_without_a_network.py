"""Forms in a real browser whose network goes away: nothing that was written down is lost, or recorded twice."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from households.model import Farm
from livestock.model import Animal, Sex
from observations.identifiers import EarTagNumber, FarmId
from storage.records.records import Records
from tests.api.console.chromium import CHROMIUM, Chromium, House
from tests.api.world import PASSWORD, SITE, World
from tests.traceability.one_life import FARM, PIG
from tests.traceability.pig_records import PIG_URI
from traceability.gs1.keys import Gln

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]
WEIGHED = {"time": "2026-08-02T08:00", "place": str(FARM), "animals": str(PIG), "weight_kg": "72.4"}
DEAD = {"time": "2099-08-02T08:00", "place": str(FARM), "animals": str(PIG), "cause": "腹泻"}
KEPT = "document.getElementById('record').dataset.kept === 'yes' && navigator.serviceWorker.controller !== null"
COUNT = "document.getElementById('waiting-count').textContent"


@pytest.fixture
def house(world: World) -> Iterator[House]:
    house = House(world.app())
    house.open()
    yield house
    house.close()


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Chromium]:
    phone = Chromium(tmp_path / "profile")
    yield phone
    phone.quit()


def sign_in(phone: Chromium, house: House, login: str, wanted: str) -> None:
    phone.go(f"{house.address}/console/login?next={wanted}")
    phone.run(f"document.querySelector('#login').value = {json.dumps(login)}; 0")
    phone.run(f"document.querySelector('#password').value = {json.dumps(PASSWORD)}; 0")
    phone.run("document.querySelector('.signin').submit(); 0")
    phone.wait(f"location.pathname === {json.dumps(wanted)} && document.readyState === 'complete'")


def fill_in(phone: Chromium, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        box = f"document.querySelector('textarea[name={name}]')" if name == "animals" else f"f.elements.{name}"
        box = f"({box} || f.elements.{name})"
        phone.run(f"{{ const f = document.getElementById('record-form'); {box}.value = {json.dumps(value)}; }} 0")


def press(phone: Chromium) -> None:
    phone.run("document.getElementById('record-form').requestSubmit(); 0")


def come_back(phone: Chromium) -> None:
    """What the browser tells its pages when a network is there again."""
    for offline in (True, False):
        phone.call(
            "Network.emulateNetworkConditions", offline=offline, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )


def test_what_is_written_without_a_network_is_sent_when_it_is_back_and_recorded_once(
    phone: Chromium, house: House, records: Records
) -> None:
    sign_in(phone, house, "wangbei", "/console/record/weighing")
    phone.wait(KEPT)
    house.close()

    fill_in(phone, WEIGHED)
    press(phone)
    phone.wait(f"{COUNT} === '1'")
    assert phone.run("document.getElementById('away').hidden") is False
    phone.go(f"{house.address}/console/record/death")  # a form that was not open before
    fill_in(phone, DEAD)
    press(phone)
    phone.wait(f"{COUNT} === '2'")
    assert phone.run("document.getElementById('waiting-head').innerText").startswith("待发送 2 条")
    assert not records.events.about([PIG_URI])

    house.open()
    come_back(phone)
    phone.wait("document.querySelector('li[data-state=sent]') && document.querySelector('li[data-state=refused]')")
    assert len(records.events.about([PIG_URI])) == 1
    # what cannot be recorded says why, and is put right on the phone
    assert "时间在将来" in phone.run("document.getElementById('waiting-list').textContent")
    phone.run("document.querySelector('li[data-state=refused] a').click(); 0")
    phone.wait("document.getElementById('record-form').elements.cause.value === '腹泻'")
    assert phone.run("document.querySelector('textarea[name=animals]').value") in {"", str(PIG)}
    fill_in(phone, {"time": "2026-09-02T08:00"})
    press(phone)
    phone.wait("document.querySelectorAll('li[data-state=sent]').length === 2")
    assert phone.run("document.getElementById('waiting-head').innerText").startswith("都发出去了")
    assert phone.run(COUNT) == "0"
    assert len(records.events.about([PIG_URI])) == 2
    assert not [line for line in phone.said if "Content Security Policy" in line]


def test_a_session_that_ends_meanwhile_keeps_what_waits_and_signing_out_forgets_the_kept_forms(
    phone: Chromium, house: House, records: Records, world: World
) -> None:
    sign_in(phone, house, "wangbei", "/console/record/weighing")
    phone.wait(KEPT)
    house.close()
    fill_in(phone, WEIGHED)
    press(phone)
    phone.wait(f"{COUNT} === '1'")
    for digest in list(world.accounts.credentials):
        world.accounts.revoke(digest)
    house.open()
    come_back(phone)
    phone.wait("document.querySelector('#waiting-told a') !== null")
    assert phone.run(COUNT) == "1"
    assert not records.events.about([PIG_URI])

    sign_in(phone, house, "other", "/console/record")
    phone.wait(KEPT)
    assert phone.run("document.querySelectorAll('#waiting-list li').length") == 0
    assert "另有 1 条" in phone.run("document.getElementById('waiting-told').textContent")
    assert not records.events.about([PIG_URI])

    sign_in(phone, house, "wangbei", "/console/record")
    phone.wait("document.querySelector('li[data-state=sent]') !== null")
    assert len(records.events.about([PIG_URI])) == 1
    phone.wait(KEPT)
    phone.run("document.querySelector('.leave').submit(); 0")
    phone.wait("location.pathname === '/console/login'")
    phone.wait("caches.keys().then((names) => names.length === 0)")


def test_a_form_whose_answer_is_lost_is_sent_again_and_counts_once(
    phone: Chromium, house: House, records: Records
) -> None:
    sign_in(phone, house, "wangbei", "/console/record/weighing")
    phone.wait(KEPT)
    told = "account: document.getElementById('record').dataset.account, kind: 'weighing', title: '称重'"
    fields = json.dumps([*WEIGHED.items()])
    for _ in range(2):
        entry = f"recordQueue.entryOf({{ {told}, fields: {fields}, state: 'unsure' }})"
        phone.run(f"recordQueue.keep({entry}).then(() => 0)")
        phone.run("recordQueue.sendAll()")
    assert phone.run("recordQueue.all().then((all) => all.map((each) => each.state).join())") == "sent,sent"
    assert len(records.events.about([PIG_URI])) == 1


def test_a_form_sent_into_a_dead_network_by_its_button_is_kept_by_the_service_worker(
    phone: Chromium, house: House, records: Records
) -> None:
    sign_in(phone, house, "wangbei", "/console/record/weighing")
    phone.wait(KEPT)
    house.close()
    fill_in(phone, WEIGHED)
    phone.run("document.getElementById('record-form').submit(); 0")  # as if the network died after it was asked
    phone.wait("location.pathname === '/console/record' && document.querySelector('li[data-state=unsure]') !== null")
    assert phone.run("document.querySelector('li[data-state=unsure] .do').children.length") == 0
    house.open()
    phone.run("document.getElementById('send-now').click(); 0")
    phone.wait("document.querySelector('li[data-state=sent]') !== null")
    assert len(records.events.about([PIG_URI])) == 1


def keep_waiting(phone: Chromium, fields: dict[str, str], kind: str = "weighing", state: str = "waiting") -> str:
    """The id of an entry that waits on the phone as if it had been written there."""
    told = f"account: document.getElementById('record').dataset.account, kind: '{kind}', title: '称重'"
    made = f"recordQueue.entryOf({{ {told}, fields: {json.dumps([*fields.items()])}, state: '{state}' }})"
    kept = phone.run(f"(async () => {{ const entry = {made}; await recordQueue.keep(entry); return entry.id; }})()")
    return str(kept)


def state_of(entry: str) -> str:
    return f"recordQueue.find('{entry}').then((entry) => entry.state)"


def add_farms(world: World) -> None:
    """The enterprise has more farms than are listed before one is chosen."""
    for number in range(1, 5):
        body = f"69012345670{number}"
        check = -sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(body)) % 10
        farm = FarmId.parse(f"more-{number}")
        gln = Gln.parse(f"{body}{check}")
        world.households.add_farm(
            Farm(id=farm, household="h-1", site=SITE, name="场", gln=gln, public_name="", county="430182")
        )
        pig = EarTagNumber.parse(f"14301820000020{number}")
        world.animals.add(Animal(id=pig, farm=farm, breed="宁乡花猪", sex=Sex.FEMALE, born_on=date(2025, 11, 3)))


def test_what_is_being_edited_is_not_sent_and_only_what_is_right_is_recorded(
    phone: Chromium, house: House, records: Records, world: World
) -> None:
    add_farms(world)
    sign_in(phone, house, "wangbei", "/console/record/vaccination")
    phone.wait(KEPT)
    assert phone.run("getComputedStyle(document.getElementById('send-now')).display") == "none"
    assert phone.run("document.querySelectorAll('#herd .farm').length") == 5
    assert phone.run("[...document.querySelectorAll('#herd .farm')].every((farm) => farm.hidden)")
    shot = {"time": "2026-08-02T08:00", "place": str(FARM), "animals": str(PIG), "vaccine": "猪瘟", "batch": "BAD"}
    left_behind = keep_waiting(phone, {**shot, "animals": "143018200000999"}, kind="vaccination", state="editing")
    wrong = keep_waiting(phone, shot, kind="vaccination", state="editing")
    phone.run(f"location.hash = '#edit={wrong}'; 0")
    phone.wait("document.getElementById('record-form').elements.batch.value === 'BAD'")
    assert phone.run("!document.querySelector('#herd input:checked').closest('.farm').hidden")
    assert "1 chosen" in phone.run("document.getElementById('picked').textContent")
    phone.run("recordQueue.sendAll()")
    assert phone.run(state_of(wrong)) == "editing"
    assert not records.events.about([PIG_URI])

    fill_in(phone, {"batch": "V1"})
    press(phone)
    phone.wait(f"location.pathname === '/console/record' && {state_of(wrong)}.then((state) => state === 'sent')")
    (vaccinated,) = records.events.about([PIG_URI])
    assert "V1" in vaccinated.document
    # one that a page had left behind in its form was let go, and went out too
    phone.wait(f"{state_of(left_behind)}.then((state) => ['sent', 'refused'].includes(state))")


def test_what_went_out_meanwhile_is_not_edited_and_another_is_edited_in_a_form_of_its_own(
    phone: Chromium, house: House, records: Records
) -> None:
    sign_in(phone, house, "wangbei", "/console/record/death")
    phone.wait(KEPT)
    first = keep_waiting(phone, {**DEAD, "place": "", "note": "first"}, kind="death", state="refused")
    second = keep_waiting(phone, {"time": "2099-09-01T08:00", "animals": str(PIG)}, kind="death", state="refused")
    cause = "document.getElementById('record-form').elements.cause.value"
    phone.run(f"location.hash = '#edit={first}'; 0")
    phone.wait(f"{cause} === '腹泻'")
    phone.run(f"location.hash = '#edit={second}'; 0")
    phone.wait("document.getElementById('record-form').elements.time.value === '2099-09-01T08:00'")
    assert phone.run(cause) == ""
    phone.run(f"recordQueue.change('{second}', ['editing'], (entry) => ({{ ...entry, state: 'sent' }})).then(() => 0)")
    fill_in(phone, {"cause": "腹泻", "place": str(FARM)})
    press(phone)
    phone.wait("[...document.querySelectorAll('.wrong')].some((told) => told.textContent.includes('更正'))")
    assert phone.run(state_of(second)) == "sent"
    assert not records.events.about([PIG_URI])


def test_a_record_that_the_house_fails_at_keeps_no_other_back_and_may_be_dropped_at_last(
    phone: Chromium, house: House, records: Records
) -> None:
    sign_in(phone, house, "wangbei", "/console/record/weighing")
    phone.wait(KEPT)
    phone.run(
        "{ const real = window.fetch; window.fetch = (url, options) => options?.method === 'POST' && "
        "String(options.body).includes('bad') ? Promise.resolve(new Response('oops', { status: 502 })) : "
        "real(url, options); } 0"
    )
    bad = keep_waiting(phone, {**WEIGHED, "note": "bad", "weight_kg": "bad"})
    good = keep_waiting(phone, WEIGHED)
    assert phone.run("recordQueue.sendAll()") == "away"
    assert [phone.run(state_of(each)) for each in (bad, good)] == ["unsure", "sent"]
    assert len(records.events.about([PIG_URI])) == 1
    buttons = "document.querySelectorAll('li[data-state=unsure] button').length"
    for _ in range(2):
        phone.run("recordQueue.sendAll()")
    phone.run("document.dispatchEvent(new Event('visibilitychange')); 0")
    phone.wait(f"{buttons} === 1")


def test_a_correction_that_is_opened_without_a_network_is_of_the_record_that_the_link_names(
    phone: Chromium, house: House
) -> None:
    sign_in(phone, house, "wangbei", "/console/record/weighing")
    phone.wait(KEPT)
    house.close()
    phone.go(f"{house.address}/console/record/correction?event=urn%3Auuid%3A7&place={FARM}&csrf=x&length=1")
    phone.wait("document.getElementById('record-form').elements.event.value === 'urn:uuid:7'")
    assert phone.run("document.getElementById('record-form').elements.place.value") == str(FARM)
    assert phone.run("document.getElementById('record-form').elements.csrf.value") != "x"
