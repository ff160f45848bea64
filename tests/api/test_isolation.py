"""An enterprise sees what it has claimed, and nothing tells it what else there is."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from devices.model import Deployment, HeardMessage
from observations.identifiers import DeviceId, EarTagNumber, FieldId
from tests.api.world import NOW, World, add_field, add_household, birth, field_of, small_world
from tests.traceability.compliance.book_in_memory import potatoes
from tests.traceability.photos.photos_in_memory import IMAGES, photo
from traceability.epcis.capture import capture_event
from traceability.epcis.subscriptions import Progress, Subscription, SubscriptionState, read_request
from traceability.model import CaptureJob, ErrorBehaviour, NamedQuery

MINE = {
    "animal_id": "143018200000147",
    "field_id": "field-01",
    "device_id": "tag-00000147",
    "table": "animals",
    "kind": "weighing",
    "digest": "1" * 64,
    "event_id": "urn:uuid:00000000-0000-5000-8000-018200000147",
    "epc": "https://id.gs1.org/8004/9526000143018200000147",
    "eventType": "ObjectEvent",
    "bizStep": "commissioning",
    "disposition": "active",
    "bizLocation": "urn:x:place:147",
    "readPoint": "urn:x:place:147",
    "capture_id": "job-147",
    "query_name": "mine",
    "recall_id": "R-0123456789ab",
    "subscription_id": "subscription-1",
    "token": "token-1",
    "number": "147147",
    "push": "push-147",
    "farm_id": "farm-01",
    "certificate_id": "C-147",
    "photo_id": "5001",
    "size": "small",
    "form": "csv",
}
THEIRS = {
    **MINE,
    "animal_id": "143018200000149",
    "field_id": "field-03",
    "device_id": "tag-00000149",
    "digest": "3" * 64,
    "event_id": "urn:uuid:00000000-0000-5000-8000-018200000149",
    "epc": "https://id.gs1.org/8004/9526000143018200000149",
    "eventType": "https://ns.example/type/149",
    "bizStep": "https://ns.example/step/149",
    "disposition": "https://ns.example/disposition/149",
    "bizLocation": "urn:x:place:149",
    "readPoint": "urn:x:place:149",
    "capture_id": "job-149",
    "query_name": "theirs",
    "subscription_id": "subscription-3",
    "number": "149149",
    "push": "push-149",
    "farm_id": "farm-03",
    "certificate_id": "C-149",
    "photo_id": "5002",
}
FOREIGN_WORDS = ("00000149", "field-03", "大丘3", "probe-0003", "老粮仓镇", "3 号户", "farm-03", "3" * 64)
"""Anything that would give household 3 away to the enterprise that has not claimed it."""
OPEN_TO_ALL = {"/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/console/login", "/console/record/sw.js"}
OPERATORS_ONLY = {
    "/api/v1/quarantine",
    "/api/v1/quarantine/{digest}/replay",
    "/console/labels",
    "/console/labels/print",
    "/console/quarantine",
    "/console/quarantine/{digest}/replay",
    "/console/fields/{field_id}/sample",
    "/console/fields/{field_id}/samples.csv",
    "/console/fields/{field_id}/crop-test",
    "/console/fields/{field_id}/harvest",
    "/api/v1/fields/{field_id}/samples/csv",
}
OPERATORS_POST = {"/console/recalls"}
"""Where everyone may look, and operators alone may send a form."""
OF_WHAT_POST = {"/console/photos"}
"""A form that says in itself of what it is, and here of nothing."""
INCOMPLETE = {
    ("POST", "/console/certificates/new"),
    ("POST", "/console/certificates/{certificate_id}/withdraw"),
    ("POST", "/console/record/{kind}"),
}
"""An empty form comes back to whoever may send one."""
NOT_GIVEN = {
    "/api/v1/fields/{field_id}/advice/{number}",
    "/api/v1/fields/{field_id}/pushes/{push}/acknowledge",
    "/console/fields/{field_id}/pushes",
    "/api/v1/recalls/{recall_id}",
    "/api/v1/recalls/{recall_id}/scope",
    "/api/v1/recalls/{recall_id}/report",
    "/api/v1/recalls/{recall_id}/goods",
    "/api/v1/recalls/{recall_id}/goods.csv",
    "/api/v1/recalls/{recall_id}/messages",
    "/api/v1/recalls/{recall_id}/messages/{number}/acknowledge",
    "/console/recalls/{recall_id}",
    "/console/recalls/{recall_id}/steps",
    "/console/recalls/{recall_id}/recoveries",
    "/console/recalls/{recall_id}/messages/{number}/acknowledge",
    "/console/recalls/{recall_id}/goods.csv",
    "/console/recalls/{recall_id}/report",
    "/console/recalls/{recall_id}/report.csv",
    "/console/holds/{number}/correction",
    "/console/record/{kind}/done",
}
"""Advice and pushes of one's field, recalls and holds that never were (see test_trace.py, test_vets_and_holds.py)."""
BODY_FIRST = {
    "/api/v1/fields/{field_id}/samples",
    "/api/v1/fields/{field_id}/crop-tests",
    "/api/v1/fields/{field_id}/harvests",
    "/api/v1/recalls",
    "/api/v1/recalls/{recall_id}/steps",
    "/api/v1/certificates",
    "/api/v1/certificates/{certificate_id}/withdraw",
    "/api/v1/lifecycle",
    "/api/v1/recalls/{recall_id}/recoveries",
    "/console/record/{kind}",
}
"""A form in place of JSON is refused for its form, whoever sends it and of whichever field."""
JSON_ONLY = {
    "/epcis",
    "/epcis/",
    "/epcis/events",
    "/epcis/capture",
    "/epcis/queries",
    "/epcis/queries/{query_name}/subscriptions",
    "/api/v1/lifecycle/import",
}
"""A form sent there is refused for its type, whoever sends it."""
NOT_OFFERED = ("/nextPageToken/{token}",)
TRACED = "?epc=" + quote("https://id.gs1.org/8004/9526000143018200000147", safe="")
QUERIES = {
    "/series": "?property=ear_temperature&bucket=raw",
    "/find": "?q=1",
    "{subscription_id}/replay": "?from=2026-07-01T00:00:00Z",
    "/trace/back": TRACED,
    "/trace/forward": TRACED,
    "/trace/status": TRACED,
    "/holds/of": TRACED,
    "/done": "?event=urn:uuid:00000000-0000-5000-8000-018200000149",
    "/trace.csv": "?code=143018200000147",
}


