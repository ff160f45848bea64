"""Where a store may be."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.observations.location import StoreLocation


def test_a_path_is_a_folder_of_one_process() -> None:
    location = StoreLocation.parse("var/observations")
    assert (location.folder, location.server, location.shared) == (Path("var/observations"), None, False)
    assert str(location) == "var/observations"


def test_an_address_is_a_server_of_many() -> None:
    location = StoreLocation.parse("clickhouse+https://ingest:s3cret@db.example:8443/farms")
    assert location.server == "https://ingest:s3cret@db.example:8443/farms"
    assert (location.database, location.shared) == ("farms", True)
    assert str(location) == "https://db.example:8443/farms", "no credentials in messages"


def test_a_server_without_a_database_gets_ours() -> None:
    assert StoreLocation.parse("clickhouse+http://localhost:8123").database == "tiantou"


@pytest.mark.parametrize(
    "text", ["postgres://localhost/x", "clickhouse+http://localhost/a`b", "clickhouse+http://h/1x"]
)
def test_anything_else_is_refused_with_what_is_wanted(text: str) -> None:
    with pytest.raises(ValueError, match=r"clickhouse\+http|no database name"):
        StoreLocation.parse(text)


@given(text=st.text())
def test_any_text_is_a_location_or_an_error_that_says_so(text: str) -> None:
    try:
        location = StoreLocation.parse(text)
    except ValueError:
        return
    assert (location.folder is None) != (location.server is None)
    assert isinstance(str(location), str)


def test_a_cluster_is_named_beside_the_address() -> None:
    location = StoreLocation.parse("clickhouse+http://ingest:s3cret@db.example:8123/farms?cluster=hunan")
    assert (location.cluster, location.database) == ("hunan", "farms")
    assert location.server == "http://ingest:s3cret@db.example:8123/farms"
    assert StoreLocation.parse("clickhouse+http://db.example/farms").cluster is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("clickhouse+http://h/farms?cluster=a`b", "no cluster name"),
        ("clickhouse+http://h/farms?cluster=", "no cluster name"),
        ("clickhouse+http://h/farms?clutser=x", "clutser is no option"),
    ],
)
def test_options_that_mean_nothing_are_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        StoreLocation.parse(text)
