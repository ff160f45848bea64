from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from agronomy.model import Field
from devices.deployments import streams
from devices.errors import DeploymentError
from devices.model import Deployment, Device, DeviceKind
from livestock.model import Animal, Sex
from observations.identifiers import DeviceId, EarTagNumber, FarmId, FieldId, SiteId
from storage.records.errors import MissingRecordError
from storage.records.records import Records

TAG, PROBE = DeviceId.parse("tag-1"), DeviceId.parse("probe-1")
PIG, OTHER_PIG = EarTagNumber.parse("143018200000001"), EarTagNumber.parse("143018200000002")
FIELD = FieldId.parse("field-1")
SPRING = datetime(2026, 3, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def day(number: int) -> datetime:
    return SPRING + timedelta(days=number)


def worn(since: int, until: int | None, animal: EarTagNumber = PIG) -> Deployment:
    return Deployment(device=TAG, since=day(since), until=None if until is None else day(until), animal=animal)


def sunk(channel: str | None, since: int = 0) -> Deployment:
    return Deployment(device=PROBE, since=day(since), field=FIELD, channel=channel)


@pytest.fixture
def equipped(farmed: Records) -> Records:
    """Records with a tag, a probe, two pigs and a field."""
    for device, kind in [(TAG, DeviceKind.EAR_TAG), (PROBE, DeviceKind.SOIL_PROBE)]:
        farmed.devices.add(Device(id=device, site=SiteId.parse("site-1"), kind=kind))
    for animal in (PIG, OTHER_PIG):
        farmed.animals.add(
            Animal(id=animal, farm=FarmId.parse("farm-1"), breed="宁乡花猪", sex=Sex.FEMALE, born_on=date(2026, 1, 1))
        )
    farmed.fields.add(Field(id=FIELD, farm=FarmId.parse("farm-1"), name="东", area_mu=Decimal(3)))
    return farmed


def test_deployments_come_back_oldest_first_from_every_side(equipped: Records) -> None:
    book = equipped.deployments
    for deployment in (worn(5, None, OTHER_PIG), worn(0, 5), sunk("20cm", 1), sunk("40cm", 1)):
        book.add(deployment)
    assert book.of_devices([TAG, PROBE, "unknown"]) == [
        worn(0, 5), sunk("20cm", 1), sunk("40cm", 1), worn(5, None, OTHER_PIG),
    ]  # fmt: skip
    assert book.of_animals([PIG]) == [worn(0, 5)]
    assert book.of_fields([FIELD]) == [sunk("20cm", 1), sunk("40cm", 1)]
    assert book.of_animals([]) == []


def test_stored_deployments_give_the_streams_to_ask_for(equipped: Records) -> None:
    equipped.deployments.add(worn(0, 5))
    (stream,) = streams(equipped.deployments.of_animals([PIG]))
    assert (stream.device, stream.since_ms, stream.until_ms) == (TAG, 1_772_323_200_000, 1_772_755_200_000)


@pytest.mark.parametrize(
    ("since", "until"),
    [(0, 20), (5, 15), (10, 20), (12, 15), (0, 11), (19, 30), (0, None), (15, None), (19, None)],
)
def test_a_deployment_that_overlaps_another_is_refused_with_the_other(
    equipped: Records, since: int, until: int | None
) -> None:
    equipped.deployments.add(worn(10, 20))
    with pytest.raises(DeploymentError, match="overlaps device tag-1 on animal 143018200000001 from 2026-03-11T00:00"):
        equipped.deployments.add(worn(since, until, OTHER_PIG))
    assert equipped.deployments.of_devices([TAG]) == [worn(10, 20)]


@pytest.mark.parametrize(("since", "until"), [(0, 10), (20, 30), (20, None), (0, 9)])
def test_a_deployment_that_only_adjoins_another_is_allowed(equipped: Records, since: int, until: int | None) -> None:
    equipped.deployments.add(worn(10, 20))
    equipped.deployments.add(worn(since, until, OTHER_PIG))
    assert len(equipped.deployments.of_devices([TAG])) == 2


def test_an_open_deployment_overlaps_everything_later_and_nothing_before(equipped: Records) -> None:
    equipped.deployments.add(worn(10, None))
    with pytest.raises(DeploymentError, match="until open: end that one first"):
        equipped.deployments.add(worn(100, 101))
    equipped.deployments.add(worn(0, 10))


def test_channels_of_one_probe_are_deployed_each_for_itself(equipped: Records) -> None:
    equipped.deployments.add(sunk("20cm"))
    equipped.deployments.add(sunk("40cm"))
    with pytest.raises(DeploymentError, match="channel 20cm in field field-1"):
        equipped.deployments.add(sunk("20cm", 3))


@pytest.mark.parametrize(("first", "second"), [("20cm", None), (None, "20cm"), (None, None)])
def test_a_deployment_of_all_channels_overlaps_one_of_any(
    equipped: Records, first: str | None, second: str | None
) -> None:
    equipped.deployments.add(sunk(first))
    with pytest.raises(DeploymentError, match="overlaps"):
        equipped.deployments.add(sunk(second))


def test_ending_closes_every_open_deployment_of_the_device_and_no_other(equipped: Records) -> None:
    for deployment in (worn(0, None), sunk("20cm"), sunk("40cm")):
        equipped.deployments.add(deployment)
    equipped.deployments.end(PROBE, day(9))
    assert [deployment.until for deployment in equipped.deployments.of_devices([PROBE])] == [day(9), day(9)]
    assert equipped.deployments.of_devices([TAG]) == [worn(0, None)]


def test_ending_changes_nothing_that_has_ended(equipped: Records) -> None:
    equipped.deployments.add(worn(0, 5))
    equipped.deployments.end(TAG, day(3))
    assert equipped.deployments.of_devices([TAG]) == [worn(0, 5)]


def test_a_deployment_cannot_end_before_it_began_and_then_none_ends(equipped: Records) -> None:
    equipped.deployments.add(sunk("20cm", 1))
    equipped.deployments.add(sunk("40cm", 5))
    with pytest.raises(DeploymentError, match=r"channel 40cm .* cannot end at 2026-03-06"):
        equipped.deployments.end(PROBE, day(5))
    assert {deployment.until for deployment in equipped.deployments.of_devices([PROBE])} == {None}


def test_a_tag_moves_on_at_the_moment_it_was_taken_off(equipped: Records) -> None:
    equipped.deployments.add(worn(0, None))
    equipped.deployments.end(TAG, day(7))
    equipped.deployments.add(worn(7, None, OTHER_PIG))
    assert equipped.deployments.of_devices([TAG]) == [worn(0, 7), worn(7, None, OTHER_PIG)]


def test_a_deployment_is_of_one_thing_and_of_some_length(equipped: Records) -> None:
    for impossible in (
        Deployment(device=TAG, since=SPRING),
        Deployment(device=TAG, since=SPRING, animal=PIG, field=FIELD),
    ):
        with pytest.raises(DeploymentError, match="exactly one"):
            equipped.deployments.add(impossible)
    with pytest.raises(DeploymentError, match="ends before it begins"):
        equipped.deployments.add(worn(5, 5))


def test_what_is_not_registered_is_not_deployed(equipped: Records) -> None:
    with pytest.raises(MissingRecordError, match="animal '143018200000009'"):
        equipped.deployments.add(worn(0, 1, EarTagNumber.parse("143018200000009")))
    with pytest.raises(MissingRecordError, match="device 'tag-9'"):
        equipped.deployments.add(Deployment(device=DeviceId.parse("tag-9"), since=SPRING, animal=PIG))


def test_of_two_people_who_deploy_one_tag_at_once_one_is_refused(equipped: Records) -> None:
    def deploy(animal: EarTagNumber) -> str:
        try:
            equipped.deployments.add(worn(0, None, animal))
        except DeploymentError:
            return "refused"
        return "deployed"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(deploy, (PIG, OTHER_PIG))) == ["deployed", "refused"]
    assert len(equipped.deployments.of_devices([TAG])) == 1


def test_a_microsecond_is_enough_to_adjoin(equipped: Records) -> None:
    equipped.deployments.add(worn(0, 5))
    early = Deployment(device=TAG, since=day(5) - TICK, animal=OTHER_PIG)
    with pytest.raises(DeploymentError):
        equipped.deployments.add(early)
    equipped.deployments.add(worn(5, None, OTHER_PIG))