def _routes() -> list[tuple[str, str]]:
    return sorted(
        {
            (method, context.path)
            for context in iter_route_contexts(small_world().app().routes)
            for method in context.methods or ()
            if context.path and method != "HEAD" and context.path.startswith(("/console", "/api/", "/epcis"))
        }
    )


ROUTES = _routes()
PRIVATE = [(method, path) for method, path in ROUTES if path not in OPEN_TO_ALL]
SHOWING = [(method, path) for method, path in PRIVATE if method != "OPTIONS"]


def _filled() -> World:
    """The small world, in which each enterprise also has an event with places, a job and a query of its own."""
    world = small_world()
    for login, number in (("wangbei", "147"), ("other", "149")):
        document = json.loads(birth(f"143018200000{number}").document)
        place = {"id": f"urn:x:place:{number}"}
        more = {"readPoint": place, "bizLocation": place, "eventID": f"urn:x:{number}"}
        text = json.dumps({**document, **more}).encode()
        world.events.capture([capture_event(text, record_time=NOW)])
        job = CaptureJob(id=f"job-{number}", owner=login, created=NOW, behaviour=ErrorBehaviour.ROLLBACK)
        world.capture_jobs.open(job, b"")
        world.capture_jobs.finish(replace(job, finished=NOW), [])
        name = {"147": "mine", "149": "theirs"}[number]
        world.named_queries.add(NamedQuery(owner=login, name=name, parameters="{}", created=NOW))
        farm = MINE["farm_id"] if login == "wangbei" else THEIRS["farm_id"]
        world.certificates.issue(potatoes(f"C-{number}", "5", farms=(farm,)))
        pig = f"https://id.gs1.org/8004/9526000143018200000{number}"
        world.photos.add(photo(subject=pig, farm=farm, digest=number * 20, caption=f"照片 {farm}"), IMAGES)
        world.subscriptions.add(
            Subscription(
                id={"147": "subscription-1", "149": "subscription-3"}[number],
                owner=login,
                query=name,
                asked=read_request({"dest": "https://client.example.com/in", "stream": True}),
                created=NOW,
                state=SubscriptionState.ACTIVE,
                progress=Progress(cursor=0, due=NOW),
            )
        )
    return world


@pytest.fixture(scope="module")
def untouched() -> World:
    """One filled world for all who ask what they may not have, or only read: it stays as it is."""
    return _filled()


