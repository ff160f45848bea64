"""The console's page of papers."""

from datetime import date

import pytest

from livestock.model import AnimalStatus
from observations.identifiers import EarTagNumber
from tests.api.world import World
from tests.traceability.compliance.book_in_memory import potatoes

PIG = EarTagNumber.parse("143018200000147")


def test_archives_certificates_and_what_is_missing_are_on_one_page(world: World) -> None:
    world.animals.change_status(PIG, AnimalStatus.OFF_FARM, date(2026, 7, 1))
    world.certificates.issue(potatoes("C-1", "5", farms=("farm-01",)))
    world.certificates.issue(potatoes("C-3", "5", farms=("farm-03",)))
    page = world.client("wangbei").get("/console/papers").text
    for expected in ("/api/v1/farms/farm-01/archive.pdf", "/certificate/C-1", "必须有，缺", PIG, "粉条、粉丝"):
        assert expected in page
    for hidden in ("farm-03", "C-3", "张秘密"):
        assert hidden not in page


@pytest.mark.parametrize("login", ["wangbei", "operator"])
def test_it_says_so_where_there_is_nothing(empty: World, login: str) -> None:
    page = empty.client(login).get("/console/papers").text
    assert "没有缺的" in page
    assert "还没有开过" in page


def test_an_animals_page_leads_to_its_archive(world: World) -> None:
    page = world.client("wangbei").get(f"/console/animals/{PIG}").text
    assert f"/api/v1/animals/{PIG}/archive.pdf" in page
