import pytest

from observations.errors import StoreUnavailableError
from observations.model import Latest
from tests.api import fakes
from tests.api.world import World, field_of


class AwayStore(fakes.ListStore):
    def latest(self, devices: object) -> list[Latest]:
        raise StoreUnavailableError(str(devices))


class BrokenStore(fakes.ListStore):
    def latest(self, devices: object) -> list[Latest]:
        secret = f"inner detail of {devices}"
        raise RuntimeError(secret)


def test_alive_and_ready_are_two_questions(world: World) -> None:
    client = world.client()
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").json() == {"ready": True, "problems": {}}
    world.problems["disk"] = "4 % free: ingest stopped acknowledging"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == {"disk": "4 % free: ingest stopped acknowledging"}
    assert client.get("/healthz").status_code == 200


def test_metrics_count_requests_by_route_and_never_by_raw_path(world: World) -> None:
    client = world.program("wangbei")
    client.get("/api/v1/animals/143018200000147/latest")
    client.get("/console/devices/hostile%22%7D")
    client.get("/no/such/page")
    text = client.get("/metrics").text
    assert 'route="/api/v1/animals/{animal_id}/latest",status="200"' in text
    assert "143018200000147" not in text
    assert "hostile" not in text
    assert "/no/such" not in text


def test_a_store_that_is_away_is_a_problem_with_its_own_code(world: World) -> None:
    world.store = AwayStore()
    answer = world.program("wangbei").get("/api/v1/animals/143018200000147/latest")
    assert answer.status_code == 503
    assert answer.json()["code"] == "store-unavailable"
    page = world.client("wangbei").get("/console")
    assert page.status_code == 503
    assert "已收到的没有丢" in page.text


def test_an_unexpected_failure_gives_a_number_to_quote_and_nothing_of_the_inside(world: World) -> None:
    world.store = BrokenStore()
    client = world.program("wangbei")
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]  # what a browser sees
    answer = client.get("/api/v1/animals/143018200000147/latest")
    assert answer.status_code == 500
    assert "number " in answer.json()["detail"]
    assert "inner detail" not in answer.text


def test_a_form_beyond_its_limit_is_refused(world: World) -> None:
    client = world.client()
    answer = client.post("/console/login", data={"login": "x" * 70_000})
    assert answer.status_code == 413


@pytest.mark.parametrize("number", [-1, 2**53 + 1, 2**64])
def test_a_number_that_nothing_can_have_is_refused_before_a_database_is_asked(world: World, number: int) -> None:
    client = world.client("operator")
    token = {"csrf": field_of(client.get("/console").text, "csrf")}
    for path in (f"/console/holds/{number}/correction", f"/console/recalls/x/messages/{number}/acknowledge"):
        assert client.post(path, data=token).status_code == 422, path
    program = world.program("operator")
    assert program.post(f"/api/v1/recalls/x/messages/{number}/acknowledge").status_code == 422
    assert client.get(f"/console/fields/field-01/sheet?number={number}").status_code == 422


def test_static_files_come_from_here_and_bokehjs_from_its_own_wheel(world: World) -> None:
    client = world.client("wangbei")
    page = client.get("/console/animals/143018200000147").text
    for part in page.split('src="')[1:]:
        path = part.split('"', 1)[0]
        assert path.startswith("/static/")
        answer = client.get(path)
        assert answer.status_code == 200
        assert len(answer.content) < 1000 or answer.headers["content-encoding"] == "gzip"
        assert ("immutable" in answer.headers["cache-control"]) == ("/bokeh/" in path)
    assert client.get("/static/console.css").headers["x-content-type-options"] == "nosniff"
    assert client.get("/static/../app.py").status_code == 404