def _ask(client: TestClient, method: str, path: str, names: dict[str, str]) -> tuple[int, str]:
    quoted = {name: quote(value, safe="") for name, value in names.items()} if path.startswith("/epcis") else names
    url = path.replace(":path}", "}").format(**quoted)
    url += next((query for end, query in QUERIES.items() if path.endswith(end)), "")
    token = field_of(client.get("/console").text, "csrf") if method != "GET" and client.cookies else ""
    form = {"csrf": token} if method == "POST" else None
    answer = client.request(method, url, data=form, headers={"X-CSRF-Token": token})
    return answer.status_code, answer.text


def test_the_walk_finds_the_routes() -> None:
    assert len(ROUTES) > 25
    assert ("GET", "/console/animals/{animal_id}") in ROUTES
    assert ("GET", "/api/v1/animals/{animal_id}/latest") in ROUTES


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_every_private_route_needs_a_sign_in(untouched: World, method: str, path: str) -> None:
    status, text = _ask(untouched.client(), method, path, MINE)
    assert status in {303, 401}, text
    assert not any(word in text for word in FOREIGN_WORDS)


@pytest.mark.parametrize(("method", "path"), SHOWING)
def test_no_route_shows_an_enterprise_what_it_has_not_claimed(untouched: World, method: str, path: str) -> None:
    client = (untouched if method == "GET" else _filled()).client("wangbei")
    status, text = _ask(client, method, path, MINE)
    assert status in _expected(method, path), text
    assert not any(word in text for word in FOREIGN_WORDS)
    if _names_something(path):
        status, text = _ask(client, method, path, THEIRS)
        assert status == _hidden(method, path), text
        assert "张秘密" not in text


def _hidden(method: str, path: str) -> int:
    """The status of what is another's."""
    if method == "POST" and path in JSON_ONLY:
        return 415
    return 422 if method == "POST" and path in BODY_FIRST else 404


def _expected(method: str, path: str) -> set[int]:
    if path.endswith(NOT_OFFERED):
        return {501}
    if method == "POST" and path in JSON_ONLY:
        return {415, 501}
    if method == "DELETE":
        return {204}
    if (method == "POST" and path in BODY_FIRST) or (method, path) in INCOMPLETE:
        return {422}
    if method == "POST" and path in OPERATORS_POST | OF_WHAT_POST:
        return {404}
    return {404} if path in OPERATORS_ONLY | NOT_GIVEN else {200, 303}


def _names_something(path: str) -> bool:
    """Whether the route names one thing that may be another's."""
    return "{" in path and not any(each in path for each in ("{table}", "{kind}")) and not path.endswith(NOT_OFFERED)


@pytest.mark.parametrize(("method", "path"), [route for route in SHOWING if _names_something(route[1])])
def test_what_is_not_granted_is_answered_like_what_does_not_exist(untouched: World, method: str, path: str) -> None:
    client = untouched.client("wangbei")
    nowhere = {
        **dict.fromkeys(MINE, "urn:x:none"),
        "animal_id": "143018299999999",
        "field_id": "field-99",
        "device_id": "tag-99",
        "digest": "9" * 64,
        "number": "999999",
        "photo_id": "999999",
        "size": "small",
        "form": "csv",
    }
    nowhere["event_id"] = "urn:uuid:none"
    theirs_status, theirs = _ask(client, method, path, THEIRS)
    nowhere_status, nothing = _ask(client, method, path, nowhere)
    assert theirs_status == nowhere_status == _hidden(method, path)
    assert _without(theirs, THEIRS) == _without(nothing, nowhere)


@pytest.mark.parametrize(("method", "path"), [route for route in PRIVATE if route[0] == "GET"])
def test_the_name_of_a_household_is_on_no_page_and_in_no_answer(untouched: World, method: str, path: str) -> None:
    _, text = _ask(untouched.client("operator"), method, path, MINE)
    assert "张秘密" not in text


@pytest.mark.parametrize("at", [datetime(2026, 2, 1, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC)])
def test_before_and_after_a_claim_nothing_is_seen(world: World, at: datetime) -> None:
    world.now = at
    client = world.program("wangbei")
    assert client.get("/api/v1/animals").json() == []
    assert client.get("/api/v1/fields").json() == []
    assert client.get("/api/v1/devices").json() == []
    assert client.get("/api/v1/animals/143018200000147/latest").status_code == 404
    assert "还没有认领农户" in world.client("wangbei").get("/console").text


