import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.auth import MOST_AT_THE_DOOR, SESSION_LIFE, Doorkeeper, digest_of
from api.console.sign_in import local_path
from api.errors import SignInRefusedError, ThrottledError
from api.throttle import FREE_FAILURES, LONGEST_WAIT, Throttle
from households.model import CredentialKind, User
from tests.api.fakes import Accounts
from tests.api.world import NOW, PASSWORD, World, field_of


def test_who_is_not_signed_in_is_led_to_the_sign_in_page_and_back(world: World) -> None:
    client = world.client()
    answer = client.get("/console/animals?sort=animals.days")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/login?next=%2Fconsole%2Fanimals%3Fsort%3Danimals.days"
    page = client.get(answer.headers["location"])
    form = {
        "login": "wangbei",
        "password": PASSWORD,
        "csrf": field_of(page.text, "csrf"),
        "next": field_of(page.text, "next"),
    }
    assert client.post("/console/login", data=form).headers["location"] == "/console/animals?sort=animals.days"


def test_a_program_that_is_not_signed_in_gets_a_problem(world: World) -> None:
    answer = world.client().get("/api/v1/animals", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "not-signed-in"


def test_the_session_is_kept_as_a_digest_and_its_cookie_is_out_of_reach_of_scripts(world: World) -> None:
    client = world.client()
    token = field_of(client.get("/console/login").text, "csrf")
    answer = client.post("/console/login", data={"login": "wangbei", "password": PASSWORD, "csrf": token})
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("tiantou="))
    secret = cookie.removeprefix("tiantou=").split(";", 1)[0]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert len(secret) >= 43
    (kept,) = world.accounts.credentials.values()
    assert kept.digest == digest_of(secret)
    assert kept.kind is CredentialKind.SESSION
    assert kept.expires == NOW + SESSION_LIFE


def test_a_session_ends_when_it_expires(world: World) -> None:
    client = world.client("wangbei")
    assert client.get("/console").status_code == 200
    world.now = NOW + SESSION_LIFE
    assert client.get("/console").status_code == 303


def test_signing_out_ends_the_session_on_the_server(world: World) -> None:
    client = world.client("wangbei")
    token = field_of(client.get("/console").text, "csrf")
    assert client.post("/console/logout", data={"csrf": token}).status_code == 303
    assert world.accounts.credentials == {}


@pytest.mark.parametrize(("login", "password"), [("wangbei", "mistaken"), ("nobody", PASSWORD), ("wangbei", "x" * 500)])
def test_a_wrong_login_and_a_wrong_password_are_refused_alike(world: World, login: str, password: str) -> None:
    client = world.client()
    token = field_of(client.get("/console/login").text, "csrf")
    answer = client.post("/console/login", data={"login": login, "password": password, "csrf": token})
    assert answer.status_code == 401
    assert "登录名或密码不对" in answer.text
    assert password not in answer.text


def test_the_sign_in_form_needs_its_token(world: World) -> None:
    client = world.client()
    form = {"login": "wangbei", "password": PASSWORD}
    assert client.post("/console/login", data=form).status_code == 403
    client.get("/console/login")
    assert client.post("/console/login", data={**form, "csrf": "0" * 64}).status_code == 403


def test_a_change_without_the_sessions_token_is_refused(world: World) -> None:
    client = world.client("operator")
    path = f"/console/quarantine/{'1' * 64}/replay"
    assert client.post(path).status_code == 403
    assert client.post(path, data={"csrf": "0" * 64}).status_code == 403
    token = field_of(client.get("/console").text, "csrf")
    assert client.post(path, data={"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(path, data={"csrf": token}).status_code == 303


def test_a_session_cannot_be_used_as_a_bearer_token_nor_the_other_way_round(world: World) -> None:
    browser = world.client("wangbei")
    secret = browser.cookies["tiantou"]
    program = world.program("wangbei")
    assert program.get("/api/v1/animals").status_code == 200
    program.headers["Authorization"] = f"Bearer {secret}"
    assert program.get("/api/v1/animals").status_code == 401
    stranger = world.client()
    stranger.cookies.set("tiantou", "token of wangbei")
    assert stranger.get("/console").status_code == 303


def test_guessing_is_slowed_down_for_the_login_from_that_address(world: World) -> None:
    client = world.client()
    token = field_of(client.get("/console/login").text, "csrf")
    wrong = {"login": "wangbei", "password": "wrong", "csrf": token}
    for _ in range(FREE_FAILURES):
        assert client.post("/console/login", data=wrong).status_code == 401
    blocked = client.post("/console/login", data={**wrong, "password": PASSWORD})
    assert blocked.status_code == 429
    assert "秒后再试" in blocked.text
    world.now = NOW + timedelta(seconds=11)
    assert client.post("/console/login", data={**wrong, "password": PASSWORD}).status_code == 303


def test_the_throttle_doubles_its_wait_up_to_a_quarter_of_an_hour() -> None:
    throttle = Throttle()
    waits = []
    for _ in range(20):
        throttle.failed("key", NOW)
        waits.append(throttle.wait_s("key", NOW))
    assert waits[:7] == [0, 0, 0, 0, 11, 21, 41]
    assert waits[-1] == LONGEST_WAIT.total_seconds() + 1
    throttle.succeeded("key")
    assert throttle.wait_s("key", NOW) == 0


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/api/v1", "/consolex", "/console\\@evil", "javascript:alert(1)", "//["],
)
def test_nobody_is_led_out_of_the_console(wanted: str) -> None:
    assert local_path(wanted) == "/console"


def test_a_sign_in_takes_expired_credentials_away(world: World) -> None:
    world.client("wangbei")
    (before,) = world.accounts.credentials
    world.now += SESSION_LIFE
    world.client("wangbei")
    assert len(world.accounts.credentials) == 1
    assert before not in world.accounts.credentials


class SlowAccounts(Accounts):
    """Holds everyone at the door until told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.full, self.go_on = threading.Barrier(MOST_AT_THE_DOOR + 1), threading.Event()

    def find_user(self, login: str) -> User | None:
        if not self.go_on.is_set():
            self.full.wait(10)
            self.go_on.wait(10)
        return super().find_user(login)


def test_a_crowd_at_the_door_is_sent_away_instead_of_taking_every_thread() -> None:
    accounts = SlowAccounts()
    doorkeeper = Doorkeeper(accounts=accounts)

    def attempt(number: int) -> type[Exception] | None:
        try:
            doorkeeper.sign_in(login=f"login-{number}", password="wrong", address="", now=NOW)
        except (SignInRefusedError, ThrottledError) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(MOST_AT_THE_DOOR) as crowd:
        waiting = [crowd.submit(attempt, number) for number in range(MOST_AT_THE_DOOR)]
        accounts.full.wait(10)
        assert attempt(MOST_AT_THE_DOOR) is ThrottledError
        accounts.go_on.set()
        assert {each.result(10) for each in waiting} == {SignInRefusedError}
    assert attempt(MOST_AT_THE_DOOR) is SignInRefusedError
