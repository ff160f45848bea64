from datetime import date
from decimal import Decimal

import pytest

from agronomy.errors import FieldExistsError
from agronomy.model import Field
from livestock.errors import AnimalExistsError
from livestock.model import Animal, AnimalStatus, Sex
from observations.identifiers import EarTagNumber, FarmId, FieldId
from storage.records.errors import MissingRecordError, RecordRefusedError
from storage.records.records import Records

FARM_1, FARM_2 = FarmId.parse("farm-1"), FarmId.parse("farm-2")


def pig(serial: int, farm: FarmId = FARM_1) -> Animal:
    return Animal(
        id=EarTagNumber.parse(f"1430182{serial:08}"),
        farm=farm,
        breed="宁乡花猪",
        sex=Sex.MALE_NEUTER,
        born_on=date(2026, 2, 28),
    )


def field(name: str, farm: FarmId = FARM_1, area: str = "3.20") -> Field:
    return Field(id=FieldId.parse(f"{farm}_{ord(name)}"), farm=farm, name=name, area_mu=Decimal(area))


def test_an_animal_comes_back_as_it_was_registered(farmed: Records) -> None:
    farmed.animals.add(pig(1))
    found = farmed.animals.find(pig(1).id)
    assert found == pig(1)
    assert found is not None
    assert found.id.county == "430182"
    assert farmed.animals.find(pig(2).id) is None


def test_an_ear_tag_number_is_never_given_twice(farmed: Records) -> None:
    farmed.animals.add(pig(1))
    with pytest.raises(AnimalExistsError, match="143018200000001"):
        farmed.animals.add(pig(1, FARM_2))
    assert farmed.animals.all() == [pig(1)]


def test_animals_come_by_farm_and_number(farmed: Records) -> None:
    for animal in (pig(3), pig(2, FARM_2), pig(1)):
        farmed.animals.add(animal)
    assert farmed.animals.all() == [pig(1), pig(3), pig(2, FARM_2)]
    assert farmed.animals.on_farms([FARM_2, FARM_1, FARM_1]) == farmed.animals.all()
    assert farmed.animals.on_farms([FARM_2]) == [pig(2, FARM_2)]
    assert farmed.animals.on_farms([]) == []


def test_an_animal_that_left_stays_on_its_farms_list(farmed: Records) -> None:
    farmed.animals.add(pig(1))
    farmed.animals.change_status(pig(1).id, AnimalStatus.OFF_FARM, date(2026, 12, 31))
    (found,) = farmed.animals.on_farms([FARM_1])
    assert (found.status, found.left_on) == (AnimalStatus.OFF_FARM, date(2026, 12, 31))
    farmed.animals.change_status(pig(1).id, AnimalStatus.ALIVE, None)
    assert farmed.animals.find(pig(1).id) == pig(1)


def test_the_status_of_an_unknown_animal_cannot_change(farmed: Records) -> None:
    with pytest.raises(MissingRecordError, match="animal '143018200000009'"):
        farmed.animals.change_status(pig(9).id, AnimalStatus.DEAD, None)


def test_an_animal_or_a_field_of_an_unknown_farm_is_refused(records: Records) -> None:
    with pytest.raises(MissingRecordError, match="farm 'farm-1'"):
        records.animals.add(pig(1))
    with pytest.raises(MissingRecordError, match="farm 'farm-1'"):
        records.fields.add(field("东"))


def test_a_field_comes_back_digit_for_digit(farmed: Records) -> None:
    planted = Field(
        id=FieldId.parse("field-1"),
        farm=FARM_1,
        name="门口田",
        area_mu=Decimal("0.1000000000000000055511151231257827"),
        crop="红薯",
        variety="商薯19",
        planted_on=date(2026, 5, 6),
    )
    farmed.fields.add(planted)
    found = farmed.fields.find(planted.id)
    assert found == planted
    assert found is not None
    assert str(found.area_mu) == str(planted.area_mu)
    assert farmed.fields.find(FieldId.parse("field-2")) is None


def test_a_fields_id_is_given_once(farmed: Records) -> None:
    farmed.fields.add(field("东"))
    with pytest.raises(FieldExistsError, match="farm-1_"):
        farmed.fields.add(field("东", area="9"))
    assert farmed.fields.all() == [field("东")]


def test_fields_come_by_farm_and_name(farmed: Records) -> None:
    for each in (field("西"), field("b"), field("a", FARM_2), field("东"), field("B")):
        farmed.fields.add(each)
    by_farm_and_name = [field("B"), field("b"), field("东"), field("西"), field("a", FARM_2)]
    assert farmed.fields.all() == by_farm_and_name
    assert farmed.fields.on_farms([FARM_2, FARM_1]) == by_farm_and_name


def test_an_area_that_is_no_finite_number_is_refused(farmed: Records) -> None:
    with pytest.raises(RecordRefusedError, match="no finite number"):
        farmed.fields.add(field("东", area="NaN"))
