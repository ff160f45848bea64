from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livestock.model import Animal, Sex
from observations.identifiers import EarTagNumber, FarmId
from storage.records.digest_tables import life_digests
from storage.records.records import Records
from tests.traceability.one_life import BORN, NOW, products
from tests.traceability.supply_of_packs import KINDS, PIGS, Supply, later
from traceability.gs1.digital_link import DigitalLink
from traceability.holds import Hold
from traceability.life_digests import LifeDigests, without_days
from traceability.model import CapturedEvent
from traceability.passport import Passport, build_passport

NUMBERS = count(1)
ACTS = st.lists(st.tuples(st.sampled_from([*KINDS, "made", "held"]), st.integers(0, 5000)), min_size=1, max_size=12)
"""What happens after the packs were packed: events, digests made, a pig put on hold."""


def passport(records: Records, link: DigitalLink, digests: LifeDigests | None = None) -> Passport | None:
    told = build_passport(
        link,
        events=records.events,
        products=products(),
        places=records.places,
        recalls=records.recalls,
        holds=records.holds,
        now=NOW,
        digests=digests,
    )
    return told if told is None else replace(told, records=(), lives=tuple(map(without_days, told.lives)))


def told_alike(records: Records, links: Sequence[DigitalLink]) -> None:
    for link in links:
        assert passport(records, link, records.life_digests) == passport(records, link)


def captured(records: Records, supply: Supply) -> list[CapturedEvent]:
    told = supply.made()
    records.events.capture(told)
    return told


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_comes_later_a_pack_told_from_digests_is_told_as_from_all_its_events(
    records: Records, acts: list[tuple[str, int]]
) -> None:
    supply = Supply(number=next(NUMBERS))
    told = captured(records, supply)
    for what, number in acts:
        if what == "made":
            for pig in supply.pigs[: 1 + number % PIGS]:
                records.life_digests.make(pig)
        elif what == "held":
            records.holds.place([_hold(supply.pig(number))])
        else:
            event = later(supply, what, number, told)
            records.events.capture([event])
            told.append(event)
        told_alike(records, supply.packs)
    for pig in supply.pigs:
        records.life_digests.make(pig)
    told_alike(records, supply.packs)


def _hold(pig: str) -> Hold:
    return Hold(
        subject=pig, reason="no_certificate", cause="urn:x:1", since=NOW, detail_zh="", detail_en="", by="guards"
    )


def test_a_digest_is_current_until_an_event_names_its_animal(records: Records) -> None:
    supply = Supply(number=next(NUMBERS))
    told = captured(records, supply)
    first, second, _ = supply.pigs
    assert records.life_digests.current([first]) == {}
    assert records.life_digests.make(first)
    assert not records.life_digests.make(first)
    assert records.life_digests.make(second)
    assert [*records.life_digests.current([first, second, "https://id.gs1.org/8004/9526000x"])] == [first, second]
    records.events.capture([later(supply, "treated", 0, told)])
    assert [*records.life_digests.current([first, second])] == [second]
    assert records.life_digests.make(first)
    (treatment,) = records.life_digests.current([first])[first].life.treatments
    assert treatment.medicine_zh == "土霉素"


def test_what_was_declared_in_error_is_in_no_digest(records: Records) -> None:
    supply = Supply(number=next(NUMBERS))
    told = captured(records, supply)
    treated = later(supply, "treated", 0, told)
    records.events.capture([treated])
    records.life_digests.make(supply.pig(0))
    records.events.capture([later(supply, "declared in error", 0, [treated])])
    assert records.life_digests.current([supply.pig(0)]) == {}
    assert records.life_digests.make(supply.pig(0))
    digest = records.life_digests.current([supply.pig(0)])[supply.pig(0)]
    assert digest.life.treatments == ()
    assert digest.declared == {treated.event_id}


def test_a_digest_made_by_other_rules_is_not_current(records: Records) -> None:
    supply = Supply(number=next(NUMBERS))
    captured(records, supply)
    records.life_digests.make(supply.pig(0))
    with records.engine.begin() as connection:
        connection.execute(life_digests.update().values(rules="other"))
    assert records.life_digests.current(supply.pigs) == {}
    assert records.life_digests.make(supply.pig(0))


def test_new_events_tell_whose_digest_is_to_be_made(records: Records) -> None:
    supply = Supply(number=next(NUMBERS))
    told = captured(records, supply)
    animals, last = records.life_digests.animals_told_of(0, limit=1000)
    assert animals == supply.pigs
    assert records.life_digests.animals_told_of(last, limit=1000) == ([], last)
    # A living pig is named by an event a day and has no digest: nobody asks for it yet.
    records.events.capture([later(supply, "day", number, told) for number in range(PIGS)])
    records.life_digests.make(supply.pig(1))
    records.events.capture([later(supply, "weighed", 1, told)])
    assert records.life_digests.animals_told_of(last, limit=1000)[0] == [supply.pig(1)]
    assert records.life_digests.animals_told_of(0, limit=1) == ([], 1)


def test_erasing_a_household_leaves_no_digest_of_its_animals(farmed: Records) -> None:
    supply = Supply(number=next(NUMBERS))
    captured(farmed, supply)
    for pig, farm in zip(supply.pigs, ("farm-1", "farm-2", "farm-1"), strict=True):
        number = EarTagNumber.parse(pig[-15:])
        farmed.animals.add(Animal(id=number, farm=FarmId.parse(farm), breed="宁乡花猪", sex=Sex.FEMALE, born_on=BORN))
        farmed.life_digests.make(pig)
    assert farmed.personal.blank("h-1", NOW)["life digests"] == 2
    assert [*farmed.life_digests.current(supply.pigs)] == [supply.pig(1)]


def test_in_one_view_nothing_that_was_captured_meanwhile_is_seen(records: Records) -> None:
    supply = Supply(number=next(NUMBERS))
    if records.engine.dialect.name != "sqlite":
        captured(records, supply)
        with records.transactions.one_view(), records.transactions.one_view():
            assert records.events.about([supply.pig(0)])
        return
    with records.transactions.one_view(), records.transactions.one_view():
        assert records.events.about([supply.pig(0)]) == []
        captured(records, supply)
        assert records.events.about([supply.pig(0)]) == []
    assert records.events.about([supply.pig(0)])