def test_an_operator_sees_every_farm(world: World) -> None:
    client = world.program("operator")
    assert len(client.get("/api/v1/animals").json()) == 3
    assert client.get("/api/v1/animals/143018200000149/latest").status_code == 200


def test_a_tag_that_moves_to_anothers_pig_takes_its_past_with_it_for_nobody(world: World) -> None:
    tag, moved = DeviceId.parse("tag-00000149"), NOW - timedelta(minutes=30)
    world.put(tag, {"ear_temperature": 41.5}, age=timedelta(minutes=40))
    world.deployments.end(tag, moved)
    mine = EarTagNumber.parse("143018200000147")
    world.deployments.add(Deployment(device=tag, animal=mine, since=moved))
    world.monitor.problems[tag] = HeardMessage(
        device=tag, topic="t", payload=b"{}", received=moved - timedelta(minutes=1), problem="before it was ours"
    )
    report = world.program("wangbei").get(f"/api/v1/devices/{tag}").json()
    assert report["animals"] == [mine]
    assert report["problem"] is None
    assert "before it was ours" not in world.client("wangbei").get(f"/console/devices/{tag}").text
    raw = "/api/v1/animals/143018200000147/series?property=ear_temperature&bucket=raw"
    shown = [point["value"] for point in world.program("wangbei").get(raw).json()["points"]]
    assert 41.5 not in shown
    assert world.program("other").get(f"/api/v1/devices/{tag}").status_code == 404


def test_a_probe_that_also_stands_in_a_neighbours_field_shows_its_values_but_not_its_messages(world: World) -> None:
    farm = add_household(world, 4, "流沙河镇", "other")
    neighbour = add_field(world, 4, farm, "邻田")
    probe = DeviceId.parse("probe-0001")
    world.deployments.end(probe, NOW - timedelta(days=1))
    since = NOW - timedelta(days=1)
    for field, channel in ((FieldId.parse("field-01"), "20cm"), (neighbour, "40cm")):
        world.deployments.add(Deployment(device=probe, field=field, channel=channel, since=since))
    client = world.program("wangbei")
    assert client.get(f"/api/v1/devices/{probe}").status_code == 404
    latest = client.get("/api/v1/fields/field-01/latest").json()["latest"]
    assert {reading["channel"] for reading in latest} == {"20cm"}


def _without(text: str, names: dict[str, str]) -> str:
    for name in names.values():
        text = text.replace(name, "")
    return text


def _pack_of_two_households(world: World) -> bytes:
    """A gateway serves a probe of one enterprise and a probe of another, and has packed the readings of both."""
    for identifier in ("probe-0001", "probe-0003"):
        device = world.devices.find(identifier)
        assert device is not None
        world.devices.kept[device.id] = replace(device, gateway=DeviceId.parse("gw-1"))
    pack = (
        b'[{"bn":"probe-0003/20cm/","n":"soil_moisture","v":33},{"bn":"probe-0001/20cm/","n":"soil_moisture","v":31}]'
    )
    heard = HeardMessage(
        device="probe-0001",
        topic="tiantou/v1/lab/gw-1/senml",
        payload=pack,
        received=NOW,
        problem="the rest is stored, but gateway gw-1 may not report for device probe-0003",
    )
    world.monitor.messages["probe-0001"] = world.monitor.problems["probe-0001"] = heard
    return pack


@pytest.mark.parametrize(
    "path", ["/api/v1/devices/probe-0001", "/console/devices/probe-0001", "/console/fields/field-01"]
)
def test_a_gateways_pack_shows_no_enterprise_the_readings_of_another(path: str) -> None:
    world = small_world()
    _pack_of_two_households(world)
    answer = world.client("wangbei").get(path)
    assert answer.status_code == 200
    assert "probe-0003" not in answer.text
    assert "only the operator sees it" in answer.text
    assert "probe-0003" in world.client("operator").get("/api/v1/devices/probe-0001").text


def test_a_gateways_pack_is_shown_to_whom_all_its_devices_belong() -> None:
    world = small_world()
    pack = _pack_of_two_households(world)
    device = world.devices.find("probe-0003")
    assert device is not None
    world.devices.kept[device.id] = replace(device, gateway=None)
    answer = world.client("wangbei").get("/api/v1/devices/probe-0001").json()
    assert answer["heard"]["payload"] == pack.decode()
